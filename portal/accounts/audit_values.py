"""How the facts of an audit entry read: numbers, days, money and the words for what is stored as a code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.forms import role_label
from portal.accounts.permission_words import PERMISSION_WORDS
from portal.web.formatting import date_text, money_text, percent_text, quantity_text, reader_locale
from portal.web.shell import LANGUAGES
from tenants.permissions import Role

MOST_ROWS = 5
"""Of a list of lines or prices; the rest is counted."""

_NOTHING = "–"
_FINGERPRINT_SHOWN = 12
_PERCENT_DECIMALS = 4
_ROW_KEY = 3
"""A price of a list is named by article, least quantity and first day."""

WEEKDAYS = (
    *(_l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday")),
    *(_l("Saturday"), _l("Sunday")),
)

PROOF_WORDS: Mapping[str, Any] = {
    "password": _l("Password"),
    "code": _l("Password and code"),
    "recovery_code": _l("Password and recovery code"),
    "passkey": _l("Passkey"),
    "single_sign_on": _l("Single sign-on"),
    "single_sign_on_mfa": _l("Single sign-on with a second factor"),
}

HANDLERS: Mapping[str, Any] = {
    "mail_acting": _l("Mail: somebody acts on behalf"),
    "mail_agreement": _l("Mail: agreement about figures"),
    "mail_campaign": _l("Mail: campaign"),
    "mail_invitation": _l("Mail: invitation"),
    "mail_new_device": _l("Mail: new device"),
    "mail_notices": _l("Mail: messages"),
    "mail_order": _l("Mail: order"),
    "mail_password_reset": _l("Mail: new password"),
    "mail_program": _l("Mail: program"),
    "mail_second_factor": _l("Mail: second factor"),
}
"""Work behind the screens, by the name under which a feature subscribed to an event."""

_REPORTED_BY: Mapping[str, Any] = {
    "month": _l("Month"),
    "quarter": _l("Quarter"),
    "year": _l("Year"),
    "category": _l("Category"),
    "brand": _l("Brand"),
    "product": _l("Product"),
    "customer": _l("Customer"),
}

WORDS: Mapping[str, Mapping[str, Any]] = {
    "address_kind": {"ship_to": _l("Goods"), "bill_to": _l("Invoices")},
    "backorder": {"deny": _l("cannot be ordered"), "allow": _l("can be ordered and follows later")},
    "columns_by": _REPORTED_BY,
    "coupon": {"set": _l("set"), "changed": _l("another one")},
    "grants": {
        "units": _l("Units"),
        "activity": _l("Activity"),
        "identity": _l("Identity"),
        "value": _l("Value"),
        "stock": _l("Stock"),
        "sell_out": _l("Sell-out"),
        "service": _l("Service"),
    },
    "handler": HANDLERS,
    "kind": {
        "manufacturer": _l("Manufacturer"),
        "wholesaler": _l("Wholesaler"),
        "retailer": _l("Retailer"),
    },
    "measures": {
        "units": _l("Units"),
        "net_amount": _l("Net amount"),
        "orders": _l("Orders"),
        "customers": _l("Customers"),
    },
    "more_refusals": {"unnoted": _l("are not noted")},
    "period": {
        "this-month": _l("This month"),
        "last-month": _l("Last month"),
        "3-months": _l("Last 3 months"),
        "12-months": _l("Last 12 months"),
        "24-months": _l("Last 24 months"),
        "this-year": _l("This year"),
        "last-year": _l("Last year"),
        "months": _l("Fixed months"),
    },
    "permissions": PERMISSION_WORDS,
    "proof": PROOF_WORDS,
    "client_kind": {
        "service": _l("Runs by itself"),
        "web": _l("Web application"),
        "native": _l("App on people's devices"),
    },
    "client_secret": {"new": _l("new")},
    "cause": {
        "closed": _l("closed by an administrator"),
        "denied_by_person": _l("the person said no"),
        "denied": _l("not let in by the identity provider"),
        "failed": _l("the identity provider failed"),
        "groups": _l("no longer in any of the groups"),
        "known_elsewhere": _l("the address has an account elsewhere"),
        "last administrator": _l("the last administrator stays"),
        "no_address": _l("no verified address of a proven domain"),
        "no_group": _l("in none of the groups"),
        "one_proof": _l("no second factor"),
        "provisioning": _l("the identity provider says so"),
        "other_person": _l("somebody else"),
        "other_subject": _l("the address belongs to another subject"),
        "stale": _l("used or too old"),
        "too_many_groups": _l("too many groups"),
        "wrong_code": _l("a code with a wrong verifier or address"),
    },
    "rhythms": {
        "new": _l("new"),
        "active": _l("active"),
        "due": _l("due"),
        "slowing": _l("slowing"),
        "lapsed": _l("lapsed"),
        "silent": _l("silent"),
    },
    "single_sign_on": {"demanded": _l("demanded"), "offered": _l("offered")},
    "rows_by": _REPORTED_BY,
    "second_factor": {
        "optional": _l("nobody"),
        "administrators": _l("administrators"),
        "everybody": _l("everybody"),
    },
    "state": {
        "active": _l("Active"),
        "stopped": _l("Ordering stopped"),
        "suspended": _l("Suspended"),
        "closed": _l("Closed"),
    },
    "status": {"active": _l("active"), "inactive": _l("inactive")},
    "support_kind": {
        "question": _l("Question"),
        "fault": _l("Fault"),
        "return": _l("Return"),
        "delivery": _l("Delivery"),
        "invoice": _l("Invoice"),
        "other": _l("Something else"),
    },
    "support_state": {
        "open": _l("With the supplier"),
        "waiting": _l("Waits for the customer"),
        "passed_up": _l("With the manufacturer"),
        "solved": _l("Solved"),
    },
    "weekdays": {str(day): name for day, name in enumerate(WEEKDAYS, start=1)},
    "strategy": {
        "first": _l("The first list in order that has a price decides"),
        "lowest": _l("The lowest price of all lists decides"),
    },
}
"""What is stored as one of a few codes, by the fact's name."""

