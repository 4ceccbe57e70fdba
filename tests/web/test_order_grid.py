from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import force_locale
from werkzeug.datastructures import MultiDict

from portal.web.order_grid import (
    GridRow,
    GridTier,
    GridTotals,
    act_text,
    entry_summary,
    nearest_allowed,
    quantity_error,
    quote_answer,
    read_grid_form,
    read_quantity,
)
from portal.web.style_guide import create_style_guide

CASE_OF_12 = GridRow(
    key="a",
    article="BR-10440",
    name="Screw",
    unit="pcs",
    packaging_unit="case",
    packaging_units="cases",
    packaging_contains=Decimal(12),
    min_quantity=Decimal(12),
    order_multiple=Decimal(6),
    unit_price=Decimal("6.45"),
    next_tier=GridTier(Decimal(48), Decimal("5.98")),
)


@pytest.fixture(scope="module")
def site() -> Flask:
    return create_style_guide()


@pytest.fixture
def english(site: Flask) -> Iterator[None]:
    with site.test_request_context(), force_locale("en"):
        yield


@pytest.mark.parametrize(
    ("locale", "text", "value"),
    [
        ("de", "24", "24"),
        ("de", " 1.500 ", "1500"),
        ("de", "1,5", "1.5"),
        ("de", "1.5", None),
        ("en", "1.5", "1.5"),
        ("en", "1,500", "1500"),
        ("en", "1,5", None),
        ("en", "-3", None),
        ("en", "NaN", None),
        ("en", "1e3", None),
        ("en", "99999999999", None),
        ("en", "٣", None),
        ("en", "", None),
    ],
)
def test_a_typed_quantity_is_read_in_the_readers_form_or_asked_about(
    site: Flask, locale: str, text: str, value: str | None
) -> None:
    with site.test_request_context(), force_locale(locale):
        assert read_quantity(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("quantity", "minimum", "multiple", "nearest"),
    [
        ("1", "12", "6", "12"),
        ("13", "12", "6", "18"),
        ("18", "12", "6", "18"),
        ("1", "10", "4", "12"),
        ("0.3", "0.5", "0.25", "0.5"),
    ],
)
def test_the_nearest_allowed_quantity_is_never_less_than_asked(
    quantity: str, minimum: str, multiple: str, nearest: str
) -> None:
    assert nearest_allowed(Decimal(quantity), Decimal(minimum), Decimal(multiple)) == Decimal(nearest)


@pytest.mark.usefixtures("english")
def test_a_wrong_quantity_says_what_is_allowed_and_offers_the_nearest() -> None:
    low = quantity_error(replace(CASE_OF_12, quantity=Decimal(3)))
    assert low is not None
    assert (low.text, low.nearest) == ("At least 12\N{NO-BREAK SPACE}pcs.", Decimal(12))
    between = quantity_error(replace(CASE_OF_12, quantity=Decimal(20)))
    assert between is not None
    assert (between.text, between.nearest) == ("Only in steps of 6\N{NO-BREAK SPACE}pcs.", Decimal(24))


@pytest.mark.usefixtures("english")
def test_the_nearest_is_offered_in_whole_packagings_where_the_line_counts_them() -> None:
    row = replace(
        CASE_OF_12, min_quantity=Decimal(1), order_multiple=Decimal(8), in_packaging=True, quantity=Decimal(1)
    )
    error = quantity_error(row)
    assert error is not None
    assert error.nearest == Decimal(2)
    assert row.stated_unit(error.nearest) == "cases"


@pytest.mark.usefixtures("english")
def test_zero_and_empty_are_not_ordered_and_no_error() -> None:
    assert quantity_error(replace(CASE_OF_12, quantity=None)) is None
    assert quantity_error(replace(CASE_OF_12, quantity=Decimal(0))) is None


@pytest.mark.usefixtures("english")
def test_a_quantity_is_shown_in_the_other_unit_too() -> None:
    assert replace(CASE_OF_12, quantity=Decimal(2), in_packaging=True).conversion == "= 24\N{NO-BREAK SPACE}pcs"
    assert replace(CASE_OF_12, quantity=Decimal(24)).conversion == "= 2\N{NO-BREAK SPACE}cases"
    assert replace(CASE_OF_12, quantity=Decimal(12)).conversion == "= 1\N{NO-BREAK SPACE}case"
    assert replace(CASE_OF_12, quantity=Decimal(18)).conversion == ""


