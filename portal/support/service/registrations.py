"""Registering units that a customer sold on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.dialects.postgresql import insert

from portal.core.field_errors import field_error, refuse_if
from portal.core.outbox import emit
from portal.support.errors import AlreadyRegistered
from portal.support.models import ProductRegistration
from portal.support.queries.registrations import (
    RegistrationRow,
    find_registrable,
    find_sold_on,
    get_today,
    list_registrations,
)
from portal.support.rules import serial_key
from tenants.audit import record
from tenants.database import db
from tenants.permissions import Permission
from tenants.principal import Principal

MOST_SERIAL = 100
_FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class RegisterUnit:
    """A unit that was sold on; `article` is the seller's number, or a GTIN."""

    article: str
    serial_number: str
    sold_on: date | None


def register_unit(principal: Principal, command: RegisterUnit) -> RegistrationRow:
    """Register a unit by its serial number. The principal buys and may ask support.

    Raises:
        AlreadyRegistered: the principal registered this unit before; `sold_on` says as sold when.
        InvalidInput: a field is wrong, or the article unknown; `errors` says which.
        PermissionDenied: the principal may not ask support.
    """
    principal.require(Permission.SUPPORT_ASK)
    seller_id, buyer_id = principal.buying()
    article = find_registrable(principal, command.article.strip()) if command.article.strip() else None
    refuse_if(_wrong_fields(principal, command, article), "The unit cannot be registered.")
    article_id, number = article or (0, "")
    key = serial_key(command.serial_number)
    values = {
        "seller_id": seller_id,
        "buyer_id": buyer_id,
        "article_id": article_id,
        "serial_number": command.serial_number.strip(),
        "serial_key": key,
        "sold_on": command.sold_on,
        "registered_by": principal.actor,
        "registered_by_name": principal.actor_name,
    }
    made = insert(ProductRegistration).values(values).on_conflict_do_nothing().returning(ProductRegistration.id)
    made_id = db.session.execute(made).scalar_one_or_none()
    if made_id is None:
        before = find_sold_on(principal, article_id, key)
        raise AlreadyRegistered("This unit is registered already.", sold_on=before.isoformat() if before else "")
    serial, sold_on = command.serial_number.strip(), f"{command.sold_on}"
    record(principal, "product_registration.made", number, after={"serial_number": serial, "day": sold_on})
    told = {"article": number, "serial_number": serial, "sold_on": sold_on, "buyer_id": buyer_id}
    emit(principal, "ProductRegistered", told)
    return list_registrations(principal, after=made_id + 1, limit=1)[0]


def _wrong_fields(principal: Principal, command: RegisterUnit, article: tuple[int, str] | None) -> list[dict[str, str]]:
    wrong, serial = [], command.serial_number.strip()
    if article is None:
        wrong.append(field_error("article", "unknown-article", "There is no such article or GTIN."))
    if not serial:
        wrong.append(field_error("serial_number", "missing", "Please fill in the serial number."))
    elif len(serial) > MOST_SERIAL or not serial.isprintable():
        wrong.append(field_error("serial_number", "too-long", f"Up to {MOST_SERIAL} printable characters."))
    if command.sold_on is None:
        wrong.append(field_error("sold_on", "missing", "Please fill in the day."))
    elif not _FIRST_DAY <= command.sold_on <= get_today(principal):
        wrong.append(field_error("sold_on", "not-sold-yet", "A day since 2000, and none to come."))
    return wrong
