"""Co-funding for programs of a brand owner: its offers, and claims on them."""

from __future__ import annotations

from portal.accounts.api.fields import PageQuery
from portal.funding import queries
from portal.funding.api.fields import (
    OWNER,
    OWNING,
    ClaimAnswer,
    ClaimsAnswer,
    Number,
    OfferAnswer,
    OffersAnswer,
    ProposeBody,
    StepBody,
    TotalsAnswer,
    claims_answer,
    offers_page,
    totals_answer,
)
from portal.funding.errors import ClaimNotReady, FundingAnswered
from portal.funding.rules import ClaimStep
from portal.funding.service import claims, offers
from portal.web.api import (
    Code,
    InvalidCursor,
    Page,
    operation,
)
from tenants.errors import InvalidInput, NotFound
from tenants.principal import Principal


@operation(
    "GET",
    "/brand/funding",
    summary="List your offers",
    query=PageQuery,
    response=Page[OfferAnswer],
    errors=[InvalidCursor],
    **OWNER,
)
def list_funding_offers(principal: Principal, query: PageQuery) -> Page[OfferAnswer]:
    """By code and wholesaler, with units and accruals: never discounts, prices, orders or customers."""
    return offers_page(principal, query)


@operation("GET", "/brand/funding-totals", summary="Add up your offers", response=TotalsAnswer, **OWNER)
def total_funding(principal: Principal) -> TotalsAnswer:
    """By currency: units, accruals and claims."""
    return totals_answer(principal)


@operation(
    "POST",
    "/brand/funding",
    summary="Offer wholesalers funding for a promotion",
    body=ProposeBody,
    response=OffersAnswer,
    status=201,
    errors=[InvalidInput],
    **OWNING,
)
def propose_funding(principal: Principal, body: ProposeBody) -> OffersAnswer:
    """All or none. What a wholesaler then gives its customers is its own affair."""
    values = body.model_dump()
    command = offers.ProposeFunding(**{**values, **{name: tuple(values[name]) for name in ("wholesalers", "products")}})
    return OffersAnswer(offers=[OfferAnswer.model_validate(row) for row in offers.propose_funding(principal, command)])


@operation(
    "GET", "/brand/funding/{code}/wholesalers/{wholesaler}", summary="Read an offer", response=OfferAnswer, **OWNER
)
def read_funding_offer(principal: Principal, code: Code, wholesaler: Code) -> OfferAnswer:
    """With what was booked so far."""
    return OfferAnswer.model_validate(queries.get_offer(principal, code, wholesaler))


@operation(
    "POST",
    "/brand/funding/{code}/wholesalers/{wholesaler}/withdrawals",
    summary="Take back an offer that is not answered",
    response=OfferAnswer,
    status=201,
    errors=[FundingAnswered, NotFound],
    **OWNING,
)
def withdraw_funding_offer(principal: Principal, code: Code, wholesaler: Code) -> OfferAnswer:
    """One that is accepted runs to its end or to its budget."""
    return OfferAnswer.model_validate(offers.withdraw_offer(principal, code, wholesaler))


@operation(
    "GET",
    "/brand/funding/{code}/wholesalers/{wholesaler}/claims",
    summary="List a wholesaler's claims",
    response=ClaimsAnswer,
    errors=[NotFound],
    **OWNER,
)
def list_funding_claims(principal: Principal, code: Code, wholesaler: Code) -> ClaimsAnswer:
    """The newest first."""
    queries.get_offer(principal, code, wholesaler)
    return claims_answer(queries.list_claims(principal, code, wholesaler))


@operation(
    "POST",
    "/brand/funding/{code}/wholesalers/{wholesaler}/claims/{number}/steps",
    summary="Approve, reject, settle a claim, or take a settlement back",
    body=StepBody,
    response=ClaimAnswer,
    status=201,
    errors=[ClaimNotReady, NotFound],
    **OWNING,
)
def take_funding_step(
    principal: Principal, code: Code, wholesaler: Code, number: Number, body: StepBody
) -> ClaimAnswer:
    """A claim that was rejected, or whose settlement was taken back, can be claimed again."""
    step = ClaimStep(body.step)
    row = claims.take_step(principal, code, number, step, wholesaler=wholesaler, reference=body.reference)
    return ClaimAnswer.model_validate(row)
