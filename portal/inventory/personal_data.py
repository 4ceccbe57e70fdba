"""What stock tells of people."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.core.personal_data import WITH_TRADE, PersonalTable, Purpose, Trace, declare, declare_impersonal


def register(_app: Flask) -> None:
    """Declare the tables."""
    declare(
        PersonalTable(
            "stock_movement",
            Purpose.TRADE,
            _l("Who booked a movement of stock, by number alone"),
            WITH_TRADE,
            (Trace("actor = :actor", ("seller_id", "kind", "at"), ("seller_id",)),),
        )
    )
    declare_impersonal("warehouse", "stock_level")
