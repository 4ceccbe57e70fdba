"""Who gets what of the work behind the screens."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import MANAGERS, Row, api, branding

_KIND = {"handler": "mail_invitation"}

ROWS: tuple[Row, ...] = (
    api("operations_overview", "GET", Scope.BRAND_ADMIN),
    api("troubled_jobs", "GET", Scope.BRAND_ADMIN),
    api("retry_job", "POST", Scope.BRAND_ADMIN, 204, code="job"),
    api("discard_job", "POST", Scope.BRAND_ADMIN, 204, code="job"),
    api("retry_failed_jobs", "POST", Scope.BRAND_ADMIN, body=_KIND),
    branding("operations.show", "GET", MANAGERS),
    branding("operations.retry", "POST", MANAGERS, 303, code="job"),
    branding("operations.retry_kind", "POST", MANAGERS, 303, path=_KIND),
    branding("operations.discard", "POST", MANAGERS, 303, code="job"),
)
