"""A buyer's own points over HTTP."""

from __future__ import annotations

from typing import Any

from portal.accounts.api.fields import PageQuery
from portal.loyalty.api.answers import (
    TAGS,
    OwnLoyaltyAnswer,
    PointEntryAnswer,
    RewardAnswer,
    RuleAnswer,
    entry_page,
    own_levels,
    standing_answer,
)
from portal.loyalty.queries.points import get_standing
from portal.loyalty.queries.programme import find_programme, list_rewards, list_rules
from portal.web.api import InvalidCursor, Page, operation
from tenants.errors import NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_OWN: Any = {"permission": Permission.ORDERS_VIEW, "scope": Scope.BUYING_READ, "tags": TAGS}


@operation("GET", "/buying/loyalty", summary="Read your points", response=OwnLoyaltyAnswer, errors=[NotFound], **_OWN)
def read_own_loyalty(principal: Principal) -> OwnLoyaltyAnswer:
    """With the rules, levels and rewards of your seller's programme; put rewards into the basket by their codes."""
    programme = find_programme(principal)
    if programme is None:
        raise NotFound
    return OwnLoyaltyAnswer(
        name=programme.name,
        state=programme.state,
        levels=own_levels(principal),
        rules=[RuleAnswer.model_validate(rule) for rule in list_rules(principal) if not rule.is_over],
        rewards=[RewardAnswer.model_validate(reward) for reward in list_rewards(principal) if reward.is_offered],
        standing=standing_answer(get_standing(principal)),
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
    return entry_page(principal, query)
