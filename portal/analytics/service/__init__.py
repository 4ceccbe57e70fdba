"""Writing the roll-ups, agreements and the log of who looked at shared data."""

from __future__ import annotations

from portal.analytics.service.channel import move_products, recompute
from portal.analytics.service.spans import Touched

__all__ = ["Touched", "move_products", "recompute"]
