"""Co-funding over HTTP: offers and claims of a brand owner, and the wholesaler's side of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from flask import Flask
from pydantic import AwareDatetime, Field, StringConstraints

from portal.accounts.api.fields import PageQuery
from portal.funding import queries
from portal.funding.errors import ClaimNotReady, FundingAnswered, NothingToClaim
from portal.funding.models import OfferState
from portal.funding.queries import OfferRow
from portal.funding.rules import Booking, ClaimStep
from portal.funding.service import claims, offers
from portal.promotions.rules.promotion import Benefit
from portal.promotions.service.promotions import SavePromotion
from portal.web.api import (
    Amount,
    ApiAnswer,
    ApiBody,
    Code,
    InvalidCursor,
    IsoDate,
    NewCode,
    Page,
    Price,
    StockQuantity,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Co-funding"]
_OWNER: Any = {"permission": Permission.CHANNEL_VIEW, "scope": Scope.BRAND_READ, "tags": _TAGS}
_OWNING: Any = {"permission": Permission.FUNDING_MANAGE, "scope": Scope.BRAND_WRITE, "tags": _TAGS}
_SELLER: Any = {"permission": Permission.PRICES_VIEW, "scope": Scope.SELLING_READ, "tags": _TAGS}
_SELLING: Any = {"permission": Permission.PRICES_MANAGE, "scope": Scope.SELLING_WRITE, "tags": _TAGS}

Line = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Material = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
Number = Annotated[int, Field(ge=1, le=1_000_000)]


class ProposeBody(ApiBody):
    """An offer to each of the wholesalers."""

    code: NewCode
    name: Annotated[Line, Field(min_length=1)]
    valid_from: IsoDate
    valid_to: IsoDate = Field(description="First day on which nothing is funded any more.")
    funding_amount: Price = Field(description="For one base unit, in your currency.")
    budget: Price = Field(description="The most that is paid to each of them.")
    wholesalers: list[Code] = Field(min_length=1, max_length=offers.MOST_WHOLESALERS)
    products: list[Code] = Field(min_length=1, max_length=offers.MOST_PRODUCTS, description="SKUs of your own.")
    material: Material = ""
    suggested_percent: Price | None = Field(default=None, description="No more than a suggestion.")


class OfferAnswer(ApiAnswer):
    """An offer with what was booked under it; amounts in `currency`."""

    code: str
    wholesaler: str
    wholesaler_name: str
    name: str
    material: str
    valid_from: IsoDate
    valid_to: IsoDate
    currency: str
    funding_amount: Amount
    budget: Amount
    suggested_percent: Amount | None
    state: OfferState
    answer: str
    units: StockQuantity
    accrued_amount: Amount
    released_amount: Amount = Field(description="What of it was shipped.")
    claimed_amount: Amount
    approved_amount: Amount
    settled_amount: Amount


class OffersAnswer(ApiAnswer):
    """The offers made, one for each wholesaler."""

    offers: list[OfferAnswer]


class ClaimAnswer(ApiAnswer):
    """A claim, as its last step left it."""

    number: int
    state: ClaimStep
    amount: Amount
    reference: str
    at: AwareDatetime


class ClaimsAnswer(ApiAnswer):
    """The claims under an offer, the newest first."""

    claims: list[ClaimAnswer]


class StepBody(ApiBody):
    """What becomes of a claim."""

    step: Literal["approved", "rejected", "settled", "reversed"]
    reference: Line = ""


class AcceptBody(ApiBody):
    """The promotion that is to run; days within the offer's. No articles: all of yours that the offer is about."""

    code: NewCode
    name: Line = ""
    benefit: Benefit = Field(strict=False)
    value: Price = Decimal(0)
    valid_from: IsoDate
    valid_to: IsoDate
    articles: list[Code] = Field(default_factory=list, max_length=1000)
    everyone: bool = False
    groups: list[Code] = Field(default_factory=list, max_length=1000)
    accounts: list[Code] = Field(default_factory=list, max_length=1000)


class DeclineBody(ApiBody):
    """Why not, for the brand owner."""

    answer: Line = ""


class ClaimBody(ApiBody):
    """An own number of the claim."""

    reference: Line = ""


class EntryAnswer(ApiAnswer):
    """What was booked for an order line."""

    kind: Booking
    order_number: str
    line: int
    units: StockQuantity
    amount: Amount
    booked_at: AwareDatetime


