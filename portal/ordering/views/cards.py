"""Cards of the home pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.ordering.queries.cards import list_own_open, list_to_confirm, list_waiting
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
