"""Reading promotions; what other features need stands here by its name."""

from __future__ import annotations

from portal.promotions.queries.promoted import Promoted, promote

__all__ = ["Promoted", "promote"]
