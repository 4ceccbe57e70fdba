"""What points an order earns, which level that gives, which points go when. Pure calculation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import NamedTuple

from portal.loyalty.models import Measure

MOST_POINTS = 10**12
"""A rule gives one order no more."""


class EarningRule(NamedTuple):
    """What a rule gives: `points` for each full `per` of net amount or base units, or a factor on what others count."""

    measure: Measure
    points: int | None
    per: Decimal | None
    factor: Decimal | None


class EarningLine(NamedTuple):
    """What of an order line earns: net amount and base units, each exact, and the numbers of the rules about it."""

    amount: Fraction
    quantity: Fraction
    rules: Sequence[int]


class Level(NamedTuple):
    """A level and the points of twelve months from which an account has it."""

    from_points: int
    name: str


class ExpiringPoints(NamedTuple):
    """What is left of points that go on the day."""

    expires_on: date
    points: int


def earned_points(lines: Iterable[EarningLine], rules: Mapping[int, EarningRule]) -> dict[int, int]:
    """Give the points of an order by rule. Of several factors on a line the largest counts; rules add up."""
    counted: dict[int, Fraction] = {number: Fraction(0) for number, rule in rules.items() if rule.per}
    for line in lines:
        factors = [Fraction(factor) for number in line.rules if (factor := rules[number].factor)]
        times = max(factors, default=Fraction(1))
        for number in line.rules:
            if number in counted:
                by_amount = rules[number].measure is Measure.AMOUNT
                counted[number] += times * (line.amount if by_amount else line.quantity)
    return {number: _points(value, rules[number]) for number, value in counted.items()}


def _points(value: Fraction, rule: EarningRule) -> int:
    if not rule.per or not rule.points or value <= 0:
        return 0
    return min(floor(value / Fraction(rule.per)) * rule.points, MOST_POINTS)


def shipped_part(amount: Decimal, ordered: Decimal, shipped: Decimal) -> Fraction:
    """Give what of a line's net amount was shipped, exactly; `ordered` is above 0."""
    return Fraction(amount) * Fraction(shipped) / Fraction(ordered)


def points_given_back(points: int, ordered: Decimal, cancelled: Decimal) -> int:
    """Give how many of a reward's points its cancelled part is worth, rounded down; all where nothing of it is left."""
    return floor(points * Fraction(cancelled) / Fraction(ordered))


def level_of(points: int, levels: Sequence[Level]) -> tuple[Level | None, Level | None]:
    """Give the level that the points of twelve months have reached, and the next one."""
    reached = [level for level in levels if level.from_points <= points]
    ahead = [level for level in levels if level.from_points > points]
    return max(reached, default=None), min(ahead, default=None)


def points_left(lots: Iterable[ExpiringPoints], taken: int) -> list[ExpiringPoints]:
    """Give what is left of points by the day they go, the earliest first: what was `taken` was taken of the earliest."""
    known = sorted(lots)
    # What was reversed beyond what its own day has is taken of the others.
    taken += sum(-lot.points for lot in known if lot.points < 0)
    left = []
    for lot in known:
        used = max(min(taken, lot.points), 0)
        taken -= used
        if lot.points > used:
            left.append(ExpiringPoints(lot.expires_on, lot.points - used))
    return left


def points_expired(lots: Iterable[ExpiringPoints], taken: int, today: date) -> int:
    """Give how many points are gone by today and not booked as expired: what is left of those whose day has come."""
    return sum(lot.points for lot in points_left(lots, taken) if lot.expires_on <= today)
