"""What ordering refuses, each by its name."""

from __future__ import annotations

from typing import Any, ClassVar

from tenants.errors import Conflict, InvalidInput


class LinesRefused(InvalidInput):
    """Lines cannot be ordered as they are; `errors` names each with its reason and, where there is one, the nearest quantity."""

    code: ClassVar[str] = "lines-refused"


class CouponsRefused(InvalidInput):
    """A coupon of the order is not valid, and nothing was ordered; `errors` points at each.

    `tried` are those of them that were not kept with the basket, so that nobody counted them as tries before.
    """

    code: ClassVar[str] = "coupons-refused"

    def __init__(self, message: str = "", *, tried: tuple[str, ...] = (), **details: Any) -> None:
        super().__init__(message, **details)
        self.tried = tried


class OutOfStock(Conflict):
    """Too little stock for some lines, and their articles are not delivered later; `lines` names them."""

    code: ClassVar[str] = "out-of-stock"


class PricesChanged(Conflict):
    """Prices differ from those that were shown; `lines` names them with the old and the new price."""

    code: ClassVar[str] = "prices-changed"


class AccountClosed(Conflict):
    """The account with the seller is not active, so nothing can be ordered."""

    code: ClassVar[str] = "account-closed"


class OrderNotReady(Conflict):
    """The order is in a state that does not allow this; `order_status` says which."""

    code: ClassVar[str] = "order-not-ready"


class ApprovalNeeded(Conflict):
    """The order is larger than what who places it may order alone; `limit` and `total` say by how much. Nothing was ordered."""

    code: ClassVar[str] = "approval-needed"


class ApprovalRefused(Conflict):
    """Who approves orders may not approve this one: `reason` is `own`, `program` or `limit`."""

    code: ClassVar[str] = "approval-refused"


class RequestDecided(Conflict):
    """The order waits no more; `state` says what became of it."""

    code: ClassVar[str] = "request-decided"
