"""Orders placed as buyers place them, acts by a principal, and what stock and order lines say afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row, text

from tenants.authentication import build_principal
from tenants.database import act_as, db
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal
from tests.factories.catalogue import make_article, make_entry, make_price_list, make_stock
from tests.factories.seed import Seed


def send_order(client: FlaskClient, token: str, lines: list[tuple[str, Any]], key: str = "key-1", **more: Any) -> Any:
    """Send an order by API and give the answer."""
    body = {"lines": [{"article": article, "quantity": quantity} for article, quantity in lines], **more}
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    return client.post("/api/v1/buying/orders", json=body, headers=headers)


def place(client: FlaskClient, token: str, lines: list[tuple[str, Any]], key: str = "key-1", **more: Any) -> str:
    """Place an order by API and give its number."""
    answer = send_order(client, token, lines, key, **more)
    assert answer.status_code == 201, answer.data
    number: str = answer.get_json()["order_number"]
    return number


@contextmanager
def acting(app: Flask, organisation: Row[Any], capacity: Capacity) -> Iterator[Principal]:
    """Act for the organisation with every permission; what is done inside is committed, or undone by an exception."""
    with app.app_context():
        principal = build_principal(
            organisation.id,
            capacity,
            permissions=frozenset(Permission),
            actor="user:1",
            actor_name="Tester",
        )
        assert principal is not None
        db.session.rollback()
        act_as(principal)
        try:
            yield principal
            db.session.commit()
        finally:
            db.session.rollback()


def sell(
    seed: Seed, seller: Row[Any], number: str, price: str = "1.00", on_hand: Decimal | int | None = None, **values: Any
) -> Row[Any]:
    """Offer an article (of `owner_product`, or of a new one) to everyone at a price, with stock in MAIN where given."""
    lists = seed.run(text("select * from price_list where seller_id = :seller and code = 'ALL'"), {"seller": seller.id})
    price_list = lists[0] if lists else make_price_list(seed, seller, "ALL")
    product = values.pop("owner_product", None)
    article = make_article(seed, seller, product, article_number=number, **values)
    make_entry(seed, price_list, article, price)
    if on_hand is not None:
        make_stock(seed, article, on_hand)
    return article


def stock(seed: Seed, article: Row[Any]) -> list[tuple[Any, ...]]:
    """Give (warehouse, on hand, reserved) of an article."""
    rows = seed.run(
        text(
            "select w.code, s.on_hand, s.reserved_quantity from stock_level s"
            " join warehouse w on w.seller_id = s.seller_id and w.id = s.warehouse_id"
            " where s.seller_id = :seller and s.article_id = :article order by w.code"
        ),
        {"seller": article.seller_id, "article": article.id},
    )
    return [tuple(row) for row in rows]


def lines(seed: Seed, order_number: str) -> list[tuple[Any, ...]]:
    """Give (ordered, cancelled, shipped, allocated) of each line of an order."""
    rows = seed.run(
        text(
            "select l.ordered_quantity, l.cancelled_quantity, l.shipped_quantity,"
            " coalesce((select sum(a.quantity) from allocation a where a.order_id = l.order_id and a.line = l.line), 0)"
            " from order_line l join sales_order o on o.id = l.order_id where o.order_number = :number order by l.line"
        ),
        {"number": order_number},
    )
    return [tuple(row) for row in rows]


def status(seed: Seed, order_number: str) -> str:
    """Give where an order stands."""
    [row] = seed.run(text("select status from sales_order where order_number = :number"), {"number": order_number})
    return str(row.status)


def check_ledgers(seed: Seed) -> None:
    """Assert what must hold at any time: levels are the sums of their ledgers, promises are kept apart and never negative."""
    wrong = seed.run(
        text(
            "select s.* from stock_level s where s.on_hand <> coalesce((select sum(m.quantity) from stock_movement m"
            " where m.seller_id = s.seller_id and m.article_id = s.article_id and m.warehouse_id = s.warehouse_id), 0)"
            " or s.reserved_quantity <> coalesce((select sum(a.quantity) from allocation a where a.seller_id = s.seller_id"
            " and a.article_id = s.article_id and a.warehouse_id = s.warehouse_id), 0)"
            " or s.on_hand < 0"
        )
    )
    assert wrong == []
    over = seed.run(
        text(
            "select l.order_id, l.line from order_line l left join allocation a on a.seller_id = l.seller_id"
            " and a.order_id = l.order_id and a.line = l.line group by l.seller_id, l.order_id, l.line"
            " having coalesce(sum(a.quantity), 0) > min(l.ordered_quantity - l.cancelled_quantity - l.shipped_quantity)"
        )
    )
    assert over == []
    unshipped = seed.run(
        text(
            "select l.order_id, l.line from order_line l where l.shipped_quantity <> coalesce((select sum(s.quantity)"
            " from shipment_line s where s.seller_id = l.seller_id and s.order_id = l.order_id and s.line = l.line), 0)"
        )
    )
    assert unshipped == []
