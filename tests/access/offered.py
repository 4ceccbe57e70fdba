"""What the portal answers: every method of every route, with the feature it belongs to."""

from __future__ import annotations

from flask import Flask

from portal.web.api import OPERATIONS

NOT_OFFERED = {"HEAD", "OPTIONS"}
"""Flask answers these itself, with the headers of GET."""


def offered(app: Flask) -> dict[tuple[str, str], str]:
    """Give the feature of each (endpoint, method) that the portal answers."""
    found = {}
    for rule in app.url_map.iter_rules():
        operation = OPERATIONS.by_name.get(rule.endpoint.removeprefix("api."))
        view = operation.view if operation and rule.endpoint.startswith("api.") else app.view_functions[rule.endpoint]
        parts = view.__module__.split(".")
        feature = parts[1] if parts[0] == "portal" and len(parts) > 1 else "core"
        for method in (rule.methods or set()) - NOT_OFFERED:
            found[rule.endpoint, method] = feature
    return found
