"""What operations of loyalty take and answer."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from portal.accounts.api.fields import PageQuery
from portal.loyalty.models import EntryKind, Measure, ProgrammeState, RuleScope
from portal.loyalty.queries.points import Standing, list_entries
from portal.loyalty.queries.programme import list_levels
from portal.loyalty.service import programme as service
from portal.loyalty.service.points import MOST_ADJUSTED
from portal.web.api import ApiAnswer, ApiBody, Code, IsoDate, Page, Quantity, StockQuantity, Whole, page_of, read_cursor
from tenants.principal import Principal

TAGS = ["Loyalty"]

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


def own_levels(principal: Principal) -> list[LevelAnswer]:
    """Give the levels, the lowest first. The principal is the seller or a buyer."""
    return [LevelAnswer.model_validate(level) for level in list_levels(principal)]


def standing_answer(standing: Standing) -> StandingAnswer:
    """Give how an account stands."""
    return StandingAnswer.model_validate(standing)


def entry_page(principal: Principal, query: PageQuery, buyer_id: int | None = None) -> Page[PointEntryAnswer]:
    """Give a page of an account's ledger; the seller names the account."""
    after = read_cursor(query.cursor, 1)
    rows = list_entries(principal, buyer_id, after=int(after[0]) if after else None, limit=query.limit + 1)
    return page_of(rows, query.limit, PointEntryAnswer.model_validate, lambda row: (row.id,))
