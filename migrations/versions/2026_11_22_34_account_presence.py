"""Since when a seller's buyers are aboard."""

from __future__ import annotations

from alembic import op

revision = "202611220034"
down_revision = "202611220033"
branch_labels = None
depends_on = None

# account_people stays for the release before, which still asks it while this one is being rolled out.
ACCOUNT_PRESENCE = """
create function account_presence(p_buyers bigint[])
returns table (buyer_id bigint, people bigint, last_seen_at timestamptz, aboard_since timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select m.organisation_id, count(*), max(s.last_seen_at), min(m.created_at)
    from organisation o
    join membership m on m.organisation_id = o.id and m.status = 'active'
    left join lateral (select max(u.last_seen_at) as last_seen_at from user_session u
                       where u.user_id = m.user_id and u.organisation_id = m.organisation_id) s on true
    where o.id = any(p_buyers) and o.seller_id = ctx_seller() and ctx_organisation() = ctx_seller()
    group by m.organisation_id
$$
"""


def upgrade() -> None:
    """Expand."""
    op.execute(ACCOUNT_PRESENCE)
    op.execute("revoke all on function account_presence(bigint[]) from public")
    op.execute("grant execute on function account_presence(bigint[]) to portal_seller")
    op.execute("alter function account_presence(bigint[]) owner to portal_gate")


def downgrade() -> None:
    """Contract."""
    op.execute("drop function account_presence(bigint[])")
