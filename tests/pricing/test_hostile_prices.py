"""Both implementations of "Which price list decides" against results computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.pricing import portal_prices, reference_prices
from tests.pricing.hostile_prices import ON, PRICE_CASES, REFUSALS, PriceCase, RefusalCase
from tests.pricing.reference_prices import Answer, PriceList, Question

Price = Callable[[dict[str, PriceList], Question], Answer | None]
Refusal = Callable[[dict[str, PriceList], str], str | None]
LineAmount = Callable[[Fraction, Fraction, int], Fraction]
PRICES: dict[str, Price] = {"reference": reference_prices.price, "portal": portal_prices.price}
REFUSED_BY: dict[str, Refusal] = {"reference": reference_prices.refusal, "portal": portal_prices.refusal}
AMOUNTS: dict[str, LineAmount] = {"reference": reference_prices.line_amount, "portal": portal_prices.line_amount}


@pytest.mark.parametrize("price", PRICES.values(), ids=PRICES.keys())
@pytest.mark.parametrize("case", PRICE_CASES, ids=lambda case: case.name)
def test_a_hostile_question_gets_the_price_computed_by_hand(case: PriceCase, price: Price) -> None:
    question = Question("a", Decimal(case.quantity), ON, group="group", strategy=case.strategy)

    for lists in (case.lists, case.lists[::-1]):
        answer = price({each.code: each for each in lists}, question)

        found = None if answer is None else (answer.unit_price, answer.price_list)
        assert found == (None if case.expected is None else (Fraction(case.expected[0]), case.expected[1])), case.why


@pytest.mark.parametrize("refusal", REFUSED_BY.values(), ids=REFUSED_BY.keys())
@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_a_derived_list_is_refused_on_writing(case: RefusalCase, refusal: Refusal) -> None:
    assert refusal({each.code: each for each in case.lists}, case.written) == case.expected


@pytest.mark.parametrize("line_amount", AMOUNTS.values(), ids=AMOUNTS.keys())
@pytest.mark.parametrize(
    ("unit_price", "quantity", "minor", "expected"),
    [
        ("0.5", "1", 0, "1"),
        ("2.5", "1", 0, "3"),
        ("0.4999", "1", 0, "0"),
        ("0.005", "1", 2, "0.01"),
        ("0.0049", "1", 2, "0"),
        ("1.005", "1", 2, "1.01"),
        ("33.5", "3", 0, "101"),
        ("0.0125", "1", 3, "0.013"),
        ("0.0001", "0.5", 4, "0.0001"),
        ("9999999999.9999", "999999999.999", 2, "9999999999989900000"),
        ("5", "0", 2, "0"),
    ],
)
def test_a_line_amount_is_rounded_once_and_half_away_from_zero(
    unit_price: str, quantity: str, minor: int, expected: str, line_amount: LineAmount
) -> None:
    assert line_amount(Fraction(unit_price), Fraction(quantity), minor) == Fraction(expected)


def test_names_of_cases_are_unique() -> None:
    names = [case.name for case in (*PRICE_CASES, *REFUSALS)]

    assert len(set(names)) == len(names) >= 60
