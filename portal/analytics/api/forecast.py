"""Forecasts for programs: a seller's weekly demand, how good it was, missed orders, promotions; a brand owner's planning."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from portal.analytics.api.window import PRINTABLE, Printable
from portal.analytics.queries import forecast as queries
from portal.analytics.queries.forecast import Accuracy, Effect, MissedOrder, PlanLine, ProductForecast
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
)
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_MOST_ROWS = 10_000
_WEEK = timedelta(days=7)
_SHARE = Decimal("0.0001")


class ForecastQuery(ApiQuery):
    """Of which category, and which page."""

    category: Printable = Field("", description="A category's path alone, with what lies below it.")
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class WeekAnswer(ApiAnswer):
    """A coming week, in base units; four weeks in five lie between `low` and `high`."""

    week_ends_on: date = Field(description="Its Sunday.")
    quantity: StockQuantity
    low: StockQuantity
    high: StockQuantity


class ForecastAnswer(ApiAnswer):
    """What is expected of a product, in base units."""

    product: str = Field(description="Its SKU.")
    name: str
    unit: str
    demand_class: str = Field(description="`smooth`, `erratic`, `intermittent` or `lumpy`.")
    is_regular: bool = Field(description="Ordered in at least 30 of 66 weeks.")
    method: str = Field(description="The method that did best for such products.")
    weeks: list[WeekAnswer]
    expected_quantity: StockQuantity = Field(description="Of these weeks together.")
    recent_quantity: StockQuantity = Field(description="Ordered in as many weeks before.")
    on_hand: StockQuantity


class AccuracyRow(ApiAnswer):
    """One kind of products. Errors are fractions of what came; null where nothing did."""

    is_regular: bool
    demand_class: str
    series: int
    method: str
    wape: str | None
    four_week_wape: str | None
    bias: str | None = Field(description="Negative: too little was forecast.")
    mase: str | None
    rmsse: str | None
    coverage: str | None = Field(description="The share of weeks within the 80 % interval.")
    naive_wape: str | None
    naive_four_week_wape: str | None


class AccuracyAnswer(ApiAnswer):
    """What would have been forecast from weekly origins between two Sundays, against what came."""

    as_of: date | None
    judged_from: date | None
    judged_to: date | None
    rows: list[AccuracyRow]


class MissedQuery(ApiQuery):
    """Of one customer alone."""

    retailer: Annotated[str, StringConstraints(max_length=100, pattern=PRINTABLE)] = ""


class MissedAnswer(ApiAnswer):
    """A product that a customer usually orders and has not."""

    customer: str = Field(description="Its code.")
    customer_name: str
    product: str = Field(description="Its SKU.")
    name: str
    unit: str
    last_order_on: date
    usual_interval_days: StockQuantity
    usual_quantity: StockQuantity
    expected_on: date
    order_days: int = Field(description="In the year up to the forecast.")
    weekly_quantity: StockQuantity = Field(description="The forecast of a week.")


class MissedOrdersAnswer(ApiAnswer):
    """The largest demand first."""

    rows: list[MissedAnswer]


class EffectAnswer(ApiAnswer):
    """What a promotion brought in whole weeks, in base units: `units - expected_units - forward_units`."""

    promotion: str = Field(description="Its code.")
    name: str
    first_on: date = Field(description="The Monday of its first week.")
    last_on: date = Field(description="The Sunday of its last known week.")
    products: int
    units: StockQuantity
    expected_units: StockQuantity = Field(description="The forecast without it.")
    forward_units: StockQuantity = Field(description="Bought ahead: what the weeks after fell short of the forecast.")
    weeks_after: int = Field(description="Of the four weeks after, so many are known.")
    effect_units: StockQuantity


class EffectsAnswer(ApiAnswer):
    """The newest first."""

    rows: list[EffectAnswer]


class PlanRow(ApiAnswer):
    """A product of the brand owner; `weeks` is what sharing wholesalers are expected to sell on."""

    product: str = Field(description="Its SKU.")
    name: str
    unit: str
    category: str
    wholesalers: int = Field(
        description="How many stand behind `weeks`; products that fewer than three retailers bought are left out."
    )
    weeks: list[WeekAnswer] = Field(description="Sums of wholesalers' bounds: wider than the 80 % interval of the sum.")
    recent_quantity: StockQuantity | None
    sell_in_quantity: StockQuantity | None = Field(description="What wholesalers are expected to order in these weeks.")


class PlanAnswer(ApiAnswer):
    """The demand planning sheet, with how much of the channel it speaks of and how old it is."""

    lines: list[PlanRow]
    as_of: date | None
    wholesalers_shown: int
    wholesalers: int


def _weeks(origin: date, *bounds: Sequence[Decimal]) -> list[WeekAnswer]:
    return [
        WeekAnswer(week_ends_on=origin + ahead * _WEEK, quantity=quantity, low=low, high=high)
        for ahead, (quantity, low, high) in enumerate(zip(*bounds, strict=True), start=1)
    ]


def _share(figure: Decimal | None) -> str | None:
    return None if figure is None else format(figure.quantize(_SHARE), "f")


@operation(
    "GET",
    "/selling/forecast",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    query=ForecastQuery,
    response=Page[ForecastAnswer],
    errors=[InvalidCursor],
    summary="Weekly demand of the coming four weeks",
    tags=["forecast"],
)
def demand_forecast(principal: Principal, query: ForecastQuery) -> Page[ForecastAnswer]:
    """By SKU, from the seller's own orders alone. Written anew when a week has ended; promotions are not taken for base demand."""
    after = read_cursor(query.cursor, 2)
    rows = queries.list_forecasts_by_sku(
        principal,
        category=query.category,
        language=reader_locale(),
        limit=query.limit + 1,
        after=(str(after[0]), int(after[1])) if after else ("", 0),
    )
    return page_of(rows, query.limit, _forecast, lambda row: (row.sku, row.product_id))


