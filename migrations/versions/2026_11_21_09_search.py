"""Searching the catalogue: keys to sort by, one function that reads past the row policies, and a mark of every change."""

from __future__ import annotations

from alembic import op

revision = "202611210009"
down_revision = "202611210008"
branch_labels = None
depends_on = None

SELLER, BUYER, LOADER, SEARCH = "portal_seller", "portal_buyer", "portal_loader", "portal_search"


def _name_key(first: str, second: str) -> str:
    name = f"coalesce(nullif({first}, ''), {second})"
    return f"translate(lower({name}), 'äöüßáàâåéèêóòôøúùûíìîçñ', 'aousaaaaeeeoooouuuiiicn')"


TABLES = f"""
alter table product
    add column category_key varchar collate "C" not null generated always as (category) stored,
    add column name_key_en varchar collate "C" not null generated always as ({_name_key("name_en", "name_de")}) stored,
    add column name_key_de varchar collate "C" not null generated always as ({_name_key("name_de", "name_en")}) stored;
alter table article
    add column number_key varchar collate "C" not null generated always as (upper(article_number)) stored;
create index ix_product_category_en on product (owner_id, category_key, name_key_en);
create index ix_product_category_de on product (owner_id, category_key, name_key_de);
create index ix_product_name_en on product (owner_id, name_key_en);
create index ix_product_name_de on product (owner_id, name_key_de);
create index ix_product_brand on product (owner_id, brand);
create index ix_article_number_key on article (seller_id, number_key);
create index ix_packaging_gtin on packaging (gtin);
drop index ix_article_seller_id_product;
create index ix_article_seller_id_product on article (seller_id, owner_id, product_id) include (id, status, number_key);
create table catalogue_version (
    organisation_id bigint not null, version bigint not null default 1,
    constraint pk_catalogue_version primary key (organisation_id),
    constraint fk_catalogue_version_organisation_id
        foreign key (organisation_id) references organisation (id));
alter table catalogue_version enable row level security;
alter table catalogue_version force row level security;
"""

WALLS = {
    "catalogue_version": [
        (SELLER, "select, insert, update", "organisation_id = ctx_organisation()"),
        (SEARCH, "select", "true"),
        (LOADER, "select, insert, update, delete", "true"),
    ],
    "stock_level": [(SEARCH, "select", "seller_id = ctx_seller()")],
}

