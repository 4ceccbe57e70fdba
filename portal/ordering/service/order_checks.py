"""What is looked at before an order is placed: articles, quantities, prices, goods that come free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from portal.ordering.errors import LinesRefused, PricesChanged
from portal.ordering.rules.quantities import MAX_QUANTITY, check_quantity
from portal.ordering.service.promoted import PromotedOrder
from portal.pricing.queries import Offer
from portal.pricing.rules.decision import PricedLine

_ZERO = Decimal(0)
_AMOUNT_BOUND = Decimal(10**12)
"""From here on an amount cannot be stored (NUMERIC(16, 4))."""


class WantedLine(NamedTuple):
    """An article number of the seller and a quantity in base units; the unit price shown to the buyer, where one was."""

    article: str
    quantity: Decimal
    shown_unit_price: Decimal | None = None


def check_lines(lines: Sequence[WantedLine], known: Mapping[str, Offer]) -> list[Offer]:
    """Give the article of each line.

    Raises:
        LinesRefused: an article is not offered, or its quantity breaks minimum or multiple; `errors` names each.
    """
    articles, errors = [], []
    for position, line in enumerate(lines):
        article = known.get(line.article)
        error = _line_error(article, line.quantity)
        if error is not None:
            field = "article" if article is None or not article.is_offered else "quantity"
            errors.append(
                {"pointer": f"#/lines/{position}/{field}", "line": position + 1, "article": line.article} | error
            )
        elif article is not None:
            articles.append(article)
    if errors or not lines:
        raise LinesRefused("Some lines cannot be ordered as they are.", errors=errors)
    return articles


def _line_error(article: Offer | None, quantity: Decimal) -> dict[str, Any] | None:
    if article is None or not article.is_offered:
        return {"reason": "unknown-article", "detail": "The seller offers no such article."}
    if quantity > MAX_QUANTITY:
        return {"reason": "quantity", "detail": "The quantity is too large."}
    problem = check_quantity(quantity, article.min_quantity, article.order_multiple)
    if problem is None:
        return None
    rule = f"At least {article.min_quantity.normalize():f}, in steps of {article.order_multiple.normalize():f}."
    return {"reason": "quantity", "detail": rule, "nearest": f"{problem.nearest.normalize():f}"}


def check_prices(lines: Sequence[WantedLine], quoted: Sequence[PricedLine]) -> None:
    """Refuse lines whose price is not the one that was shown.

    Raises:
        LinesRefused: a price is on request, or an amount cannot be stored.
        PricesChanged: a unit price differs from what was shown.
    """
    missing, changed = [], []
    total = sum((priced.line_amount or _ZERO for priced in quoted), _ZERO)
    for position, (line, priced) in enumerate(zip(lines, quoted, strict=True)):
        place = {"line": position + 1, "article": line.article}
        if priced.unit_price is None:
            reason = {"reason": "price-on-request", "detail": "The price is on request."}
            missing.append({"pointer": f"#/lines/{position}/article"} | place | reason)
        elif total >= _AMOUNT_BOUND and (priced.line_amount or _ZERO) * len(lines) >= _AMOUNT_BOUND:
            reason = {"reason": "quantity", "detail": "The amount is too large."}
            missing.append({"pointer": f"#/lines/{position}/quantity"} | place | reason)
        elif line.shown_unit_price is not None and line.shown_unit_price != priced.unit_price:
            old, new = f"{line.shown_unit_price:f}", f"{priced.unit_price:f}"
            changed.append(place | {"old_unit_price": old, "new_unit_price": new})
    if missing:
        raise LinesRefused("Some lines cannot be ordered as they are.", errors=missing)
    if changed:
        raise PricesChanged("Prices changed since they were shown.", lines=changed)


def check_gifts(lines: Sequence[WantedLine], promoted: PromotedOrder) -> None:
    """Refuse lines with which more would come free than an order holds.

    Raises:
        LinesRefused: as it says.
    """
    detail = "More would come free with this quantity than an order holds."
    errors = [
        {
            "pointer": f"#/lines/{position}/quantity",
            "line": position + 1,
            "article": lines[position].article,
            "reason": "quantity",
            "detail": detail,
        }
        for position in sorted(promoted.promoted.lines_beyond)
    ]
    if errors:
        raise LinesRefused("Some lines cannot be ordered as they are.", errors=errors)
