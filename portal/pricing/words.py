"""The words of prices: reasons, audiences and windows in the reader's language."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import get_decimal_symbol
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.pricing.models import PriceStrategy
from portal.pricing.queries.price_lists import AudienceRow
from portal.pricing.rules.entry_rows import RowProblem
from portal.pricing.rules.explanation import Lost
from portal.web.formatting import date_text, money_text, percent_text, quantity_text, reader_locale

_USUAL_DECIMALS = 2
_PERCENT_DECIMALS = 4

ROW_PROBLEMS = {
    RowProblem.MISSING: _l("Please fill this in."),
    RowProblem.UNKNOWN_ARTICLE: _l("There is no such article."),
    RowProblem.NOT_A_NUMBER: _l("This is not a number."),
    RowProblem.AMBIGUOUS_NUMBER: _l(
        "This can be read in two ways. Please write it without the mark between thousands."
    ),
    RowProblem.NEGATIVE: _l("A price is 0 or more."),
    RowProblem.NOT_POSITIVE: _l("A quantity is above 0."),
    RowProblem.TOO_MANY_DECIMALS: _l("Up to 4 decimals for a price, 3 for a quantity."),
    RowProblem.TOO_LARGE: _l("This number is too large."),
    RowProblem.NOT_A_DAY: _l("This is not a day. Please write it as 2026-12-01."),
    RowProblem.ENDS_BEFORE_START: _l("This ends before it begins."),
    RowProblem.TWICE: _l("An earlier row has the same article, quantity and first day."),
    RowProblem.CHANGED_MEANWHILE: _l("Somebody else has changed this price meanwhile. Nothing of yours was saved."),
    RowProblem.NO_SUCH_ENTRY: _l("There is no such price."),
    RowProblem.NO_CELL: _l("This row has more cells than there are columns."),
}

COLUMN_WORDS = {
    "article": _l("Article"),
    "min_quantity": _l("From quantity"),
    "net_price": _l("Net price"),
    "valid_from": _l("Valid from"),
    "valid_to": _l("Valid until, not including"),
    "cost_price": _l("Cost"),
}

FIELD_PROBLEMS = {
    "taken": _l("There is a list with this code."),
    "not-a-code": _l("A code has up to 100 characters and no slash."),
    "too-long": _l("Please use up to 200 characters."),
    "chain-too-long": _l("A chain of derived lists has at most 3 lists."),
    "too-large": _l("A priority has up to 9 digits."),
    "ends-before-start": _l("This ends before it begins."),
    "not-a-number": _l("This is not a number."),
    "no-base": _l("Only a list derived from another one has an adjustment."),
    "out-of-range": _l("From 0 to 4 decimals."),
    "unknown-list": _l("There is no such list."),
    "loop": _l("The list would be derived from itself."),
    "other-currency": _l("That list is in another currency."),
    "other-seller": _l("There is no such list."),
    "unknown-group": _l("There is no such price group."),
    "unknown-account": _l("There is no customer with the code %(value)s."),
    "not-a-day": _l("This is not a day. Please write it as 2026-12-01."),
}

LOST_LISTS = {
    Lost.EARLIER_LIST_DECIDES: _l("An earlier list has a price already."),
    Lost.HIGHER_PRICE: _l("Its price is higher."),
    Lost.EQUAL_PRICE_LATER_LIST: _l("The same price, but it comes later in the order."),
    Lost.NO_ENTRY: _l("It has no price for this article."),
    Lost.NO_APPLICABLE_ENTRY: _l("None of its prices applies to this quantity and day."),
    Lost.BASE_NOT_IN_FORCE: _l("The list it is derived from does not hold on this day."),
}

LOST_ENTRIES = {
    Lost.QUANTITY_TOO_SMALL: _l("The quantity is too small."),
    Lost.NOT_YET_VALID: _l("It begins later."),
    Lost.EXPIRED: _l("It has ended."),
    Lost.NEVER_VALID: _l("It begins and ends on the same day, so it never applies."),
    Lost.HIGHER_TIER_DECIDES: _l("A price for a larger quantity counts."),
    Lost.LATER_START_DECIDES: _l("A price that began later counts."),
    Lost.OWN_ENTRY_DECIDES: _l("The derived list has a price of its own."),
}

LEVELS = {
    "account": _l("for this customer"),
    "group": _l("for its price group"),
    "everyone": _l("for everyone"),
}

STRATEGIES = {
    PriceStrategy.FIRST: _l("The first list in order that has a price decides"),
    PriceStrategy.LOWEST: _l("The lowest price of all lists decides"),
}

STRATEGY_SENTENCES = {
    PriceStrategy.FIRST: _l("The first list in order that has a price decides."),
    PriceStrategy.LOWEST: _l("The lowest price of all lists decides."),
}


def audience_text(audience: AudienceRow | None) -> str:
    """Say whom a list is for."""
    if audience is None:
        return str(_("Nobody"))
    parts = [str(_("Everyone"))] if audience.everyone else []
    if audience.groups:
        parts.append(str(_("Group %(groups)s", groups=", ".join(audience.groups))))
    if audience.accounts:
        count = audience.accounts
        parts.append(str(ngettext("%(num)s single customer", "%(num)s single customers", count)))
    return " · ".join(parts)


def customers_text(count: int) -> str:
    """Say how many customers."""
    return str(ngettext("%(count)s customer", "%(count)s customers", count, count=quantity_text(count)))


def window_text(valid_from: date | None, valid_to: date | None) -> str:
    """Say when something holds; the end is the first day it no longer does."""
    if valid_from is None and valid_to is None:
        return str(_("always"))
    if valid_to is None and valid_from is not None:
        return str(_("from %(start)s", start=date_text(valid_from)))
    if valid_from is None and valid_to is not None:
        return str(_("before %(end)s", end=date_text(valid_to)))
    if valid_from == valid_to:
        return str(_("never"))
    return str(_("from %(start)s, before %(end)s", start=_date(valid_from), end=_date(valid_to)))


def adjustment_text(percent: Decimal | None, amount: Decimal | None, decimals: int | None, currency: str) -> str:
    """Say what a derived list does to a price: `−10% +€0.50, rounded to 2 decimals`."""
    parts = []
    if percent:
        parts.append(percent_text(percent / 100, _PERCENT_DECIMALS, signed=True))
    if amount:
        parts.append(money_text(amount, currency, signed=True))
    text = " ".join(parts) or str(_("unchanged"))
    if decimals is None:
        return text
    rounded = ngettext("rounded to %(num)s decimal", "rounded to %(num)s decimals", decimals)
    return f"{text}, {rounded}"


def price_text(value: Decimal | None, currency: str) -> str:
    """Say a price, or that there is none."""
    return str(_("none")) if value is None else money_text(value, currency)


def plain_number(value: Decimal | None) -> str:
    """Write a number as the reader would type it: decimal mark, no groups."""
    return "" if value is None else f"{value.normalize():f}".replace(".", decimal_mark())


def price_cell(value: Decimal) -> str:
    """Write a price as the reader would type it, with two decimals at least."""
    exponent = value.normalize().as_tuple().exponent
    decimals = max(_USUAL_DECIMALS, -exponent if isinstance(exponent, int) else 0)
    return f"{value:.{decimals}f}".replace(".", decimal_mark())


def day_cell(value: date | None) -> str:
    """Write a day as the reader would type it: with dots in German, ISO otherwise."""
    if value is None:
        return ""
    return f"{value:%d.%m.%Y}" if reader_locale().language == "de" else value.isoformat()


def decimal_mark() -> str:
    """Give the reader's decimal mark."""
    return get_decimal_symbol(reader_locale())


def decimal_of(text: str | None) -> Decimal | None:
    """Give a number of an explanation, which is text, as a number."""
    return None if text is None else Decimal(text)


def day_of(text: str | None) -> date | None:
    """Give a day of an explanation, which is text, as a day."""
    return None if text is None else date.fromisoformat(text)


def _date(value: Any) -> str:
    return date_text(value)
