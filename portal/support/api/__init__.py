"""The support desk over HTTP: the customer's, the seller's and the manufacturer's side."""

from __future__ import annotations

from flask import Flask

from portal.support.api import brand as brand
from portal.support.api import buying as buying
from portal.support.api import registrations as registrations
from portal.support.api import selling as selling


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing these modules has declared."""
