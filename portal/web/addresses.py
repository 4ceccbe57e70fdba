"""What a number in an address may be."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

_LARGEST = 2**63 - 1


class RowNumber(IntegerConverter):
    """`<int:number>`: a number that a row can have; a larger one names nothing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"max": _LARGEST, **options})


def register_addresses(app: Flask) -> None:
    """Let numbers in addresses be such numbers; before routes are bound."""
    app.url_map.converters["int"] = RowNumber