MONEY = frozenset(
    {
        *("adjustment_amount", "amount", "approves_up_to", "credit_limit"),
        *("entries", "funding_amount", "places_up_to", "total"),
    }
)
"""Facts that need a `currency` beside them."""


def fact_text(name: str, value: object, currency: str | None = None) -> str:
    """Give a fact's value as its reader writes it; an amount in `currency` (ISO 4217), bare where none was noted."""
    if value is None or value in ("", [], {}):
        return _NOTHING
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    if name in WORDS:
        codes = map(str, value if isinstance(value, list) else [value])
        return _counted([str(WORDS[name].get(code, code)) for code in codes])
    if name in MONEY:
        return _money_text(value, currency)
    if name in _READERS:
        return _READERS[name](str(value))
    if isinstance(value, dict):
        return _counted([f"{key.replace('_', ' ')}: {_plain_text(each)}" for key, each in value.items()])
    if isinstance(value, list):
        return _counted([_item_text(item) for item in value])
    return _plain_text(value)


def price_texts(before: Sequence[list[Any]], after: Sequence[list[Any]], currency: str | None = None) -> str:
    """Give each price as article, least quantity, first day, then what it was and is."""
    return _counted(list(_price_texts(before, after, currency)))


def _price_texts(before: Sequence[list[Any]], after: Sequence[list[Any]], currency: str | None) -> Iterator[str]:
    old = {tuple(row[:_ROW_KEY]): row for row in before}
    new = {tuple(row[:_ROW_KEY]): row for row in after}
    for key in {**new, **old}:
        article, least, start = key
        name = f"{article} ({_number_text(least)}{f', {_day_text(start)}' if start else ''})"
        # The end is named where it is what changed.
        ends = {row[_ROW_KEY] for row in (old.get(key), new.get(key)) if row is not None}
        shown = [_entry_text(rows.get(key), currency, with_end=bool(ends - {None})) for rows in (old, new)]
        yield f"{name}: {' → '.join(shown)}"


def _entry_text(row: list[Any] | None, currency: str | None, *, with_end: bool) -> str:
    if row is None:
        return _NOTHING
    price = _money_text(row[-1], currency)
    if not with_end:
        return price
    end = _("before %(end)s", end=_day_text(row[_ROW_KEY])) if row[_ROW_KEY] else _("open end")
    return f"{price} ({end})"


def _plain_text(value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return _number_text(value) if is_number else str(value)


def _item_text(item: object) -> str:
    if isinstance(item, dict) and "line" in item and "quantity" in item:
        return f"{item['line']}: {_number_text(item['quantity'])}"
    return str(item)


def _number_text(value: object) -> str:
    number = _decimal(value)
    return str(value) if number is None else quantity_text(number)


def _money_text(value: object, currency: str | None) -> str:
    amount = _decimal(value)
    if amount is None or currency is None:
        return _number_text(value) if amount is None else quantity_text(amount)
    return money_text(amount, currency)


def _decimal(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _day_text(value: str) -> str:
    try:
        return date_text(date.fromisoformat(value))
    except ValueError:
        return value


def _percent_text(value: str) -> str:
    number = _decimal(value)
    if number is None:
        return value
    return percent_text(number / 100, _PERCENT_DECIMALS, signed=True)


def _days_text(value: str) -> str:
    return f"{_number_text(value)}\N{NO-BREAK SPACE}{_('days')}"


def _country_text(code: str) -> str:
    return str(reader_locale().territories.get(code, code))


def _language_text(locale: str) -> str:
    return dict(LANGUAGES).get(locale[:2], locale)


def _role_text(role: str) -> str:
    return role_label(Role(role)) if role in set(Role) else role


_READERS: Mapping[str, Callable[[str], str]] = {
    "adjustment_percent": _percent_text,
    "country": _country_text,
    "day": _day_text,
    "digest": lambda digest: digest[:_FINGERPRINT_SHOWN],
    "locale": _language_text,
    "min_quantity": _number_text,
    "order_multiple": _number_text,
    "payment_terms_days": _days_text,
    "quantity": _number_text,
    "like_role": _role_text,
    "role": _role_text,
    "valid_from": _day_text,
    "valid_to": _day_text,
    "withdrawn_on": _day_text,
    "hidden_on": _day_text,
    "starts_on": _day_text,
}


def _counted(texts: list[str]) -> str:
    rest = len(texts) - MOST_ROWS
    shown = "; ".join(texts[:MOST_ROWS])
    return shown if rest <= 0 else str(_("%(shown)s and %(count)s more", shown=shown, count=rest))
