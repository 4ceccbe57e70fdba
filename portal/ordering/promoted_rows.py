"""Rows of the order grid under promotions: what each gives, and what it would give on a larger quantity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from flask_babel import gettext

from portal.pricing.queries import Quote
from portal.promotions.queries import promote
from portal.promotions.queries.promoted import list_offered
from portal.promotions.rules.evaluation import FreeGoods, LineOutcome, Outcome
from portal.promotions.rules.line_promotions import Lost
from portal.promotions.rules.promotion import Promotion
from portal.promotions.words import benefit_text
from portal.web.formatting import money_text, quantity_text
from portal.web.order_grid import GridError, GridRow
from tenants.principal import Principal

Scope = Sequence[Promotion]
"""The promotions that are about an article."""


def promote_rows(
    principal: Principal, rows: list[GridRow], positions: Sequence[int], quote: Quote, coupons: Sequence[str]
) -> None:
    """Put what can be ordered of the rows under the buyer's promotions, in place. The principal buys.

    `positions` are those of the rows that the quote's lines priced, in their order. A row that waits for a hand counts
    for no other one.
    """
    offered = list_offered(principal, {line.article_id for line in quote.lines}, coupons=coupons)
    if not offered.promotions:
        return
    lines = list(zip(positions, quote.lines, strict=True))
    ready = [
        (at, line) for at, line in lines if rows[at].quantity and not rows[at].error and line.unit_price is not None
    ]
    scopes = {at: offered.about(line.article_id) for at, line in lines if line.unit_price is not None}
    promoted = promote(principal, quote._replace(lines=[line for _at, line in ready]), coupons=coupons, offered=offered)
    if promoted.lines_beyond:
        wrong = GridError("quantity", gettext("More would come free with this quantity than an order holds."))
        for place in promoted.lines_beyond:
            rows[ready[place][0]] = replace(rows[ready[place][0]], error=wrong)
        promote_rows(principal, rows, positions, quote, coupons)
        return
    hints = {at: [each for each in scope if not each.of_order] for at, scope in scopes.items()}
    if promoted.outcome is not None:
        for place, ((at, _line), outcome) in enumerate(zip(ready, promoted.outcome.lines, strict=True)):
            hints[at] = [each.promotion for each in outcome.lost if each.reason is Lost.QUANTITY_TOO_SMALL]
            goods = [each for each in promoted.outcome.free_goods if each.line == place]
            rows[at] = _promoted(rows[at], outcome, goods, principal.currency)
    of_order = _order_hints(promoted.outcome, [scopes[at] for at, _line in ready], scopes.values(), principal.currency)
    for at, scope in scopes.items():
        texts = [benefit_text(each, principal.currency) for each in hints[at] if each.has_something_left]
        on_order = [of_order[each.id] for each in scope if each.id in of_order]
        if texts or on_order:
            rows[at] = replace(rows[at], promotions=(*rows[at].promotions, *texts), order_hints=on_order)


def _order_hints(
    outcome: Outcome | None, ready: Sequence[Scope], scopes: Iterable[Scope], currency: str
) -> dict[int, str]:
    """Say what each promotion would give on a larger order, by its row id, and how much is missing once lines are ready."""
    if outcome is None:
        promotions = {each.id: each for scope in scopes for each in scope if each.of_order and each.has_something_left}
        return {id_: benefit_text(each, currency) for id_, each in promotions.items()}
    texts = {}
    for promotion, reason in outcome.order_lost:
        if reason is Lost.THRESHOLD_NOT_REACHED and promotion.has_something_left:
            reached = sum(
                (
                    line.line_amount or Decimal(0)
                    for line, scope in zip(outcome.lines, ready, strict=True)
                    if any(each.id == promotion.id for each in scope)
                ),
                Decimal(0),
            )
            missing = money_text((promotion.threshold_amount or Decimal(0)) - reached, currency)
            texts[promotion.id] = gettext(
                "%(benefit)s, %(missing)s to go", benefit=benefit_text(promotion, currency), missing=missing
            )
    return texts


def _promoted(row: GridRow, outcome: LineOutcome, goods: Iterable[FreeGoods], currency: str) -> GridRow:
    texts = [f"{each.promotion.name}: {money_text(-each.amount, currency)}" for each in outcome.applied if each.amount]
    texts += [
        gettext(
            "%(name)s: %(quantity)s × %(article)s free",
            name=each.promotion.name,
            quantity=quantity_text(each.quantity),
            article=each.article,
        )
        for each in goods
    ]
    return replace(
        row,
        line_amount=outcome.line_amount,
        promotions=texts,
        shares=[(each.promotion.name, each.amount) for each in outcome.shares],
        gifts=[f"{each.article}={each.quantity.normalize():f}" for each in goods],
        promoted=bool(outcome.applied or outcome.shares),
        coupons=[each.promotion.coupon for each in (*outcome.applied, *outcome.shares) if each.promotion.coupon],
    )
