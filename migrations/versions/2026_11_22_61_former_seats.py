"""Who works in what a moved shop hung below before has no seat left in it or its branches."""

from __future__ import annotations

from alembic import op

revision = "202611220061"
down_revision = "202611220060"
branch_labels = None
depends_on = None

SELLER, GATE = "portal_seller", "portal_gate"
SIGNATURE = "end_former_seats(bigint, bigint[])"
FUNCTION = """
-- A shop hangs elsewhere now: who works in what it hung below, and no longer does, has no seat left in it or its branches.
create function end_former_seats(p_shop bigint, p_former bigint[]) returns integer language plpgsql
volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    shops bigint[];
    former bigint[];
    leaving bigint[];
    ended integer;
begin
    if ctx_organisation() is distinct from ctx_seller() then
        return 0;
    end if;
    select array_agg(o.id) into shops from organisation o where p_shop = any(o.owner_ids) and o.seller_id = ctx_seller();
    select array_agg(f.id) into former from organisation f, organisation o
    where o.id = p_shop and f.id = any(p_former) and not f.id = any(o.owner_ids) and f.seller_id = ctx_seller()
      and f.kind = 'retailer';
    if shops is null or former is null then
        return 0;
    end if;
    -- Invitations first, as when everything ends.
    update invitation i set revoked_at = now()
    where i.organisation_id = any(shops) and i.accepted_at is null and i.revoked_at is null
      and (i.inviting_organisation_id = any(former) or exists (
          select from membership m join user_account u on u.id = m.user_id
          where m.organisation_id = any(former) and m.status = 'active' and u.email = lower(i.email)));
    select array_agg(distinct m.user_id) into leaving from membership m
    where m.organisation_id = any(shops) and m.status = 'active' and exists (
        select from membership f where f.organisation_id = any(former) and f.user_id = m.user_id and f.status = 'active');
    update membership set status = 'inactive'
    where organisation_id = any(shops) and user_id = any(leaving) and status = 'active';
    get diagnostics ended = row_count;
    if ended > 0 then
        update user_session set revoked_at = now()
        where organisation_id = any(shops) and user_id = any(leaving) and revoked_at is null;
        update api_grant set revoked_at = now()
        where organisation_id = any(shops) and user_id = any(leaving) and revoked_at is null;
        update personal_token set revoked_at = now()
        where organisation_id = any(shops) and user_id = any(leaving) and revoked_at is null;
        -- Nobody knows who of them holds the secret of a program.
        update api_client set revoked_at = now() where organisation_id = any(shops) and revoked_at is null;
        update provisioning_token set revoked_at = now() where organisation_id = any(shops) and revoked_at is null;
    end if;
    return ended;
end $$;
"""


def upgrade() -> None:
    """Expand."""
    op.execute(f"grant select (email, inviting_organisation_id) on invitation to {GATE}")
    op.execute(FUNCTION)
    op.execute(f"revoke all on function {SIGNATURE} from public")
    op.execute(f"grant execute on function {SIGNATURE} to {SELLER}")
    op.execute(f"alter function {SIGNATURE} owner to {GATE}")


def downgrade() -> None:
    """Contract."""
    op.execute(f"drop function {SIGNATURE}")
    op.execute(f"revoke select (email, inviting_organisation_id) on invitation from {GATE}")
