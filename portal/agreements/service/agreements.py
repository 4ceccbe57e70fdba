"""Writing framework agreements: made with a price list of their own, changed before they begin, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from portal.accounts.service.records import Document, add_document
from portal.agreements.errors import AgreementBegun
from portal.agreements.queries import AgreementRow, AgreementState, get_agreement
from portal.core.field_errors import field_error, refuse_if
from portal.pricing.queries.price_lists import Assigned, PriceListRow, find_buyers, get_price_list, get_today
from portal.pricing.service.price_lists import (
    SavePriceList,
    assign_price_list,
    change_price_list,
    create_price_list,
)
from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

PRIORITY = 0
"""Of the agreement's list among those of the account: before the usual ones."""
MOST_WARN_DAYS = 365
_QUANTITY_BOUND, _AMOUNT_BOUND = 1_000_000_000, 1_000_000_000_000
_LONGEST_NAME = 200

_INSERT = text(
    "insert into framework_agreement (seller_id, code, buyer_id, name, valid_from, valid_to, agreed_quantity,"
    " agreed_amount, warn_days, warn_percent) values (:seller, :code, :buyer, :name, :valid_from, :valid_to,"
    " :agreed_quantity, :agreed_amount, :warn_days, :warn_percent)"
)
_LOCK = text("select code from framework_agreement where seller_id = :seller and code = :code for update")
_UPDATE = text(
    "update framework_agreement set name = :name, valid_from = :valid_from, valid_to = :valid_to,"
    " agreed_quantity = :agreed_quantity, agreed_amount = :agreed_amount, warn_days = :warn_days,"
    " warn_percent = :warn_percent, end_warned_at = null where seller_id = :seller and code = :code"
)
_END = text("update framework_agreement set valid_to = :last where seller_id = :seller and code = :code")
_ATTACH = text("update framework_agreement set document_digest = :digest where seller_id = :seller and code = :code")


@dataclass(frozen=True, slots=True)
class SaveAgreement:
    """An agreement as it is to be: a quantity in base units or a net amount; `valid_to` is the first day without it."""

    code: str
    name: str
    account: str
    """The buyer's code; of an agreement that exists it stays."""
    valid_from: date | None
    valid_to: date | None
    agreed_quantity: Decimal | None = None
    agreed_amount: Decimal | None = None
    base_code: str | None = None
    """The list that the agreement's own one is derived from; None: it has the prices that are written into it."""
    adjustment_percent: Decimal | None = None
    warn_days: int = 30
    warn_percent: int = 80


def create_agreement(principal: Principal, command: SaveAgreement) -> AgreementRow:
    """Make an agreement, and a price list with its code, window and name for exactly that buyer.

    The principal sells and manages prices.

    Raises:
        InvalidInput: a field is wrong, the buyer or the base list is unknown, or a list has the code; `errors` says which.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    seller_id = principal.selling()
    wrong = _wrong_fields(command)
    buyer_id = find_buyers(principal, [command.account]).get(command.account)
    if buyer_id is None:
        wrong.append(field_error("account", "unknown-account", "There is no such account."))
    elif command.valid_to is not None and command.valid_to <= get_today(principal):
        wrong.append(field_error("valid_to", "is-over", "It would be over already."))
    refuse_if(wrong, "The agreement cannot be taken.")
    create_price_list(principal, _price_list(command))
    assign_price_list(principal, command.code, Assigned(everyone=False, groups=[], accounts=[command.account]))
    key = {"seller": seller_id, "code": command.code, "buyer": buyer_id}
    db.session.execute(_INSERT, {**_values(command), **key})
    made = get_agreement(principal, command.code)
    record(principal, "framework_agreement.created", command.code, after=_facts(made))
    return made


def change_agreement(principal: Principal, command: SaveAgreement) -> AgreementRow:
    """Change everything but code and buyer of an agreement that has not begun, and its list with it.

    The principal sells and manages prices.

    Raises:
        AgreementBegun: it runs already, or has ended.
        InvalidInput: a field is wrong or the base list is unknown; `errors` says which.
        NotFound: the seller has no such agreement.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    former = _lock(principal, command.code)
    if former.state is not AgreementState.AHEAD:
        raise AgreementBegun("The agreement has begun: it can be ended, and no longer changed.")
    refuse_if(_wrong_fields(command), "The agreement cannot be taken.")
    change_price_list(principal, _price_list(command, get_price_list(principal, command.code)))
    db.session.execute(_UPDATE, {**_values(command), "seller": principal.selling(), "code": command.code})
    changed = get_agreement(principal, command.code)
    if changed != former:
        record(principal, "framework_agreement.changed", command.code, before=_facts(former), after=_facts(changed))
    return changed


