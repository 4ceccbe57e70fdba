"""The screens of the work behind the screens and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import Table, by

SCREENS: Table = {
    "GET operations.show": by("operations_overview", "troubled_jobs"),
    "POST operations.retry": by("retry_job"),
    "POST operations.retry_kind": by("retry_failed_jobs"),
    "POST operations.discard": by("discard_job"),
}