FUNCTIONS = r"""
-- What was typed as a query: each word as the beginning of one, or by its English or German stem.
create function search_query(p_words text) returns tsquery
language plpgsql stable set search_path = pg_catalog, public as $$
declare
    word text;
    form text;
    quoted text;
    part tsquery;
    either tsquery;
    whole tsquery;
begin
    foreach word in array (regexp_split_to_array(lower(trim(p_words)), '\s+'))[1:8] loop
        either := null;
        -- Who has no umlauts on the keyboard types ae for ä; the German stem takes a for ä itself.
        foreach form in array case when word ~ '[aou]e'
            then array[word, replace(replace(replace(word, 'ae', 'ä'), 'oe', 'ö'), 'ue', 'ü')] else array[word] end
        loop
            quoted := '''' || replace(replace(form, '\', '\\'), '''', '''''') || '''';
            foreach part in array array[
                to_tsquery('simple', quoted || case when length(form) > 1 then ':*' else '' end),
                to_tsquery('english', quoted), to_tsquery('german', quoted)]
            loop
                if numnode(part) > 0 and (either is null or strpos(either::text, part::text) = 0) then
                    either := case when either is null then part else either || part end;
                end if;
            end loop;
        end loop;
        if either is not null then
            whole := case when whole is null then either else whole && either end;
        end if;
    end loop;
    return whole;
end $$;

-- Articles of the seller in context that fit, best first, after a key; and how many there are of each category and brand.
-- It reads past the row policies, under which full-text indexes cannot be used, and so names the seller and the owners of
-- its products itself. Gives {version, rows: [[key, key, article id]] | null, cells: [[category, brand, count]] | null,
-- names: [[category, English, German]] | null}. Cells count what fits the words and the availability, whatever category and
-- brand, of the first 10,000 products that fit. Who knows rows or cells as of this version is not told again.
create function search_articles(
    p_words text, p_category text, p_brand text, p_available boolean, p_sort text, p_german boolean,
    p_after jsonb, p_limit integer, p_known_rows bigint, p_known_cells bigint
) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare
    v_seller constant bigint := ctx_seller();
    v_owners constant bigint[] := ctx_owners();
    v_name constant text := case when p_german then 'p.name_key_de' else 'p.name_key_en' end;
    v_code constant text := upper(p_words);
    v_gtins text[] := '{}';
    v_packed bigint[] := '{}';
    v_version bigint;
    v_filter text := '';
    v_stocked text := '';
    v_keys text;
    v_after text;
    v_found text;
    v_rows jsonb;
    v_cells jsonb;
    v_names jsonb;
begin
    if v_seller is null then
        return null;
    end if;
    select coalesce(sum(version), 0) into v_version from catalogue_version where organisation_id = any(v_owners);

    if p_category <> '' then
        v_filter := ' and p.category_key >= $2 and p.category_key < $2 || '' >'' || chr(1114111)'
            ' and (p.category_key = $2 or starts_with(p.category_key, $2 || '' > ''))';
    end if;
    if p_brand <> '' then
        v_filter := v_filter || ' and p.brand = $3';
    end if;
    if p_available then
        v_stocked := ' and exists (select from stock_level s where s.seller_id = $1 and s.article_id = a.id'
            ' and s.on_hand > s.reserved_quantity)';
    end if;
    v_keys := case p_sort
        when 'article' then 'a.number_key, '''''
        when 'name' then v_name || ', '''''
        else 'p.category_key, ' || v_name end;

    if p_words = '' then
        -- Written so that the page is read along an index and ends after its last row.
        if p_sort = 'article' then
            v_after := ' and a.number_key >= $5->>0 and (a.number_key, a.id) > ($5->>0, ($5->>2)::bigint)';
            v_found := 'select a.number_key, '''', a.id from article a'
                ' join product p on p.owner_id = a.owner_id and p.id = a.product_id and p.status = ''active'''
                ' where a.seller_id = $1 and a.status = ''active''' || v_filter || v_stocked
                || case when p_after is null then '' else v_after end || ' order by a.number_key, a.id limit $6';
        else
            v_after := case p_sort
                when 'name' then format(' and %1$s >= $5->>0 and (%1$s, a.id) > ($5->>0, ($5->>2)::bigint)', v_name)
                else format(' and (p.category_key, %1$s) >= ($5->>0, $5->>1)'
                            ' and (p.category_key, %1$s, a.id) > ($5->>0, $5->>1, ($5->>2)::bigint)', v_name) end;
            v_found := 'select each.* from unnest($4) o (owner_id) cross join lateral (select ' || v_keys || ', a.id'
                ' from product p join article a on a.seller_id = $1 and a.owner_id = p.owner_id and a.product_id = p.id'
                ' and a.status = ''active'' where p.owner_id = o.owner_id and p.status = ''active'''
                || v_filter || v_stocked || case when p_after is null then '' else v_after end
                || case p_sort when 'name' then format(' order by %s, a.id', v_name)
                               else format(' order by p.category_key, %s, a.id', v_name) end
                || ' limit $6) each (k1, k2, id) order by 1, 2, 3 limit $6';
        end if;
        if p_known_rows is distinct from v_version then
            execute 'select coalesce(jsonb_agg(jsonb_build_array(k1, k2, id) order by k1, k2, id), ''[]'')'
                ' from (' || v_found || ') page (k1, k2, id)'
                into v_rows using v_seller, p_category, p_brand, v_owners, p_after, p_limit;
        end if;
        if p_known_cells is distinct from v_version then
            execute 'select coalesce(jsonb_agg(jsonb_build_array(category_key, brand, number)), ''[]'')'
                ' from (select p.category_key, p.brand, count(*) as number from article a'
                ' join product p on p.owner_id = a.owner_id and p.id = a.product_id and p.status = ''active'''
                ' where a.seller_id = $1 and a.status = ''active''' || v_stocked || ' group by p.category_key, p.brand) cell'
                into v_cells using v_seller;
        end if;
    elsif p_known_rows is distinct from v_version or p_known_cells is distinct from v_version then
        if p_words ~ '^\d{8,14}$' then
            v_gtins := array[p_words, ltrim(p_words, '0'), lpad(p_words, 12, '0'), lpad(p_words, 13, '0'), lpad(p_words, 14, '0')];
            select coalesce(array_agg(product_id), '{}') into v_packed
            from packaging where gtin = any(v_gtins) and owner_id = any(v_owners);
        end if;
        -- Codes come first: 3 for a whole one, 2 for the beginning of an article number; below 1 by the weight of words.
        v_keys := case when p_sort = 'relevance'
            then 'to_char(999999 - (score * 100000)::int, ''FM000000''), name_key'
            else replace(replace(replace(v_keys, v_name, 'name_key'), 'a.', ''), 'p.', '') end;
        execute 'with hit as ((select p.owner_id, p.id, null::bigint as article_id, p.category_key, p.brand, '
            || v_name || ' as name_key, '
            || case when p_sort = 'relevance' then 'case when p.gtin = any($8) or p.id = any($9) or upper(p.sku) = $10'
                    ' then 3 else ts_rank(p.search, $7) end' else '0' end || ' as score'
            ' from product p where p.owner_id = any($4) and p.status = ''active'''
            ' and (p.search @@ $7 or p.gtin = any($8) or (p.owner_id = any($4) and p.id = any($9))) limit 10000)'
            ' union all select p.owner_id, p.id, n.id, p.category_key, p.brand, ' || v_name || ', 2 from article n'
            ' join product p on p.owner_id = n.owner_id and p.id = n.product_id and p.status = ''active'''
            ' where n.seller_id = $1 and n.number_key >= $10 and n.number_key < $10 || chr(1114111)'
            ' and (p.search @@ $7) is not true'
            '), found as materialized (select a.id, a.number_key, p.category_key, p.brand, p.name_key,'
            ' case when a.number_key = $10 then 3 else p.score end as score'
            -- The offset keeps the planner, which cannot foresee how much fits a word, from reading the whole catalogue.
            ' from hit p cross join lateral (select a.id, a.number_key from article a where a.seller_id = $1'
            ' and a.owner_id = p.owner_id and a.product_id = p.id and a.status = ''active'''
            ' and (p.article_id is null or a.id = p.article_id)' || v_stocked || ' offset 0) a)'
            ' select (select coalesce(jsonb_agg(jsonb_build_array(k1, k2, id) order by k1, k2, id), ''[]'') from ('
            '  select * from (select ' || v_keys || ', id from found p where true' || v_filter || ') keyed (k1, k2, id)'
            || case when p_after is null then '' else ' where (k1, k2, id) > ($5->>0, $5->>1, ($5->>2)::bigint)' end
            || '  order by k1, k2, id limit $6) page), '
            || case when p_known_cells is distinct from v_version then
               '(select coalesce(jsonb_agg(jsonb_build_array(category_key, brand, number)), ''[]'')'
               ' from (select category_key, brand, count(*) as number from found group by category_key, brand) cell)'
               else 'null::jsonb' end
            into v_rows, v_cells
            using v_seller, p_category, p_brand, v_owners, p_after, p_limit, search_query(p_words), v_gtins, v_packed, v_code;
    end if;
    if v_cells is not null then
        select coalesce(jsonb_agg(jsonb_build_array(path, name_en, name_de)), '[]') into v_names
        from category_name where owner_id = any(v_owners);
    end if;
    return jsonb_build_object('version', v_version, 'rows', v_rows, 'cells', v_cells, 'names', v_names);
end $$;
"""

