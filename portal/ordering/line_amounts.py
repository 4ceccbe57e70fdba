"""What is left of an order line after cancellation, as SQL over `order_line l`: in one place for roll-ups and for readers."""

from __future__ import annotations

from typing import Final

LEFT: Final = "l.ordered_quantity - l.cancelled_quantity"
"""Base units. Credits of loaded history are negative lines; they have nothing to cancel."""

LEFT_AMOUNT: Final = (
    "case when l.cancelled_quantity = 0 then l.net_amount"
    f" else round(l.net_amount * ({LEFT}) / nullif(l.ordered_quantity, 0), 4) end"
)
"""Net, in the seller's currency."""

IS_LEFT: Final = "l.ordered_quantity <> l.cancelled_quantity"
"""Whether anything is."""
