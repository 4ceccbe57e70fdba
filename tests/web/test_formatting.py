from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel, force_locale

from portal.web import formatting


@pytest.fixture
def german() -> Iterator[Flask]:
    app = Flask(__name__)
    Babel(app, timezone_selector=lambda: "Europe/Berlin")
    formatting.register_filters(app)
    with app.test_request_context(), force_locale("de"):
        yield app


def test_money_shows_the_languages_form_and_keeps_the_exact_value_for_machines(german: Flask) -> None:
    assert formatting.money(Decimal("1204882.16"), "EUR") == (
        '<data class="num" value="1204882.16">1.204.882,16\N{NO-BREAK SPACE}<span class="unit">€</span></data>'
    )
    with force_locale("en"):
        assert formatting.money(Decimal("1204882.16"), "EUR") == (
            '<data class="num" value="1204882.16"><span class="unit">€</span>1,204,882.16</data>'
        )


def seen(markup: str) -> str:
    return re.sub("<[^>]*>", "", markup)


def test_a_number_reads_the_same_as_text_and_on_the_screen(german: Flask) -> None:
    for language in ("de", "en"):
        with force_locale(language):
            for value in ("0", "0.8425", "-48.2", "282700", "-1204882.16"):
                amount = Decimal(value)
                assert seen(formatting.money(amount, "CHF")) == formatting.money_text(amount, "CHF")
                assert seen(formatting.quantity(amount, "m")) == formatting.quantity_text(amount, "m")
                assert seen(formatting.percent(amount)) == formatting.percent_text(amount)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("1284.3", "1.284,30\N{NO-BREAK SPACE}€"),
        ("0.8425", "0,8425\N{NO-BREAK SPACE}€"),
        ("-48.20", "\N{MINUS SIGN}48,20\N{NO-BREAK SPACE}€"),
        ("0", "0,00\N{NO-BREAK SPACE}€"),
    ],
)
def test_money_text_has_at_least_the_currencys_decimals_and_all_of_the_values_own(
    german: Flask, amount: str, text: str
) -> None:
    assert formatting.money_text(Decimal(amount), "EUR") == text


def test_money_follows_the_currency_and_the_reader(german: Flask) -> None:
    with force_locale("en"):
        assert formatting.money_text(Decimal("1284.3"), "EUR") == "€1,284.30"
        assert formatting.money_text(Decimal("-1284.3"), "EUR") == "\N{MINUS SIGN}€1,284.30"
        assert formatting.money_text(Decimal(5), "CHF") == "CHF\N{NO-BREAK SPACE}5.00"
        assert formatting.money_text(Decimal(1200), "JPY") == "¥1,200"
        assert 'value="1200"' in formatting.money(Decimal(1200), "JPY")


def test_a_negative_amount_bears_a_true_minus_and_is_marked(german: Flask) -> None:
    assert formatting.money(Decimal("-48.2"), "EUR").startswith('<data class="num negative" value="-48.20">−48,20')


def test_a_falling_percentage_is_not_marked_as_an_error(german: Flask) -> None:
    assert formatting.percent(Decimal("-0.031"), signed=True).startswith('<data class="num" value="-3.1">−3,1')


def test_percent_shows_a_plus_only_where_asked(german: Flask) -> None:
    assert formatting.percent(Decimal("0.125"), signed=True).startswith('<data class="num" value="12.5">+12,5')
    assert formatting.percent(Decimal("0.5")).startswith('<data class="num" value="50">50')
    assert formatting.percent_text(Decimal("0.83")) == "83\N{NO-BREAK SPACE}%"
    with force_locale("en"):
        assert formatting.percent_text(Decimal("0.125")) == "12.5%"
        assert formatting.percent_text(Decimal("0.125"), signed=True) == "+12.5%"
        assert formatting.money_text(Decimal("0.5"), "EUR", signed=True) == "+€0.50"
        assert formatting.money_text(Decimal(0), "EUR", signed=True) == "€0.00"


