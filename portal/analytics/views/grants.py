"""What each grant shows, in words, with an example of the seller's own figures (SHARING: the grants)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from flask_babel import gettext, ngettext

from portal.analytics.agreement_text import grant_names, grant_shows
from portal.analytics.models import Grant
from portal.analytics.queries.grant_examples import Example
from portal.analytics.queries.stock import COVER_DAYS, LEAST_RETAILERS
from portal.catalogue.units import unit_word
from portal.web.formatting import month_text, quantity_text


class GrantWords(NamedTuple):
    """A grant: what it is called, what it shows, an example, and whether it is given."""

    key: str
    name: str
    shows: str
    example: str
    given: bool


def grant_words(given: Iterable[str], example: Example, brand_owner: str) -> list[GrantWords]:
    """Give all grants in the order of the agreement's form, given or not."""
    names, shows, granted = grant_names(), grant_shows(), set(given)
    examples = {
        Grant.UNITS: _units(example),
        Grant.ACTIVITY: _activity(example),
        Grant.IDENTITY: ", ".join(part for part in (example.retailer, example.place) if part),
        Grant.VALUE: _value(example, brand_owner),
        Grant.STOCK: _stock(example),
    }
    return [
        GrantWords(grant.value, names[grant], shows[grant], examples.get(grant, ""), grant.value in granted)
        for grant in Grant
    ]


def _units(example: Example) -> str:
    if example.month is None:
        return ""
    if example.units is None:
        return str(
            ngettext(
                "%(month)s: all under “other”, no product has %(num)s retailer",
                "%(month)s: all under “other”, no product has %(num)s retailers",
                LEAST_RETAILERS,
                month=month_text(example.month),
            )
        )
    return str(
        ngettext(
            "%(product)s, %(month)s, %(region)s: %(units)s units, %(num)s retailer behind them",
            "%(product)s, %(month)s, %(region)s: %(units)s units, %(num)s retailers behind them",
            example.retailers,
            product=example.product,
            month=month_text(example.month),
            region=example.region or gettext("all regions"),
            units=quantity_text(example.units),
        )
    )


def _activity(example: Example) -> str:
    if example.active_retailers < LEAST_RETAILERS:
        return ""
    active = ngettext("%(num)s active retailer", "%(num)s active retailers", example.active_retailers)
    times = ngettext("%(num)s order day in 90 days", "%(num)s order days in 90 days", example.order_days)
    products = ngettext("%(num)s product", "%(num)s products", example.products)
    return f"{active}; {gettext('Retailer 1: %(times)s, %(products)s', times=times, products=products)}"


def _value(example: Example, brand_owner: str) -> str:
    if example.units is None:
        return ""
    return str(
        gettext(
            "%(product)s: %(units)s units × the list price of %(brand_owner)s",
            product=example.product,
            units=quantity_text(example.units),
            brand_owner=brand_owner,
        )
    )


def _stock(example: Example) -> str:
    if example.stock is None:
        return ""
    amount = quantity_text(example.stock, unit_word(example.unit, several=example.stock != 1))
    on_hand = gettext("%(product)s: %(amount)s on hand", product=example.stock_product, amount=amount)
    if example.cover_days is None:
        return str(on_hand)
    lasts = ngettext(
        "lasts %(num)s day at the sales of the last %(days)s days",
        "lasts %(num)s days at the sales of the last %(days)s days",
        example.cover_days,
        days=COVER_DAYS,
    )
    return f"{on_hand}, {lasts}"
