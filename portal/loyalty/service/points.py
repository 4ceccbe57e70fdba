"""Points booked by hand, and rewards about to be taken with an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import text

from portal.accounts.queries.accounts import get_account
from portal.core.field_errors import field_error, refuse_if
from portal.core.idempotency import IdempotencyKeyReused
from portal.loyalty.errors import ProgrammeNotReady, RewardsRefused
from portal.loyalty.models import ProgrammeState
from portal.loyalty.queries.points import Standing, find_adjustment, get_standing
from portal.loyalty.queries.programme import find_programme, list_rewards
from tenants.audit import record
from tenants.database import db
from tenants.permissions import Permission
from tenants.principal import Principal

MOST_ADJUSTED = 1_000_000_000
_LONGEST_REASON = 200
_REFUSED = "The points cannot be booked."

_TAKE_PART = text("insert into loyalty_member (seller_id, buyer_id) values (:seller, :buyer) on conflict do nothing")
_LOCK = text("select from loyalty_member where seller_id = :seller and buyer_id = :buyer for no key update")
_ADJUST = text(
    """
    insert into point_entry (seller_id, buyer_id, kind, points, booked_on, expires_on, reason, cause)
    select :seller, :buyer, 'adjusted', :points, d.today,
           case when :points > 0 then (d.today + make_interval(months => g.expiry_months))::date end, :reason, :cause
    from loyalty_programme g cross join (select (now() at time zone :zone)::date as today) d
    where g.seller_id = :seller
    """
)


@dataclass(frozen=True, slots=True)
class AdjustPoints:
    """Points (below 0: taken) for an account (its code), why, and the key that makes a repeat book nothing more."""

    account: str
    points: int
    reason: str
    key: str


class RewardLine(NamedTuple):
    """A reward that comes with an order: article id and number, base units, and what is taken for it."""

    code: str
    article_id: int
    article: str
    quantity: Decimal
    points: int

    def explanation(self, programme: str) -> dict[str, Any]:
        """Give why its line costs nothing."""
        return {"reward": self.code, "points": self.points, "name": programme}


def adjust_points(principal: Principal, command: AdjustPoints) -> Standing:
    """Book points for an account by hand, once for the key; give how the account stands then.

    The principal sells and manages loyalty.

    Raises:
        InvalidInput: the points are none or too many, the account has fewer, or there is no reason; `errors` says which.
        NotFound: the seller has no such account.
        IdempotencyKeyReused: the key booked other points, or for another reason.
        ProgrammeNotReady: there is no programme, or it was never started.
        PermissionDenied: the principal may not manage loyalty.
    """
    principal.require(Permission.LOYALTY_MANAGE)
    programme = find_programme(principal)
    if programme is None or programme.state is ProgrammeState.DRAFT:
        raise ProgrammeNotReady("The programme has not been started.", state=programme.state if programme else None)
    buyer_id = get_account(principal, command.account).buyer_id
    refuse_if(_wrong_fields(command), _REFUSED)
    edge = {"seller": principal.selling(), "buyer": buyer_id}
    db.session.execute(_TAKE_PART, edge)
    db.session.execute(_LOCK, edge)
    cause = f"adjusted {principal.actor} {command.key}"
    booked_before = find_adjustment(principal, buyer_id, cause)
    if booked_before not in {None, (command.points, command.reason.strip())}:
        raise IdempotencyKeyReused("This idempotency key was used before with another request.")
    if booked_before is None:
        if get_standing(principal, buyer_id).balance + command.points < 0:
            refuse_if([field_error("points", "too-few-points", "The account has fewer points.")], _REFUSED)
        booked = {"points": command.points, "reason": command.reason.strip()}
        db.session.execute(_ADJUST, {**edge, **booked, "cause": cause, "zone": principal.time_zone})
        record(principal, "loyalty_points.adjusted", command.account, after=booked)
    return get_standing(principal, buyer_id)


def find_reward_lines(principal: Principal, codes: Sequence[str]) -> tuple[str, list[RewardLine]]:
    """Give the programme's name, and the lines with which these rewards come with an order. The principal buys.

    Whether the points suffice is found out for good when the order is placed.

    Raises:
        RewardsRefused: one is not offered or named twice, or all together cost more points than there are.
    """
    programme = find_programme(principal)
    known = {reward.code: reward for reward in list_rewards(principal, codes) if reward.is_offered}
    errors = [
        {"pointer": f"#/rewards/{at}", "reward": code, "reason": "unknown-reward", "detail": "It is not offered."}
        for at, code in enumerate(codes)
        if code not in known or code in codes[:at]
    ]
    if programme is None or errors:
        raise RewardsRefused("Nothing was ordered: a reward is not offered.", errors=errors)
    wanted = [known[code] for code in codes]
    if sum(reward.points for reward in wanted) > get_standing(principal).balance:
        raise too_few_points()
    return programme.name, [
        RewardLine(each.code, each.article_id, each.article_number, each.quantity, each.points) for each in wanted
    ]


def too_few_points() -> RewardsRefused:
    """Give the refusal of rewards that cost more points than there are."""
    error = {"pointer": "#/rewards", "reason": "too-few-points", "detail": "They cost more points than there are."}
    return RewardsRefused("Nothing was ordered: there are not enough points.", errors=[error])


def _wrong_fields(command: AdjustPoints) -> list[dict[str, str]]:
    wrong = []
    if not 0 < abs(command.points) <= MOST_ADJUSTED:
        wrong.append(field_error("points", "out-of-range", f"Up to {MOST_ADJUSTED} points, or as many less."))
    reason = command.reason.strip()
    if not reason or len(reason) > _LONGEST_REASON or not reason.isprintable():
        wrong.append(field_error("reason", "missing", f"1 to {_LONGEST_REASON} printable characters."))
    return wrong
