"""Placing an order and its allocations keep their plans; what is taken is written down before the stock is lowered."""

from __future__ import annotations

from alembic import op

revision = "202611220043"
down_revision = "202611220042"
branch_labels = None
depends_on = None

PLACE_ORDER = (
    "place_order(jsonb, bigint[], numeric[], numeric[], numeric[], numeric[], jsonb, jsonb, text, text, bytea, text)"
)
# Each owner's functions. With arrays the server thinks a plan for all calls too dear and plans each call anew.
KEPT = {"portal_placement": (PLACE_ORDER, "allocated_quantities(bigint[])")}
LOWER = """\
        update stock_level s set reserved_quantity = s.reserved_quantity + t.quantity
        from (select article_id, warehouse_id, sum(quantity) as quantity
              from unnest(v_split.articles, v_split.warehouses, v_split.quantities)
                  as x (article_id, warehouse_id, quantity)
              group by article_id, warehouse_id) t
        where s.seller_id = v_seller and s.article_id = t.article_id and s.warehouse_id = t.warehouse_id;
"""
NOTE = """\
        insert into allocation (seller_id, order_id, line, warehouse_id, article_id, quantity)
        select v_seller, v_order, x.line, x.warehouse_id, x.article_id, x.quantity
        from unnest(v_split.lines, v_split.articles, v_split.warehouses, v_split.quantities)
            as x (line, article_id, warehouse_id, quantity);
"""


def _change(old: str, new: str) -> None:
    op.execute("set local role portal_placement")
    op.execute(f"""
        do $change$
        declare
            written text := pg_get_functiondef('{PLACE_ORDER}'::regprocedure);
        begin
            if strpos(written, $old${old}$old$) = 0 then
                raise exception 'place_order is not what this migration changes';
            end if;
            execute replace(written, $old${old}$old$, $new${new}$new$);
        end $change$
    """)
    op.execute("reset role")


def _set(setting: str) -> None:
    for owner, functions in KEPT.items():
        op.execute(f"set local role {owner}")
        for function in functions:
            op.execute(f"alter function {function} {setting}")
        op.execute("reset role")


def upgrade() -> None:
    """Expand."""
    # An allocation's key to its stock locks that row: written first, it finds the order's own lock and writes no second one.
    _change(f"{LOWER}\n{NOTE}", f"{NOTE}\n{LOWER}")
    _set("set plan_cache_mode = force_generic_plan")


def downgrade() -> None:
    """Contract."""
    _set("reset plan_cache_mode")
    _change(f"{NOTE}\n{LOWER}", f"{LOWER}\n{NOTE}")
