"""What promotions do to an order about to be placed: amounts, free goods as lines of their own, what is taken of caps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from portal.loyalty.service.points import RewardLine, find_reward_lines
from portal.ordering.errors import CouponsRefused, PricesChanged
from portal.ordering.queries.basket import find_basket
from portal.pricing.queries import Quote
from portal.pricing.rules.explanation import SellerExplanations, buyer_explanation
from portal.promotions.queries import Promoted, promote
from portal.promotions.rules.coupons import NOT_VALID
from portal.promotions.rules.explanation import add_for_buyer, add_for_seller, free_explanation, offer_text
from portal.promotions.rules.promotion import fold_coupon
from portal.promotions.service.coupons import list_wrong_coupons, require_few_tries
from tenants.principal import Principal


class FreeLine(NamedTuple):
    """Goods that come free with a line (counted from 1): article id and number, base units."""

    article_id: int
    article: str
    quantity: Decimal
    cause_line: int


@dataclass(frozen=True, slots=True)
class PromotedOrder:
    """Priced lines under promotions, with the reasons of each line, those of free goods behind the others."""

    promoted: Promoted
    free_lines: tuple[FreeLine, ...]
    explanations: list[dict[str, Any]]
    seller_explanations: list[dict[str, Any]]
    rewards: tuple[RewardLine, ...] = ()
    """They are lines behind those of free goods."""

    @property
    def head(self) -> dict[str, Any]:
        """Give what `place_order` is told beyond prices; nothing where no promotion gave anything and no reward is taken."""
        return self._promotions() | self._rewards()

    def _rewards(self) -> dict[str, Any]:
        if not self.rewards:
            return {}
        first = len(self.promoted.lines) + len(self.free_lines) + 1
        taken = [
            {"line": line, "code": reward.code, "points": reward.points}
            for line, reward in enumerate(self.rewards, start=first)
        ]
        return {"rewards": taken}

    def _promotions(self) -> dict[str, Any]:
        outcome = self.promoted.outcome
        if outcome is None or not outcome.taken:
            return {}
        taken = [{"id": each.promotion.id, "amount": f"{each.amount:f}"} for each in outcome.taken]
        causes = [None] * len(self.promoted.lines) + [line.cause_line for line in self.free_lines]
        return {"promotions": taken, "causes": causes}


def promote_order(
    principal: Principal, quote: Quote, coupons: Sequence[str] = (), shown_offer: str | None = None
) -> PromotedOrder:
    """Put a quoted order of the principal, who buys, under promotions; `shown_offer` is what the buyer was shown.

    Raises:
        CouponsRefused: a coupon gives nothing, and was not kept with the basket or nothing was shown; whoever lets this
            reach the buyer counts those `tried`.
        PricesChanged: promotions give something else than what was shown.
        TooManyRequests: there are coupons, and too many gave nothing within the hour.
    """
    require_few_tries(principal, coupons)
    promoted = promote(principal, quote, coupons=coupons)
    _check_coupons(principal, coupons, promoted, shown=shown_offer is not None)
    if shown_offer is not None and offer_text(promoted.outcome) != shown_offer:
        raise PricesChanged("Promotions changed since they were shown.", lines=[])
    for_seller, outcome = SellerExplanations(quote.book), promoted.outcome
    free_lines, free_reasons = [], []
    if outcome is not None and promoted.offered is not None:
        ids = {article.number: article_id for article_id, article in promoted.offered.articles.items()}
        ids.update(promoted.offered.free_ids)
        free_lines = [
            FreeLine(ids[goods.article], goods.article, goods.quantity, goods.line + 1) for goods in outcome.free_goods
        ]
        free_reasons = [free_explanation(goods) for goods in outcome.free_goods]
    return PromotedOrder(
        promoted,
        tuple(free_lines),
        [add_for_buyer(buyer_explanation(line), outcome, at) for at, line in enumerate(quote.lines)] + free_reasons,
        [add_for_seller(for_seller.of(line), outcome, at) for at, line in enumerate(quote.lines)] + free_reasons,
    )


def with_rewards(principal: Principal, order: PromotedOrder, codes: Sequence[str]) -> PromotedOrder:
    """Let rewards come with an order of the principal, who buys.

    Raises:
        RewardsRefused: one is not offered or named twice, or all together cost more points than there are.
    """
    if not codes:
        return order
    programme, rewards = find_reward_lines(principal, codes)
    reasons = [reward.explanation(programme) for reward in rewards]
    return replace(
        order,
        rewards=tuple(rewards),
        explanations=order.explanations + reasons,
        seller_explanations=order.seller_explanations + reasons,
    )


def _check_coupons(principal: Principal, coupons: Sequence[str], promoted: Promoted, *, shown: bool) -> None:
    """Nothing is ordered at another price than hoped for.

    What was shown comes from the form, so only a coupon kept with the basket counts as one whose failing was shown.
    """
    wrong = list_wrong_coupons(coupons, promoted)
    if not wrong:
        return
    kept = {fold_coupon(coupon) for coupon in find_basket(principal).coupons}
    tried = [at for at in wrong if fold_coupon(coupons[at]) not in kept]
    refused = tried if shown else wrong
    if refused:
        errors = [{"pointer": f"#/coupons/{at}", "detail": NOT_VALID} for at in refused]
        raise CouponsRefused(
            "Nothing was ordered: a coupon is not valid.", errors=errors, tried=tuple(coupons[at] for at in tried)
        )
