"""Retailers in the channel for a brand owner's programs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from portal.analytics.api.window import Printable
from portal.analytics.models import Grant
from portal.analytics.queries.activity import (
    ActivityFilter,
    RetailerState,
    list_activities,
    list_distribution,
    list_retailers,
)
from portal.analytics.service.sharing import note_access
from portal.core.i18n import reader_locale
from portal.web.api import (
    USUAL_ITEMS,
    ApiAnswer,
    ApiQuery,
    Cursor,
    InvalidCursor,
    Limit,
    Page,
    StockQuantity,
    operation,
    page_of,
    read_cursor,
    read_text_cursor,
)
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_KNOWS: Any = {
    "permission": Permission.CHANNEL_VIEW,
    "scope": Scope.BRAND_READ,
    "errors": [InvalidCursor],
    "tags": ["channel"],
}
Days = Literal["30", "60", "90"]


class PageQuery(ApiQuery):
    """A page, of one wholesaler."""

    wholesaler: Printable = Field("", description="Its code.")
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class ActivityQuery(PageQuery):
    """A page, of a window of days."""

    days: Days = Field("90", description="Retailers are active, new or lapsed by it.")


class ActivityFigures(ApiAnswer):
    """What a wholesaler's retailers did; null where fewer than three retailers stand behind it."""

    as_of: date = Field(description="Orders before this day count.")
    counted_from: date = Field(description="Orders from this day on count.")
    active: int = Field(description="Retailers with at least one order in the window, new ones included.")
    new: int
    lapsed: int = Field(description="With an order in as many days before the window, and none since.")
    active_retailers: int = Field(description="With at least one order in 90 days.")
    products: StockQuantity | None = Field(description="That one of them bought on average in 90 days.")
    reorder_days: int | None = Field(description="Median days between orders of the same product by the same retailer.")
    points: int | None = Field(description="Pairs of retailer and product bought in 90 days.")
    effective_points: int | None = Field(description="Of these, with at least two orders.")
    lost_points: int | None = Field(description="Bought in the 90 days before, not in the last 90.")
    other_products: int | None = Field(description="Products that too few retailers bought to be told one by one.")
    other_points: int | None


class ActivityAnswer(ActivityFigures):
    """The same with whose retailers they are."""

    wholesaler: str
    wholesaler_name: str


class RetailerFigures(ApiAnswer):
    """A retailer under the pseudonym of the agreement's version; name and place where `identity` is granted as well."""

    pseudonym: str
    state: RetailerState
    products: int = Field(description="Bought in 90 days.")
    reorder_days: int | None
    name: str | None
    place: str | None


class RetailerAnswer(RetailerFigures):
    """The same with whose retailer it is."""

    wholesaler: str


class DistributionFigures(ApiAnswer):
    """How many retailers bought a product in 90 days, and their share of those that bought anything (0 to 1)."""

    sku: str
    name: str
    retailers: int
    share: Decimal


class DistributionAnswer(DistributionFigures):
    """The same with whose retailers they are."""

    wholesaler: str


@operation(
    "GET", "/brand/activity", query=ActivityQuery, response=Page[ActivityAnswer],
    summary="How retailers of own products stand, by wholesaler", **_KNOWS,
)  # fmt: skip
def channel_activity(principal: Principal, query: ActivityQuery) -> Page[ActivityAnswer]:
    """For wholesalers whose sharing agreement grants `activity`; measured once a week. Every call is noted for them."""
    after = read_text_cursor(query.cursor)
    chosen = ActivityFilter(int(query.days), query.wholesaler)
    note_access(principal, "activity; API", chosen.wholesaler, grant=Grant.ACTIVITY)
    rows = list_activities(principal, chosen, after=after or "", limit=query.limit + 1)
    return page_of(rows, query.limit, ActivityAnswer.model_validate, lambda row: (row.wholesaler,))


@operation(
    "GET", "/brand/activity/retailers", query=ActivityQuery, response=Page[RetailerAnswer],
    summary="Retailers of own products under pseudonyms", **_KNOWS,
)  # fmt: skip
def channel_retailers(principal: Principal, query: ActivityQuery) -> Page[RetailerAnswer]:
    """Those that are active, new or lapsed in the window. Pseudonyms hold for one version of one agreement."""
    after = read_cursor(query.cursor, 2)
    chosen = ActivityFilter(int(query.days), query.wholesaler)
    for what, grant in (("activity", Grant.ACTIVITY), ("names", Grant.IDENTITY)):
        note_access(principal, f"{what}; API", chosen.wholesaler, grant=grant)
    position = (str(after[0]), str(after[1])) if after else ("", "")
    rows = list_retailers(principal, chosen, after=position, limit=query.limit + 1)
    return page_of(rows, query.limit, RetailerAnswer.model_validate, lambda row: (row.wholesaler, row.pseudonym))


@operation(
    "GET", "/brand/activity/distribution", query=PageQuery, response=Page[DistributionAnswer],
    summary="How widely own products are distributed", **_KNOWS,
)  # fmt: skip
def channel_distribution(principal: Principal, query: PageQuery) -> Page[DistributionAnswer]:
    """By wholesaler and SKU: products that at least three retailers bought in 90 days."""
    after = read_cursor(query.cursor, 2)
    chosen = ActivityFilter(wholesaler=query.wholesaler)
    note_access(principal, "activity; API", chosen.wholesaler, grant=Grant.ACTIVITY)
    position = (str(after[0]), str(after[1])) if after else ("", "")
    rows = list_distribution(principal, chosen, after=position, limit=query.limit + 1, language=reader_locale())
    return page_of(rows, query.limit, DistributionAnswer.model_validate, lambda row: (row.wholesaler, row.sku))