def _forecast(row: ProductForecast) -> ForecastAnswer:
    return ForecastAnswer(
        product=row.sku,
        name=row.name,
        unit=row.unit,
        demand_class=row.demand_class,
        is_regular=row.is_regular,
        method=row.method,
        weeks=_weeks(row.origin_on, row.quantities, row.lows, row.highs),
        expected_quantity=row.expected_quantity,
        recent_quantity=row.recent_quantity,
        on_hand=row.on_hand,
    )


@operation(
    "GET",
    "/selling/forecast/accuracy",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    response=AccuracyAnswer,
    summary="The backtest: errors beside the naive method's",
    tags=["forecast"],
)
def forecast_accuracy(principal: Principal) -> AccuracyAnswer:
    """By kind of product, regular ones first."""
    state = queries.find_state(principal)
    return AccuracyAnswer(
        as_of=state and state.origin_on,
        judged_from=state and state.judged_from,
        judged_to=state and state.judged_to,
        rows=[_accuracy(row) for row in queries.list_accuracy(principal)],
    )


def _accuracy(row: Accuracy) -> AccuracyRow:
    return AccuracyRow(
        is_regular=row.is_regular,
        demand_class=row.demand_class,
        series=row.series_count,
        method=row.method,
        wape=_share(row.share(row.error)),
        four_week_wape=_share(row.share(row.four_week_error)),
        bias=_share(row.share(row.bias)),
        mase=_share(row.mase),
        rmsse=_share(row.rmsse),
        coverage=_share(row.coverage),
        naive_wape=_share(row.share(row.naive_error)),
        naive_four_week_wape=_share(row.share(row.naive_four_week_error)),
    )


@operation(
    "GET",
    "/selling/forecast/missed-orders",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    query=MissedQuery,
    response=MissedOrdersAnswer,
    summary="Products whose expected order is missing, by customer",
    tags=["forecast"],
)
def missed_orders(principal: Principal, query: MissedQuery) -> MissedOrdersAnswer:
    """1.5 times the usual interval has passed without an order of the product; after 90 days it is not expected any more."""
    rows = queries.list_missed_orders(
        principal, retailer=query.retailer, language=reader_locale(), limit=_MOST_ROWS
    )  # fmt: skip
    return MissedOrdersAnswer(rows=[_missed(row) for row in rows])


def _missed(row: MissedOrder) -> MissedAnswer:
    return MissedAnswer(
        customer=row.customer,
        customer_name=row.customer_name,
        product=row.sku,
        name=row.name,
        unit=row.unit,
        last_order_on=row.last_on,
        usual_interval_days=row.usual_days,
        usual_quantity=row.usual_quantity,
        expected_on=row.expected_on,
        order_days=row.order_days,
        weekly_quantity=row.weekly_quantity,
    )


@operation(
    "GET",
    "/selling/forecast/promotions",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    response=EffectsAnswer,
    summary="What promotions brought beyond the forecast without them",
    tags=["forecast"],
)
def promotion_effects(principal: Principal) -> EffectsAnswer:
    """Promotions of the last year that began and were to end within three months."""
    return EffectsAnswer(rows=[_effect(row) for row in queries.list_effects(principal)])


def _effect(row: Effect) -> EffectAnswer:
    return EffectAnswer(
        promotion=row.code,
        name=row.name,
        first_on=row.first_on,
        last_on=row.last_on,
        products=row.product_count,
        units=row.units,
        expected_units=row.expected_units,
        forward_units=row.forward_units,
        weeks_after=row.weeks_after,
        effect_units=row.effect_units,
    )


@operation(
    "GET",
    "/brand/demand-plan",
    permission=Permission.CHANNEL_VIEW,
    scope=Scope.BRAND_READ,
    response=PlanAnswer,
    summary="What to plan with for the coming four weeks",
    tags=["channel"],
)
def demand_plan(principal: Principal) -> PlanAnswer:
    """From days on which wholesalers share units, and the brand owner's own sales. Every call is noted for those wholesalers."""
    plan = queries.get_plan(principal, language=reader_locale())
    note_access(principal, "demand plan; API")
    return PlanAnswer(
        lines=[_plan_row(line, plan.origin_on) for line in plan.lines],
        as_of=plan.origin_on,
        wholesalers_shown=plan.sharing,
        wholesalers=plan.wholesalers,
    )


def _plan_row(line: PlanLine, origin: date | None) -> PlanRow:
    return PlanRow(
        product=line.sku,
        name=line.name,
        unit=line.unit,
        category=line.category,
        wholesalers=line.wholesalers,
        weeks=[] if origin is None else _weeks(origin, line.quantities, line.lows, line.highs),
        recent_quantity=line.recent_quantity,
        sell_in_quantity=sum(line.sell_in_quantities, Decimal(0)) if line.sell_in_quantities else None,
    )
