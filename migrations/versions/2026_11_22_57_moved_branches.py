"""A seller hangs one of its shops, with everything below it, below another of its shops or directly below itself."""

from __future__ import annotations

from alembic import op

revision = "202611220057"
down_revision = "202611220056"
branch_labels = None
depends_on = None

GATE = "portal_gate"
SIGNATURE = "move_shop(bigint, bigint)"
FUNCTION = """
create function move_shop(p_shop bigint, p_parent bigint) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    above bigint[];
begin
    -- Both are the seller's own, a place below the shop itself would close a circle, and nobody changes its seller.
    select p.owner_ids into above from organisation p
    where p.id = p_parent and ctx_organisation() = ctx_seller() and not p_shop = any(p.owner_ids)
      and (p.id = ctx_seller() or (p.seller_id = ctx_seller() and p.kind = 'retailer'));
    if above is null then
        return false;
    end if;
    update organisation set parent_id = p_parent
    where id = p_shop and seller_id = ctx_seller() and kind = 'retailer';
    if not found then
        return false;
    end if;
    update organisation o set owner_ids = above || o.owner_ids[array_position(o.owner_ids, p_shop):]
    where p_shop = any(o.owner_ids) and o.seller_id = ctx_seller();
    return true;
end $$;
"""


def upgrade() -> None:
    """Expand."""
    op.execute(f"grant update (parent_id, owner_ids) on organisation to {GATE}")
    op.execute(
        f"create policy {GATE}_move_update on organisation for update to {GATE} using (seller_id = ctx_seller())"
        " with check (seller_id = ctx_seller())"
    )
    op.execute(FUNCTION)
    op.execute(f"revoke all on function {SIGNATURE} from public")
    op.execute(f"grant execute on function {SIGNATURE} to portal_seller")
    op.execute(f"alter function {SIGNATURE} owner to {GATE}")


def downgrade() -> None:
    """Contract."""
    op.execute(f"drop function {SIGNATURE}")
    op.execute(f"drop policy {GATE}_move_update on organisation")
    op.execute(f"revoke update (parent_id, owner_ids) on organisation from {GATE}")
