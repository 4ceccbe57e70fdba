"""Mails that follow from what happens to an order, each to the other side of the trading edge."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import force_locale, gettext

from portal.core.mail import mail_brand, send_mail
from portal.core.outbox import Event, subscribe
from portal.ordering.queries.mails import find_order, list_responsible
from portal.web.headers import public_link
from tenants.principal import Principal

TO_SELLER, TO_BUYER = "seller", "buyer"


def register(_app: Flask) -> None:
    """Hear of what happens to orders."""
    for kind in ("OrderPlaced", "OrderConfirmed", "OrderShipped", "OrderCancelled"):
        subscribe(kind, "mail_order", mail_order)


def mail_order(principal: Principal, event: Event) -> None:
    """Tell the other side: a buyer's act goes to the seller, a seller's to the buyer."""
    order = find_order(principal, event.payload["order_id"])
    if order is None:
        return
    by_buyer = event.kind == "OrderPlaced" or event.payload.get("by") == "buyer"
    side = TO_SELLER if by_buyer else TO_BUYER
    to = {TO_SELLER: order.seller_email, TO_BUYER: order.buyer_email}[side]
    organisation_id = {TO_SELLER: order.seller_id, TO_BUYER: order.buyer_id}[side]
    locale = {TO_SELLER: order.seller_locale, TO_BUYER: order.buyer_locale}[side][:2]
    addresses = [to] if to else list_responsible(principal, organisation_id)
    context = _context(event, order, locale, side)
    for address in addresses:
        send_mail(address, "order", context, locale=locale, organisation=mail_brand(order.seller_id), event_id=event.id)


def _context(event: Event, order: Any, locale: str, side: str) -> dict[str, Any]:
    endpoint = "desk.show" if side == TO_SELLER else "own_orders.show"
    with force_locale(locale):
        label = str(gettext("Show the order"))
    return {
        "kind": event.kind,
        "order": order._asdict(),
        "shipment_number": event.payload.get("shipment_number", ""),
        "reason": event.payload.get("reason", ""),
        "is_partial": event.kind == "OrderCancelled" and event.payload.get("whole") is False,
        "act_url": public_link(endpoint, order_number=order.order_number),
        "act_label": label,
    }
