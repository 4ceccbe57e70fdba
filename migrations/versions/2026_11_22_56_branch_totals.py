"""What a chain's head office is told of its branches' orders: which branches there are, and what they ordered in a year."""

from __future__ import annotations

from alembic import op

revision = "202611220056"
down_revision = "202611220055"
branch_labels = None
depends_on = None

SIGNATURE = "branches_of_buyer(text)"
# Policies of buyers name one buyer, and stay so: beside the own one, a condition over several costs every page of every
# buyer. The function alone reaches further, and no further than down from the buyer that asks, at the seller it buys from.
# It walks down by parents: most buyers have no branches, and their home page asks as well. Without a code it gives all.
FUNCTION = """
create function branches_of_buyer(p_code text)
returns table (id bigint, code text, name text, city text, orders bigint, open_orders bigint, total numeric, last_placed_on date)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    with recursive below as (
        select c.id from organisation c where c.parent_id = ctx_buyer() and ctx_organisation() = ctx_buyer()
        union all
        select c.id from organisation c join below b on c.parent_id = b.id
    )
    select b.id, b.code, b.name, b.city, s.orders, s.open_orders, s.total, s.last_placed_on
    from below join organisation b on b.id = below.id
    cross join lateral (
        select count(*) as orders,
               count(*) filter (where o.status in ('placed', 'confirmed', 'partly_shipped')) as open_orders,
               coalesce(sum(o.total) filter (where o.status <> 'cancelled'), 0) as total,
               max(o.placed_on) as last_placed_on
        from sales_order o
        where o.seller_id = ctx_seller() and o.buyer_id = b.id and o.placed_at >= now() - interval '365 days'
    ) s
    where b.seller_id = ctx_seller() and b.kind = 'retailer' and (p_code is null or b.code = p_code)
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
