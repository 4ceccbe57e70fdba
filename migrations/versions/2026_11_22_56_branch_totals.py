"""What a chain's head office is told of its branches' orders: which branches there are, and what they ordered in a year."""

from __future__ import annotations

from alembic import op

revision = "202611220056"
down_revision = "202611220055"
branch_labels = None
depends_on = None

SIGNATURE = "branches_of_buyer()"
# Policies of buyers name one buyer, and stay so: beside the own one, a condition over several costs every page of every
# buyer. The function alone reaches further, and no further than down from the buyer that asks, at the seller it buys from.
FUNCTION = """
create function branches_of_buyer()
returns table (id bigint, code text, name text, city text, orders bigint, open_orders bigint, total numeric, last_placed_on date)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select b.id, b.code, b.name, b.city, s.orders, s.open_orders, s.total, s.last_placed_on
    from organisation b
    cross join lateral (
        select count(*) as orders,
               count(*) filter (where o.status in ('placed', 'confirmed', 'partly_shipped')) as open_orders,
               coalesce(sum(o.total) filter (where o.status <> 'cancelled'), 0) as total,
               max(o.placed_on) as last_placed_on
        from sales_order o
        where o.seller_id = ctx_seller() and o.buyer_id = b.id and o.placed_at >= now() - interval '365 days'
    ) s
    where b.seller_id = ctx_seller() and b.kind = 'retailer'
      and ctx_buyer() = any (b.owner_ids) and b.id <> ctx_buyer() and ctx_organisation() = ctx_buyer()
$$;
"""


def upgrade() -> None:
    """Expand."""
    op.execute(FUNCTION)
    op.execute(f"revoke all on function {SIGNATURE} from public")
    op.execute(f"grant execute on function {SIGNATURE} to portal_buyer")
    op.execute(f"alter function {SIGNATURE} owner to portal_placement")


def downgrade() -> None:
    """Contract."""
    op.execute(f"drop function {SIGNATURE}")
