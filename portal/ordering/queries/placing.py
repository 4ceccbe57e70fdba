"""What placing an order reads: the articles asked for, and the answer an earlier attempt was given."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ARRAY, String, bindparam, text

from tenants.database import db
from tenants.principal import Principal

_ARTICLES = text(
    "select a.article_number, a.id, a.min_quantity, a.order_multiple,"
    " a.status = 'active' and p.status = 'active' as active"
    " from article a join product p on p.owner_id = a.owner_id and p.id = a.product_id"
    " where a.seller_id = :seller and a.article_number = any(:numbers)"
).bindparams(bindparam("numbers", type_=ARRAY(String)))

_EARLIER = text(
    "select order_number, request_hash, response_body from sales_order where seller_id = :seller and buyer_id = :buyer"
    " and idempotency_scope = :scope and idempotency_key = :key"
)


class OrderableArticle(NamedTuple):
    """What decides whether a quantity of an article may be ordered; quantities in base units."""

    article_number: str
    id: int
    min_quantity: Decimal
    order_multiple: Decimal
    active: bool


class EarlierOrder(NamedTuple):
    """The order that the same idempotency key placed before."""

    order_number: str
    request_hash: bytes
    response_body: str | None


def find_orderable(principal: Principal, numbers: Iterable[str]) -> dict[str, OrderableArticle]:
    """Give the seller's articles by article number; unknown numbers are left out. The principal acts on a trading edge."""
    rows = db.session.execute(_ARTICLES, {"seller": principal.trading_seller(), "numbers": list(set(numbers))})
    return {row.article_number: OrderableArticle(*row) for row in rows}


def find_earlier_order(principal: Principal, scope: str, key: str) -> EarlierOrder | None:
    """Give what the buyer placed before with this idempotency key, or None."""
    seller_id, buyer_id = principal.buying()
    row = db.session.execute(
        _EARLIER, {"seller": seller_id, "buyer": buyer_id, "scope": scope, "key": key}
    ).one_or_none()
    return EarlierOrder(*row) if row else None
