"""Who gets what of reports."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import MANAGERS, NOT_WAREHOUSE, ORDERING, Row, api, buying, selling

_ASKED = {"rows": "category", "measures": "units", "period": "12-months"}
_NAMED = {**_ASKED, "name": "Changed", "is_shared": "yes"}
_BODY = {"name": "Changed", "is_shared": True, "rows": "category", "measures": ["units"]}
_CSV = {"kind": "csv"}

ROWS: tuple[Row, ...] = (
    selling("reports.show", "GET", NOT_WAREHOUSE),
    selling("reports.build", "GET", NOT_WAREHOUSE, query=_ASKED),
    selling("reports.save", "POST", NOT_WAREHOUSE, 302, form={**_NAMED, "code": "NEW"}),
    selling("reports.export", "GET", NOT_WAREHOUSE, path=_CSV, query=_ASKED),
    selling("reports.show_one", "GET", NOT_WAREHOUSE, code="report"),
    selling("reports.change", "POST", MANAGERS, 302, code="report", form=_NAMED),
    selling("reports.remove", "POST", MANAGERS, 302, code="report"),
    buying("own_reports.show", "GET", NOT_WAREHOUSE),
    buying("own_reports.build", "GET", NOT_WAREHOUSE, query=_ASKED),
    buying("own_reports.save", "POST", NOT_WAREHOUSE, 302, form={**_NAMED, "code": "NEW"}),
    buying("own_reports.export", "GET", NOT_WAREHOUSE, path=_CSV, query=_ASKED),
    buying("own_reports.show_one", "GET", NOT_WAREHOUSE, code="own_report"),
    buying("own_reports.change", "POST", ORDERING, 302, code="own_report", form=_NAMED),
    buying("own_reports.remove", "POST", ORDERING, 302, code="own_report"),
    api("list_sales_reports", "GET", Scope.SELLING_READ),
    api("create_sales_report", "POST", Scope.SELLING_WRITE, 201, body={**_BODY, "code": "NEW"}),
    api("run_sales_report", "GET", Scope.SELLING_READ, query=_ASKED),
    api("read_sales_report", "GET", Scope.SELLING_READ, code="report"),
    api("change_sales_report", "PUT", Scope.SELLING_WRITE, code="report", body=_BODY),
    api("remove_sales_report", "DELETE", Scope.SELLING_WRITE, 204, code="report"),
    api("list_purchase_reports", "GET", Scope.BUYING_READ),
    api("create_purchase_report", "POST", Scope.BUYING_WRITE, 201, body={**_BODY, "code": "NEW"}),
    api("run_purchase_report", "GET", Scope.BUYING_READ, query=_ASKED),
    api("read_purchase_report", "GET", Scope.BUYING_READ, code="own_report"),
    api("change_purchase_report", "PUT", Scope.BUYING_WRITE, code="own_report", body=_BODY),
    api("remove_purchase_report", "DELETE", Scope.BUYING_WRITE, 204, code="own_report"),
)
