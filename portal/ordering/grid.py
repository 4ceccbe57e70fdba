"""Rows of the order grid with today's prices and availability: what basket, order pad, restock list and reorder show."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext
from werkzeug.routing import BuildError

from portal.catalogue.units import product_name, unit_word
from portal.ordering.promoted_rows import promote_rows
from portal.ordering.queries.grid import ArticleFacts, Habit, find_facts, find_habits, find_order_bounds
from portal.pricing.queries import Quote, quote_articles
from portal.pricing.rules.decision import PricedLine
from portal.web.formatting import quantity_text
from portal.web.order_grid import GridError, GridRow, GridTier, GridTotals, PostedLine, quantity_error
from tenants.principal import Principal

PICTURE_ENDPOINT = "catalogue.picture"
PRODUCT_ENDPOINT = "storefront.product"


class GridLine(NamedTuple):
    """What a row is made of: an article number and a quantity in base units (None: nothing is ordered yet)."""

    article: str
    quantity: Decimal | None = None
    in_packaging: bool = False
    text: str | None = None
    """What was typed, where it was no quantity."""
    because: str = ""


def row_key(article: str) -> str:
    """Give the key of an article's row: the same in every grid, and fit for names of fields."""
    return hashlib.blake2s(article.encode(), digest_size=6).hexdigest()


def build_rows(
    principal: Principal,
    lines: Sequence[GridLine],
    refused: Mapping[str, GridError] | None = None,
    coupons: Sequence[str] = (),
) -> list[GridRow]:
    """Give the rows in the order of the lines, in four statements whatever their number. The principal is the buyer.

    Where the seller has promotions, one further statement puts the rows that can be ordered under them. Quantities come
    back in the unit the line is stated in. `refused` are errors by article number that placing found. A line whose
    article the seller does not know becomes a row to be corrected.
    """
    facts = find_facts(principal, [line.article for line in lines])
    known = [facts[line.article] for line in lines if line.article in facts]
    wanted = [
        (facts[line.article].id, _priced_quantity(line, facts[line.article])) for line in lines if line.article in facts
    ]
    quote = quote_articles(principal, wanted) if wanted else None
    habits = find_habits(principal, {fact.id for fact in known}) if known else {}
    priced = iter(quote.lines if quote else ())
    rows: list[GridRow] = []
    at_rows: list[int] = []
    for line in lines:
        fact = facts.get(line.article)
        if fact is None or quote is None:
            rows.append(unread_row(line.article, gettext("The seller offers no such article."), 0))
            continue
        row = _row(line, fact, next(priced), quote, habits.get(fact.id))
        at_rows.append(len(rows))
        rows.append(replace(row, error=(refused or {}).get(line.article) or _error(row, fact)))
    if quote is not None and quote.book.promoted:
        promote_rows(principal, rows, at_rows, quote, coupons)
    return rows


def sum_rows(principal: Principal, rows: Sequence[GridRow]) -> GridTotals:
    """Sum the rows, beside the largest former order, what is ordered alone and whether it earns points, in one statement or none. The principal is the buyer."""
    totals = GridTotals.of(rows)
    if not totals.total:
        return totals
    largest, alone, collects = find_order_bounds(principal)
    return replace(totals, largest_order=largest, alone_limit=alone, collects_points=collects)


def unread_row(raw: str, reason: str, occurrence: int) -> GridRow:
    """Give a row for an entered line that could not be read; equal lines are told apart by their occurrence."""
    return GridRow(key=f"u{occurrence}-{row_key(raw)}", raw=raw, error=GridError("unread", reason))


def grid_lines(principal: Principal, posted: Sequence[PostedLine]) -> list[GridLine]:
    """Give the posted lines with quantities in base units; what was removed is gone, what is no quantity stays as typed.

    The principal is the buyer.
    """
    kept = [line for line in posted if line.article and not line.removed]
    packed = [line.article for line in kept if line.in_packaging]
    if not packed:
        return [GridLine(line.article, line.quantity, text=line.text if line.unreadable else None) for line in kept]
    facts = find_facts(principal, packed)
    lines = []
    for line in kept:
        contains = packaging_of(facts[line.article])[1] if line.in_packaging and line.article in facts else Decimal(1)
        quantity = base_quantity(line, contains)
        text = line.text if line.unreadable else None
        lines.append(GridLine(line.article, quantity, line.in_packaging, text))
    return lines


