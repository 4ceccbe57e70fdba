"""The buyer's acts on an own order, through the database's narrow functions: a buyer may write neither orders nor stock."""

from __future__ import annotations

from sqlalchemy import TextClause, text

from portal.ordering.errors import OrderNotReady
from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

_CANCEL = text("select cancel_own_order(:order_number, :actor, :actor_name)")
_CONFIRM_RECEIPT = text("select confirm_own_receipt(:order_number, :actor, :actor_name)")


def cancel_own_order(principal: Principal, order_number: str) -> None:
    """Cancel the whole of an own order that the seller has not confirmed. The principal buys and may place orders.

    Raises:
        NotFound: there is no such order.
        OrderNotReady: the seller confirmed it already; from then on only the seller cancels.
    """
    _act(principal, order_number, _CANCEL)
    record(principal, "order.cancelled", order_number)


def confirm_own_receipt(principal: Principal, order_number: str) -> None:
    """Note that a shipped order arrived. The principal buys and may place orders.

    Raises:
        NotFound: there is no such order.
        OrderNotReady: it was not shipped completely, or its receipt is noted already.
    """
    _act(principal, order_number, _CONFIRM_RECEIPT)
    record(principal, "order.delivered", order_number)


def _act(principal: Principal, order_number: str, statement: TextClause) -> None:
    principal.buying()
    principal.require(Permission.ORDERS_PLACE)
    who = {"order_number": order_number, "actor": principal.actor, "actor_name": principal.actor_name}
    done = db.session.execute(statement, who).scalar_one()
    if done is None:
        raise NotFound
    if not done:
        raise OrderNotReady("The order's state does not allow this.")
