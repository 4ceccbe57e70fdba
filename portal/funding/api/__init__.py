"""Co-funding over HTTP, from either side."""

from __future__ import annotations

from flask import Flask

from portal.funding.api import brand, selling

__all__ = ["brand", "register", "selling"]


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing these modules has declared."""
