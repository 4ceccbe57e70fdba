"""Stock that one warehouse has enough of, which it nearly always has, is set aside without laying out every warehouse."""

from __future__ import annotations

from alembic import op

revision = "202611220018"
down_revision = "202611220017"
branch_labels = None
depends_on = None

PLACEMENT = "portal_placement"
PLACE_ORDER = (
    "place_order(jsonb, bigint[], numeric[], numeric[], numeric[], numeric[], jsonb, jsonb, text, text, bytea, text)"
)

EVERY_WAREHOUSE = """
    -- Stock last: its rows are the contended ones. Each article's demand, line after line, and its supply, warehouse
    -- after warehouse, are laid on one scale; where they overlap, that line gets from that warehouse.
"""
FIRST_WAREHOUSE = """
    -- Stock last: its rows are the contended ones. Nearly always each article is on one line, and its first warehouse has
    -- enough. Rows are locked here, in the order in which everybody locks them.
    with locked as materialized (
        select s.article_id, s.warehouse_id, s.on_hand - s.reserved_quantity as available
        from stock_level s
        where s.seller_id = v_seller and s.article_id = any (p_articles)
        order by s.article_id, s.warehouse_id
        for update of s
    ), first as (
        select distinct on (l.line) l.line, l.article_id, k.warehouse_id, l.quantity, k.available
        from unnest(p_articles, p_quantities) with ordinality as l (article_id, quantity, line)
        join locked k using (article_id)
        join warehouse w on w.seller_id = v_seller and w.id = k.warehouse_id
        order by l.line, w.code, w.id
    )
    select array_agg(line) as lines, array_agg(article_id) as articles, array_agg(warehouse_id) as warehouses,
           array_agg(quantity) as quantities, null::jsonb as short,
           count(*) = v_count and count(distinct article_id) = v_count and bool_and(available >= quantity) as is_enough
    into v_split from first;

    -- Otherwise each article's demand, line after line, and its supply, warehouse after warehouse, are laid on one scale;
    -- where they overlap, that line gets from that warehouse.
    if not v_split.is_enough then
"""
REFUSED = "\n    if v_split.short is not null then\n"
ELSE_REFUSED = f"\n    end if;{REFUSED}"


def _replace(changes: dict[str, str]) -> None:
    steps = "\n".join(
        f"""
            if strpos(written, $old${old}$old$) = 0 then
                raise exception 'place_order is not what this migration changes';
            end if;
            written := replace(written, $old${old}$old$, $new${new}$new$);
        """
        for old, new in changes.items()
    )
    # Only its owner, which the schema's owner may become, replaces a function.
    op.execute(f"set local role {PLACEMENT}")
    op.execute(f"""
        do $change$
        declare
            written text := pg_get_functiondef('{PLACE_ORDER}'::regprocedure);
        begin
            {steps}
            execute written;
        end $change$
    """)
    op.execute("reset role")


def upgrade() -> None:
    """Expand."""
    _replace({EVERY_WAREHOUSE: FIRST_WAREHOUSE, REFUSED: ELSE_REFUSED})


def downgrade() -> None:
    """Contract."""
    _replace({ELSE_REFUSED: REFUSED, FIRST_WAREHOUSE: EVERY_WAREHOUSE})
