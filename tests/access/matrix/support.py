"""Who gets what of the support desk."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import MANAGERS, NOT_WAREHOUSE, ORDERING, Row, api, branding, buying, selling

_KEY = {"Idempotency-Key": "key-of-the-matrix"}
_OLD_TOO = ("own", "transferred")
"""What a customer asked that moved to another seller stays the seller's own."""
_NEW = {"kind": "question", "subject": "New", "text": "New"}
_PASSED = {"text": "Please help", "article": "FUNDED-NORTH"}

ROWS: tuple[Row, ...] = (
    buying("own_support.show_all", "GET", NOT_WAREHOUSE),
    buying("own_support.open", "GET", ORDERING),
    buying(
        "own_support.open",
        "POST",
        ORDERING,
        303,
        order_number="bought",
        absent=422,
        form={**_NEW, "order_number": "{order_number}"},
    ),
    buying("own_support.show", "GET", NOT_WAREHOUSE, request_number="own_support"),
    buying("own_support.write", "POST", ORDERING, 303, request_number="own_support", form={"text": "More"}),
    buying(
        "own_support.read_attachment",
        "GET",
        NOT_WAREHOUSE,
        request_number="own_support_request",
        digest="own_support_request",
    ),
    selling("support.show_all", "GET", NOT_WAREHOUSE),
    selling("support.show", "GET", NOT_WAREHOUSE, request_number="support_request", finds=_OLD_TOO),
    selling(
        "support.write",
        "POST",
        MANAGERS,
        303,
        request_number="support_request",
        finds=_OLD_TOO,
        form={"state": "solved"},
    ),
    selling(
        "support.pass_up",
        "POST",
        MANAGERS,
        303,
        request_number="support_request",
        finds=_OLD_TOO,
        form={"up-text": "Please help", "up-article": "FUNDED-NORTH"},
    ),
    selling(
        "support.read_attachment",
        "GET",
        NOT_WAREHOUSE,
        request_number="support_request",
        digest="support_request",
        finds=_OLD_TOO,
    ),
    branding("brand_support.show_all", "GET", NOT_WAREHOUSE),
    branding("brand_support.show", "GET", NOT_WAREHOUSE, case_number="support_case"),
    branding("brand_support.write", "POST", MANAGERS, 303, case_number="support_case", form={"text": "Try this"}),
    branding("brand_support.read_attachment", "GET", NOT_WAREHOUSE, case_number="support_case", digest="support_case"),
    api("list_own_support_requests", "GET", Scope.BUYING_READ),
    api(
        "open_support_request",
        "POST",
        Scope.BUYING_WRITE,
        201,
        order_number="bought",
        absent=422,
        body={**_NEW, "order_number": "{order_number}"},
        headers=_KEY,
    ),
    api("read_own_support_request", "GET", Scope.BUYING_READ, request_number="own_support"),
    api(
        "write_own_support_message",
        "POST",
        Scope.BUYING_WRITE,
        201,
        request_number="own_support",
        body={"text": "More"},
        headers=_KEY,
    ),
    api(
        "read_own_support_attachment",
        "GET",
        Scope.BUYING_READ,
        request_number="own_support_request",
        digest="own_support_request",
    ),
    api("list_support_requests", "GET", Scope.SELLING_READ),
    api("read_support_request", "GET", Scope.SELLING_READ, request_number="support_request", finds=_OLD_TOO),
    api(
        "write_support_message",
        "POST",
        Scope.SELLING_WRITE,
        201,
        request_number="support_request",
        finds=_OLD_TOO,
        body={"state": "solved"},
        headers=_KEY,
    ),
    api(
        "pass_support_request_up",
        "POST",
        Scope.SELLING_WRITE,
        201,
        request_number="support_request",
        finds=_OLD_TOO,
        body=_PASSED,
        headers=_KEY,
    ),
    api(
        "read_support_attachment",
        "GET",
        Scope.SELLING_READ,
        request_number="support_request",
        digest="support_request",
        finds=_OLD_TOO,
    ),
    api("list_support_cases", "GET", Scope.BRAND_READ),
    api("read_support_case", "GET", Scope.BRAND_READ, case_number="support_case"),
    api(
        "answer_support_case",
        "POST",
        Scope.BRAND_WRITE,
        201,
        case_number="support_case",
        body={"text": "Try this"},
        headers=_KEY,
    ),
    api("read_support_case_attachment", "GET", Scope.BRAND_READ, case_number="support_case", digest="support_case"),
)
