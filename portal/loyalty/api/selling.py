"""The seller's programme over HTTP, and the ledgers of its accounts."""

from __future__ import annotations

from typing import Any

from portal.accounts.api.fields import PageQuery
from portal.accounts.queries.accounts import get_account
from portal.core.idempotency import IdempotencyKey
from portal.loyalty.api.answers import (
    TAGS,
    AdjustmentBody,
    LevelTotalAnswer,
    LoyaltyMemberAnswer,
    PointEntryAnswer,
    ProgrammeAnswer,
    ProgrammeBody,
    RewardAnswer,
    RewardBody,
    RuleAnswer,
    RuleBody,
    StandingAnswer,
    entry_page,
    own_levels,
    standing_answer,
)
from portal.loyalty.errors import ProgrammeNotReady
from portal.loyalty.queries.points import get_standing, list_members, list_totals
from portal.loyalty.queries.programme import find_programme, list_rewards, list_rules
from portal.loyalty.rules import Level
from portal.loyalty.service import programme as service
from portal.loyalty.service.points import AdjustPoints, adjust_points
from portal.web.api import Code, InvalidCursor, Page, operation, page_of, read_text_cursor
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_VIEW: Any = {"permission": Permission.ACCOUNTS_VIEW, "scope": Scope.SELLING_READ, "tags": TAGS}
_MANAGE: Any = {"permission": Permission.LOYALTY_MANAGE, "scope": Scope.SELLING_WRITE, "tags": TAGS}


@operation(
    "GET", "/selling/loyalty", summary="Read the points programme", response=ProgrammeAnswer, errors=[NotFound], **_VIEW
)
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
    return standing_answer(get_standing(principal, get_account(principal, code).buyer_id))


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
    return entry_page(principal, query, get_account(principal, code).buyer_id)


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
    return standing_answer(adjust_points(principal, command))


def _programme(principal: Principal) -> ProgrammeAnswer:
    programme = find_programme(principal)
    if programme is None:
        raise NotFound
    totals = list_totals(principal)
    return ProgrammeAnswer(
        name=programme.name,
        state=programme.state,
        expiry_months=programme.expiry_months,
        levels=own_levels(principal),
        rules=[RuleAnswer.model_validate(rule) for rule in list_rules(principal)],
        rewards=[RewardAnswer.model_validate(reward) for reward in list_rewards(principal)],
        outstanding_points=sum(total.points for total in totals),
        totals=[LevelTotalAnswer.model_validate(total) for total in totals],
    )
