"""The catalogue over HTTP: a seller's products and articles, as its screens change them, and everybody's pictures."""

from __future__ import annotations

from flask import Flask

from portal.catalogue.api import articles, pictures, products

__all__ = ["articles", "pictures", "products", "register"]


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing these modules has declared."""
