"""Numbers, money and dates in the reader's form: Jinja filters over Babel, Decimal in, marked-up text out.

On a screen a number carries its exact value for machines (`<data value="1284.30">`), shows its groups by a thin space
made by the style sheet (so that a copied number stays a number), and its unit in grey. The `_text` variants give
plain text in the locale's own form for buttons, mails and attributes.
"""

from __future__ import annotations

import copy
import datetime as dt
import functools
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import dates, numbers
from babel.core import Locale
from flask.globals import _cv_app
from flask_babel import get_locale, get_timezone, gettext
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from flask import Flask

Number = Decimal | int
MAXIMUM_PRICE_DECIMALS = 6
MAXIMUM_QUANTITY_DECIMALS = 3
_ENGLISH = Locale("en")
MINUS = "\N{MINUS SIGN}"
ABSENT = Markup('<span class="absent" aria-hidden="true">–</span><span class="visually-hidden">{}</span>')


def reader_locale() -> Locale:
    """The locale of whoever reads; English outside a request that chose one."""
    context = _cv_app.get(None)
    # A page asks hundreds of times: what flask_babel found out for this request is looked up where it keeps it.
    known = context.g.__dict__.get("_flask_babel") if context is not None else None
    locale: Locale | None = getattr(known, "babel_locale", None) or get_locale()
    return locale or _ENGLISH


def absent(_value: object = None) -> Markup:
    """What stands where nothing is known: a dash for the eye, a word for the ear."""
    return _absent(reader_locale())


def money(amount: Number | None, currency: str) -> Markup:
    """Mark up an amount of a currency (ISO 4217) with at least its usual decimals; none of the value's own is lost."""
    if amount is None:
        return absent()
    return _money(Decimal(amount), currency, reader_locale())


def money_for_reader(currency: str) -> Callable[[Decimal], Markup]:
    """Give what `money` does for one currency: lines of a page ask once whose language they are in."""
    locale = reader_locale()
    return lambda amount: _money(amount, currency, locale)


def money_text(amount: Number | None, currency: str) -> str:
    """Give an amount as plain text in the locale's own form, such as `1.284,30 €`."""
    if amount is None:
        return str(gettext("not set"))
    value = Decimal(amount)
    locale = reader_locale()
    decimals = _decimals(value, _currency_decimals(currency), MAXIMUM_PRICE_DECIMALS)
    return str(_currency_pattern(locale, decimals).apply(value, locale, currency=currency, currency_digits=False))


def quantity(value: Number | None, unit: str | None = None) -> Markup:
    """Mark up a quantity with up to three decimals and, in grey, its unit (a word in the reader's language)."""
    if value is None:
        return absent()
    return _quantity(Decimal(value), unit, reader_locale())


def quantity_for_reader() -> Callable[..., Markup]:
    """Give what `quantity` does, with the reader's language asked for once."""
    locale = reader_locale()
    return lambda value, unit=None: _quantity(value, unit, locale)


def quantity_text(value: Number | None, unit: str | None = None) -> str:
    """Give a quantity as plain text in the locale's own form."""
    if value is None:
        return str(gettext("not set"))
    exact = Decimal(value)
    mark, group = _marks(reader_locale())
    text = f"{exact:,.{_decimals(exact, 0, MAXIMUM_QUANTITY_DECIMALS)}f}".translate({ord(","): group, ord("."): mark})
    return f"{text}\N{NO-BREAK SPACE}{unit}" if unit else text


def plain_quantity(value: Decimal) -> str:
    """Write a quantity as a reader would type it: no grouping, the locale's decimal mark."""
    return f"{value.normalize():f}".replace(".", _marks(reader_locale())[0])


def percent(fraction: Number | float | None, decimals: int = 1, *, signed: bool = False) -> Markup:
    """Mark up a fraction (0.125) as a percentage (12.5 %), with a plus sign where `signed` and above zero."""
    if fraction is None:
        return absent()
    value = (Decimal(str(fraction)) * 100).quantize(Decimal(1).scaleb(-decimals))
    return _marked(value, _decimals(value, 0, decimals), "%", reader_locale(), plus=signed, is_change=True)


def percent_text(fraction: Number | float | None, decimals: int = 1) -> str:
    """Give a fraction as a percentage in plain text."""
    if fraction is None:
        return str(gettext("not set"))
    places = "#" * decimals
    return numbers.format_percent(
        Decimal(str(fraction)), format=f"#,##0.{places}\N{NO-BREAK SPACE}%", locale=reader_locale()
    )


def date(value: dt.date | None, style: str = "medium") -> Markup:
    """Mark up a day; an instant is first brought into the reader's time zone. Styles: short, medium, long, full."""
    if value is None:
        return absent()
    day = _local(value).date() if isinstance(value, dt.datetime) else value
    return _time_element(day.isoformat(), _day_text(day, style, reader_locale()))


def date_text(value: dt.date, style: str = "medium") -> str:
    """Give a day as plain text in the locale's own form."""
    day = _local(value).date() if isinstance(value, dt.datetime) else value
    return _day_text(day, style, reader_locale())


def day_text(value: dt.date) -> str:
    """Give a day of the coming months without its year, such as `2 Dec`."""
    return dates.format_skeleton("MMMd", value, locale=reader_locale())