@operation(
    "GET",
    "/brand/funding",
    summary="List your offers",
    query=PageQuery,
    response=Page[OfferAnswer],
    errors=[InvalidCursor],
    **_OWNER,
)
def list_funding_offers(principal: Principal, query: PageQuery) -> Page[OfferAnswer]:
    """By code and wholesaler, with units and accruals: never discounts, prices, orders or customers."""
    return _offers(principal, query)


@operation(
    "POST",
    "/brand/funding",
    summary="Offer wholesalers funding for a promotion",
    body=ProposeBody,
    response=OffersAnswer,
    status=201,
    errors=[InvalidInput],
    **_OWNING,
)
def propose_funding(principal: Principal, body: ProposeBody) -> OffersAnswer:
    """All or none. What a wholesaler then gives its customers is its own affair."""
    values = body.model_dump()
    command = offers.ProposeFunding(**{**values, **{name: tuple(values[name]) for name in ("wholesalers", "products")}})
    return OffersAnswer(offers=[OfferAnswer.model_validate(row) for row in offers.propose_funding(principal, command)])


@operation(
    "GET", "/brand/funding/{code}/wholesalers/{wholesaler}", summary="Read an offer", response=OfferAnswer, **_OWNER
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
    **_OWNING,
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
    **_OWNER,
)
def list_funding_claims(principal: Principal, code: Code, wholesaler: Code) -> ClaimsAnswer:
    """The newest first."""
    queries.get_offer(principal, code, wholesaler)
    return _claims(queries.list_claims(principal, code, wholesaler))


@operation(
    "POST",
    "/brand/funding/{code}/wholesalers/{wholesaler}/claims/{number}/steps",
    summary="Approve, reject, settle a claim, or take a settlement back",
    body=StepBody,
    response=ClaimAnswer,
    status=201,
    errors=[ClaimNotReady, NotFound],
    **_OWNING,
)
def take_funding_step(
    principal: Principal, code: Code, wholesaler: Code, number: Number, body: StepBody
) -> ClaimAnswer:
    """A claim that was rejected, or whose settlement was taken back, can be claimed again."""
    step = ClaimStep(body.step)
    row = claims.take_step(principal, code, number, step, wholesaler=wholesaler, reference=body.reference)
    return ClaimAnswer.model_validate(row)


@operation(
    "GET",
    "/selling/funding",
    summary="List what brand owners offer you",
    query=PageQuery,
    response=Page[OfferAnswer],
    errors=[InvalidCursor],
    **_SELLER,
)
def list_offered_funding(principal: Principal, query: PageQuery) -> Page[OfferAnswer]:
    """By code."""
    return _offers(principal, query)


@operation("GET", "/selling/funding/{code}", summary="Read an offer made to you", response=OfferAnswer, **_SELLER)
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
    **_SELLING,
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
    **_SELLING,
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
    **_SELLER,
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
    **_SELLER,
)
def list_own_funding_claims(principal: Principal, code: Code) -> ClaimsAnswer:
    """The newest first."""
    queries.get_offer(principal, code)
    return _claims(queries.list_claims(principal, code))


@operation(
    "POST",
    "/selling/funding/{code}/claims",
    summary="Claim what was shipped",
    body=ClaimBody,
    response=ClaimAnswer,
    status=201,
    errors=[NothingToClaim, NotFound],
    **_SELLING,
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
    **_SELLING,
)
def withdraw_funding_claim(principal: Principal, code: Code, number: Number) -> ClaimAnswer:
    """It can be claimed again."""
    return ClaimAnswer.model_validate(claims.take_step(principal, code, number, ClaimStep.WITHDRAWN))


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing this module has declared."""


def _offers(principal: Principal, query: PageQuery) -> Page[OfferAnswer]:
    rows = queries.list_offers(principal, after=read_cursor(query.cursor, 2), limit=query.limit + 1)
    return page_of(rows, query.limit, OfferAnswer.model_validate, _key)


def _claims(rows: list[queries.ClaimRow]) -> ClaimsAnswer:
    return ClaimsAnswer(claims=[ClaimAnswer.model_validate(row) for row in rows])


def _key(row: OfferRow) -> tuple[str, str]:
    return row.code, row.wholesaler
