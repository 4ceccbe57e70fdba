"""What the support desk tells of people."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.core.personal_data import WITH_TRADE, PersonalTable, Purpose, Trace, declare, declare_impersonal

_NUMBER = """(select r.request_number from support_request r
    where r.seller_id = support_message.seller_id and r.id = support_message.request_id) as request_number"""


def register(_app: Flask) -> None:
    """Declare the tables."""
    declare(
        PersonalTable(
            "support_request",
            Purpose.TRADE,
            _l("Who asked the supplier's support"),
            WITH_TRADE,
            (
                Trace(
                    "opened_by = :actor",
                    ("seller_id", "buyer_id", "request_number", "opened_at", "opened_by_name"),
                    ("seller_id", "buyer_id"),
                    blanked="opened_by_name = :pseudonym",
                ),
            ),
        ),
        PersonalTable(
            "product_registration",
            Purpose.TRADE,
            _l("Who registered a unit that was sold"),
            WITH_TRADE,
            (
                Trace(
                    "registered_by = :actor",
                    ("seller_id", "buyer_id", "serial_number", "registered_at", "registered_by_name"),
                    ("seller_id", "buyer_id"),
                    blanked="registered_by_name = :pseudonym",
                ),
            ),
        ),
        PersonalTable(
            "support_message",
            Purpose.TRADE,
            _l("Who wrote what about a support request"),
            WITH_TRADE,
            (
                Trace(
                    "actor = :actor",
                    ("seller_id", "buyer_id", _NUMBER, "at", "actor_name"),
                    ("seller_id", "buyer_id"),
                    blanked="actor_name = :pseudonym",
                ),
            ),
        ),
        PersonalTable(
            "support_case_message",
            Purpose.TRADE,
            _l("Who wrote what about a case that was passed up to the manufacturer"),
            WITH_TRADE,
            (
                Trace(
                    "actor = :actor",
                    ("seller_id", "owner_id", "at", "actor_name"),
                    ("seller_id", "owner_id"),
                    blanked="actor_name = :pseudonym",
                ),
            ),
        ),
    )
    declare_impersonal("support_case")
