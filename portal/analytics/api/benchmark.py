"""What comes back, for programs: a wholesaler beside its channel, a retailer beside those of the same seller."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import Field

from portal.analytics.benchmark_models import BenchmarkMeasure
from portal.analytics.queries.benchmark import Compared, list_retailer_benchmark, list_wholesaler_benchmark
from portal.analytics.rules import month_of
from portal.web.api import ApiAnswer, operation
from tenants.permissions import Permission, Scope
from tenants.principal import Principal


class ComparedAnswer(ApiAnswer):
    """A measure of three whole months."""

    measure: BenchmarkMeasure = Field(
        description="`growth` against the same months of the year before (0.1: a tenth more; a wholesaler's by units, a retailer's by"
        " net amount); `breadth`: products a retailer; `rhythm`: a wholesaler's months with purchases per active retailer, a"
        " retailer's days with orders; `new_products`: share of products not bought in the twelve months before."
    )
    first_on: date
    until_on: date = Field(description="The first day after the three months.")
    own: Decimal
    common: Decimal | None = Field(
        description="Of all compared together; null where fewer than five are, or one makes up more than half."
    )
    members: int = Field(description="How many are compared.")


class BenchmarkAnswer(ApiAnswer):
    """One's own figures beside those of all, the newest months first. Written once when a month has ended, never changed."""

    items: list[ComparedAnswer]


@operation(
    "GET",
    "/selling/figures/benchmark",
    permission=Permission.FIGURES_VIEW,
    scope=Scope.SELLING_READ,
    response=BenchmarkAnswer,
    summary="Own sell-through beside the manufacturer's channel",
    tags=["figures"],
)
def wholesaler_benchmark(principal: Principal) -> BenchmarkAnswer:
    """Compared are wholesalers that shared `units` with the manufacturer all the time."""
    return _answer(list_wholesaler_benchmark(principal))


@operation(
    "GET",
    "/buying/figures/benchmark",
    permission=Permission.ORDERS_VIEW,
    scope=Scope.BUYING_READ,
    response=BenchmarkAnswer,
    summary="Own purchases beside all retailers of the seller",
    tags=["figures"],
)
def retailer_benchmark(principal: Principal) -> BenchmarkAnswer:
    """Compared are the seller's active retailers."""
    return _answer(list_retailer_benchmark(principal))


def _answer(found: list[Compared]) -> BenchmarkAnswer:
    return BenchmarkAnswer(
        items=[ComparedAnswer(first_on=month_of(one.until_on, -3), **one._asdict()) for one in found]
    )
