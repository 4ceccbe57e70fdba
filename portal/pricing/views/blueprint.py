"""Where the screens of prices live."""

from __future__ import annotations

from portal.web.screens import Screens
from tenants.permissions import Capacity

prices = Screens("prices", __name__, capacity=Capacity.SELLER, url_prefix="/selling/prices")
