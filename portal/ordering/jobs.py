"""Mails that follow from what happens to an order, each to the other side of the trading edge."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import force_locale, gettext

from portal.core.i18n import offered_language
from portal.core.mail import mail_brand, send_mail
from portal.core.outbox import Event, subscribe
from portal.notices.service import order_notice
from portal.ordering.queries.mails import find_former_buyer, find_order, list_responsible
from portal.web.headers import public_link
from tenants.principal import Principal

TO_SELLER, TO_BUYER = "seller", "buyer"


def register(_app: Flask) -> None:
    """Hear of what happens to orders."""
    for kind in ("OrderPlaced", "OrderConfirmed", "OrderShipped", "OrderCancelled"):
        subscribe(kind, "mail_order", mail_order)


def mail_order(principal: Principal, event: Event) -> None:
    """Tell the other side: a buyer's act goes to the seller, a seller's to the buyer, wherever it buys by now."""
    order = find_order(principal, event.payload["order_id"])
    if order is None:
        return
    facts = order._asdict()
    if not order.is_customer:
        facts |= find_former_buyer(principal, event.payload["order_id"])._asdict()
    by_buyer = event.kind == "OrderPlaced" or event.payload.get("by") == "buyer"
    notice = order_notice(event)
    if by_buyer:
        side, organisation_id, email = TO_SELLER, order.seller_id, order.seller_email
        addresses = [email] if email else list_responsible(principal, organisation_id, notice)
    elif order.is_customer:
        side, email = TO_BUYER, order.buyer_email
        addresses = [email] if email else list_responsible(principal, order.buyer_id, notice)
    else:
        side, addresses = TO_BUYER, facts["buyer_addresses"]
    locale = offered_language(facts["seller_locale" if by_buyer else "buyer_locale"])
    context = _context(event, facts, locale, side)
    for address in addresses:
        send_mail(address, "order", context, locale=locale, organisation=mail_brand(order.seller_id), event_id=event.id)


def _context(event: Event, order: dict[str, Any], locale: str, side: str) -> dict[str, Any]:
    context: dict[str, Any] = {
        "kind": event.kind,
        "order": order,
        "shipment_number": event.payload.get("shipment_number", ""),
        "reason": event.payload.get("reason", ""),
        "is_partial": event.kind == "OrderCancelled" and event.payload.get("whole") is False,
    }
    if side == TO_BUYER and not order["is_customer"]:
        # Its screens are those of its new seller: a link would lead nowhere.
        return context
    endpoint = "desk.show" if side == TO_SELLER else "own_orders.show"
    with force_locale(locale):
        label = str(gettext("Show the order"))
    return {**context, "act_url": public_link(endpoint, order_number=order["order_number"]), "act_label": label}
