"""What the entries of the audit log are called in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

MOST_ROWS = 5
"""Of a list of lines or prices; the rest is counted."""

_LABELS = {
    "account.code_refused": _l("Account code refused"),
    "account.created": _l("Account created"),
    "account.details_changed": _l("Account details changed"),
    "account.reactivated": _l("Account reactivated"),
    "account.stopped": _l("Ordering stopped for an account"),
    "account.suspended": _l("Account suspended"),
    "account.terms_changed": _l("Terms changed"),
    "api.refused": _l("Call of the API refused"),
    "article.changed": _l("Article changed"),
    "article.listed": _l("Article listed"),
    "invitation.accepted": _l("Invitation accepted"),
    "invitation.sent": _l("Invitation sent"),
    "invitation.withdrawn": _l("Invitation withdrawn"),
    "order.cancelled": _l("Order cancelled"),
    "order.confirmed": _l("Order confirmed"),
    "order.delivered": _l("Order delivered"),
    "order.placed": _l("Order placed"),
    "order.shipped": _l("Order shipped"),
    "organisation.address_changed": _l("Address changed"),
    "organisation.brand_changed": _l("Brand changed"),
    "password.changed": _l("Password changed"),
    "password.reset": _l("Password set by a link"),
    "person.deactivated": _l("Person deactivated"),
    "person.reactivated": _l("Person reactivated"),
    "person.role_changed": _l("Role changed"),
    "price_entries.changed": _l("Prices changed"),
    "price_list.assigned": _l("Price list assigned"),
    "price_list.changed": _l("Price list changed"),
    "price_list.created": _l("Price list created"),
    "price_strategy.chosen": _l("Rule of several price lists changed"),
    "product.changed": _l("Product changed"),
    "product.created": _l("Product created"),
    "product.picture_removed": _l("Picture removed"),
    "product.picture_set": _l("Picture set"),
    "screen.refused": _l("Page refused"),
    "session.opened": _l("Sign-in"),
    "session.revoked": _l("Session ended"),
    "sharing_agreement.withdrawn": _l("Sharing agreement withdrawn"),
    "stock.counted": _l("Stock counted"),
    "stock.expected": _l("Expected goods noted"),
    "stock.received": _l("Goods received"),
    "warehouse.opened": _l("Warehouse opened"),
}

_FACTS = {
    "accent_colour": _l("Accent colour"),
    "base_code": _l("Derived from"),
    "changed": _l("Changed"),
    "city": _l("City"),
    "code": _l("Code"),
    "country": _l("Country"),
    "credit_limit": _l("Credit limit"),
    "currency": _l("Currency"),
    "customer_number": _l("Customer number"),
    "day": _l("Day"),
    "email": _l("E-mail"),
    "entries": _l("Prices"),
    "gln": _l("GLN"),
    "invited_by": _l("Invited by"),
    "kind": _l("Kind"),
    "lines": _l("Lines"),
    "locale": _l("Language"),
    "logo": _l("Logo"),
    "name": _l("Name"),
    "organisation": _l("Organisation"),
    "payment_terms_days": _l("Payment terms"),
    "postal_code": _l("Postal code"),
    "price_group": _l("Price group"),
    "priority": _l("Priority"),
    "quantity": _l("Quantity"),
    "reference": _l("Reference"),
    "role": _l("Role"),
    "shipment_number": _l("Delivery number"),
    "state": _l("Status"),
    "status": _l("Status"),
    "street": _l("Street and number"),
    "total": _l("Total"),
    "tracking_code": _l("Tracking code"),
    "unchanged": _l("As it was"),
    "valid_from": _l("Valid from"),
    "vat_number": _l("VAT number"),
    "warehouse": _l("Warehouse"),
}


def action_label(action: str) -> str:
    """Give an action in words; one that no feature has named stands as it is."""
    return str(_LABELS.get(action, action))


def changed_facts(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Give what an act set or changed as (name, text), in words and numbers of the reader."""
    old = before or {}
    for key, value in (after or {}).items():
        if key in old and old[key] == value:
            continue
        label = str(_FACTS.get(key, key.replace("_", " ")))
        if key == "entries":
            yield label, _counted(list(_price_texts(old.get(key, ()), value)))
        elif key in old:
            yield label, f"{_fact_text(old[key])} → {_fact_text(value)}"
        else:
            yield label, _fact_text(value)


def _fact_text(value: object) -> str:
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    if isinstance(value, list):
        return _counted([_item_text(item) for item in value])
    return str(value)


def _item_text(item: object) -> str:
    if isinstance(item, dict) and "line" in item and "quantity" in item:
        return f"{item['line']}: {_number_text(item['quantity'])}"
    return str(item)


def _price_texts(before: Sequence[list[Any]], after: Sequence[list[Any]]) -> Iterator[str]:
    """Give each price as article, least quantity, old and new."""
    old = {tuple(row[:3]): row[-1] for row in before}
    new = {tuple(row[:3]): row[-1] for row in after}
    for key in {**new, **old}:
        prices = " → ".join(_number_text(prices[key]) if key in prices else "–" for prices in (old, new))
        yield f"{key[0]} ({_number_text(key[1])}): {prices}"


def _number_text(value: object) -> str:
    try:
        return str(format_decimal(Decimal(str(value)), format="#,##0.####"))
    except InvalidOperation:
        return str(value)


def _counted(texts: list[str]) -> str:
    rest = len(texts) - MOST_ROWS
    shown = "; ".join(texts[:MOST_ROWS])
    return shown if rest <= 0 else str(_("%(shown)s and %(count)s more", shown=shown, count=rest))
