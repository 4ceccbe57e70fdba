"""Keeping what a seller knows about a buyer; addresses are kept by the buyer too."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import CursorResult, delete, func, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from portal.accounts.document_content import document_type
from portal.accounts.errors import DocumentInUse, UnusableValue
from portal.accounts.queries.people import list_people
from portal.accounts.queries.records import edge_of, find_delivery_days
from portal.accounts.record_models import (
    AccountAddress,
    AccountContact,
    AccountDocument,
    AccountNote,
    AccountTask,
    AddressKind,
    NoteKind,
    TaskKind,
)
from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound
from tenants.models import TradingAccount
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class Address:
    """Where goods or invoices go."""

    name: str
    kind: AddressKind = AddressKind.SHIP_TO
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    is_usual: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody at a buyer."""

    name: str
    position: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file about a buyer."""

    title: str
    content: bytes
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What happened with a buyer."""

    text: str
    happened_on: date
    kind: NoteKind = NoteKind.NOTE


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done about a buyer by a day; `owner` is the e-mail address of one of the seller's staff."""

    text: str
    due_on: date
    kind: TaskKind = TaskKind.FOLLOW_UP
    owner: str = ""


def new_key() -> str:
    """Give a key that tells nothing of how many there are."""
    return secrets.token_hex(6)


def save_address(principal: Principal, key: str, address: Address, code: str = "") -> None:
    """Keep an address of a buyer under its key.

    The principal is its seller with accounts:manage, or the buyer itself with organisation:manage.

    Raises:
        PermissionDenied: the permission is missing.
        NotFound: the seller has no such buyer.
    """
    edge = _edge(principal, code, Permission.ORGANISATION_MANAGE)
    if address.is_usual:
        db.session.execute(
            update(AccountAddress)
            .where(*_on(AccountAddress, edge), AccountAddress.kind == address.kind, AccountAddress.key != key)
            .values(is_usual=False)
        )
    _keep(AccountAddress, edge, {"key": key}, asdict(address))
    record(principal, "account_address.saved", _subject(principal, code), after=_facts(address))


def remove_address(principal: Principal, key: str, code: str = "") -> None:
    """Take an address away; orders keep their copies. The principal as for `save_address`.

    Raises:
        PermissionDenied: the permission is missing.
        NotFound: there is no such buyer or address.
    """
    edge = _edge(principal, code, Permission.ORGANISATION_MANAGE)
    _remove(AccountAddress, edge, AccountAddress.key == key)
    record(principal, "account_address.removed", _subject(principal, code))


def save_contact(principal: Principal, code: str, key: str, contact: Contact) -> None:
    """Keep a contact at a buyer. The principal is its seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: the seller has no such buyer.
    """
    _keep(AccountContact, _edge(principal, code), {"key": key}, asdict(contact))
    after = {"name": contact.name, "position": contact.position, "email": contact.email, "phone": contact.phone}
    record(principal, "account_contact.saved", code, after=after)


def remove_contact(principal: Principal, code: str, key: str) -> None:
    """Take a contact away. The principal is the seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: there is no such buyer or contact.
    """
    _remove(AccountContact, _edge(principal, code), AccountContact.key == key)
    record(principal, "account_contact.removed", code)


def add_document(principal: Principal, code: str, document: Document) -> str:
    """Keep a file about a buyer and give its digest; the same file again gets the new title and sharing.

    The principal is the seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: the seller has no such buyer.
        DocumentRefused: it is too large, or neither a PDF nor a PNG or JPEG picture.
    """
    edge = _edge(principal, code)
    values = {"content_type": document_type(document.content), "size_bytes": len(document.content)}
    digest = hashlib.sha256(document.content).hexdigest()
    _keep(AccountDocument, edge, {"digest": digest}, {**asdict(document), **values, "added_by": principal.actor_name})
    after = {"name": document.title, "type": values["content_type"], "shared": document.is_shared}
    record(principal, "account_document.added", code, after=after)
    return digest


def remove_document(principal: Principal, code: str, digest: str) -> None:
    """Take a document away. The principal is the seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: there is no such buyer or document.
        DocumentInUse: it is attached to an agreement.
    """
    try:
        _remove(AccountDocument, _edge(principal, code), AccountDocument.digest == digest)
    except IntegrityError as error:
        raise DocumentInUse("It is attached to an agreement.") from error
    record(principal, "account_document.removed", code)


