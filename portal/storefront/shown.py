"""Rows of the catalogue in the reader's words.

A page shows hundreds of small texts. Translations, unit words and locale are therefore looked up once a page, not once a
cell, and the template only puts the finished texts in their places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from babel import numbers
from babel.core import Locale
from flask import url_for
from flask_babel import gettext
from markupsafe import Markup, escape

from portal.catalogue.units import unit_word
from portal.promotions.words import benefit_text
from portal.storefront.queries import StorefrontRow
from portal.web.formatting import day_text, money, plain_quantity, reader_locale

_MOST_PROMOTIONS = 3


class ShownRow(NamedTuple):
    """An article as it stands on the page; empty texts are left out."""

    article: str
    name: str
    brand: str
    url: str
    picture_url: str
    packaging: str
    availability: str
    tone: str
    """good, attention or neutral."""
    availability_note: str
    price: Markup | None
    """None: on request."""
    next_tier: Markup | str
    promotions: Sequence[str]
    """What promotions give on it, the first few."""
    quantity: str
    """The smallest that may be ordered, as a reader would type it."""
    unit: str
    units: str
    packaging_unit: str
    """Of the smallest packaging, as an alternative to order in."""


def shown_rows(rows: Iterable[StorefrontRow], currency: str) -> list[ShownRow]:
    """Give the rows in the reader's language."""
    texts = _Texts(currency)
    return [texts.row(row) for row in rows]


def count_text() -> Callable[[int], str]:
    """Give a writer of counts in the reader's form."""
    locale = str(reader_locale())
    return lambda count: _number(Decimal(count), locale)


class _Texts:
    """What all rows of one page have in common."""

    def __init__(self, currency: str) -> None:
        locale = reader_locale()
        self._locale = str(locale)
        self._german = locale.language == "de"
        self._currency = currency
        self._units: dict[tuple[str, bool], str] = {}
        self._picture = url_for("catalogue.picture", digest="-").removesuffix("-")
        self._product = url_for("storefront.show") + "/"
        self._available = gettext("%(quantity)s available", quantity="{}")
        self._left = gettext("only %(quantity)s left", quantity="{}")
        self._none = gettext("none in stock")
        self._on_order = gettext("on order")
        self._unreported = gettext("stock not reported")
        self._more_on = gettext("more on %(date)s", date="{}")
        self._follows = gettext("can be ordered, follows later")
        self._tier = escape(gettext("from %(quantity)s: %(price)s", quantity="{}", price="{}"))

    def row(self, row: StorefrontRow) -> ShownRow:
        availability, tone = self._availability(row)
        names = (row.name_de, row.name_en) if self._german else (row.name_en, row.name_de)
        price = row.price.unit_price
        tier = row.next_tier
        return ShownRow(
            article=row.article_number,
            name=names[0] or names[1],
            brand=row.brand,
            url=self._product + quote(row.article_number),
            picture_url=self._picture + row.picture_digest if row.picture_digest else "",
            packaging=" · ".join(self._packaging(row)),
            availability=availability,
            tone=tone,
            availability_note=self._note(row),
            price=None if price is None else money(price, self._currency),
            next_tier=self._tier.format(self._number(tier.min_quantity), money(tier.unit_price, self._currency))
            if tier
            else "",
            promotions=[benefit_text(each, self._currency) for each in row.promotions[:_MOST_PROMOTIONS]],
            quantity=plain_quantity(row.least_quantity),
            unit=self._unit(row.base_unit, several=False),
            units=self._unit(row.base_unit),
            packaging_unit=self._unit(row.packagings[0].unit, several=False) if row.packagings else "",
        )

    def _availability(self, row: StorefrontRow) -> tuple[str, str]:
        available = row.available_quantity
        if available is None:
            return (self._on_order if row.backorder else self._unreported), "neutral"
        if available <= 0:
            return self._none, "attention"
        stated = self._stated(available, row.base_unit)
        if available < row.price.quantity:
            return self._left.format(stated), "attention"
        return self._available.format(stated), "good"

    def _note(self, row: StorefrontRow) -> str:
        if row.available_quantity is not None and row.available_quantity >= row.price.quantity:
            return ""
        if row.incoming_on:
            return str(self._more_on).format(_day(row.incoming_on, self._locale))
        return self._follows if row.backorder and row.available_quantity is not None else ""

    def _packaging(self, row: StorefrontRow) -> Iterable[str]:
        for level in row.packagings[:2]:
            unit = self._unit(level.unit, several=False)
            stated = self._stated(level.contains, row.base_unit)
            yield f"1\N{NO-BREAK SPACE}{unit}\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{stated}"

    def _stated(self, value: Decimal, unit: str) -> str:
        return f"{self._number(value)}\N{NO-BREAK SPACE}{self._unit(unit, several=value != 1)}"

    def _number(self, value: Decimal) -> str:
        return _number(value, self._locale)

    def _unit(self, code: str, *, several: bool = True) -> str:
        word = self._units.get((code, several))
        if word is None:
            word = self._units[code, several] = unit_word(code, several=several)
        return word


@lru_cache(maxsize=4096)
def _number(value: Decimal, locale: str) -> str:
    text: str = numbers.format_decimal(value, format="#,##0.###", locale=Locale.parse(locale))
    return text


@lru_cache(maxsize=256)
def _day(value: date, _locale: str) -> str:
    return day_text(value)
