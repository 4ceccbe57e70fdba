"""The screens of reports and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import Table, by

SCREENS: Table = {
    f"{method} {screens}.{endpoint}": by(*(name.format(area) for name in names))
    for screens, area in (("reports", "sales"), ("own_reports", "purchase"))
    for method, endpoint, *names in (
        ("GET", "show", "list_{}_reports"),
        ("GET", "build", "run_{}_report"),
        ("POST", "save", "create_{}_report"),
        ("GET", "export", "run_{}_report"),
        ("GET", "show_one", "read_{}_report", "run_{}_report"),
        ("POST", "change", "change_{}_report"),
        ("POST", "remove", "remove_{}_report"),
    )
}
