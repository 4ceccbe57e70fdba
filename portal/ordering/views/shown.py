"""Orders in the reader's words: statuses, steps, changes."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from flask import Flask
from flask_babel import get_locale, gettext, lazy_gettext

from portal.catalogue.units import product_name, reads_german, unit_word
from portal.ordering.models import EventKind, OrderStatus
from portal.ordering.queries.orders import LineRow, ShownLineRow
from portal.ordering.service.reorder import Change, Changed
from portal.pricing.rules.explanation import Lost
from portal.pricing.words import day_of, decimal_of, window_text
from portal.promotions.rules.line_promotions import Lost as LostPromotion
from portal.promotions.words import LOST_PROMOTIONS
from portal.web.formatting import absent, money_for_reader, money_text, quantity_for_reader, quantity_text

STATUS_TEXTS: Mapping[OrderStatus, Any] = {
    OrderStatus.PLACED: lazy_gettext("Placed"),
    OrderStatus.CONFIRMED: lazy_gettext("Confirmed"),
    OrderStatus.PARTLY_SHIPPED: lazy_gettext("Partly shipped"),
    OrderStatus.SHIPPED: lazy_gettext("Shipped"),
    OrderStatus.DELIVERED: lazy_gettext("Delivered"),
    OrderStatus.CANCELLED: lazy_gettext("Cancelled"),
}
STATUS_TONES: Mapping[OrderStatus, str] = {
    OrderStatus.PLACED: "attention",
    OrderStatus.CONFIRMED: "active",
    OrderStatus.PARTLY_SHIPPED: "active",
    OrderStatus.SHIPPED: "good",
    OrderStatus.DELIVERED: "good",
    OrderStatus.CANCELLED: "neutral",
}
EVENT_TEXTS: Mapping[EventKind, Any] = {
    EventKind.PLACED: lazy_gettext("Placed"),
    EventKind.CONFIRMED: lazy_gettext("Confirmed"),
    EventKind.SHIPPED: lazy_gettext("Shipped"),
    EventKind.DELIVERED: lazy_gettext("Delivered"),
    EventKind.CANCELLED: lazy_gettext("Cancelled"),
}
_AHEAD = {
    OrderStatus.PLACED: (EventKind.CONFIRMED, EventKind.SHIPPED, EventKind.DELIVERED),
    OrderStatus.CONFIRMED: (EventKind.SHIPPED, EventKind.DELIVERED),
    OrderStatus.PARTLY_SHIPPED: (EventKind.DELIVERED,),
    OrderStatus.SHIPPED: (EventKind.DELIVERED,),
}


_ZERO = Decimal(0)


class ShownLine(NamedTuple):
    """A line of an order in the reader's words: what the template puts out as it is."""

    number: str
    name: str
    article: str
    unit: str
    ordered: str
    shipped: str
    open: str
    waiting: str
    """What waits for stock; empty where nothing does."""
    cancelled: str
    """What was cancelled; empty where nothing was."""
    price: str
    price_list: str
    amount: str


def shown_lines(lines: Iterable[LineRow | ShownLineRow], currency: str) -> dict[int, ShownLine]:
    """Give an order's lines as its page shows them, by line. What is the same for all of them is asked for once."""
    money, quantity, nothing = money_for_reader(currency), quantity_for_reader(), absent()
    german = reads_german()
    units: dict[str, str] = {}
    shown = {}
    for line in lines:
        code, ordered, cancelled, sent = (
            line.base_unit,
            line.ordered_quantity,
            line.cancelled_quantity,
            line.shipped_quantity,
        )
        unit = units.get(code)
        if unit is None:
            unit = units[code] = unit_word(code)
        still = ordered - cancelled - sent
        waiting = still - line.allocated_quantity
        shown[line.line] = ShownLine(
            str(line.line),
            (line.name_de or line.name_en) if german else (line.name_en or line.name_de),
            line.article_number,
            unit,
            quantity(ordered, unit),
            quantity(sent) if sent else nothing,
            quantity(still) if still > _ZERO else nothing,
            gettext("%(quantity)s waiting for stock", quantity=quantity_text(waiting))
            if still > _ZERO < waiting
            else "",
            gettext("%(quantity)s cancelled", quantity=quantity_text(cancelled)) if cancelled > _ZERO else "",
            nothing if line.unit_price is None else money(line.unit_price),
            line.price_list or "",
            money(line.net_amount),
        )
    return shown


