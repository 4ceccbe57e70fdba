"""Reading one's own figures beside those of all who are compared."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import text

from portal.analytics.benchmark_models import BenchmarkMeasure
from tenants.database import db
from tenants.principal import Principal


class Compared(NamedTuple):
    """A measure of the three months before `until_on`: one's own figure and that of all together."""

    measure: BenchmarkMeasure
    until_on: date
    own: Decimal
    common: Decimal | None
    """None where fewer than five are compared, or one of them makes up more than half."""
    members: int


_READ = text(
    "select b.measure, b.until_on, b.own_figure, b.common_figure, b.member_count from benchmark b"
    " where b.seller_id = :seller and b.buyer_id = :buyer order by b.until_on desc limit 400"
)


def list_wholesaler_benchmark(principal: Principal) -> list[Compared]:
    """Give a wholesaler beside the channel of its manufacturer, the newest months first.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    return _read(principal.root_id, principal.selling())


def list_retailer_benchmark(principal: Principal) -> list[Compared]:
    """Give a retailer beside all retailers of its seller, the newest months first.

    Raises:
        PermissionDenied: the principal is no buyer.
    """
    return _read(*principal.buying())


def _read(seller: int, buyer: int) -> list[Compared]:
    rows = db.session.execute(_READ, {"seller": seller, "buyer": buyer})
    order = list(BenchmarkMeasure)
    found = [Compared(BenchmarkMeasure(measure), *figures) for measure, *figures in rows]
    return sorted(found, key=lambda one: (-one.until_on.toordinal(), order.index(one.measure)))
