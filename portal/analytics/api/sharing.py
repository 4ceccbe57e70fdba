"""What a seller shares, for its programs: agreements, the brand owner's view of it, who looked, and withdrawal."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from portal.analytics.api.activity import ActivityFigures, DistributionFigures, RetailerFigures
from portal.analytics.api.window import MonthsQuery, Printable, asked_months, month_end
from portal.analytics.models import Grant
from portal.analytics.queries.access import AccessFilter, Way, list_access
from portal.analytics.queries.activity import list_activities, list_distribution, list_retailers
from portal.analytics.queries.channel import ChannelRow, Dimension
from portal.analytics.queries.sharing import (
    Agreement,
    find_agreement,
    list_agreements,
    list_shared_units,
    list_shown_forecasts,
    list_shown_sell_in,
    list_shown_values,
)
from portal.analytics.queries.stock import list_shown_stock
from portal.analytics.rules import month_of
from portal.analytics.service.sharing import AgreementEnded, withdraw
from portal.web.api import (
    USUAL_ITEMS,
    Amount,
    ApiAnswer,
    ApiQuery,
    Code,
    Cursor,
    InvalidCursor,
    IsoDate,
    Limit,
    Page,
    StockQuantity,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

SeenBy = Literal["month", "category", "product", "region"]


class AgreementAnswer(ApiAnswer):
    """The newest version of a sharing agreement."""

    brand_owner: str
    brand_owner_name: str
    version: int
    grants: list[Grant]
    accepted_on: date
    withdrawn_on: date | None
    hidden_on: date | None = Field(description="From this day on past figures are out of view too.")
    in_force: bool


class AgreementsAnswer(ApiAnswer):
    """One agreement for each brand owner."""

    items: list[AgreementAnswer]


class AccessQuery(ApiQuery):
    """A page of the log, and which looks."""

    brand_owner: Printable = ""
    person: Printable = ""
    way: Way | None = None
    from_: IsoDate | None = Field(None, alias="from")
    to: IsoDate | None = Field(None, description="The last day.")
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class AccessAnswer(ApiAnswer):
    """A view or export of the seller's shared data."""

    at: AwareDatetime
    brand_owner: str
    brand_owner_name: str
    actor_name: str
    what: str


class SeenQuery(MonthsQuery):
    """Which months, and by what."""

    by: SeenBy = "month"


class SeenRowAnswer(ApiAnswer):
    """Units as the brand owner sees them. `other` gathers cells with fewer than three retailers."""

    key: str = Field(description="Month, category path, SKU or region.")
    units: StockQuantity | None


class SeenValueAnswer(ApiAnswer):
    """Units at the brand owner's own list price, in its currency."""

    key: str = Field(description="Month, category path, SKU or region.")
    value: Amount


class SeenForecastAnswer(ApiAnswer):
    """What the brand owner's demand plan says of the coming four weeks, in base units."""

    product: str
    origin_on: date
    quantities: list[StockQuantity]
    lows: list[StockQuantity]
    highs: list[StockQuantity]
    recent_quantity: StockQuantity


class SeenStockAnswer(ApiAnswer):
    """What the brand owner sees of the stock of its products, in base units, measured on a day."""

    sku: str
    on_hand: StockQuantity
    cover_days: int | None
    as_of: date


class SeenAnswer(ApiAnswer):
    """What a brand owner gets to see of the seller alone; nothing of what is not shared."""

    rows: list[SeenRowAnswer]
    sell_in: list[SeenRowAnswer] = Field(description="What it shipped to the seller: its own data.")
    value: list[SeenValueAnswer] = Field(description="At its own list price, in `currency`.")
    currency: str
    forecast: list[SeenForecastAnswer]
    stock: list[SeenStockAnswer]
    activity: ActivityFigures | None = Field(description="How the seller's retailers stand, by 90 days.")
    retailers: list[RetailerFigures]
    distribution: list[DistributionFigures]


