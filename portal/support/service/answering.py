"""What a seller does at its desk: it answers, notes, says where a request stands, and passes it up to the manufacturer."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from portal.core.field_errors import field_error, refuse_if
from portal.core.idempotency import IdempotencyKey
from portal.core.outbox import emit
from portal.support.errors import CustomerGone, NotShared
from portal.support.models import SupportCase, SupportCaseMessage, SupportMessage
from portal.support.queries.cases import find_grants, find_product_of
from portal.support.queries.requests import RequestRow, get_request
from portal.support.rules import SELLERS_STATES, CaseState, RequestState, Side
from portal.support.service.messages import Words, message_values, new_number, was_written, wrong_words
from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

_LOCK = text(
    "select r.id, r.buyer_id, r.state from support_request r"
    " where r.seller_id = :seller and r.request_number = :number for update"
)
_MOVE = text("update support_request set state = :state, last_at = now() where seller_id = :seller and id = :id")
_MOVE_CASE = text(
    "update support_case set state = :state, last_at = now() where seller_id = :seller and request_id = :id"
)
_NAME = text(
    "update support_case set retailer_name = :name where seller_id = :seller and request_id = :id and retailer_name = ''"
)
_CASE = text("select owner_id, case_number from support_case where seller_id = :seller and request_id = :id for update")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the seller writes; `state` None: as it is. A note is never seen by the customer."""

    words: Words | None = None
    is_internal: bool = False
    state: RequestState | None = None


@dataclass(frozen=True, slots=True)
class PassUp:
    """What the manufacturer is shown: these words and this product, and the retailer's name if the seller says so."""

    words: Words
    article: str = ""
    """Own article number of the manufacturer's product; empty: the one that the request names."""
    names_retailer: bool = False


def answer(principal: Principal, number: str, command: Answer, once: IdempotencyKey) -> RequestRow:
    """Answer the customer, note something, or say where the request stands; once for the key. The principal manages support.

    Raises:
        CustomerGone: there is nobody to answer; notes can be kept, and the request be solved.
        DocumentRefused: the file is too large, or neither a PDF nor a PNG or JPEG picture.
        IdempotencyKeyReused: the key was used with another message.
        InvalidInput: nothing is said, or the state is none that a seller may say; `errors` says which.
        NotFound: the seller has no such request.
        PermissionDenied: the principal may not manage support.
    """
    principal.require(Permission.SUPPORT_MANAGE)
    request = _lock(principal, number)
    words, state = command.words, command.state or request.state
    wrong = wrong_words(words) if words is not None else []
    if command.state is not None and command.state not in {*SELLERS_STATES, request.state}:
        wrong.append(field_error("state", "not-a-state", "Passing up is an act of its own."))
    if words is None and command.state is None:
        wrong.append(field_error("text", "missing", "Say something, or say where it stands."))
    refuse_if(wrong, "The answer cannot be taken.")
    if words is not None and was_written("support_message", principal, principal.selling(), request.id, once):
        return get_request(principal, number)
    is_answer = words is not None and not command.is_internal
    if is_answer and not request.is_customer:
        raise CustomerGone("There is nobody to answer any more.")
    if words is None and state is request.state:
        return request
    if words is not None:
        _write(principal, request, words, once, is_internal=command.is_internal)
    if is_answer or state is not request.state:
        _move(principal, request, state, is_answer=is_answer)
    record(
        principal,
        ("support_request.answered" if is_answer else "support_request.noted") if words else "support_request.moved",
        number,
        before={"support_state": request.state.value},
        after={"support_state": state.value},
    )
    if request.is_customer and (is_answer or state is not request.state):
        told = {"request_number": number, "state": state.value, "receiver": request.opened_by}
        emit(principal, "SupportRequestAnswered", {**told, "buyer_id": request.buyer_id})
    return get_request(principal, number)


