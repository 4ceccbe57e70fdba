"""Order history, as a loaded channel has it."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from portal.ordering.models import Order, OrderLine
from tests.factories.seed import Seed

Sold = tuple[Row[Any], Decimal | int | str, Decimal | int | str]
"""Article, quantity in base units, unit price."""


def make_history(
    seed: Seed, seller: Row[Any], buyer: Row[Any], placed_on: date, *sold: Sold, order_number: str = ""
) -> Row[Any]:
    """Add a delivered order of the past; negative quantities are returns."""
    amounts = [Decimal(quantity) * Decimal(price) for _, quantity, price in sold]
    order = seed.add(
        Order,
        seller_id=seller.id,
        buyer_id=buyer.id,
        order_number=order_number or f"H-{seed.number():05}",
        status="delivered",
        source="history",
        currency=seller.currency,
        total=sum(amounts),
        line_count=len(sold),
        placed_at=datetime.combine(placed_on, time(12), ZoneInfo(seller.time_zone)),
        placed_on=placed_on,
    )
    for line, ((article, quantity, price), amount) in enumerate(zip(sold, amounts, strict=True), start=1):
        seed.add(
            OrderLine,
            seller_id=seller.id,
            order_id=order.id,
            line=line,
            buyer_id=buyer.id,
            placed_on=placed_on,
            article_id=article.id,
            owner_id=article.owner_id,
            product_id=article.product_id,
            article_number=article.article_number,
            ordered_quantity=Decimal(quantity),
            shipped_quantity=max(Decimal(quantity), Decimal(0)),
            unit_price=Decimal(price),
            line_amount=amount,
            net_amount=amount,
        )
    return order
