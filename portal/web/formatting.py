"""Numbers, money and dates in the reader's form: Jinja filters over Babel, Decimal in, marked-up text out.

A language has one form: `1.284,30 €` and `22.11.2026` in German, `€1,284.30` and `22 Nov 2026` in English (a day in
figures would be another one to an American). On a screen a number also carries its exact value for machines
(`<data value="1284.30">`) and shows its unit in grey; the `_text` variants give plain text for buttons, mails and
attributes.
"""

from __future__ import annotations

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
_ENGLISH_DAYS = {"medium": "d MMM y", "long": "d MMMM y", "full": "EEEE, d MMMM y"}
"""Babel's are American: Nov 22, 2026."""
MINUS = "\N{MINUS SIGN}"
_TEN_THOUSAND = 10_000
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


def money_text(amount: Number | None, currency: str, *, signed: bool = False) -> str:
    """Give an amount as plain text, such as `1.284,30 €` or `€1,284.30`; above zero with a plus where `signed`."""
    if amount is None:
        return str(gettext("not set"))
    value, locale = Decimal(amount), reader_locale()
    before, after = _currency_places(currency, locale)
    sign, digits = _digits(value, _money_decimals(value, currency), locale)
    return f"{'+' if signed and value > 0 else sign}{before}{digits}{after}"


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
    """Give a quantity as plain text."""
    if value is None:
        return str(gettext("not set"))
    exact = Decimal(value)
    text = "".join(_digits(exact, _decimals(exact, 0, MAXIMUM_QUANTITY_DECIMALS), reader_locale()))
    return f"{text}\N{NO-BREAK SPACE}{unit}" if unit else text


def compact_text(value: Number) -> str:
    """Give a long value as short as the language writes it, for axes: `1,3 Mio.`, `12.5K`; German has no word for 10.000."""
    exact, locale = Decimal(value), reader_locale()
    if abs(exact) >= _TEN_THOUSAND:
        short: str = numbers.format_compact_decimal(exact, locale=locale, fraction_digits=1)
        if not short[-1].isdigit():
            return short.replace("-", MINUS)
        exact = exact.to_integral_value()
    return quantity_text(exact.quantize(Decimal("0.1")))


def plain_quantity(value: Decimal) -> str:
    """Write a quantity as a reader would type it: no grouping, the locale's decimal mark."""
    return f"{value.normalize():f}".replace(".", _marks(reader_locale())[0])


def percent(fraction: Number | float | None, decimals: int = 1, *, signed: bool = False) -> Markup:
    """Mark up a fraction (0.125) as a percentage (12,5 %), with a plus sign where `signed` and above zero."""
    if fraction is None:
        return absent()
    value, locale = _hundredths(fraction, decimals), reader_locale()
    after = _in_grey(_percent_sign(locale))
    return _marked(value, _decimals(value, 0, decimals), locale, after=after, plus=signed, is_change=True)


def percent_text(fraction: Number | float | None, decimals: int = 1, *, signed: bool = False) -> str:
    """Give a fraction as a percentage in plain text; above zero with a plus where `signed`."""
    if fraction is None:
        return str(gettext("not set"))
    value, locale = _hundredths(fraction, decimals), reader_locale()
    sign, digits = _digits(value, _decimals(value, 0, decimals), locale)
    return f"{'+' if signed and value > 0 else sign}{digits}{_percent_sign(locale)}"


def date(value: dt.date | None, style: str = "medium") -> Markup:
    """Mark up a day; an instant is first brought into the reader's time zone. Styles: medium, long, full."""
    if value is None:
        return absent()
    day = _local(value).date() if isinstance(value, dt.datetime) else value
    return _time_element(day.isoformat(), _day_text(day, style, reader_locale()))


def date_text(value: dt.date, style: str = "medium") -> str:
    """Give a day as plain text."""
    day = _local(value).date() if isinstance(value, dt.datetime) else value
    return _day_text(day, style, reader_locale())


def day_text(value: dt.date) -> str:
    """Give a day of this year without it, such as `2 Dec`, and one of another year with it, such as `2 Jan 2027`."""
    locale = reader_locale()
    year = "" if value.year == _this_year() else "y"
    if locale.language == _ENGLISH.language:
        return dates.format_date(value, format=f"d MMM {year}".strip(), locale=locale)
    return dates.format_skeleton(f"{year}MMMd", value, locale=locale)


def month_text(value: dt.date, *, full: bool = False) -> str:
    """Give month and year, such as `Nov 2026`; `full` for running text: `November 2026`."""
    return dates.format_date(value, format="LLLL y" if full else "LLL y", locale=reader_locale())


