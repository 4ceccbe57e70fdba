"""Addresses of the portal: what a number in one may be, and those that are the same for every request."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, url_for
from flask.globals import _cv_request
from werkzeug.routing import IntegerConverter

_LARGEST = 2**63 - 1


class RowNumber(IntegerConverter):
    """`<int:number>`: a number that a row can have; a larger one names nothing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"max": _LARGEST, **options})


def register_addresses(app: Flask) -> None:
    """Let numbers in addresses be such numbers; before routes are bound. Templates build addresses by `address_of`."""
    app.url_map.converters["int"] = RowNumber
    app.add_template_global(address_of, "url_for")


def address_of(endpoint: str, **values: Any) -> str:
    """Give what `url_for` gives; a page has twenty addresses without a value, which are built once a process."""
    context = _cv_request.get(None)
    if values or context is None or endpoint.startswith("."):
        return url_for(endpoint, **values)
    known: dict[tuple[str, str], str] = current_app.extensions.setdefault("addresses", {})
    key = (context.request.script_root, endpoint)
    address = known.get(key)
    if address is None:
        address = known[key] = url_for(endpoint)
    return address