@operation(
    "GET",
    "/selling/sharing",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    response=AgreementsAnswer,
    summary="What is shared with whom",
    tags=["sharing"],
)
def sharing_agreements(principal: Principal) -> AgreementsAnswer:
    """The version in force of each agreement, or the one that was withdrawn."""
    return AgreementsAnswer(items=[AgreementAnswer.model_validate(row) for row in list_agreements(principal)])


@operation(
    "GET",
    "/selling/sharing/access",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    query=AccessQuery,
    response=Page[AccessAnswer],
    errors=[InvalidCursor],
    summary="Who looked at shared data",
    tags=["sharing"],
)
def sharing_accesses(principal: Principal, query: AccessQuery) -> Page[AccessAnswer]:
    """Every view and export, the newest first."""
    after = read_cursor(query.cursor, 2)
    position = (str(after[0]), str(after[1])) if after else None
    chosen = AccessFilter(query.brand_owner, query.person, query.way, query.from_, query.to)
    rows = list_access(principal, chosen, limit=query.limit + 1, after=position)
    return page_of(rows, query.limit, AccessAnswer.model_validate, lambda row: (row.at.isoformat(), str(row.id)))


@operation(
    "GET",
    "/selling/sharing/{brand_owner}/seen",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    query=SeenQuery,
    response=SeenAnswer,
    errors=[InvalidInput],
    summary="See what a brand owner sees of you",
    tags=["sharing"],
)
def sharing_seen(principal: Principal, brand_owner: Code, query: SeenQuery) -> SeenAnswer:
    """The units of the whole months asked, folded as for the brand owner, of the own sales alone; and its demand plan."""
    agreement = _agreement(principal, brand_owner)
    owner = agreement.brand_owner_id
    activities = list_activities(principal, seen_by=owner)
    first, until = asked_months(principal, query)
    window, by = (month_of(first), month_end(until)), [Dimension(query.by)]
    return SeenAnswer(
        rows=_seen_rows(list_shared_units(principal, agreement, *window, by), query.by),
        sell_in=_seen_rows(list_shown_sell_in(principal, owner, *window, by), query.by),
        value=[
            SeenValueAnswer(key=getattr(row, query.by) or "", value=row.value)
            for row in list_shown_values(principal, owner, *window, by)
        ],
        currency=agreement.currency,
        forecast=[SeenForecastAnswer.model_validate(row) for row in list_shown_forecasts(principal, owner)],
        stock=[SeenStockAnswer.model_validate(row) for row in list_shown_stock(principal, owner)],
        activity=ActivityFigures.model_validate(activities[0]) if activities else None,
        retailers=[RetailerFigures.model_validate(row) for row in list_retailers(principal, seen_by=owner)],
        distribution=[DistributionFigures.model_validate(row) for row in list_distribution(principal, seen_by=owner)],
    )


@operation(
    "POST",
    "/selling/sharing/{brand_owner}/withdraw",
    permission=Permission.ORGANISATION_MANAGE,
    scope=Scope.SELLING_ADMIN,
    response=AgreementAnswer,
    errors=[AgreementEnded],
    summary="Withdraw a sharing agreement",
    tags=["sharing"],
)
def withdraw_sharing(principal: Principal, brand_owner: Code) -> AgreementAnswer:
    """From today on, as a new version: nothing new is shown; past figures are out of view on `hidden_on`, the agreed day."""
    withdraw(principal, brand_owner)
    return AgreementAnswer.model_validate(_agreement(principal, brand_owner))


def _agreement(principal: Principal, brand_owner: str) -> Agreement:
    agreement = find_agreement(principal, brand_owner)
    if agreement is None:
        raise NotFound
    return agreement


def _seen_rows(rows: list[ChannelRow], by: str) -> list[SeenRowAnswer]:
    return [SeenRowAnswer(key=getattr(row, by) or "", units=row.units) for row in rows]
