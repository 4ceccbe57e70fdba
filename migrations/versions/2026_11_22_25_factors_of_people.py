"""Who administers an organisation learns which of its own people have a second factor, and nothing else of it."""

from __future__ import annotations

from alembic import op

revision = "202611220025"
down_revision = "202611220024"
branch_labels = None
depends_on = None

GATE = "portal_gate"
CALLERS = "portal_seller, portal_buyer, portal_brand_owner"
TABLES = ("authenticator", "passkey")
OWN_PEOPLE = "user_id in (select m.user_id from membership m where m.organisation_id = ctx_organisation())"

PEOPLE = """
create function people_with_second_factor() returns setof bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select m.user_id from membership m
    where m.organisation_id = ctx_organisation()
      and (exists (select from authenticator a where a.user_id = m.user_id)
           or exists (select from passkey p where p.user_id = m.user_id))
$$
"""


def upgrade() -> None:
    """Expand."""
    for table in TABLES:
        op.execute(f"grant select (user_id) on {table} to {GATE}")
        op.execute(f"create policy {GATE}_select on {table} for select to {GATE} using ({OWN_PEOPLE})")
    op.execute(PEOPLE)
    op.execute("revoke all on function people_with_second_factor() from public")
    op.execute(f"grant execute on function people_with_second_factor() to {CALLERS}")
    op.execute(f"alter function people_with_second_factor() owner to {GATE}")


def downgrade() -> None:
    """Contract."""
    op.execute("drop function people_with_second_factor()")
    for table in TABLES:
        op.execute(f"drop policy {GATE}_select on {table}")
        op.execute(f"revoke select (user_id) on {table} from {GATE}")
