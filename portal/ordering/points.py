"""Points beside the basket: what its lines would earn, and the rewards that are to come with it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from flask_babel import gettext

from portal.catalogue.units import product_name, unit_word
from portal.loyalty.queries.programme import find_rules_about, list_rewards
from portal.loyalty.rules import EarningLine, earned_points
from portal.web.formatting import quantity_text
from portal.web.order_grid import GridRow
from tenants.principal import Principal


class BasketReward(NamedTuple):
    """A reward that is to come with the basket, in the reader's words; without a name it is not offered any more."""

    code: str
    name: str
    points: int


def points_to_earn(principal: Principal, rows: Sequence[GridRow]) -> int | None:
    """Give what the rows that can be ordered would earn, in one statement or none; None where no rule is about them.

    The principal buys.
    """
    ready = [row for row in rows if row.base_quantity and not row.error and row.line_amount is not None]
    rules, about = find_rules_about(principal, {row.article for row in ready}) if ready else ({}, {})
    if not rules:
        return None
    lines = [
        EarningLine(
            Fraction((row.line_amount or Decimal(0)) - sum((amount for _name, amount in row.shares), Decimal(0))),
            Fraction(row.base_quantity or Decimal(0)),
            about.get(row.article, ()),
        )
        for row in ready
    ]
    return sum(earned_points(lines, rules).values())


def points_hints(principal: Principal, rows: Sequence[GridRow]) -> tuple[str, ...]:
    """Say what the rows would earn, for what stands below them. The principal buys."""
    points = points_to_earn(principal, rows)
    return (
        ()
        if not points
        else (str(gettext("Earns %(points)s points once shipped.", points=quantity_text(Decimal(points)))),)
    )


def basket_rewards(principal: Principal, codes: Sequence[str]) -> list[BasketReward]:
    """Give the rewards kept with the basket, in one statement or none. The principal buys."""
    known = {each.code: each for each in list_rewards(principal, codes) if each.is_offered} if codes else {}
    return [
        BasketReward(
            code,
            f"{product_name(each.name_en, each.name_de)}, {quantity_text(each.quantity, unit_word(each.base_unit))}",
            each.points,
        )
        if (each := known.get(code))
        else BasketReward(code, "", 0)
        for code in codes
    ]
