"""Points whose day has come buy nothing, whether or not their expiry was booked."""

from __future__ import annotations

from alembic import op

revision = "202611220067"
down_revision = "202611220066"
branch_labels = None
depends_on = None

PLACEMENT = "portal_placement"
REDEEM = "redeem_points(bigint, bigint, bigint, date, jsonb)"
BOOKED = (
    """(select coalesce(sum(e.points), 0) from point_entry e where e.seller_id = p_seller and e.buyer_id = p_buyer)"""
)
# The earliest points are taken first, so of those whose day has come what was not taken is gone.
LEFT = """(select coalesce(sum(l.points), 0) - greatest(
              coalesce(sum(l.points) filter (where l.points > 0 and l.expires_on <= p_on), 0)
              - greatest(coalesce(-sum(l.points) filter (where l.expires_on is null or l.points < 0), 0), 0), 0)
          from (select e.expires_on, sum(e.points) as points from point_entry e
                where e.seller_id = p_seller and e.buyer_id = p_buyer group by e.expires_on) l)"""


def _change(old: str, new: str) -> None:
    # Only its owner, which the schema's owner may become, replaces a function.
    op.execute(f"set local role {PLACEMENT}")
    op.execute(f"""
        do $change$
        declare
            written text := pg_get_functiondef('{REDEEM}'::regprocedure);
        begin
            if strpos(written, $old${old}$old$) = 0 then
                raise exception 'redeem_points is not what this migration changes';
            end if;
            execute replace(written, $old${old}$old$, $new${new}$new$);
        end $change$
    """)
    op.execute("reset role")


def upgrade() -> None:
    """Expand."""
    _change(BOOKED, LEFT)


def downgrade() -> None:
    """Contract."""
    _change(LEFT, BOOKED)
