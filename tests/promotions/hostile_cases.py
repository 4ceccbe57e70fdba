"""The hand-made table of hostile cases: boundaries, ties, caps, rounding. Results are literal numbers with their reason."""

from __future__ import annotations

from tests.promotions.hostile_caps import HOSTILE_CAPS
from tests.promotions.hostile_competition import HOSTILE_COMPETITION
from tests.promotions.hostile_lines import HOSTILE_LINES
from tests.promotions.hostile_orders import HOSTILE_ORDERS

HOSTILE_CASES = HOSTILE_LINES + HOSTILE_COMPETITION + HOSTILE_ORDERS + HOSTILE_CAPS