def datetime(value: dt.datetime | None, style: str = "medium") -> Markup:
    """Mark up an instant (aware, UTC as stored) in the reader's time zone, to the minute."""
    if value is None:
        return absent()
    local = _local(value)
    text = f"{_day_text(local.date(), style, reader_locale())}, {local:%H:%M}"
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


def _this_year() -> int:
    return dt.datetime.now(get_timezone()).year


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
    before, after = _currency_places(currency, locale)
    return _marked(value, _money_decimals(value, currency), locale, before=_in_grey(before), after=_in_grey(after))


@functools.lru_cache(maxsize=8192)
def _quantity(value: Decimal, unit: str | None, locale: Locale) -> Markup:
    after = _in_grey(f"\N{NO-BREAK SPACE}{unit}") if unit else ""
    return _marked(value, _decimals(value, 0, MAXIMUM_QUANTITY_DECIMALS), locale, after=after)


@functools.cache
def _absent(_locale: Locale) -> Markup:
    return ABSENT.format(gettext("not set"))


@functools.lru_cache(maxsize=4096)
def _day_text(day: dt.date, style: str, locale: Locale) -> str:
    form = _ENGLISH_DAYS[style] if locale.language == _ENGLISH.language else style
    return dates.format_date(day, format=form, locale=locale)


def _time_element(exact: str, text: str) -> Markup:
    return Markup(f'<time class="nowrap" datetime="{exact}">{escape(text)}</time>')  # noqa: S704 - an ISO form and escaped


@functools.cache
def _currency_decimals(currency: str) -> int:
    return numbers.get_currency_precision(currency)


@functools.cache
def _currency_places(currency: str, locale: Locale) -> tuple[str, str]:
    """Give what stands before and after an amount; letters keep their distance from the figures (`CHF 5.00`)."""
    pattern: numbers.NumberPattern = locale.currency_formats["standard"]
    symbol = numbers.get_currency_symbol(currency, locale=locale)
    before, after = (part.replace("¤", symbol) for part in (pattern.prefix[0], pattern.suffix[0]))
    return before + "\N{NO-BREAK SPACE}" if before[-1:].isalpha() else before, after


@functools.cache
def _percent_sign(locale: Locale) -> str:
    pattern: numbers.NumberPattern = locale.percent_formats[None]
    return str(pattern.suffix[0])


@functools.cache
def _marks(locale: Locale) -> tuple[str, str]:
    """Decimal mark and group mark of a language."""
    return numbers.get_decimal_symbol(locale), numbers.get_group_symbol(locale)


def _money_decimals(value: Decimal, currency: str) -> int:
    return _decimals(value, _currency_decimals(currency), MAXIMUM_PRICE_DECIMALS)


def _decimals(value: Decimal, least: int, most: int) -> int:
    """How many decimals to show: as many as the value has, within bounds."""
    exponent = value.normalize().as_tuple().exponent
    own = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return min(max(own, least), most)


def _hundredths(fraction: Number | float, decimals: int) -> Decimal:
    return (Decimal(str(fraction)) * 100).quantize(Decimal(1).scaleb(-decimals))


def _digits(value: Decimal, decimals: int, locale: Locale) -> tuple[str, str]:
    """Give the sign, a true minus or none, and the figures in groups of three with the language's marks."""
    mark, group = _marks(locale)
    shown = f"{abs(value):,.{decimals}f}".translate({ord(","): group, ord("."): mark})
    return (MINUS if value < 0 and shown.strip("0" + group + mark) else ""), shown


def _marked(
    value: Decimal,
    decimals: int,
    locale: Locale,
    *,
    before: str = "",
    after: str = "",
    plus: bool = False,
    is_change: bool = False,
) -> Markup:
    """Build the markup by hand: it is made for every number of every page. `before` and `after` are markup."""
    sign, digits = _digits(value, decimals, locale)
    exact = f"{value if sign else abs(value):.{decimals}f}"
    css = "num negative" if sign and not is_change else "num"
    if plus and not sign and exact.strip("0."):
        sign = "+"
    return Markup(f'<data class="{css}" value="{exact}">{sign}{before}{digits}{after}</data>')  # noqa: S704 - digits, escaped units


def _in_grey(unit: str) -> str:
    """Mark up what stands at a number; the space between them stays outside."""
    word = unit.strip()
    return unit.replace(word, f'<span class="unit">{escape(word)}</span>') if word else ""


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
