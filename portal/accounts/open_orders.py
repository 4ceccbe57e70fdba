"""What stopping or suspending an account leaves behind: its open orders, which only ordering knows how to count."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import Flask, current_app

from tenants.principal import Principal

_NAME = "count_open_orders"


class OpenOrders(NamedTuple):
    """Orders of which something can still be shipped: of the buyer itself, and of it and its branches."""

    own: int = 0
    with_branches: int = 0


Count = Callable[[Principal, int], OpenOrders]


def count_by(app: Flask, count: Count) -> None:
    """Let ordering count them: given the seller's principal and the buyer's id."""
    app.extensions[_NAME] = count


def count_open_orders(principal: Principal, buyer_id: int) -> OpenOrders:
    """Give how many orders the seller still has open with the buyer. The principal is the seller."""
    count: Count = current_app.extensions[_NAME]
    return count(principal, buyer_id)
