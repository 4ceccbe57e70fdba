"""Both implementations of PRICING.md against results computed by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.promotions import engine, reference
from tests.promotions.cases import ON, Case
from tests.promotions.hostile_cases import HOSTILE_CASES
from tests.promotions.plain import PlainResult
from tests.promotions.reference_lines import Reading

Evaluate = Callable[..., PlainResult]
IMPLEMENTATIONS: dict[str, Evaluate] = {"reference": reference.evaluate, "engine": engine.evaluate}


@pytest.mark.parametrize("evaluate", IMPLEMENTATIONS.values(), ids=IMPLEMENTATIONS.keys())
@pytest.mark.parametrize("case", HOSTILE_CASES, ids=lambda case: case.name)
def test_a_hostile_basket_comes_to_what_was_computed_by_hand(case: Case, evaluate: Evaluate) -> None:
    result = evaluate(case.basket(), case.promotions, on=ON, minor_unit=case.minor)

    assert result == case.result(), case.why


@pytest.mark.parametrize("evaluate", IMPLEMENTATIONS.values(), ids=IMPLEMENTATIONS.keys())
@pytest.mark.parametrize("case", HOSTILE_CASES, ids=lambda case: case.name)
def test_the_order_in_which_promotions_are_handed_over_does_not_matter(case: Case, evaluate: Evaluate) -> None:
    result = evaluate(case.basket(), case.promotions[::-1], on=ON, minor_unit=case.minor)

    assert result == case.result(), case.why


def test_names_of_cases_are_unique() -> None:
    names = [case.name for case in HOSTILE_CASES]

    assert len(set(names)) == len(names) >= 60


OTHER_READINGS = {
    "competing": (Reading(competing="always"), Reading(competing="giving")),
    "comparison_stops_at_zero": (Reading(comparison_stops_at_zero=True),),
    "free_value_is_rounded": (Reading(free_value_is_rounded=True),),
    "exhausted_uses_are_out_at_once": (Reading(exhausted_uses_are_out_at_once=False),),
}


@pytest.mark.parametrize("case", [case for case in HOSTILE_CASES if case.reading], ids=lambda case: case.name)
def test_a_doubtful_case_comes_out_otherwise_under_another_reading(case: Case) -> None:
    others = [
        reference.evaluate(case.basket(), case.promotions, on=ON, minor_unit=case.minor, reading=reading)
        for reading in OTHER_READINGS[case.reading]
    ]

    assert any(other != case.result() for other in others)
