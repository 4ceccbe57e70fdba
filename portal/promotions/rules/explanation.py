"""What promotions add to the reasons of a line: JSON-safe facts, one view for the buyer and one for the seller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.promotions.rules.evaluation import Applied, FreeGoods, LineOutcome, LostPromotion, Outcome

Facts = dict[str, Any]


def add_for_buyer(explanation: Facts, outcome: Outcome | None, position: int) -> Facts:
    """Give a line's explanation with what promotions gave on it; nothing of those that did not."""
    if outcome is None:
        return explanation
    line = outcome.lines[position]
    if not line.applied and not line.shares:
        return explanation
    return {**explanation, "promotions": applied_facts(line.applied), "order_promotions": applied_facts(line.shares)}


def add_for_seller(explanation: Facts, outcome: Outcome | None, position: int) -> Facts:
    """Give a line's explanation with what promotions gave and every one that lost, with the reason."""
    if outcome is None:
        return explanation
    line: LineOutcome = outcome.lines[position]
    return {
        **explanation,
        "promotions": applied_facts(line.applied),
        "order_promotions": applied_facts(line.shares),
        "lost_promotions": [*_lost_facts(line.lost), *_lost_facts(outcome.order_lost)],
    }


def applied_facts(applied: Sequence[Applied]) -> list[Facts]:
    """Give what was applied: code, name, amount taken off."""
    return [
        {"code": each.promotion.code, "name": each.promotion.name, "amount": f"{each.amount:f}"} for each in applied
    ]


def free_explanation(goods: FreeGoods) -> Facts:
    """Give why goods come free: the promotion and the line (from 1) that they come with."""
    return {"free_with_line": goods.line + 1, "promotion": goods.promotion.code, "name": goods.promotion.name}


def offer_text(outcome: Outcome | None) -> str:
    """Give what promotions gave as one text to be compared: the total and the free goods; empty where they gave nothing."""
    if outcome is None or not outcome.taken:
        return ""
    goods = sorted(f"{each.article}={each.quantity.normalize():f}" for each in outcome.free_goods)
    return ";".join([f"{outcome.total:f}", *goods])


def _lost_facts(lost: Sequence[LostPromotion]) -> list[Facts]:
    return [{"code": each.promotion.code, "name": each.promotion.name, "reason": each.reason.value} for each in lost]