def pass_up(principal: Principal, number: str, command: PassUp, once: IdempotencyKey) -> RequestRow:
    """Show the manufacturer a case, or write on in it; once for the key. The principal manages support.

    It is shown the words, file and product of the command and nothing else of the request; whose the request is,
    only where `names_retailer` says so and the agreement with it grants `identity`.

    Raises:
        DocumentRefused: the file is too large, or neither a PDF nor a PNG or JPEG picture.
        IdempotencyKeyReused: the key was used with another message.
        InvalidInput: nothing is said, or the article is none of the manufacturer's; `errors` says which.
        NotFound: the seller has no such request.
        NotShared: the agreement does not grant `service` today, or not `identity` for the name; `grant` says which.
        PermissionDenied: the principal may not manage support.
    """
    principal.require(Permission.SUPPORT_MANAGE)
    request = _lock(principal, number)
    wrong = wrong_words(command.words)
    key = {"seller": principal.selling(), "id": request.id}
    case = db.session.execute(_CASE, key).one_or_none()
    owner_id, product_id = principal.root_id, 0
    if case is None:
        found = find_product_of(principal, command.article or request.article_number or "")
        # The manufacturer itself passes nothing up, and nobody shows it what others make.
        if found is None or found[0] != principal.root_id or found[0] == principal.organisation_id:
            wrong.append(field_error("article", "not-the-manufacturers", "This is no article of the manufacturer."))
        else:
            product_id = found[1]
    refuse_if(wrong, "The case cannot be passed up.")
    if case is not None and was_written("support_case_message", principal, principal.selling(), request.id, once):
        return get_request(principal, number)
    _refuse_unshared(principal, owner_id, names=command.names_retailer)
    name = request.account_name if command.names_retailer else ""
    if case is None:
        values = {
            "seller_id": principal.selling(),
            "request_id": request.id,
            "owner_id": owner_id,
            "product_id": product_id,
            "case_number": new_number(),
            "kind": request.kind,
            "retailer_name": name,
        }
        db.session.execute(insert(SupportCase).inline().values(values))
        case_number = values["case_number"]
    else:
        case_number = case.case_number
        db.session.execute(_NAME, {**key, "name": name})
    message = message_values(principal, command.words, once)
    place = {"seller_id": principal.selling(), "request_id": request.id, "owner_id": owner_id}
    db.session.execute(insert(SupportCaseMessage).inline().values(**place, side=Side.SELLER, **message))
    db.session.execute(_MOVE_CASE, {**key, "state": CaseState.OPEN.value})
    db.session.execute(_MOVE, {**key, "state": RequestState.PASSED_UP.value})
    facts = {"case": case_number, "name": name}
    record(principal, "support_request.passed_up", number, after=facts)
    emit(principal, "SupportCasePassedUp", {"partner_id": owner_id, "case_number": case_number})
    return get_request(principal, number)


def _lock(principal: Principal, number: str) -> RequestRow:
    values = {"seller": principal.selling(), "number": number}
    if db.session.execute(_LOCK, values).one_or_none() is None:
        raise NotFound
    return get_request(principal, number)


def _write(principal: Principal, request: RequestRow, words: Words, once: IdempotencyKey, *, is_internal: bool) -> None:
    place = {"seller_id": principal.selling(), "request_id": request.id, "buyer_id": request.buyer_id}
    message = message_values(principal, words, once)
    statement = insert(SupportMessage).inline()
    db.session.execute(statement.values(**place, side=Side.SELLER, is_internal=is_internal, **message))


def _move(principal: Principal, request: RequestRow, state: RequestState, *, is_answer: bool) -> None:
    key = {"seller": principal.selling(), "id": request.id}
    db.session.execute(_MOVE, {**key, "state": state.value})
    # What the manufacturer answered is done with once the customer has heard; so is everything that is solved.
    heard = request.case_state is CaseState.ANSWERED and (is_answer or state is not request.state)
    if heard or (request.case_state is not None and state is RequestState.SOLVED):
        db.session.execute(_MOVE_CASE, {**key, "state": CaseState.CLOSED.value})


def _refuse_unshared(principal: Principal, owner_id: int, *, names: bool) -> None:
    grants = find_grants(principal, owner_id)
    for grant in ("service", "identity") if names else ("service",):
        if grant not in grants:
            raise NotShared("The agreement with the manufacturer does not grant this today.", grant=grant)
