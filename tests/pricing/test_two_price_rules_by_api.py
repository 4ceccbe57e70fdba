"""What the portal answers over HTTP, from lists in its database, against the independent rule and values worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from flask.testing import FlaskClient

from tests.factories.calls import call
from tests.factories.seed import Seed
from tests.pricing import reference_prices
from tests.pricing.hostile_prices import ON, PRICE_CASES, REFUSALS, RefusalCase
from tests.pricing.price_strategies import QUANTITIES, price_question
from tests.pricing.reference_prices import LOOP, OTHER_CURRENCY, OTHER_SELLER, TOO_LONG, Question
from tests.pricing.written_prices import LEAST, Bundle, Written, storable, write
from tests.soak import FULL

QUESTIONS = 1_000 if FULL else 100
# A list of another seller is as missing as one that there is not.
REASONS = {TOO_LONG: "too-long", LOOP: "loop", OTHER_CURRENCY: "other-currency", OTHER_SELLER: "unknown-list"}
# What an answer says of a line: the unit price, the list, the line's amount; None = price on request.
Said = tuple[Fraction, str, Fraction] | None


def ask(client: FlaskClient, written: Written, quantities: Sequence[Decimal]) -> dict[str, list[Said]]:
    """Ask for the quantities, as the buyer and as the seller for the buyer."""
    lines = [{"article": "a", "quantity": str(quantity)} for quantity in quantities]
    for_buyer = {"lines": lines, "account": written.account, "on": written.today.isoformat()}
    answers = {
        "buying": call(client, written.buyer, "POST", "/buying/price-checks", {"lines": lines}),
        "selling": call(client, written.seller, "POST", "/selling/price-checks", for_buyer),
    }
    return {
        area: [
            (Fraction(line["unit_price"]), line["price_list"], Fraction(line["line_amount"]))
            if line["reason"] is None
            else None
            for line in answer["lines"]
        ]
        for area, answer in answers.items()
    }


def with_amount(unit_price: Fraction, price_list: str, quantity: Decimal) -> Said:
    return unit_price, price_list, reference_prices.line_amount(unit_price, Fraction(quantity), 2)


def by_reference(bundle: Bundle, quantity: Decimal) -> Said:
    answer = reference_prices.price(bundle.lists, replace(bundle.question, quantity=quantity))
    return None if answer is None else with_amount(answer.unit_price, answer.price_list, quantity)


def test_hostile_lists_give_over_http_what_was_computed_by_hand(client: FlaskClient, seed: Seed) -> None:
    cases = [case for case in PRICE_CASES if Decimal(case.quantity) > 0]  # nobody can ask for nothing
    bundles = [
        storable(
            Bundle(
                {each.code: each for each in case.lists},
                Question("a", Decimal(case.quantity), ON, group="group", strategy=case.strategy),
            )
        )
        for case in cases
    ]

    for case, bundle, written in zip(cases, bundles, write(seed, bundles), strict=True):
        quantity = bundle.question.quantity
        expected = case.expected and with_amount(Fraction(case.expected[0]), case.expected[1], quantity)
        found = ask(client, written, [quantity])
        assert found == {"buying": [expected], "selling": [expected]}, f"{case.name}: {case.why}"


@pytest.mark.soak
def test_both_rules_give_the_same_answer_over_http(client: FlaskClient, seed: Seed) -> None:
    quantities = sorted({max(Decimal(each), LEAST) for each in QUANTITIES})
    bundles = [storable(Bundle(*price_question(Random(f"written/{number}")))) for number in range(QUESTIONS)]

    for number, (bundle, written) in enumerate(zip(bundles, write(seed, bundles), strict=True)):
        expected = [by_reference(bundle, quantity) for quantity in quantities]
        found = ask(client, written, quantities)
        assert found == {"buying": expected, "selling": expected}, f"seed written/{number}: {bundle}"


def before(case: RefusalCase) -> Bundle:
    """Give the lists before the write: the written one is underived yet, or not there yet where none needs it."""
    needed = any(each.base == case.written for each in case.lists)
    return Bundle(
        {
            each.code: replace(each, base=None) if each.code == case.written else each
            for each in case.lists
            if needed or each.code != case.written
        },
        Question("a", Decimal(1), ON, group="group"),
    )


def test_derivations_are_refused_over_http_and_nothing_is_changed(client: FlaskClient, seed: Seed) -> None:
    # A list's currency is its seller's and cannot be written.
    cases = [
        case for case in REFUSALS if all(each.currency == "EUR" for each in case.lists if each.code == case.written)
    ]

    for case, written in zip(cases, write(seed, [before(case) for case in cases]), strict=True):
        [base] = [each.base for each in case.lists if each.code == case.written]
        body = {"price_lists": [{"code": case.written, "base_code": base}]}
        former = bases(client, written)
        status = 200 if case.expected is None else 422
        answer = call(client, written.seller, "PUT", "/selling/price-lists", body, status=status)
        if case.expected is not None:
            assert answer["errors"][0]["reason"] == REASONS[case.expected], case.name
        now = former if case.expected is not None else {**former, case.written: base}
        assert bases(client, written) == now, case.name


def bases(client: FlaskClient, written: Written) -> dict[str, str | None]:
    items = call(client, written.seller, "GET", "/selling/price-lists")["items"]
    return {each["code"]: each["base_code"] for each in items}
