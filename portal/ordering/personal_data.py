"""What orders and baskets tell of people."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.core.personal_data import (
    WITH_ACCOUNT,
    WITH_TRADE,
    Erasure,
    Keeping,
    PersonalTable,
    Purpose,
    Trace,
    declare,
    declare_impersonal,
)


def register(_app: Flask) -> None:
    """Declare the tables."""
    declare(*_TABLES)
    declare_impersonal(
        "approval_rule", "order_line", "order_line_explanation", "allocation", "shipment", "shipment_line"
    )


_ORDER_NUMBER = """(select o.order_number from sales_order o
    where o.seller_id = order_event.seller_id and o.id = order_event.order_id) as order_number"""
_TABLES = (
    PersonalTable(
        "sales_order",
        Purpose.TRADE,
        _l("Who placed an order, and where it went"),
        WITH_TRADE,
        (
            Trace(
                "placed_by = :actor",
                ("seller_id", "buyer_id", "order_number", "placed_at", "placed_by_name"),
                ("seller_id", "buyer_id"),
                blanked="placed_by_name = :pseudonym",
            ),
        ),
    ),
    PersonalTable(
        "order_event",
        Purpose.TRADE,
        _l("Who confirmed, shipped, cancelled or received an order"),
        WITH_TRADE,
        (
            Trace(
                "actor = :actor",
                ("seller_id", "buyer_id", _ORDER_NUMBER, "kind", "at", "actor_name"),
                ("seller_id", "buyer_id"),
                blanked="actor_name = :pseudonym",
            ),
        ),
    ),
    PersonalTable(
        "order_request",
        Purpose.TRADE,
        _l("Who asked for an order to be approved, and who decided"),
        WITH_TRADE,
        (
            Trace(
                "requested_by = :actor",
                ("seller_id", "buyer_id", "request_number", "requested_at", "requested_by_name"),
                ("seller_id", "buyer_id"),
                blanked="requested_by_name = :pseudonym",
            ),
            Trace(
                "decided_by = :actor",
                ("seller_id", "buyer_id", "request_number", "decided_at", "decided_by_name", "reason"),
                ("seller_id", "buyer_id"),
                blanked="decided_by_name = :pseudonym",
            ),
        ),
    ),
    PersonalTable(
        "approval_limit",
        Purpose.WORK,
        _l("What a person orders alone and approves"),
        WITH_ACCOUNT,
        (
            Trace(
                "user_id = :person",
                ("organisation_id", "places_up_to", "approves_up_to"),
                ("organisation_id",),
                removed=True,
            ),
        ),
    ),
    PersonalTable(
        "basket",
        Purpose.TRADE,
        _l("What a person is about to order"),
        Keeping(_l("until it is ordered or emptied; a year untouched"), 365, "changed_at"),
        (
            Trace(
                "holder = :actor",
                ("seller_id", "buyer_id", "purchase_order_number", "requested_on", "changed_at"),
                ("seller_id", "buyer_id"),
                removed=True,
            ),
        ),
    ),
    PersonalTable(
        "basket_line",
        Purpose.TRADE,
        _l("What a person is about to order; removed with the basket"),
        Keeping(_l("until it is ordered or emptied; a year untouched")),
        untraced=Erasure.REMOVED,
    ),
)
