"""Orders under way in the demo: shops' usual orders of today, placed and partly fulfilled through the same services as real ones."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from portal.core.idempotency import IdempotencyKey, request_hash
from portal.integration.demo.people import DEMO_SHOP
from portal.ordering.service.order_checks import WantedLine
from portal.ordering.service.order_life import ShipOrder, confirm_order, ship_order
from portal.ordering.service.place_order import PlaceOrder, place_order
from portal.replenishment.queries import get_restock
from tenants.authentication import build_principal
from tenants.database import AUTHENTICATION, act_as, commit_at_edge, db
from tenants.errors import Refusal
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

PLACED = ("R-BRANDT", "R-KLINKE", "R-TRAVE", "R-DONAU", "DOORNVELD", "KELMBACH")
"""Buyers whose order waits to be confirmed."""
CONFIRMED = ("R-BARMBEK", "R-ELBTOR", "OSTERMOOR")
SHIPPED = ("R-HARMSEN", "R-HEIDETECH", "R-WISMAR")
ROOT = "TANNHART"
MOST_LINES = 12
FEW_LINES = 2
"""So much only for the shop that people sign in to: it finds the rest of its usual on its restock list."""


def place_open_orders(app: Flask) -> int:
    """Place the orders that are not there yet; give how many were placed now."""
    placed = 0
    with app.app_context():
        for code in (*PLACED, *CONFIRMED, *SHIPPED):
            buyer = _principal(code, Capacity.BUYER)
            number = _place(buyer, code) if buyer else None
            if buyer is None or number is None:
                continue
            placed += 1
            seller = _principal_of(buyer.trading_seller())
            if seller is not None and code not in PLACED:
                _fulfil(seller, number, ships=code in SHIPPED)
    return placed


def _place(buyer: Principal, code: str) -> str | None:
    """Order what the buyer usually needs; None where nothing is due or the demo's order stands already."""
    act_as(buyer)
    usual = get_restock(buyer).lines
    usual = usual[-FEW_LINES:] if code == DEMO_SHOP else usual[:MOST_LINES]
    lines = tuple(WantedLine(line.article, line.quantity) for line in usual)
    key = IdempotencyKey("demo", f"open-order-{code}", request_hash("demo order", code))
    try:
        placed = place_order(buyer, PlaceOrder(lines, key)) if lines else None
        commit_at_edge()
    except Refusal:
        placed = None
    finally:
        db.session.remove()
    return None if placed is None or placed.replayed else placed.order_number


def _fulfil(seller: Principal, number: str, *, ships: bool) -> None:
    act_as(seller)
    confirm_order(seller, number)
    if ships:
        ship_order(seller, ShipOrder(number))
    commit_at_edge()
    db.session.remove()


def _principal(code: str, capacity: Capacity) -> Principal | None:
    act_as(AUTHENTICATION)
    found = db.session.execute(
        text(
            "select o.id, coalesce((select min(u.name) from membership m join user_account u on u.id = m.user_id"
            "   where m.organisation_id = o.id), o.name) as name, (select min(m.user_id) from membership m"
            "   where m.organisation_id = o.id) as user_id"
            " from organisation o join organisation r on r.id = o.root_id where r.code = :root and o.code = :code"
        ),
        {"root": ROOT, "code": code},
    ).one_or_none()
    db.session.remove()
    return None if found is None else _build(found.id, capacity, f"user:{found.user_id or 0}", found.name)


def _principal_of(seller_id: int) -> Principal | None:
    return _build(seller_id, Capacity.SELLER, "job", "Kontor")


def _build(organisation_id: int, capacity: Capacity, actor: str, name: str) -> Principal | None:
    permissions = frozenset(Permission)
    principal = build_principal(organisation_id, capacity, permissions=permissions, actor=actor, actor_name=name)
    db.session.remove()
    return principal
