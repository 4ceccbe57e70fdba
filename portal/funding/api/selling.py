"""Co-funding for programs of a wholesaler: what it is offered, its answers, ledger and claims."""

from __future__ import annotations

from portal.accounts.api.fields import PageQuery
from portal.funding import queries
from portal.funding.api.fields import (
    SELLER,
    SELLING,
    AcceptBody,
    ClaimAnswer,
    ClaimBody,
    ClaimsAnswer,
    DeclineBody,
    EntryAnswer,
    Number,
    OfferAnswer,
    TotalsAnswer,
    claims_answer,
    offers_page,
    totals_answer,
)
from portal.funding.errors import ClaimNotReady, FundingAnswered, NothingToClaim
from portal.funding.rules import ClaimStep
from portal.funding.service import claims, offers
from portal.promotions.service.promotions import SavePromotion
from portal.web.api import (
    Code,
    InvalidCursor,
    Page,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import InvalidInput, NotFound
from tenants.principal import Principal


@operation(
    "GET",
    "/selling/funding",
    summary="List what brand owners offer you",
    query=PageQuery,
    response=Page[OfferAnswer],
    errors=[InvalidCursor],
    **SELLER,
)
def list_offered_funding(principal: Principal, query: PageQuery) -> Page[OfferAnswer]:
    """By code."""
    return offers_page(principal, query)


@operation("GET", "/selling/funding-totals", summary="Add up what brand owners fund", response=TotalsAnswer, **SELLER)
def total_offered_funding(principal: Principal) -> TotalsAnswer:
    """By currency: units, accruals and claims."""
    return totals_answer(principal)


@operation("GET", "/selling/funding/{code}", summary="Read an offer made to you", response=OfferAnswer, **SELLER)
def read_offered_funding(principal: Principal, code: Code) -> OfferAnswer:
    """With what was booked so far."""
    return OfferAnswer.model_validate(queries.get_offer(principal, code))


@operation(
    "POST",
    "/selling/funding/{code}/acceptances",
    summary="Accept an offer",
    body=AcceptBody,
    response=OfferAnswer,
    status=201,
    errors=[FundingAnswered, InvalidInput, NotFound],
    **SELLING,
)
def accept_funding(principal: Principal, code: Code, body: AcceptBody) -> OfferAnswer:
    """With a promotion of your own; the brand owner learns that you accepted, and nothing of the promotion."""
    values = body.model_dump()
    lists = {name: tuple(values[name]) for name in ("articles", "groups", "accounts")}
    command = offers.AcceptFunding(SavePromotion(**{**values, **lists}))
    return OfferAnswer.model_validate(offers.accept_offer(principal, code, command))


@operation(
    "POST",
    "/selling/funding/{code}/refusals",
    summary="Decline an offer",
    body=DeclineBody,
    response=OfferAnswer,
    status=201,
    errors=[FundingAnswered, NotFound],
    **SELLING,
)
def decline_funding(principal: Principal, code: Code, body: DeclineBody) -> OfferAnswer:
    """For good."""
    return OfferAnswer.model_validate(offers.decline_offer(principal, code, body.answer))


@operation(
    "GET",
    "/selling/funding/{code}/entries",
    summary="List what was booked under an offer",
    query=PageQuery,
    response=Page[EntryAnswer],
    errors=[InvalidCursor, NotFound],
    **SELLER,
)
def list_funding_entries(principal: Principal, code: Code, query: PageQuery) -> Page[EntryAnswer]:
    """By order line, the newest first. No brand owner sees it."""
    queries.get_offer(principal, code)
    after = read_cursor(query.cursor, 1)
    rows = queries.list_entries(principal, code, after=int(after[0]) if after else None, limit=query.limit + 1)
    return page_of(rows, query.limit, EntryAnswer.model_validate, lambda row: (row.id,))


@operation(
    "GET",
    "/selling/funding/{code}/claims",
    summary="List your claims under an offer",
    response=ClaimsAnswer,
    errors=[NotFound],
    **SELLER,
)
def list_own_funding_claims(principal: Principal, code: Code) -> ClaimsAnswer:
    """The newest first."""
    queries.get_offer(principal, code)
    return claims_answer(queries.list_claims(principal, code))


@operation(
    "POST",
    "/selling/funding/{code}/claims",
    summary="Claim what was shipped",
    body=ClaimBody,
    response=ClaimAnswer,
    status=201,
    errors=[NothingToClaim, NotFound],
    **SELLING,
)
def claim_funding(principal: Principal, code: Code, body: ClaimBody) -> ClaimAnswer:
    """Everything that was shipped and is not claimed."""
    return ClaimAnswer.model_validate(claims.claim(principal, code, body.reference))


@operation(
    "POST",
    "/selling/funding/{code}/claims/{number}/withdrawals",
    summary="Take back a claim that is not approved",
    response=ClaimAnswer,
    status=201,
    errors=[ClaimNotReady, NotFound],
    **SELLING,
)
def withdraw_funding_claim(principal: Principal, code: Code, number: Number) -> ClaimAnswer:
    """It can be claimed again."""
    return ClaimAnswer.model_validate(claims.take_step(principal, code, number, ClaimStep.WITHDRAWN))