@pytest.mark.usefixtures("english")
def test_a_quantity_of_more_than_a_hundred_times_the_usual_is_asked_about_and_not_refused() -> None:
    usual = replace(CASE_OF_12, last_quantities=(Decimal(12), Decimal(24), Decimal(6)))
    assert replace(usual, quantity=Decimal(2400)).question == ""
    beyond = replace(usual, quantity=Decimal(2401))
    assert beyond.question == "More than 100 times as much as usual. Really so much?"
    assert replace(usual, quantity=Decimal(201), in_packaging=True).conversion == (
        "= 2,412\N{NO-BREAK SPACE}pcs · More than 100 times as much as usual. Really so much?"
    )
    assert quantity_error(replace(beyond, order_multiple=Decimal(1))) is None
    assert replace(CASE_OF_12, quantity=Decimal(100000)).question == ""


@pytest.mark.usefixtures("english")
def test_the_posted_form_is_read_line_by_line_and_keeps_what_was_typed() -> None:
    form = MultiDict({
        "csrf_token": "x", "article-a": "BR-1", "quantity-a": "1 case", "shown_price-a": "6.45",
        "article-b": "BR-2", "quantity-b": "7", "take-b": "12", "unit-b": "packaging", "shown_price-b": "NaN",
        "raw-u1": "1.23E+12;4", "article-c": "BR-3", "quantity-c": "2", "remove-c": "yes",
    })  # fmt: skip
    lines = {line.key: line for line in read_grid_form(form)}
    assert list(lines) == ["a", "b", "u1", "c"]
    assert (lines["a"].text, lines["a"].quantity, lines["a"].unreadable) == ("1 case", None, True)
    assert lines["a"].shown_price == Decimal("6.45")
    assert (lines["b"].quantity, lines["b"].in_packaging, lines["b"].shown_price) == (Decimal(12), True, None)
    assert lines["u1"].raw == "1.23E+12;4"
    assert lines["c"].removed


@pytest.mark.usefixtures("english")
def test_the_answer_to_a_price_refresh_carries_cells_totals_and_the_act() -> None:
    good = replace(CASE_OF_12, quantity=Decimal(24), line_amount=Decimal("154.80"))
    bad = replace(CASE_OF_12, key="b", quantity=Decimal(7))
    bad = replace(bad, error=quantity_error(bad))
    totals = GridTotals.of([good, bad])
    answer = quote_answer([good, bad], totals, "EUR")
    assert (totals.lines, totals.total, totals.waiting) == (1, Decimal("154.80"), 1)
    assert answer["act"] == "Order 1 line, €154.80"
    assert answer["total"] == "154.80"
    assert answer["lines"]["a"]["unit_price"] == "6.45"
    assert 'value="154.80"' in answer["lines"]["a"]["amount"]
    assert 'value="5.98"' in answer["lines"]["a"]["price"]
    assert answer["lines"]["b"]["error"] == {"text": "At least 12\N{NO-BREAK SPACE}pcs.", "nearest": "12"}


@pytest.mark.usefixtures("english")
def test_a_row_escapes_what_a_product_is_called() -> None:
    answer = quote_answer(
        [replace(CASE_OF_12, unit="<b>", available_quantity=Decimal(3))], GridTotals(0, Decimal(0)), "EUR"
    )
    assert "<b>" not in answer["lines"]["a"]["availability"]


def test_summaries_speak_both_languages(site: Flask) -> None:
    totals = GridTotals(14, Decimal("1284.3"))
    with site.test_request_context(), force_locale("en"):
        assert entry_summary(70, 67, 3) == "70 read, 67 added, 3 need you"
        assert act_text(totals, "EUR") == "Order 14 lines, €1,284.30"
    with site.test_request_context(), force_locale("de"):
        assert entry_summary(70, 67, 3) == "70 gelesen, 67 hinzugefügt, 3 zu klären"
        assert act_text(totals, "EUR") == "14 Positionen bestellen, 1.284,30\N{NO-BREAK SPACE}€"


@pytest.mark.parametrize(
    ("text", "price"),
    [("9999999999.9999", Decimal("9999999999.9999")), ("10000000000", None), ("1.00001", None), ("NaN", None)],
)
def test_a_shown_price_is_one_that_can_be_kept(site: Flask, text: str, price: Decimal | None) -> None:
    with site.test_request_context():
        [line] = read_grid_form({"article-a": "SAW", "quantity-a": "", "shown_price-a": text})
    assert line.shown_price == price
