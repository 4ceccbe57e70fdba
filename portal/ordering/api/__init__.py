"""Orders over HTTP: placing and reading them, what a seller does with them, the basket."""

from __future__ import annotations

from flask import Flask

from portal.ordering.api import approvals, basket, branches, own_orders, received_orders

__all__ = ["approvals", "basket", "branches", "own_orders", "received_orders", "register"]


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing these modules has declared."""