def test_quantity_drops_empty_decimals_and_shows_the_unit_in_grey(german: Flask) -> None:
    shown = formatting.quantity(Decimal("24.500"), "<m>")
    assert shown == '<data class="num" value="24.5">24,5\N{NO-BREAK SPACE}<span class="unit">&lt;m&gt;</span></data>'
    assert formatting.quantity_text(Decimal("1440.000"), "Stück") == "1.440\N{NO-BREAK SPACE}Stück"


def test_nothing_known_is_a_dash_for_the_eye_and_a_word_for_the_ear(german: Flask) -> None:
    for shown in (
        formatting.money(None, "EUR"),
        formatting.quantity(None),
        formatting.date(None),
        formatting.percent(None),
    ):
        assert 'aria-hidden="true">–</span>' in shown
        assert "visually-hidden" in shown


def test_an_instant_is_shown_in_the_readers_time_zone(german: Flask) -> None:
    instant = dt.datetime(2026, 11, 21, 23, 30, tzinfo=dt.UTC)
    assert formatting.datetime(instant) == (
        '<time class="nowrap" datetime="2026-11-21T23:30:00+00:00">22.11.2026, 00:30</time>'
    )
    assert formatting.date(instant) == '<time class="nowrap" datetime="2026-11-22">22.11.2026</time>'
    assert formatting.month_text(dt.date(2026, 12, 2)) == "Dez 2026"
    assert formatting.month_text(dt.date(2026, 12, 2), full=True) == "Dezember 2026"


def test_a_short_day_bears_its_year_unless_it_is_this_year(german: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatting, "_this_year", lambda: 2026)
    assert formatting.day_text(dt.date(2026, 12, 2)) == "2. Dez."
    assert formatting.day_text(dt.date(2027, 1, 2)) == "2. Jan. 2027"
    with force_locale("en"):
        assert formatting.day_text(dt.date(2026, 9, 2)) == "2 Sep"
        assert formatting.day_text(dt.date(2025, 9, 2)) == "2 Sep 2025"


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("medium", "2 Sep 2026"),
        ("long", "2 September 2026"),
        ("full", "Wednesday, 2 September 2026"),
    ],
)
def test_an_english_day_is_no_other_day_to_an_american(german: Flask, style: str, text: str) -> None:
    day = dt.date(2026, 9, 2)
    with force_locale("en"):
        assert formatting.date_text(day, style) == text
        assert formatting.date(day, style).striptags() == text
        assert formatting.month_text(day) == "Sep 2026"
        instant = dt.datetime(2026, 9, 2, 12, 5, tzinfo=dt.UTC)
        assert formatting.datetime(instant, style).striptags() == f"{text}, 14:05"


@pytest.mark.parametrize(
    ("language", "value", "text"),
    [
        ("de", "9999", "9.999"),
        ("de", "12500", "12.500"),
        ("de", "-250000", "\N{MINUS SIGN}250.000"),
        ("de", "1500000", "1,5\N{NO-BREAK SPACE}Mio."),
        ("en", "9999", "9,999"),
        ("en", "12500", "12.5K"),
        ("en", "-250000", "\N{MINUS SIGN}250K"),
        ("en", "1500000", "1.5M"),
        ("en", "0.5", "0.5"),
    ],
)
def test_the_numbers_of_an_axis_are_short_as_the_language_writes_them(
    german: Flask, language: str, value: str, text: str
) -> None:
    with force_locale(language):
        assert formatting.compact_text(Decimal(value)) == text


def test_a_constant_in_a_template_is_shown_to_each_reader_in_their_own_form(german: Flask) -> None:
    template = "{{ 1234.5|money_text('EUR') if false }}{{ 12345|quantity_text }}"
    assert render_template_string(template) == "12.345"
    with force_locale("en"):
        assert render_template_string(template) == "12,345"
