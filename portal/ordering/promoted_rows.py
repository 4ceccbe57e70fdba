"""Rows of the order grid under promotions: what each gives, and what it would give on a larger quantity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from flask_babel import gettext

from portal.pricing.queries import Quote
from portal.promotions.queries import promote
from portal.promotions.queries.promoted import list_offered
from portal.promotions.rules.evaluation import FreeGoods, LineOutcome
from portal.promotions.rules.line_promotions import Lost
from portal.promotions.words import benefit_text
from portal.web.formatting import money_text, quantity_text
from portal.web.order_grid import GridError, GridRow
from tenants.principal import Principal


def promote_rows(
    principal: Principal, rows: list[GridRow], positions: Sequence[int], quote: Quote, coupons: Sequence[str]
) -> None:
    """Put what can be ordered of the rows under the buyer's promotions, in place. The principal buys.

    `positions` are those of the rows that the quote's lines priced, in their order. A row that waits for a hand counts
    for no other one.
    """
    offered = list_offered(principal, quote, coupons=coupons)
    if not offered.promotions:
        return
    lines = list(zip(positions, quote.lines, strict=True))
    ready = [
        (at, line) for at, line in lines if rows[at].quantity and not rows[at].error and line.unit_price is not None
    ]
    hints = {at: list(offered.about(line.article_id)) for at, line in lines if line.unit_price is not None}
    promoted = promote(principal, quote._replace(lines=[line for _at, line in ready]), coupons=coupons, offered=offered)
    if promoted.lines_beyond:
        wrong = GridError("quantity", gettext("More would come free with this quantity than an order holds."))
        for place in promoted.lines_beyond:
            rows[ready[place][0]] = replace(rows[ready[place][0]], error=wrong)
        promote_rows(principal, rows, positions, quote, coupons)
        return
    if promoted.outcome is not None:
        too_small = [
            each.promotion for each in promoted.outcome.order_lost if each.reason is Lost.THRESHOLD_NOT_REACHED
        ]
        for place, ((at, _line), outcome) in enumerate(zip(ready, promoted.outcome.lines, strict=True)):
            hints[at] = [each.promotion for each in outcome.lost if each.reason is Lost.QUANTITY_TOO_SMALL] + [
                each for each in hints[at] if each in too_small
            ]
            goods = [each for each in promoted.outcome.free_goods if each.line == place]
            rows[at] = _promoted(rows[at], outcome, goods, principal.currency)
    for at, promotions in hints.items():
        texts = [benefit_text(each, principal.currency) for each in promotions if each.has_something_left]
        if texts:
            rows[at] = replace(rows[at], promotions=(*rows[at].promotions, *texts))


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
