"""Promotions of a seller."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text

from portal.promotions.models import Promotion, PromotionAudience, PromotionScope
from portal.promotions.rules.promotion import fold_coupon
from tests.factories.seed import Seed

_NUMBERS = ("value", "min_quantity", "threshold_amount", "buy_quantity", "free_quantity", "budget")


def make_promotion(
    seed: Seed,
    seller: Row[Any],
    code: str,
    benefit: str = "percent",
    *,
    scopes: tuple[tuple[str, str], ...] = (("all", ""),),
    audience: str | None = "everyone",
    **values: Any,
) -> Row[Any]:
    """Add a promotion for everyone on all articles; `price_group="GOLD"` or `buyer=row` names another audience.

    Numbers may be texts. The seller counts as having promotions from now on, for ever.
    """
    group, buyer = values.pop("price_group", None), values.pop("buyer", None)
    exact: dict[str, Any] = {name: Decimal(number) if name in _NUMBERS else number for name, number in values.items()}
    if exact.get("coupon"):
        exact["folded_coupon"] = fold_coupon(exact["coupon"])
    row = seed.add(Promotion, **{"seller_id": seller.id, "code": code, "benefit": benefit, "combines": True, **exact})
    for kind, scope_code in scopes:
        seed.add(PromotionScope, seller_id=seller.id, promotion_id=row.id, scope=kind, scope_code=scope_code)
    kind_of = "group" if group else "account" if buyer is not None else audience
    if kind_of:
        seed.add(
            PromotionAudience,
            seller_id=seller.id,
            promotion_id=row.id,
            audience=kind_of,
            price_group=group,
            buyer_id=buyer.id if buyer is not None else None,
        )
    seed.run(
        text(
            "insert into pricing_policy (seller_id, promoted_from, promoted_to) values (:seller, '-infinity', 'infinity')"
            " on conflict (seller_id) do update set promoted_from = '-infinity', promoted_to = 'infinity'"
        ),
        {"seller": seller.id},
    )
    return row


def uses(seed: Seed, promotion: Row[Any]) -> tuple[int, Decimal, int]:
    """Give what placed orders have taken: uses, money, and the uses that the ledger says."""
    [row] = seed.run(
        text(
            "select p.used_count, p.spent_amount, (select count(*) from promotion_use u where u.seller_id = p.seller_id"
            " and u.promotion_id = p.id and u.given_back_at is null) as booked,"
            " coalesce((select sum(u.amount) from promotion_use u where u.seller_id = p.seller_id"
            " and u.promotion_id = p.id and u.given_back_at is null), 0) as money"
            " from promotion p where p.seller_id = :seller and p.id = :id"
        ),
        {"seller": promotion.seller_id, "id": promotion.id},
    )
    if promotion.max_uses is not None or promotion.max_uses_per_account is not None or promotion.budget is not None:
        assert (row.used_count, row.spent_amount) == (row.booked, row.money)
    return row.booked, row.money, row.used_count
