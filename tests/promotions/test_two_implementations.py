"""The portal's promotion engine against the independent one, on random baskets that hit ties and boundaries often."""

from __future__ import annotations

import itertools
from dataclasses import fields
from random import Random
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings

from tests.promotions import engine, reference
from tests.promotions.plain import PlainResult
from tests.promotions.reference_lines import DEFAULT, Competing, Reading
from tests.promotions.strategies import Situation, situation, situations
from tests.soak import FULL

SITUATIONS = 100_000 if FULL else 2_000
CHUNKS = 20
# All 24, the reference's own among them; asked only where the two differ.
READINGS = tuple(
    Reading(competing, stops, rounded, out)
    for competing, stops, rounded, out in itertools.product(
        get_args(Competing), (False, True), (False, True), (True, False)
    )
)


def by_reference(asked: Situation, reading: Reading) -> PlainResult:
    return reference.evaluate(asked.basket, asked.promotions, on=asked.on, minor_unit=asked.minor_unit, reading=reading)


def difference(asked: Situation) -> str:
    """Say how the two differ, and under which other reading of the page they would not; empty where they agree."""
    ours = by_reference(asked, DEFAULT)
    theirs = engine.evaluate(asked.basket, asked.promotions, on=asked.on, minor_unit=asked.minor_unit)
    if ours == theirs:
        return ""
    readings = [each for each in READINGS if by_reference(asked, each) == theirs]
    parts = [
        f"{each.name}:\n  reference {getattr(ours, each.name)}\n  engine    {getattr(theirs, each.name)}"
        for each in fields(PlainResult)
        if getattr(ours, each.name) != getattr(theirs, each.name)
    ]
    return "\n".join([str(asked), *parts, f"explained by: {readings[0] if readings else 'no other reading'}"])


@pytest.mark.soak
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_both_implementations_agree_on_seeded_situations(chunk: int) -> None:
    for number in range(SITUATIONS // CHUNKS):
        seed = f"{chunk}/{number}"
        differing = difference(situation(Random(seed)))
        assert not differing, f"seed {seed}: {differing}"


@settings(
    max_examples=SITUATIONS // 10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(asked=situations())
def test_both_implementations_agree_on_what_hypothesis_finds(asked: Situation) -> None:
    differing = difference(asked)
    assert not differing, differing
