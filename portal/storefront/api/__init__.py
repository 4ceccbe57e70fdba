"""What a buyer is offered, over HTTP."""

from __future__ import annotations

from flask import Flask

from portal.storefront.api import articles, prices

__all__ = ["articles", "prices", "register"]


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing these modules has declared."""
