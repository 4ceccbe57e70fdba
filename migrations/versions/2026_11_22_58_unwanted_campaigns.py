"""Campaign mails ask whether they are still wanted; a campaign ended before its first day is seen by no buyer."""

from __future__ import annotations

from alembic import op

revision = "202611220058"
down_revision = "202611220057"
branch_labels = None
depends_on = None

SIGNATURE = "may_be_mailed(bigint, bigint, text)"
# The seller hears yes or no, and of its own buyers alone.
FUNCTION = """
create function may_be_mailed(p_buyer bigint, p_user bigint, p_kind text) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select exists (
        select from organisation o
        join membership m on m.organisation_id = o.id and m.user_id = p_user and m.status = 'active'
        join user_account u on u.id = m.user_id and u.status = 'active'
        where o.id = p_buyer and o.seller_id = ctx_seller() and o.status = 'active')
    and not exists (
        select from notice_choice c
        where c.organisation_id = p_buyer and c.user_id = p_user and c.kind = p_kind and c.channel in ('inbox', 'none'))
$$;
"""
# Ended before its first day it has no day; ended on it, it is over for those who knew of it.
OWN = """
create or replace function own_campaigns(p_code text)
returns table (code text, title_en text, title_de text, text_en text, text_de text, valid_from date, valid_to date,
               has_picture boolean, is_over boolean, opened_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select c.code, c.title_en, c.title_de, c.text_en, c.text_de, c.valid_from, c.valid_to, c.picture is not null,
           t.day >= c.valid_to, r.opened_at
    from campaign_receiver r
    join campaign c on c.seller_id = r.seller_id and c.code = r.campaign_code and c.released_at is not null
    join organisation s on s.id = r.seller_id
    cross join lateral (select (now() at time zone s.time_zone)::date as day) t
    where r.seller_id = ctx_seller() and r.buyer_id = ctx_buyer() and c.valid_from <= t.day{}
      and (p_code is null or c.code = p_code)
$$;
"""
HAS_DAYS = "\n      and (c.valid_from < c.valid_to or r.told_at is not null or r.opened_at is not null)"


def upgrade() -> None:
    """Expand."""
    op.execute(FUNCTION)
    op.execute(f"revoke all on function {SIGNATURE} from public")
    op.execute(f"grant execute on function {SIGNATURE} to portal_seller")
    op.execute(f"alter function {SIGNATURE} owner to portal_gate")
    _replace(HAS_DAYS)


def downgrade() -> None:
    """Contract."""
    _replace("")
    op.execute(f"drop function {SIGNATURE}")


def _replace(condition: str) -> None:
    # Only its owner may replace it.
    op.execute("set local role portal_placement")
    op.execute(OWN.format(condition))
    op.execute("reset role")
