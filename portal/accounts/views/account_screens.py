"""The blueprints about a seller's accounts: importing this declares their screens, and the home card of what is due."""

from __future__ import annotations

from portal.accounts.queries.accounts import count_by_presence
from portal.accounts.views import account_import, branches, bulk_invitations, records
from portal.accounts.views.accounts import accounts
from portal.accounts.views.notes import load_today, tasks
from portal.accounts.views.own_addresses import own_addresses
from portal.accounts.views.price_groups import price_groups
from portal.web.navigation import home_cards
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

__all__ = [
    "account_import",
    "accounts",
    "branches",
    "bulk_invitations",
    "own_addresses",
    "price_groups",
    "records",
    "tasks",
]


def _load_due(principal: Principal) -> dict[str, object] | None:
    today = load_today(principal)
    return today if today["every"] else None


def _load_counts(principal: Principal) -> dict[str, object]:
    return {"counts": count_by_presence(principal)}


home_cards.add(Capacity.SELLER, "accounts", 60, Permission.ACCOUNTS_VIEW, _load_counts, "accounts/_card_accounts.html")
home_cards.add(Capacity.SELLER, "customers-today", 25, Permission.ACCOUNTS_VIEW, _load_due, "accounts/_card_today.html")
