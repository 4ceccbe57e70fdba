"""Closing an account ends every right of its organisation and branches for good, in the seller's transaction."""

from __future__ import annotations

from alembic import op

revision = "202611220049"
down_revision = "202611220048"
branch_labels = None
depends_on = None

GATE = "portal_gate"

# What the function may change, and must read to find it; a policy that exists already is not written again.
RIGHTS = {
    "membership": ("update (status)", "update"),
    "invitation": ("select (organisation_id, accepted_at, revoked_at), update (revoked_at)", "select, update"),
    "api_client": ("update (revoked_at)", ""),
    "acting_session": ("select, update (ended_at)", "select, update"),
    "identity_provider": ("update (is_enabled)", "update"),
    "provisioning_token": ("select (organisation_id, revoked_at), update (revoked_at)", "select, update"),
}
SIGNATURE = "end_rights_in(bigint)"
FUNCTION = """
create function end_rights_in(p_organisation bigint) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    ended bigint[];
    people integer;
begin
    -- The buyer itself and its branches; what a wholesaler sells to has another seller.
    select array_agg(o.id) into ended from organisation o
    where p_organisation = any(o.owner_ids) and o.seller_id = ctx_seller() and ctx_organisation() = ctx_seller();
    -- Invitations first: whoever is accepting one is waited for, and the membership that came of it ends as well.
    update invitation set revoked_at = now()
    where organisation_id = any(ended) and accepted_at is null and revoked_at is null;
    update membership set status = 'inactive' where organisation_id = any(ended) and status = 'active';
    get diagnostics people = row_count;
    update user_session set revoked_at = now()
    where (organisation_id = any(ended) or provider_id = any(ended)) and revoked_at is null;
    update api_client set revoked_at = now() where organisation_id = any(ended) and revoked_at is null;
    update api_grant set revoked_at = now() where organisation_id = any(ended) and revoked_at is null;
    update personal_token set revoked_at = now() where organisation_id = any(ended) and revoked_at is null;
    update acting_session set ended_at = now() where organisation_id = any(ended) and ended_at is null;
    update identity_provider set is_enabled = false where organisation_id = any(ended) and is_enabled;
    update provisioning_token set revoked_at = now() where organisation_id = any(ended) and revoked_at is null;
    return people;
end $$;
"""


def upgrade() -> None:
    """Expand."""
    op.execute("alter table trading_account add column closed_at timestamptz")
    for table, (rights, verbs) in RIGHTS.items():
        op.execute(f"grant {rights} on {table} to {GATE}")
        for verb in verbs.split(", ") if verbs else ():
            check = " with check (true)" if verb == "update" else ""
            op.execute(f"create policy {GATE}_close_{verb} on {table} for {verb} to {GATE} using (true){check}")
    op.execute(FUNCTION)
    op.execute(f"revoke all on function {SIGNATURE} from public")
    op.execute(f"grant execute on function {SIGNATURE} to portal_seller")
    op.execute(f"alter function {SIGNATURE} owner to {GATE}")


def downgrade() -> None:
    """Contract."""
    op.execute(f"drop function {SIGNATURE}")
    for table, (rights, verbs) in RIGHTS.items():
        for verb in verbs.split(", ") if verbs else ():
            op.execute(f"drop policy {GATE}_close_{verb} on {table}")
        op.execute(f"revoke {rights} on {table} from {GATE}")
    op.execute("alter table trading_account drop column closed_at")
