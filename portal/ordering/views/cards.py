"""Cards of the home pages, and what the bar tells of the basket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for

from portal.ordering.queries.basket import sum_basket
from portal.ordering.queries.cards import list_own_open, list_to_confirm, list_waiting
from portal.web.shell import Basket
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal


def load_to_confirm(principal: Principal) -> Mapping[str, Any] | None:
    """Give the orders that wait for a confirmation."""
    return {"rows": list_to_confirm(principal)}


def load_waiting(principal: Principal) -> Mapping[str, Any] | None:
    """Give the articles that orders wait for; nothing while none does."""
    rows = list_waiting(principal)
    return {"rows": rows} if rows else None


def load_own_orders(principal: Principal) -> Mapping[str, Any] | None:
    """Give the orders on their way; nothing while there are none."""
    rows = list_own_open(principal)
    return {"rows": rows} if rows else None


def shell_basket(principal: Principal) -> Basket | None:
    """Give what the bar tells of the basket; None for who may not order."""
    if principal.capacity is not Capacity.BUYER or not principal.may(Permission.ORDERS_PLACE):
        return None
    known = sum_basket(principal)
    return Basket(
        known.lines,
        known.total,
        principal.currency,
        url_for("basket.show"),
        before_promotions=known.promoted and known.lines > 0,
    )
