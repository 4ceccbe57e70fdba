"""Who gets what of framework agreements."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import MANAGERS, NOT_WAREHOUSE, Row, api, buying, selling

_FORM = {"name": "Changed", "valid_from": "2998-01-01", "valid_to": "2999-01-01", "agreed_quantity": "7"}
_NEW = {**_FORM, "code": "NEW", "account": "ANNA"}
_BODY = {"name": "Changed", "valid_from": "2998-01-01", "valid_to": "2999-01-01", "agreed_amount": "7.00"}
_PDF = "JVBERi1jb250cmFjdA=="

ROWS: tuple[Row, ...] = (
    selling("framework_agreements.show", "GET", NOT_WAREHOUSE),
    selling("framework_agreements.create", "GET", MANAGERS),
    selling("framework_agreements.create", "POST", MANAGERS, 302, form=_NEW),
    selling("framework_agreements.show_one", "GET", NOT_WAREHOUSE, code="agreement"),
    selling("framework_agreements.edit", "GET", MANAGERS, code="agreement_ahead"),
    selling("framework_agreements.edit", "POST", MANAGERS, 302, code="agreement_ahead", form=_FORM),
    selling("framework_agreements.end", "POST", MANAGERS, 302, code="agreement"),
    selling("framework_agreements.attach_document", "POST", MANAGERS, 422, code="agreement"),
    buying("own_agreements.show", "GET", NOT_WAREHOUSE),
    buying("own_agreements.show_one", "GET", NOT_WAREHOUSE, code="own_agreement"),
    api("list_agreements", "GET", Scope.SELLING_READ),
    api(
        "create_agreement",
        "POST",
        Scope.SELLING_WRITE,
        201,
        code="account",
        finds=("own", "deactivated"),
        absent=422,
        body={**_BODY, "code": "NEW", "account": "{code}"},
    ),
    api("read_agreement", "GET", Scope.SELLING_READ, code="agreement"),
    api("change_agreement", "PUT", Scope.SELLING_WRITE, code="agreement_ahead", body=_BODY),
    api("end_agreement", "POST", Scope.SELLING_WRITE, 201, code="agreement", body={}),
    api("attach_agreement_document", "PUT", Scope.SELLING_WRITE, code="agreement", body={"content": _PDF}),
    api("list_call_offs", "GET", Scope.SELLING_READ, code="agreement"),
    api("list_own_agreements", "GET", Scope.BUYING_READ),
    api("read_own_agreement", "GET", Scope.BUYING_READ, code="own_agreement"),
    api("list_own_call_offs", "GET", Scope.BUYING_READ, code="own_agreement"),
)