def save_note(principal: Principal, code: str, key: str, note: Note) -> None:
    """Note what happened with a buyer. The principal is its seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: the seller has no such buyer.
    """
    _keep(AccountNote, _edge(principal, code), {"key": key}, {**asdict(note), "author": principal.actor_name})
    record(principal, "account_note.saved", code)


def remove_note(principal: Principal, code: str, key: str) -> None:
    """Take a note away. The principal is the seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: there is no such buyer or note.
    """
    _remove(AccountNote, _edge(principal, code), AccountNote.key == key)
    record(principal, "account_note.removed", code)


def save_task(principal: Principal, code: str, key: str, task: Task) -> None:
    """Note what is to be done about a buyer. The principal is its seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: the seller has no such buyer.
        UnusableValue: nobody of the seller's staff has the owner's address.
    """
    edge = _edge(principal, code)
    assignee_id = None
    if task.owner:
        found = [person for person in list_people(principal, edge[0], email=task.owner.lower()) if person.active]
        if not found:
            raise UnusableValue("Nobody of your staff has this address.", field="owner")
        assignee_id = found[0].user_id
    values = {"text": task.text, "due_on": task.due_on, "kind": task.kind, "assignee_id": assignee_id}
    _keep(AccountTask, edge, {"key": key}, {**values, "created_by": principal.actor_name})
    record(principal, "account_task.saved", code, after={"day": task.due_on.isoformat()})


def finish_task(principal: Principal, code: str, key: str, *, done: bool = True) -> None:
    """Note that a task is done, or open again. The principal is the seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: there is no such buyer or task.
    """
    edge = _edge(principal, code)
    values: dict[str, Any] = {"done_at": func.now() if done else None, "done_by": principal.actor_name if done else ""}
    changed: CursorResult[Any] = db.session.execute(  # type: ignore[assignment] # an update gives a cursor's result
        update(AccountTask).where(*_on(AccountTask, edge), AccountTask.key == key).values(**values)
    )
    if changed.rowcount != 1:
        raise NotFound
    record(principal, "account_task.done" if done else "account_task.reopened", code)


def remove_task(principal: Principal, code: str, key: str) -> None:
    """Take a task away. The principal is the seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: there is no such buyer or task.
    """
    _remove(AccountTask, _edge(principal, code), AccountTask.key == key)
    record(principal, "account_task.removed", code)


def change_delivery_days(principal: Principal, code: str, days: Sequence[int]) -> None:
    """Agree on which days of the week (1 = Monday) the seller delivers. The principal is the seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: the seller has no such buyer.
    """
    edge = _edge(principal, code)
    before, agreed = find_delivery_days(principal, code), sorted(set(days))
    if before == agreed:
        return
    db.session.execute(update(TradingAccount).where(*_on(TradingAccount, edge)).values(delivery_days=agreed))
    record(principal, "account.delivery_days_changed", code, before={"weekdays": before}, after={"weekdays": agreed})


def _facts(address: Address) -> dict[str, Any]:
    return {
        "address_kind": address.kind.value,
        "name": address.name,
        "street": address.street,
        "postal_code": address.postal_code,
        "city": address.city,
        "country": address.country,
        "is_usual": address.is_usual,
    }


def _edge(principal: Principal, code: str, of_buyer: Permission | None = None) -> tuple[int, int]:
    if principal.capacity is Capacity.BUYER and of_buyer is not None:
        principal.require(of_buyer)
        return principal.buying()
    principal.selling()
    principal.require(Permission.ACCOUNTS_MANAGE)
    return edge_of(principal, code)


def _subject(principal: Principal, code: str) -> str:
    return code or principal.organisation_code


def _on(model: Any, edge: tuple[int, int]) -> list[Any]:
    return [model.seller_id == edge[0], model.buyer_id == edge[1]]


def _keep(model: Any, edge: tuple[int, int], key: dict[str, str], values: dict[str, Any]) -> None:
    place = {"seller_id": edge[0], "buyer_id": edge[1], **key}
    made = {"author", "created_by", "added_by"}
    changed = {name: value for name, value in values.items() if name not in made}
    statement = upsert(model).values(**place, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=list(place), set_=changed))


def _remove(model: Any, edge: tuple[int, int], condition: Any) -> None:
    gone: CursorResult[Any] = db.session.execute(  # type: ignore[assignment] # a delete gives a cursor's result
        delete(model).where(*_on(model, edge), condition)
    )
    if gone.rowcount != 1:
        raise NotFound
