"""Loyalty over HTTP: the seller's programme and ledgers, and a buyer's own points."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from flask import Flask
from pydantic import Field, StringConstraints

from portal.accounts.api.fields import PageQuery
from portal.accounts.queries.accounts import get_account
from portal.core.idempotency import IdempotencyKey
from portal.loyalty.errors import ProgrammeNotReady
from portal.loyalty.models import EntryKind, Measure, ProgrammeState, RuleScope
from portal.loyalty.queries.points import Standing, get_standing, list_entries, list_members, list_totals
from portal.loyalty.queries.programme import find_programme, list_levels, list_rewards, list_rules
from portal.loyalty.rules import Level
from portal.loyalty.service import programme as service
from portal.loyalty.service.points import MOST_ADJUSTED, AdjustPoints, adjust_points
from portal.web.api import (
    ApiAnswer,
    ApiBody,
    Code,
    InvalidCursor,
    IsoDate,
    Page,
    Quantity,
    StockQuantity,
    Whole,
    operation,
    page_of,
    read_cursor,
    read_text_cursor,
)
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Loyalty"]
_VIEW: Any = {"permission": Permission.ACCOUNTS_VIEW, "scope": Scope.SELLING_READ, "tags": _TAGS}
_MANAGE: Any = {"permission": Permission.LOYALTY_MANAGE, "scope": Scope.SELLING_WRITE, "tags": _TAGS}
_OWN: Any = {"permission": Permission.ORDERS_VIEW, "scope": Scope.BUYING_READ, "tags": _TAGS}

Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Points = Annotated[int, Field(ge=1, le=service.MOST_REWARD_POINTS), Whole]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
ScopeCode = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]


class LevelFields(ApiBody):
    """A level and the points of twelve months from which an account has it."""

    name: Name
    from_points: Annotated[int, Field(ge=0, le=service.MOST_REWARD_POINTS), Whole]


class ProgrammeBody(ApiBody):
    """Name, levels, and how many months points last that are booked from now on."""

    name: Name
    expiry_months: Annotated[int, Field(ge=1, le=service.MOST_MONTHS), Whole]
    levels: list[LevelFields] = Field(default_factory=list, max_length=service.MOST_LEVELS)


class RuleBody(ApiBody):
    """`points` for each full `per` of net amount or base units; of a multiplier the `factor` alone."""

    name: Name
    measure: Annotated[Measure, Field(strict=False)]
    scope: Annotated[RuleScope, Field(strict=False)] = RuleScope.ALL
    scope_code: ScopeCode = Field(default="", description="Article number, or category with all below it.")
    points: Annotated[int, Field(ge=1, le=service.MOST_RULE_POINTS), Whole] | None = None
    per: Quantity | None = None
    factor: Quantity | None = None
    valid_from: IsoDate | None = Field(default=None, description="Of the orders' days; today when missing.")
    valid_to: IsoDate | None = Field(default=None, description="First day on which it no longer holds.")


class RewardBody(ApiBody):
    """Base units of an article, free for so many points."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$")]
    article: Code
    quantity: Quantity
    points: Points


class AdjustmentBody(ApiBody):
    """Points to be booked, below 0: taken, and why; the customer sees the reason."""

    points: Annotated[int, Field(ge=-MOST_ADJUSTED, le=MOST_ADJUSTED), Whole]
    reason: Reason


class LevelAnswer(ApiAnswer):
    """A level and the points of twelve months from which an account has it."""

    name: str
    from_points: int


class RuleAnswer(ApiAnswer):
    """A rule; orders earn by the rules of the day on which they were placed."""

    number: int
    name: str
    measure: Measure
    scope: RuleScope
    scope_code: str
    points: int | None
    per: StockQuantity | None
    factor: StockQuantity | None
    valid_from: date
    valid_to: date | None
    is_over: bool


class RewardAnswer(ApiAnswer):
    """A reward; an article comes free with an order for so many points."""

    code: str
    article_number: str
    quantity: StockQuantity
    points: int
    is_offered: bool


class LevelTotalAnswer(ApiAnswer):
    """Accounts at a level (null: below the first), and the points they have together."""

    level: LevelAnswer | None
    accounts: int
    points: int


class ProgrammeAnswer(ApiAnswer):
    """The programme; `outstanding_points` is what it owes."""

    name: str
    state: ProgrammeState
    expiry_months: int
    levels: list[LevelAnswer]
    rules: list[RuleAnswer]
    rewards: list[RewardAnswer]
    outstanding_points: int
    totals: list[LevelTotalAnswer]


class ExpiringAnswer(ApiAnswer):
    """What is left of points that go on the day."""

    expires_on: date
    points: int


