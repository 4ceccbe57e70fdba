"""What comes back: a wholesaler beside its manufacturer's channel, a retailer beside all retailers of its seller."""

from __future__ import annotations

from decimal import Decimal

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from portal.analytics.benchmark_models import BenchmarkMeasure
from portal.analytics.queries.benchmark import Compared, list_retailer_benchmark, list_wholesaler_benchmark
from portal.analytics.rules import month_of
from portal.web.charts import Chart, Series, Value, bar_chart
from portal.web.formatting import month_text, percent, quantity
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

channel_benchmark = Screens("channel_benchmark", __name__, capacity=Capacity.SELLER, url_prefix="/selling/benchmark")
own_benchmark = Screens("own_benchmark", __name__, capacity=Capacity.BUYER, url_prefix="/buying/benchmark")
_SHARES = frozenset({BenchmarkMeasure.GROWTH, BenchmarkMeasure.NEW_PRODUCTS})


@channel_benchmark.screen("/", Permission.FIGURES_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show a wholesaler's sell-through beside that of the channel."""
    return _page(list_wholesaler_benchmark(principal), of_channel=True)


@own_benchmark.screen("/", Permission.ORDERS_VIEW)
def show_own(principal: Principal) -> ResponseReturnValue:
    """Show what a retailer buys beside all retailers of its seller."""
    return _page(list_retailer_benchmark(principal), of_channel=False)


def _page(found: list[Compared], *, of_channel: bool) -> str:
    newest = max((one.until_on for one in found), default=None)
    asked = request.args.get("measure", "")
    measure = next((one for one in BenchmarkMeasure if one == asked), BenchmarkMeasure.GROWTH)
    return render_template(
        "analytics/benchmark.html",
        of_channel=of_channel,
        rows=[one for one in found if one.until_on == newest],
        months=newest and f"{month_text(month_of(newest, -3))} – {month_text(month_of(newest, -1))}",
        measure=measure,
        labels=measure_labels(of_channel=of_channel),
        figure=_shown,
        chart=_chart([one for one in found if one.measure is measure], measure, of_channel=of_channel),
    )


def _chart(found: list[Compared], measure: BenchmarkMeasure, *, of_channel: bool) -> Chart:
    title, _ = measure_labels(of_channel=of_channel)[measure]
    ordered = sorted(found, key=lambda one: one.until_on)
    return bar_chart(
        "benchmark",
        title,
        [month_text(month_of(one.until_on, -1)) for one in ordered],
        [
            Series(gettext("You"), [_drawn(measure, one.own) for one in ordered]),
            Series(gettext("All together"), [_drawn(measure, one.common) for one in ordered]),
        ],
        description=gettext("Three months each, up to and with the month named."),
        label_heading=gettext("Three months up to"),
        show=lambda value: _shown_drawn(measure, value),
    )


def _drawn(measure: BenchmarkMeasure, figure: Decimal | None) -> Decimal | None:
    """Shares are drawn in percent: the axis has whole numbers."""
    return figure * 100 if figure is not None and measure in _SHARES else figure


def _shown_drawn(measure: BenchmarkMeasure, value: Value) -> Markup | str:
    if value is None:
        return "–"
    return _shown(measure, Decimal(value) / 100 if measure in _SHARES else Decimal(value))


def _shown(measure: BenchmarkMeasure, figure: Decimal | None) -> Markup | str:
    if figure is None:
        return "–"
    if measure in _SHARES:
        return percent(figure, 0, signed=measure is BenchmarkMeasure.GROWTH)
    return quantity(figure.quantize(Decimal("0.1")))


def measure_labels(*, of_channel: bool) -> dict[BenchmarkMeasure, tuple[str, str]]:
    """Give what the measures are called and what they mean."""
    if of_channel:
        return {
            BenchmarkMeasure.GROWTH: (
                gettext("Growth"),
                gettext("Units sold on in three months against the same months of the year before, less returns."),
            ),
            BenchmarkMeasure.BREADTH: (
                gettext("Products per retailer"),
                gettext("Products that an active retailer bought in three months, on average."),
            ),
            BenchmarkMeasure.RHYTHM: (
                gettext("Months with purchases"),
                gettext("In how many of the three months an active retailer bought, on average."),
            ),
            BenchmarkMeasure.NEW_PRODUCTS: (
                gettext("New listings"),
                gettext(
                    "Of what retailers bought in three months: the share of products that the same retailer had not bought"
                    " in the twelve months before."
                ),
            ),
        }
    return {
        BenchmarkMeasure.GROWTH: (
            gettext("Growth"),
            gettext(
                "Net amount ordered in three months against the same months of the year before, less what was cancelled."
            ),
        ),
        BenchmarkMeasure.BREADTH: (
            gettext("Products per retailer"),
            gettext("Different products ordered in three months."),
        ),
        BenchmarkMeasure.RHYTHM: (
            gettext("Order days"),
            gettext("Days with an order in three months."),
        ),
        BenchmarkMeasure.NEW_PRODUCTS: (
            gettext("New products"),
            gettext("Share of the products ordered in three months that were not ordered in the twelve months before."),
        ),
    }