def month_text(value: dt.date) -> str:
    """Give month and year, such as `Nov 2026`."""
    return dates.format_date(value, format="LLL y", locale=reader_locale())


def datetime(value: dt.datetime | None, style: str = "medium") -> Markup:
    """Mark up an instant (aware, UTC as stored) in the reader's time zone, to the minute."""
    if value is None:
        return absent()
    local, locale = _local(value), reader_locale()
    text = f"{_day_text(local.date(), style, locale)}, {_clock_text(local.hour, local.minute, locale)}"
    return _time_element(value.isoformat(), text)


def register_filters(app: Flask) -> None:
    """Make the filters known to the templates under their own names."""
    for function in _FILTERS:
        app.add_template_filter(_for_each_reader(function), function.__name__)


def _for_each_reader(function: Callable[..., str]) -> Callable[..., str]:
    """Keep Jinja from working a constant out once when it compiles, in the language of whoever came first."""

    @pass_context
    @functools.wraps(function)
    def in_context(_context: Context, *arguments: Any, **options: Any) -> str:
        return function(*arguments, **options)

    return in_context


def _local(value: dt.datetime) -> dt.datetime:
    return value.astimezone(_zone(get_timezone())) if value.tzinfo else value


@functools.cache
def _zone(zone: dt.tzinfo) -> dt.tzinfo:
    """Give the time zone in the form that converts without a detour through Python, where the machine knows it."""
    try:
        return ZoneInfo(str(zone))
    except ZoneInfoNotFoundError:
        return zone


# The tables of a language are looked up once: a page of prices formats a hundred numbers.


# Equal numbers look equal, however many zeros they came with.


@functools.lru_cache(maxsize=8192)
def _money(value: Decimal, currency: str, locale: Locale) -> Markup:
    decimals = _decimals(value, _currency_decimals(currency), MAXIMUM_PRICE_DECIMALS)
    return _marked(value, decimals, _currency_symbol(currency, locale), locale)


@functools.lru_cache(maxsize=8192)
def _quantity(value: Decimal, unit: str | None, locale: Locale) -> Markup:
    return _marked(value, _decimals(value, 0, MAXIMUM_QUANTITY_DECIMALS), unit, locale)


@functools.cache
def _absent(_locale: Locale) -> Markup:
    return ABSENT.format(gettext("not set"))


@functools.lru_cache(maxsize=4096)
def _day_text(day: dt.date, style: str, locale: Locale) -> str:
    return dates.format_date(day, format=style, locale=locale)


@functools.cache
def _clock_text(hour: int, minute: int, locale: Locale) -> str:
    return dates.format_time(dt.time(hour, minute), format="short", locale=locale)


def _time_element(exact: str, text: str) -> Markup:
    return Markup(f'<time class="nowrap" datetime="{exact}">{escape(text)}</time>')  # noqa: S704 - an ISO form and escaped


@functools.cache
def _currency_decimals(currency: str) -> int:
    return numbers.get_currency_precision(currency)


@functools.cache
def _currency_symbol(currency: str, locale: Locale) -> str:
    return numbers.get_currency_symbol(currency, locale=locale)


@functools.cache
def _currency_pattern(locale: Locale, decimals: int) -> numbers.NumberPattern:
    pattern: numbers.NumberPattern = copy.copy(locale.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    return pattern


@functools.cache
def _marks(locale: Locale) -> tuple[str, str]:
    """Decimal mark and group mark of a language."""
    return numbers.get_decimal_symbol(locale), numbers.get_group_symbol(locale)


def _decimals(value: Decimal, least: int, most: int) -> int:
    """How many decimals to show: as many as the value has, within bounds."""
    exponent = value.normalize().as_tuple().exponent
    own = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return min(max(own, least), most)


def _marked(
    value: Decimal, decimals: int, unit: str | None, locale: Locale, *, plus: bool = False, is_change: bool = False
) -> Markup:
    """Build the markup by hand: it is made for every number of every page. Only the unit can need escaping."""
    exact = f"{value:.{decimals}f}"
    whole, _, fraction = exact.lstrip("-").partition(".")
    is_zero = not (whole + fraction).strip("0")
    is_negative = exact.startswith("-") and not is_zero
    sign = MINUS if is_negative else "+" if plus and not is_zero else ""
    css = "num negative" if is_negative and not is_change else "num"
    shown = _grouped(whole) + (_marks(locale)[0] + fraction if fraction else "")
    tail = f'\N{NO-BREAK SPACE}<span class="unit">{escape(unit)}</span>' if unit else ""
    value_attribute = exact if not is_zero else exact.lstrip("-")
    return Markup(f'<data class="{css}" value="{value_attribute}">{sign}{shown}{tail}</data>')  # noqa: S704 - digits and an escaped unit


def _grouped(whole: str) -> str:
    """Wrap each group of three digits but the first, so that the style sheet can set it apart."""
    first = len(whole) % 3 or 3
    return whole[:first] + "".join(f'<span class="g">{whole[at : at + 3]}</span>' for at in range(first, len(whole), 3))


_FILTERS = (
    absent,
    money,
    money_text,
    quantity,
    quantity_text,
    plain_quantity,
    percent,
    percent_text,
    date,
    date_text,
    day_text,
    month_text,
    datetime,
)