class StandingAnswer(ApiAnswer):
    """How an account stands; `earned` within twelve months, `to_next` points are missing to the next level."""

    balance: int
    earned: int
    level: LevelAnswer | None
    next_level: LevelAnswer | None
    to_next: int | None
    expiring: list[ExpiringAnswer]


class OwnLoyaltyAnswer(ApiAnswer):
    """The seller's programme and how you stand."""

    name: str
    state: ProgrammeState
    levels: list[LevelAnswer]
    rules: list[RuleAnswer]
    rewards: list[RewardAnswer]
    standing: StandingAnswer


class PointEntryAnswer(ApiAnswer):
    """Points booked, and why."""

    kind: EntryKind
    points: int
    booked_on: date
    expires_on: date | None
    order_number: str | None
    line: int | None
    rule_name: str | None
    reward_code: str | None
    reason: str


class LoyaltyMemberAnswer(ApiAnswer):
    """An account with points; `earned` within twelve months."""

    code: str
    name: str
    balance: int
    earned: int
    level: LevelAnswer | None


@operation("GET", "/selling/loyalty", summary="Read the points programme", response=ProgrammeAnswer, **_VIEW)
def read_loyalty(principal: Principal) -> ProgrammeAnswer:
    """With its rules, levels and rewards, and accounts and points by level."""
    return _programme(principal)


@operation(
    "PUT",
    "/selling/loyalty",
    summary="Make or change the points programme",
    body=ProgrammeBody,
    response=ProgrammeAnswer,
    errors=[InvalidInput],
    **_MANAGE,
)
def save_loyalty(principal: Principal, body: ProgrammeBody) -> ProgrammeAnswer:
    """A new one is a draft, which no customer sees. Points that are booked keep their day."""
    levels = tuple(Level(level.from_points, level.name) for level in body.levels)
    service.save_programme(principal, service.SaveProgramme(body.name, body.expiry_months, levels))
    return _programme(principal)


@operation(
    "POST",
    "/selling/loyalty/starts",
    summary="Start the points programme",
    response=ProgrammeAnswer,
    status=201,
    errors=[ProgrammeNotReady],
    **_MANAGE,
)
def start_loyalty(principal: Principal) -> ProgrammeAnswer:
    """Orders placed from today on earn points once they are shipped; doing it twice changes nothing."""
    service.start_programme(principal)
    return _programme(principal)


@operation(
    "POST",
    "/selling/loyalty/endings",
    summary="End the points programme",
    response=ProgrammeAnswer,
    status=201,
    errors=[ProgrammeNotReady],
    **_MANAGE,
)
def end_loyalty(principal: Principal) -> ProgrammeAnswer:
    """No reward is taken any more, and all rules end with today. Points stay until they expire."""
    service.end_programme(principal)
    return _programme(principal)


@operation(
    "POST",
    "/selling/loyalty/rules",
    summary="Add a rule that gives points",
    body=RuleBody,
    response=RuleAnswer,
    status=201,
    errors=[InvalidInput, ProgrammeNotReady],
    **_MANAGE,
)
def add_loyalty_rule(principal: Principal, body: RuleBody) -> RuleAnswer:
    """Rules add up; of several multipliers on a line the largest counts."""
    return RuleAnswer.model_validate(service.add_rule(principal, service.AddRule(**body.model_dump())))


@operation(
    "POST",
    "/selling/loyalty/rules/{number}/endings",
    summary="End a rule that gives points",
    response=ProgrammeAnswer,
    status=201,
    errors=[NotFound, ProgrammeNotReady],
    **_MANAGE,
)
def end_loyalty_rule(principal: Principal, number: int) -> ProgrammeAnswer:
    """It holds until the end of today; doing it twice changes nothing."""
    service.end_rule(principal, number)
    return _programme(principal)


@operation(
    "POST",
    "/selling/loyalty/rewards",
    summary="Add a reward",
    body=RewardBody,
    response=RewardAnswer,
    status=201,
    errors=[InvalidInput, ProgrammeNotReady],
    **_MANAGE,
)
def add_loyalty_reward(principal: Principal, body: RewardBody) -> RewardAnswer:
    """An article of your own that comes free with an order."""
    return RewardAnswer.model_validate(service.add_reward(principal, service.AddReward(**body.model_dump())))


@operation(
    "POST",
    "/selling/loyalty/rewards/{code}/endings",
    summary="End a reward",
    response=ProgrammeAnswer,
    status=201,
    errors=[NotFound, ProgrammeNotReady],
    **_MANAGE,
)
def end_loyalty_reward(principal: Principal, code: Code) -> ProgrammeAnswer:
    """It is taken no more; doing it twice changes nothing."""
    service.end_reward(principal, code)
    return _programme(principal)


