"""What each grant shows, in words, with an example of the seller's own data (SHARING: the grants)."""

from __future__ import annotations

from typing import NamedTuple

from flask_babel import gettext, ngettext

from portal.analytics.models import Grant
from portal.analytics.queries.channel import ChannelRow
from portal.analytics.queries.sharing import Agreement, Example
from portal.analytics.views.window import month_key_text
from portal.catalogue.units import unit_word
from portal.web.formatting import date_text, quantity_text


class GrantWords(NamedTuple):
    """A grant: what it is called, what it shows, an example, and whether it is given."""

    name: str
    shows: str
    example: str
    given: bool


def grant_words(agreement: Agreement, example: Example, units: ChannelRow | None) -> list[GrantWords]:
    """Give all grants in the order of the agreement's form, given or not."""
    words = {
        Grant.UNITS: (gettext("Units"), gettext("Units by product, month and postal region."), _units(units)),
        Grant.ACTIVITY: (
            gettext("Activity"),
            gettext("Retailers as pseudonyms: active, lapsed, new, how often they reorder."),
            _activity(example),
        ),
        Grant.IDENTITY: (gettext("Identity"), gettext("The retailers' names and places."), _identity(example)),
        Grant.VALUE: (
            gettext("Value"),
            gettext("Units valued at the manufacturer's own list price. Never your price."),
            "",
        ),
        Grant.STOCK: (gettext("Stock"), gettext("Stock on hand and how long it lasts, by product."), _stock(example)),
        Grant.SELL_OUT: (gettext("Sell-out"), gettext("What retailers report as sold."), ""),
        Grant.SERVICE: (gettext("Service"), gettext("Registrations, fault reports and support requests."), ""),
    }
    return [GrantWords(*texts, agreement.has(grant)) for grant, texts in words.items()]


def _units(row: ChannelRow | None) -> str:
    if row is None or row.month is None:
        return ""
    return str(gettext("%(month)s: %(units)s units", month=month_key_text(row.month), units=quantity_text(row.units)))


def _activity(example: Example) -> str:
    if example.last_on is None:
        return ""
    times = ngettext("%(num)s order day in 90 days", "%(num)s order days in 90 days", example.order_days)
    return str(gettext("Retailer 1: %(times)s, last on %(date)s", times=times, date=date_text(example.last_on)))


def _identity(example: Example) -> str:
    return f"{example.retailer}, {example.place}" if example.retailer else ""


def _stock(example: Example) -> str:
    if example.stock is None:
        return ""
    amount = quantity_text(example.stock, unit_word(example.unit, several=example.stock != 1))
    return str(gettext("%(product)s: %(amount)s on hand", product=example.stock_product, amount=amount))