SEARCH_ARTICLES = "search_articles(text, text, text, boolean, text, boolean, jsonb, integer, bigint, bigint)"
RIGHTS = {
    "search_query(text)": f"{SELLER}, {BUYER}, {SEARCH}",
    SEARCH_ARTICLES: f"{SELLER}, {BUYER}",
}


def upgrade() -> None:
    """Expand."""
    op.execute(TABLES)
    for table, rows in WALLS.items():
        for role, verbs, condition in rows:
            op.execute(f"grant {verbs} on {table} to {role}")
            for verb in verbs.split(", "):
                using = f" using ({condition})" if verb != "insert" else ""
                check = f" with check ({condition})" if verb in {"insert", "update"} else ""
                op.execute(f"create policy {role}_{verb}_catalogue on {table} for {verb} to {role}{using}{check}")
    op.execute(FUNCTIONS)
    for function, callers in RIGHTS.items():
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {callers}")
    op.execute(f"alter function {SEARCH_ARTICLES} owner to {SEARCH}")


def downgrade() -> None:
    """Contract."""
    for function in RIGHTS:
        op.execute(f"drop function {function}")
    op.execute("drop table catalogue_version")
    op.execute(f"drop policy {SEARCH}_select_catalogue on stock_level")
    op.execute(f"revoke select on stock_level from {SEARCH}")
    op.execute("drop index ix_packaging_gtin")
    op.execute("alter table article drop column number_key")
    op.execute("drop index ix_product_brand")
    op.execute("alter table product drop column category_key, drop column name_key_en, drop column name_key_de")
