"""What a draft would do to buyers and their open baskets, over HTTP."""

from __future__ import annotations

from datetime import date

from portal.pricing.api.draft_forms import Number
from portal.pricing.queries.impact import find_impact
from portal.pricing.queries.price_lists import get_price_list
from portal.pricing.queries.revisions import get_draft
from portal.web.api import Amount, ApiAnswer, ApiQuery, Code, IsoDate, operation
from tenants.errors import NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_MOST_NAMED = 100


class BasketChanges(ApiAnswer):
    """What becomes of one buyer's open basket: net sums before promotions."""

    buyer_code: str
    before: Amount
    after: Amount


class ImpactAnswer(ApiAnswer):
    """Whom it concerns; `changes` are the baskets with the largest differences, the sums those of all that change."""

    on: date
    buyers: int
    baskets: int
    priced: int
    changed: int
    before: Amount
    after: Amount
    changes: list[BasketChanges]


class ImpactQuery(ApiQuery):
    """On which day; today where empty."""

    on: IsoDate | None = None


@operation(
    "GET",
    "/selling/price-lists/{code}/drafts/{number}/impact",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    query=ImpactQuery,
    response=ImpactAnswer,
    errors=[NotFound],
    summary="See whom a draft concerns",
    tags=["prices"],
)
def read_price_draft_impact(principal: Principal, code: Code, number: Number, query: ImpactQuery) -> ImpactAnswer:
    """Open baskets are priced by the price rule as they are and as the draft makes them; nothing is changed."""
    price_list = get_price_list(principal, code)
    draft = get_draft(principal, price_list.id, number)
    impact = find_impact(principal, price_list.id, draft.id, on=query.on)
    return ImpactAnswer(
        on=impact.on,
        buyers=impact.buyers,
        baskets=impact.baskets,
        priced=impact.priced,
        changed=len(impact.changes),
        before=impact.before,
        after=impact.after,
        changes=[BasketChanges.model_validate(each) for each in impact.changes[:_MOST_NAMED]],
    )
