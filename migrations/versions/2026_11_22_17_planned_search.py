"""A search for words alone, which nearly every search is, has its statement planned once a connection."""

from __future__ import annotations

from alembic import op

revision = "202611220017"
down_revision = "202611220016"
branch_labels = None
depends_on = None

SEARCH = "portal_search"
SEARCH_ARTICLES = "search_articles(text, text, text, boolean, text, boolean, jsonb, integer, bigint, bigint)"
SEARCH_BY_WORDS = "search_by_words(bigint, bigint[], tsquery, text[], bigint[], text, boolean, integer)"

FUNCTION = """
-- What `search_articles` puts together for each search, written out for words without a filter, the first page, best first:
-- planning it costs as much as running it for a rare word. Words are looked up along the index in any plan.
create function search_by_words(
    p_seller bigint, p_owners bigint[], p_query tsquery, p_gtins text[], p_packed bigint[], p_code text, p_german boolean,
    p_limit integer, out found_rows jsonb, out found_cells jsonb
) language plpgsql stable set search_path = pg_catalog, public set plan_cache_mode = force_generic_plan as $$
begin
    with hit as (
        (select p.owner_id, p.id, null::bigint as article_id, p.category_key, p.brand,
                case when p_german then p.name_key_de else p.name_key_en end as name_key,
                case when p.gtin = any(p_gtins) or p.id = any(p_packed) or upper(p.sku) = p_code then 3
                     else ts_rank(p.search, p_query) end as score
         from product p
         where p.owner_id = any(p_owners) and p.status = 'active'
           and (p.search @@ p_query or p.gtin = any(p_gtins) or (p.owner_id = any(p_owners) and p.id = any(p_packed)))
         limit 10000)
        union all
        select p.owner_id, p.id, n.id, p.category_key, p.brand,
               case when p_german then p.name_key_de else p.name_key_en end, 2
        from article n
        join product p on p.owner_id = n.owner_id and p.id = n.product_id and p.status = 'active'
        where n.seller_id = p_seller and n.number_key >= p_code and n.number_key < p_code || chr(1114111)
          and (p.search @@ p_query) is not true
    ), found as materialized (
        select a.id, p.category_key, p.brand, p.name_key, case when a.number_key = p_code then 3 else p.score end as score
        from hit p
        cross join lateral (
            select a.id, a.number_key from article a
            where a.seller_id = p_seller and a.owner_id = p.owner_id and a.product_id = p.id and a.status = 'active'
              and (p.article_id is null or a.id = p.article_id) offset 0) a
    )
    select (select coalesce(jsonb_agg(jsonb_build_array(k1, k2, id) order by k1, k2, id), '[]') from (
                select to_char(999999 - (score * 100000)::int, 'FM000000') as k1, name_key as k2, id from found
                order by k1, k2, id limit p_limit) page),
           (select coalesce(jsonb_agg(jsonb_build_array(category_key, brand, number)), '[]') from (
                select category_key, brand, count(*) as number from found group by category_key, brand) cell)
    into found_rows, found_cells;
end $$
"""

# Where the general statement begins and ends in `search_articles`, and what it becomes.
BEGINS = "        -- Codes come first: 3 for a whole one,"
ENDS = "search_query(p_words), v_gtins, v_packed, v_code;\n"
BRANCHES = f"""\
        if p_sort = 'relevance' and v_filter = '' and v_stocked = '' and p_after is null
           and p_known_cells is distinct from v_version then
            select w.found_rows, w.found_cells into v_rows, v_cells
            from search_by_words(v_seller, v_owners, search_query(p_words), v_gtins, v_packed, v_code, p_german, p_limit) w;
        else
{BEGINS}"""
ENDS_BRANCH = f"{ENDS}        end if;\n"


def _replace(changes: dict[str, str]) -> None:
    steps = "\n".join(
        f"""
            if strpos(written, $old${old}$old$) = 0 then
                raise exception 'search_articles is not what this migration changes';
            end if;
            written := replace(written, $old${old}$old$, $new${new}$new$);
        """
        for old, new in changes.items()
    )
    # Only its owner, which the schema's owner may become, replaces a function.
    op.execute(f"set local role {SEARCH}")
    op.execute(f"""
        do $change$
        declare
            written text := pg_get_functiondef('{SEARCH_ARTICLES}'::regprocedure);
        begin
            {steps}
            execute written;
        end $change$
    """)
    op.execute("reset role")


def upgrade() -> None:
    """Expand."""
    op.execute(FUNCTION)
    op.execute(f"revoke all on function {SEARCH_BY_WORDS} from public")
    op.execute(f"grant execute on function {SEARCH_BY_WORDS} to {SEARCH}")
    _replace({BEGINS: BRANCHES, ENDS: ENDS_BRANCH})


def downgrade() -> None:
    """Contract."""
    _replace({BRANCHES: BEGINS, ENDS_BRANCH: ENDS})
    op.execute(f"drop function {SEARCH_BY_WORDS}")
