"""What accounts show of orders, which only ordering knows: how many are open, and when the last one was placed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from flask import Flask, current_app

from tenants.principal import Principal

_NAME = "orders_of_accounts"


class OpenOrders(NamedTuple):
    """Orders of which something can still be shipped: of the buyer itself, and of it and its branches."""

    own: int = 0
    with_branches: int = 0


Count = Callable[[Principal, int], OpenOrders]
Find = Callable[[Principal, Sequence[int]], Mapping[int, date]]


def orders_by(app: Flask, count: Count, find: Find) -> None:
    """Let ordering answer: both are given the seller's principal, and the id of the buyer or the buyers."""
    app.extensions[_NAME] = (count, find)


def count_open_orders(principal: Principal, buyer_id: int) -> OpenOrders:
    """Give how many orders the seller still has open with the buyer. The principal is the seller."""
    count: Count = current_app.extensions[_NAME][0]
    return count(principal, buyer_id)


def find_last_orders(principal: Principal, buyer_ids: Sequence[int]) -> Mapping[int, date]:
    """Give the day of the newest order of each of the buyers that ever ordered. The principal is the seller."""
    find: Find = current_app.extensions[_NAME][1]
    return find(principal, buyer_ids)
