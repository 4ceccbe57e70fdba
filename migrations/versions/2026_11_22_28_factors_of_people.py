"""Who administers an organisation learns which of its own people have a second factor, and nothing else of it."""

from __future__ import annotations

from alembic import op

revision = "202611220028"
down_revision = "202611220027"
branch_labels = None
depends_on = None

GATE = "portal_gate"
CALLERS = "portal_seller, portal_buyer, portal_brand_owner"

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
    op.execute(PEOPLE)
    op.execute("revoke all on function people_with_second_factor() from public")
    op.execute(f"grant execute on function people_with_second_factor() to {CALLERS}")
    op.execute(f"alter function people_with_second_factor() owner to {GATE}")


def downgrade() -> None:
    """Contract."""
    op.execute("drop function people_with_second_factor()")