def end_agreement(principal: Principal, code: str) -> AgreementRow:
    """Let an agreement and its prices no longer hold from today on; one that has ended stays as it is.

    Orders placed stay as they are. The principal sells and manages prices.

    Raises:
        NotFound: the seller has no such agreement.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    agreement = _lock(principal, code)
    if agreement.state is AgreementState.ENDED:
        return agreement
    last = max(get_today(principal), agreement.valid_from)
    price_list = get_price_list(principal, code)
    kept = {name: getattr(price_list, name) for name in SavePriceList.__slots__}
    change_price_list(principal, SavePriceList(**{**kept, "valid_to": max(last, price_list.valid_from or last)}))
    db.session.execute(_END, {"seller": principal.selling(), "code": code, "last": last})
    record(principal, "framework_agreement.ended", code, after={"valid_to": last.isoformat()})
    return get_agreement(principal, code)


def attach_document(principal: Principal, code: str, content: bytes) -> AgreementRow:
    """Keep the contract among the documents shared with the buyer and attach it; another one takes its place.

    The principal sells and manages prices and accounts.

    Raises:
        DocumentRefused: it is too large, or neither a PDF nor a PNG or JPEG picture.
        NotFound: the seller has no such agreement, or its buyer has another seller by now.
        PermissionDenied: the principal may not manage prices or accounts.
    """
    principal.require(Permission.PRICES_MANAGE)
    agreement = _lock(principal, code)
    digest = add_document(principal, agreement.account, Document(agreement.name, content, is_shared=True))
    db.session.execute(_ATTACH, {"seller": principal.selling(), "code": code, "digest": digest})
    record(principal, "framework_agreement.document_attached", code, after={"account": agreement.account})
    return agreement._replace(document_digest=digest)


def _lock(principal: Principal, code: str) -> AgreementRow:
    key = {"seller": principal.selling(), "code": code}
    if db.session.execute(_LOCK, key).one_or_none() is None:
        raise NotFound
    return get_agreement(principal, code)


def _price_list(command: SaveAgreement, former: PriceListRow | None = None) -> SavePriceList:
    return SavePriceList(
        code=command.code,
        name=command.name,
        priority=former.priority if former else PRIORITY,
        valid_from=command.valid_from,
        valid_to=command.valid_to,
        base_code=command.base_code,
        adjustment_percent=command.adjustment_percent,
        adjustment_amount=former.adjustment_amount if former and command.base_code else None,
        decimals=former.decimals if former else None,
    )


def _wrong_fields(command: SaveAgreement) -> list[dict[str, str]]:
    wrong = []
    if command.code != command.code.strip() or not command.code:
        wrong.append(field_error("code", "not-a-code", "A code has 1 to 100 printable characters and no slash."))
    if not command.name.strip() or len(command.name) > _LONGEST_NAME or not command.name.isprintable():
        wrong.append(field_error("name", "missing", "A name has 1 to 200 printable characters."))
    days = ("valid_from", "valid_to")
    wrong += [
        field_error(day, "missing", "An agreement has both days.") for day in days if getattr(command, day) is None
    ]
    if command.valid_from and command.valid_to and command.valid_to <= command.valid_from:
        wrong.append(field_error("valid_to", "ends-before-start", "It ends before it begins."))
    return wrong + _wrong_numbers(command)


def _wrong_numbers(command: SaveAgreement) -> list[dict[str, str]]:
    wrong = []
    bounds = {"agreed_quantity": (3, _QUANTITY_BOUND), "agreed_amount": (2, _AMOUNT_BOUND)}
    if (command.agreed_quantity is None) is (command.agreed_amount is None):
        wrong += [field_error(name, "one-measure", "Either a quantity or an amount is agreed.") for name in bounds]
    for name, (decimals, bound) in bounds.items():
        number = getattr(command, name)
        if number is not None and not (number.is_finite() and 0 < number < bound and number == round(number, decimals)):
            wrong.append(field_error(name, "not-a-number", f"A number above 0 with up to {decimals} decimals."))
    if not 0 <= command.warn_days <= MOST_WARN_DAYS:
        wrong.append(field_error("warn_days", "out-of-range", f"From 0 to {MOST_WARN_DAYS} days."))
    if not 1 <= command.warn_percent <= 100:  # noqa: PLR2004 - percent
        wrong.append(field_error("warn_percent", "out-of-range", "From 1 to 100 percent."))
    return wrong


def _values(command: SaveAgreement) -> dict[str, Any]:
    names = ("valid_from", "valid_to", "agreed_quantity", "agreed_amount", "warn_days", "warn_percent")
    return {"name": command.name.strip(), **{name: getattr(command, name) for name in names}}


def _facts(agreement: AgreementRow) -> dict[str, Any]:
    return {
        "name": agreement.name,
        "account": agreement.account,
        "valid_from": agreement.valid_from.isoformat(),
        "valid_to": agreement.valid_to.isoformat(),
        "agreed_quantity": None if agreement.agreed_quantity is None else f"{agreement.agreed_quantity:f}",
        "agreed_amount": None if agreement.agreed_amount is None else f"{agreement.agreed_amount:f}",
        "warn_days": agreement.warn_days,
        "warn_percent": agreement.warn_percent,
    }