def base_quantity(line: PostedLine, contains: Decimal) -> Decimal | None:
    """Give a posted quantity in base units; `contains` is what the article's packaging holds."""
    if line.quantity is None:
        return None
    return line.quantity * contains if line.in_packaging else line.quantity


def packaging_of(fact: ArticleFacts) -> tuple[str, Decimal]:
    """Give the packaging a line may be stated in: the smallest that holds more than one base unit."""
    levels = sorted((Decimal(contains), unit) for unit, contains in fact.packagings.items() if Decimal(contains) > 1)
    return (levels[0][1], levels[0][0]) if levels else ("", Decimal(1))


def picture_url(digest: str) -> str | None:
    """Give the address of a product's picture, None where it has none."""
    return _url(PICTURE_ENDPOINT, digest=digest) if digest else None


def product_url(article: str) -> str | None:
    """Give the address of an article's page for its buyers."""
    return _url(PRODUCT_ENDPOINT, article=article)


def _url(endpoint: str, **values: Any) -> str | None:
    try:
        return url_for(endpoint, **values)
    except BuildError:
        return None


def _priced_quantity(line: GridLine, fact: ArticleFacts) -> Decimal:
    return line.quantity or fact.min_quantity


def _row(line: GridLine, fact: ArticleFacts, priced: PricedLine, quote: Quote, habit: Habit | None) -> GridRow:
    unit, contains = packaging_of(fact)
    in_packaging, stated = _stated(line, contains)
    ordered = bool(line.quantity)
    tier = quote.book.next_tier(fact.id, priced.quantity, fact.order_multiple)
    return GridRow(
        key=row_key(fact.article_number),
        article=fact.article_number,
        name=product_name(fact.name_en, fact.name_de),
        image_url=picture_url(fact.picture_digest),
        url=product_url(fact.article_number),
        unit=unit_word(fact.base_unit),
        packaging_unit=unit_word(unit, several=False) if unit else "",
        packaging_units=unit_word(unit) if unit else "",
        packaging_contains=contains,
        in_packaging=in_packaging,
        quantity=stated,
        text=line.text,
        min_quantity=fact.min_quantity,
        order_multiple=fact.order_multiple,
        unit_price=priced.unit_price,
        next_tier=GridTier(tier.min_quantity, tier.unit_price) if tier else None,
        last_quantities=tuple(habit.last_quantities) if habit else (),
        usual_interval_days=habit.interval_days if habit else None,
        available_quantity=fact.available_quantity,
        available_on=fact.incoming_on,
        backorder=fact.backorder,
        line_amount=priced.net_amount if ordered else None,
        because=line.because,
    )


def _stated(line: GridLine, contains: Decimal) -> tuple[bool, Decimal | None]:
    """Give the quantity in packagings where the line is stated so and they come out even, else in base units."""
    if line.quantity is None:
        return line.in_packaging and contains > 1, None
    if line.in_packaging and contains > 1 and line.quantity % contains == 0:
        return True, line.quantity // contains
    return False, line.quantity


def _error(row: GridRow, fact: ArticleFacts) -> GridError | None:
    if not fact.offered:
        return GridError("not-offered", gettext("This article is not offered any more."))
    if row.unit_price is None:
        return GridError("on-request", gettext("The price is on request, so this cannot be ordered here."))
    wrong = quantity_error(row)
    if wrong is not None or fact.backorder or not row.base_quantity:
        return wrong
    return stock_error(row, fact.available_quantity or Decimal(0))


def stock_error(row: GridRow, available: Decimal) -> GridError | None:
    """Tell that there is too little stock, with the largest quantity that could be had; None where there is enough."""
    if row.base_quantity is None or row.base_quantity <= available:
        return None
    text = shortage_text(available, row.unit)
    step = row.packaging_contains if row.in_packaging else row.order_multiple
    most = (available / step).to_integral_value(ROUND_FLOOR) * step
    if most < row.min_quantity or most <= 0 or most % row.order_multiple:
        return GridError("out-of-stock", text)
    return GridError("out-of-stock", text, most / row.packaging_contains if row.in_packaging else most)


def shortage_text(available: Decimal, unit: str) -> str:
    """Say how much there is."""
    if available <= 0:
        return str(gettext("Not in stock, and not delivered later."))
    return str(gettext("Only %(available)s available.", available=quantity_text(available, unit)))
