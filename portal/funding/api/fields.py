"""Forms of co-funding that both sides share, and what they answer alike."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from portal.accounts.api.fields import PageQuery
from portal.funding import queries
from portal.funding.models import OfferState
from portal.funding.queries import OfferRow
from portal.funding.rules import Booking, ClaimStep
from portal.funding.service import offers
from portal.promotions.rules.promotion import Benefit
from portal.web.api import (
    Amount,
    ApiAnswer,
    ApiBody,
    Code,
    IsoDate,
    NewCode,
    Page,
    Price,
    StockQuantity,
    page_of,
    read_cursor,
)
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Co-funding"]
OWNER: Any = {"permission": Permission.CHANNEL_VIEW, "scope": Scope.BRAND_READ, "tags": _TAGS}
OWNING: Any = {"permission": Permission.FUNDING_MANAGE, "scope": Scope.BRAND_WRITE, "tags": _TAGS}
SELLER: Any = {"permission": Permission.PRICES_VIEW, "scope": Scope.SELLING_READ, "tags": _TAGS}
SELLING: Any = {"permission": Permission.PRICES_MANAGE, "scope": Scope.SELLING_WRITE, "tags": _TAGS}

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


class TotalAnswer(ApiAnswer):
    """What all offers of one currency came to; `accepted` counts those that were accepted."""

    currency: str
    accepted: int
    units: StockQuantity
    accrued_amount: Amount
    released_amount: Amount = Field(description="What of it was shipped.")
    claimed_amount: Amount
    approved_amount: Amount
    settled_amount: Amount


class TotalsAnswer(ApiAnswer):
    """One total for each currency."""

    totals: list[TotalAnswer]


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


def offers_page(principal: Principal, query: PageQuery) -> Page[OfferAnswer]:
    """Give a page of offers."""
    rows = queries.list_offers(principal, after=read_cursor(query.cursor, 2), limit=query.limit + 1)
    return page_of(rows, query.limit, OfferAnswer.model_validate, _key)


def claims_answer(rows: list[queries.ClaimRow]) -> ClaimsAnswer:
    """Give claims as they are answered."""
    return ClaimsAnswer(claims=[ClaimAnswer.model_validate(row) for row in rows])


def _key(row: OfferRow) -> tuple[str, str]:
    return row.code, row.wholesaler


def totals_answer(principal: Principal) -> TotalsAnswer:
    """Give what all offers came to."""
    return TotalsAnswer(totals=[TotalAnswer.model_validate(row) for row in queries.list_totals(principal)])
