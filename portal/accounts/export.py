"""Accounts as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from portal.accounts.queries.accounts import AccountRow

_RISKY = ("=", "+", "-", "@", "\t", "\r")
_HEAD = (
    *("code", "name", "kind", "branch_of", "street", "postal_code", "city", "country", "email", "vat_id", "gln"),
    *("customer_number", "price_group", "payment_terms_days", "credit_limit", "currency", "state"),
    *("people", "last_seen_at", "open_invitations", "presence", "invited_at", "aboard_since", "last_order_on"),
)


def accounts_csv(rows: Sequence[AccountRow], currency: str, last_orders: Mapping[int, date]) -> str:
    """Give the accounts as CSV with a byte order mark, so that spreadsheets read the umlauts; amounts in `currency`.

    `last_orders` gives the day of the newest order by the buyer's id.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEAD)
    for row in rows:
        limit = row.credit_limit
        writer.writerow(
            [
                *map(harmless, (row.code, row.name, row.kind, row.parent_code, row.street, row.postal_code, row.city)),
                *map(harmless, (row.country, row.email, row.vat_id, row.gln, row.customer_number, row.price_group)),
                "" if row.payment_terms_days is None else row.payment_terms_days,
                "" if limit is None else f"{limit:.2f}",
                currency,
                row.state.value,
                row.people,
                _moment(row.last_seen_at),
                row.invited,
                row.presence.value,
                _moment(row.invited_at),
                _moment(row.aboard_since),
                last_orders.get(row.buyer_id, ""),
            ]
        )
    return "\ufeff" + text.getvalue()


def _moment(value: datetime | None) -> str:
    return value.isoformat(timespec="minutes") if value else ""


def harmless(value: str | None) -> str:
    """Give a text that no spreadsheet takes for a formula."""
    text = value or ""
    return f"'{text}" if text.startswith(_RISKY) else text
