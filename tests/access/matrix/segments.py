"""Who gets what of segments."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import MANAGERS, NOT_WAREHOUSE, Row, api, selling

_FORM = {"name": "Changed", "accounts": "ANNA", "rhythms": "slowing"}
_BODY = {"name": "Changed", "rhythms": ["slowing"]}

ROWS: tuple[Row, ...] = (
    selling("segments.show", "GET", NOT_WAREHOUSE),
    selling("segments.create", "GET", MANAGERS),
    selling("segments.create", "POST", MANAGERS, 302, form={**_FORM, "code": "NEW"}),
    selling("segments.show_one", "GET", NOT_WAREHOUSE, code="segment"),
    selling("segments.edit", "GET", MANAGERS, code="segment"),
    selling("segments.edit", "POST", MANAGERS, 302, code="segment", form=_FORM),
    selling("segments.remove", "POST", MANAGERS, 302, code="spare_segment"),
    api("list_segments", "GET", Scope.SELLING_READ),
    api(
        "create_segment",
        "POST",
        Scope.SELLING_WRITE,
        201,
        code="account",
        finds=("own", "deactivated"),
        absent=422,
        body={**_BODY, "code": "NEW", "accounts": ["{code}"]},
    ),
    api("read_segment", "GET", Scope.SELLING_READ, code="segment"),
    api("change_segment", "PUT", Scope.SELLING_WRITE, code="segment", body=_BODY),
    api("remove_segment", "DELETE", Scope.SELLING_WRITE, 204, code="spare_segment"),
    api("list_segment_accounts", "GET", Scope.SELLING_READ, code="segment"),
)
