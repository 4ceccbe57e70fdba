"""What a customer does: it opens requests, writes on, and says that one is solved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from portal.core.field_errors import field_error, refuse_if
from portal.core.idempotency import IdempotencyKey
from portal.core.outbox import emit
from portal.support.models import SupportMessage, SupportRequest
from portal.support.queries.requests import NamedRow, RequestRow, find_named, find_request_of_key, get_request
from portal.support.rules import RequestKind, RequestState, Side, after_customer
from portal.support.service.messages import (
    MOST_SUBJECT,
    Words,
    key_of,
    message_values,
    new_number,
    was_written,
    wrong_words,
)
from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

_LOCK = text(
    "select r.id, r.state from support_request r"
    " where r.seller_id = :seller and r.buyer_id = :buyer and r.request_number = :number for update"
)
_MOVE = text(
    "update support_request set state = :state, last_at = now()"
    " where seller_id = :seller and buyer_id = :buyer and id = :id"
)


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What is asked; about an own order, an article, or neither."""

    kind: RequestKind
    subject: str
    words: Words
    order_number: str = ""
    article: str = ""
    serial_number: str = ""
    """Of an own registered unit; what it is of is then the article, if none is named."""


def open_request(principal: Principal, command: OpenRequest, once: IdempotencyKey) -> RequestRow:
    """Ask the seller, once for the key. The principal buys and may ask.

    Raises:
        DocumentRefused: the file is too large, or neither a PDF nor a PNG or JPEG picture.
        IdempotencyKeyReused: the key was used with another request.
        InvalidInput: a field is wrong, or order or article unknown; `errors` says which.
        PermissionDenied: the principal may not ask.
    """
    principal.require(Permission.SUPPORT_ASK)
    seller_id, buyer_id = principal.buying()
    earlier = find_request_of_key(principal, key_of(once))
    if earlier is not None:
        once.require_same(earlier.request_hash)
        return earlier
    named = find_named(principal, command.order_number, command.article, command.serial_number)
    refuse_if(_wrong_fields(command, named), "The request cannot be taken.")
    number = new_number()
    values = {
        "seller_id": seller_id,
        "buyer_id": buyer_id,
        "request_number": number,
        "kind": command.kind,
        "subject": command.subject.strip(),
        "order_id": named.order_id,
        "article_id": named.article_id,
        "registration_id": named.registration_id,
        "opened_by": principal.actor,
        "opened_by_name": principal.actor_name,
        "idempotency_key": key_of(once),
        "request_hash": once.request_hash,
    }
    message = message_values(principal, command.words, once)
    # The same click at once: the other one wrote it.
    made = insert(SupportRequest).values(values).on_conflict_do_nothing().returning(SupportRequest.id)
    request_id = db.session.execute(made).scalar_one_or_none()
    if request_id is None:
        return find_request_of_key(principal, key_of(once)) or get_request(principal, number)
    _write(seller_id, buyer_id, request_id, message)
    record(principal, "support_request.opened", number, after={"support_kind": command.kind.value})
    _tell(principal, "SupportRequestOpened", number)
    return get_request(principal, number)


def reply(
    principal: Principal, number: str, words: Words | None, once: IdempotencyKey, *, solved: bool = False
) -> RequestRow:
    """Write on, or say that it is solved, or both; once for the key. What was solved is open again by a message alone.

    The principal buys and may ask.

    Raises:
        DocumentRefused: the file is too large, or neither a PDF nor a PNG or JPEG picture.
        IdempotencyKeyReused: the key was used with another message.
        InvalidInput: nothing is said; `errors` says it.
        NotFound: there is no such request.
        PermissionDenied: the principal may not ask.
    """
    principal.require(Permission.SUPPORT_ASK)
    seller_id, buyer_id = principal.buying()
    edge = {"seller": seller_id, "buyer": buyer_id}
    found = db.session.execute(_LOCK, {**edge, "number": number}).one_or_none()
    if found is None:
        raise NotFound
    if words is None and (not solved or found.state == RequestState.SOLVED):
        return get_request(principal, number)
    if words is not None:
        refuse_if(wrong_words(words), "The message cannot be taken.")
        if was_written("support_message", principal, seller_id, found.id, once):
            return get_request(principal, number)
        _write(seller_id, buyer_id, found.id, message_values(principal, words, once))
    state = after_customer(RequestState(found.state), solved=solved)
    db.session.execute(_MOVE, {**edge, "id": found.id, "state": state.value})
    record(
        principal,
        "support_request.solved" if solved else "support_request.written",
        number,
        before={"support_state": found.state},
        after={"support_state": state.value},
    )
    _tell(principal, "SupportRequestWritten", number, state=state.value)
    return get_request(principal, number)


def _wrong_fields(command: OpenRequest, named: NamedRow) -> list[dict[str, str]]:
    subject, wrong = command.subject.strip(), []
    if not subject:
        wrong.append(field_error("subject", "missing", "Please say in a few words what it is about."))
    elif len(subject) > MOST_SUBJECT or not subject.isprintable():
        wrong.append(field_error("subject", "too-long", f"Up to {MOST_SUBJECT} printable characters."))
    if command.order_number and named.order_id is None:
        wrong.append(field_error("order_number", "unknown-order", "You have no such order."))
    if command.article and named.article_id is None:
        wrong.append(field_error("article", "unknown-article", "There is no such article."))
    if command.serial_number and named.registration_id is None:
        wrong.append(field_error("serial_number", "unknown-unit", "You have registered no such unit."))
    return wrong + wrong_words(command.words)


def _write(seller_id: int, buyer_id: int, request_id: int, message: dict[str, Any]) -> None:
    place = {"seller_id": seller_id, "buyer_id": buyer_id, "request_id": request_id}
    db.session.execute(insert(SupportMessage).inline().values(**place, side=Side.BUYER, **message))


def _tell(principal: Principal, kind: str, number: str, **more: str) -> None:
    told = {"partner_id": principal.seller_id, "request_number": number, "buyer": principal.organisation_name}
    emit(principal, kind, {**told, **more})
