"""Accounts as CSV."""

from __future__ import annotations

from datetime import date, datetime

from portal.accounts.queries.accounts import AccountRow
from portal.web.csv_file import Cell

ACCOUNT_HEAD = (
    *("code", "name", "kind", "branch_of", "street", "postal_code", "city", "country", "email", "vat_id", "gln"),
    *("customer_number", "price_group", "payment_terms_days", "credit_limit", "currency", "state"),
    *("people", "last_seen_at", "open_invitations", "presence", "invited_at", "aboard_since", "last_order_on"),
)


def account_cells(row: AccountRow, currency: str, last_order_on: date | None) -> tuple[Cell, ...]:
    """Give an account as a row under `ACCOUNT_HEAD`; amounts in `currency`."""
    limit = row.credit_limit
    return (
        *(row.code, row.name, row.kind, row.parent_code, row.street, row.postal_code, row.city, row.country, row.email),
        *(row.vat_id, row.gln, row.customer_number, row.price_group, row.payment_terms_days),
        *(None if limit is None else f"{limit:.2f}", currency, row.state.value),
        *(row.people, _moment(row.last_seen_at), row.invited, row.presence.value),
        *(_moment(row.invited_at), _moment(row.aboard_since), last_order_on),
    )


def _moment(value: datetime | None) -> str:
    return value.isoformat(timespec="minutes") if value else ""
