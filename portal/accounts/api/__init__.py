"""Accounts over HTTP: a seller's buyers and their people, the own organisation, its people and its log."""

from __future__ import annotations

from flask import Flask

from portal.accounts.api import (
    account_people,
    accounts,
    many_accounts,
    own_acting,
    own_audit,
    own_organisation,
    own_people,
    own_person_data,
    own_records,
    price_groups,
    records,
    roles,
)

__all__ = [
    "account_people",
    "accounts",
    "many_accounts",
    "own_acting",
    "own_audit",
    "own_organisation",
    "own_people",
    "own_person_data",
    "own_records",
    "price_groups",
    "records",
    "register",
    "roles",
]


def register(_app: Flask) -> None:
    """Nothing to bind: importing these modules has declared the operations."""