@operation(
    "GET",
    "/selling/loyalty/accounts",
    summary="List the accounts with points",
    query=PageQuery,
    response=Page[LoyaltyMemberAnswer],
    errors=[InvalidCursor],
    **_VIEW,
)
def list_loyalty_accounts(principal: Principal, query: PageQuery) -> Page[LoyaltyMemberAnswer]:
    """By code."""
    rows = list_members(principal, after=read_text_cursor(query.cursor), limit=query.limit + 1)
    return page_of(rows, query.limit, LoyaltyMemberAnswer.model_validate, lambda row: (row.code,))


@operation(
    "GET",
    "/selling/loyalty/accounts/{code}",
    summary="Read the points of an account",
    response=StandingAnswer,
    errors=[NotFound],
    **_VIEW,
)
def read_loyalty_account(principal: Principal, code: Code) -> StandingAnswer:
    """Balance, level, and what goes when."""
    return _standing(get_standing(principal, get_account(principal, code).buyer_id))


@operation(
    "GET",
    "/selling/loyalty/accounts/{code}/entries",
    summary="List the points booked for an account",
    query=PageQuery,
    response=Page[PointEntryAnswer],
    errors=[InvalidCursor, NotFound],
    **_VIEW,
)
def list_loyalty_entries(principal: Principal, code: Code, query: PageQuery) -> Page[PointEntryAnswer]:
    """The newest first; their sum is the balance."""
    return _entries(principal, query, get_account(principal, code).buyer_id)


@operation(
    "POST",
    "/selling/loyalty/accounts/{code}/adjustments",
    summary="Book points of an account by hand",
    body=AdjustmentBody,
    response=StandingAnswer,
    status=201,
    idempotency=True,
    errors=[InvalidInput, NotFound, ProgrammeNotReady],
    **_MANAGE,
)
def adjust_loyalty_points(
    principal: Principal, code: Code, body: AdjustmentBody, idempotency: IdempotencyKey
) -> StandingAnswer:
    """Once for each idempotency key; never below 0."""
    command = AdjustPoints(code, body.points, body.reason, f"key {idempotency.key}")
    return _standing(adjust_points(principal, command))


@operation("GET", "/buying/loyalty", summary="Read your points", response=OwnLoyaltyAnswer, errors=[NotFound], **_OWN)
def read_own_loyalty(principal: Principal) -> OwnLoyaltyAnswer:
    """With the rules, levels and rewards of your seller's programme; put rewards into the basket by their codes."""
    programme = find_programme(principal)
    if programme is None:
        raise NotFound
    return OwnLoyaltyAnswer(
        name=programme.name,
        state=programme.state,
        levels=_levels(principal),
        rules=[RuleAnswer.model_validate(rule) for rule in list_rules(principal) if not rule.is_over],
        rewards=[RewardAnswer.model_validate(reward) for reward in list_rewards(principal) if reward.is_offered],
        standing=_standing(get_standing(principal)),
    )


@operation(
    "GET",
    "/buying/loyalty/entries",
    summary="List the points booked for you",
    query=PageQuery,
    response=Page[PointEntryAnswer],
    errors=[InvalidCursor],
    **_OWN,
)
def list_own_point_entries(principal: Principal, query: PageQuery) -> Page[PointEntryAnswer]:
    """The newest first; their sum is the balance."""
    return _entries(principal, query)


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing this module has declared."""


def _programme(principal: Principal) -> ProgrammeAnswer:
    programme = find_programme(principal)
    if programme is None:
        raise NotFound
    totals = list_totals(principal)
    return ProgrammeAnswer(
        name=programme.name,
        state=programme.state,
        expiry_months=programme.expiry_months,
        levels=_levels(principal),
        rules=[RuleAnswer.model_validate(rule) for rule in list_rules(principal)],
        rewards=[RewardAnswer.model_validate(reward) for reward in list_rewards(principal)],
        outstanding_points=sum(total.points for total in totals),
        totals=[LevelTotalAnswer.model_validate(total) for total in totals],
    )


def _levels(principal: Principal) -> list[LevelAnswer]:
    return [LevelAnswer.model_validate(level) for level in list_levels(principal)]


def _standing(standing: Standing) -> StandingAnswer:
    return StandingAnswer.model_validate(standing)


def _entries(principal: Principal, query: PageQuery, buyer_id: int | None = None) -> Page[PointEntryAnswer]:
    after = read_cursor(query.cursor, 1)
    rows = list_entries(principal, buyer_id, after=int(after[0]) if after else None, limit=query.limit + 1)
    return page_of(rows, query.limit, PointEntryAnswer.model_validate, lambda row: (row.id,))
