"""The portal's price rule against the independent one, on random lists that hit ties and boundaries often."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings

from tests.pricing import portal_prices, reference_prices
from tests.pricing.price_strategies import derivation, price_question, price_questions
from tests.pricing.reference_prices import LOOP, PriceList, Question
from tests.soak import FULL

QUESTIONS = 100_000 if FULL else 2_000
CHUNKS = 20


def difference(lists: dict[str, PriceList], question: Question) -> str:
    """Say how the two differ; empty where they agree on the candidates, the price and the entry it comes from."""
    ours = [each.code for each in reference_prices.candidates(lists, question)], reference_prices.price(lists, question)
    theirs = portal_prices.candidates(lists, question), portal_prices.price(lists, question)
    return "" if ours == theirs else f"{question}\n{lists}\n  reference {ours}\n  portal    {theirs}"


@pytest.mark.soak
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_both_rules_give_the_same_answer_to_seeded_questions(chunk: int) -> None:
    for number in range(QUESTIONS // CHUNKS):
        seed = f"{chunk}/{number}"
        differing = difference(*price_question(Random(seed)))
        assert not differing, f"seed {seed}: {differing}"


@settings(max_examples=QUESTIONS // 10)
@given(asked=price_questions())
def test_both_rules_give_the_same_answer_to_what_hypothesis_finds(asked: tuple[dict[str, PriceList], Question]) -> None:
    differing = difference(*asked)
    assert not differing, differing


@pytest.mark.soak
def test_both_rules_refuse_the_same_derivations() -> None:
    for number in range(QUESTIONS):
        lists, written = derivation(Random(number))
        # Which of several good reasons comes first the page leaves open, a loop apart: it has no chain to speak of.
        verdicts = [
            (reason is None, reason == LOOP)
            for reason in (reference_prices.refusal(lists, written), portal_prices.refusal(lists, written))
        ]
        assert verdicts[0] == verdicts[1], f"seed {number}: {written} in {lists}"