def register_filters(app: Flask) -> None:
    """Let templates name statuses, units and products."""
    app.add_template_filter(status_text, "order_status")
    app.add_template_filter(status_tone, "order_tone")
    app.add_template_filter(unit_word, "unit_word")
    app.add_template_filter(lost_reason, "lost_reason")
    app.add_template_filter(lost_promotion, "lost_promotion")
    app.add_template_filter(decimal_of, "decimal")
    app.add_template_filter(day_of, "day")
    app.add_template_filter(window_text, "window")
    app.add_template_global(product_name, "product_name")


def status_text(status: OrderStatus | str) -> str:
    """Name a status."""
    return _status_text(OrderStatus(status), get_locale())


@functools.cache
def _status_text(status: OrderStatus, _locale: Any) -> str:
    return str(STATUS_TEXTS[status])


def status_tone(status: OrderStatus | str) -> str:
    """Give the tone of a status's badge."""
    return STATUS_TONES[OrderStatus(status)]


def lost_promotion(code: str) -> str:
    """Say why a promotion gave nothing."""
    return str(LOST_PROMOTIONS[LostPromotion(code)])


def lost_reason(code: str) -> str:
    """Say why a price list or entry did not decide."""
    texts = {
        Lost.EARLIER_LIST_DECIDES: gettext("an earlier list decides"),
        Lost.HIGHER_PRICE: gettext("its price is higher"),
        Lost.EQUAL_PRICE_LATER_LIST: gettext("the same price, but a later list"),
        Lost.NO_ENTRY: gettext("has no price for this article"),
        Lost.NO_APPLICABLE_ENTRY: gettext("has no price for this quantity and day"),
        Lost.BASE_NOT_IN_FORCE: gettext("its base list is not in force"),
        Lost.QUANTITY_TOO_SMALL: gettext("the quantity is too small"),
        Lost.NOT_YET_VALID: gettext("not valid yet"),
        Lost.EXPIRED: gettext("not valid any more"),
        Lost.NEVER_VALID: gettext("never valid"),
        Lost.HIGHER_TIER_DECIDES: gettext("a higher tier decides"),
        Lost.LATER_START_DECIDES: gettext("one that began later decides"),
        Lost.OWN_ENTRY_DECIDES: gettext("the derived list has a price of its own"),
    }
    return str(texts[Lost(code)])


def steps(events: Iterable[Any], order: Any) -> list[dict[str, Any]]:
    """Give an order's life for the timeline: what happened, and what is still to come.

    Of an order that came in as history only its placing is known.
    """
    shown = [
        {
            "label": EVENT_TEXTS[EventKind(event.kind)],
            "at": event.at,
            "by": event.actor_name,
            "note": _note(event),
            "state": "stopped" if event.kind == EventKind.CANCELLED else "done",
        }
        for event in events
    ] or [{"label": EVENT_TEXTS[EventKind.PLACED], "at": order.placed_at, "by": order.placed_by_name, "state": "done"}]
    return shown + [
        {"label": EVENT_TEXTS[kind], "state": "ahead"} for kind in _AHEAD.get(OrderStatus(order.status), ())
    ]


def _note(event: Any) -> str:
    details = event.details or {}
    if event.kind == EventKind.SHIPPED:
        return str(gettext("Delivery %(number)s", number=details.get("shipment_number", "")))
    if event.kind == EventKind.CANCELLED:
        parts = []
        if details.get("lines") and not details.get("whole"):
            parts.append(gettext("in part"))
        if details.get("reason"):
            parts.append(str(details["reason"]))
        return ", ".join(parts)
    return ""


def change_text(change: Change, currency: str) -> str:
    """Say what is different from the order that is repeated."""
    known: dict[str, Any] = {"article": change.article}
    if change.reason is Changed.NOT_OFFERED:
        return str(gettext("%(article)s is not offered any more.", **known))
    if change.reason is Changed.PRICE_ON_REQUEST:
        return str(gettext("%(article)s: the price is on request now.", **known))
    if change.reason is Changed.PRICE:
        old, new = money_text(change.old_unit_price, currency), money_text(change.new_unit_price, currency)
        return str(gettext("%(article)s: %(old)s before, %(new)s now.", old=old, new=new, **known))
    if change.reason is Changed.QUANTITY:
        quantities = (quantity_text(change.old_quantity), quantity_text(change.new_quantity))
        return str(
            gettext(
                "%(article)s: %(new)s instead of %(old)s, as it is packed now.",
                old=quantities[0],
                new=quantities[1],
                **known,
            )
        )
    available = quantity_text(change.new_quantity or Decimal(0))
    return str(gettext("%(article)s: only %(available)s available.", available=available, **known))
