"""What a manufacturer does with a case that was passed up to it: it answers the wholesaler."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from portal.core.field_errors import refuse_if
from portal.core.idempotency import IdempotencyKey
from portal.core.outbox import emit
from portal.support.errors import CaseClosed
from portal.support.models import SupportCaseMessage
from portal.support.queries.cases import CaseRow, get_case
from portal.support.rules import CaseState, Side
from portal.support.service.messages import Words, message_values, was_written, wrong_words
from tenants.audit import record
from tenants.database import db
from tenants.permissions import Permission
from tenants.principal import Principal

_LOCK = text(
    "select state from support_case where owner_id = :owner and seller_id = :seller and request_id = :id for update"
)
_ANSWER = text(
    "update support_case set state = 'answered', last_at = now()"
    " where owner_id = :owner and seller_id = :seller and request_id = :id"
)


def answer_case(principal: Principal, number: str, words: Words, once: IdempotencyKey) -> CaseRow:
    """Answer the wholesaler, once for the key. The principal is the brand owner and manages support.

    Raises:
        CaseClosed: the wholesaler has closed it.
        DocumentRefused: the file is too large, or neither a PDF nor a PNG or JPEG picture.
        IdempotencyKeyReused: the key was used with another message.
        InvalidInput: nothing is said; `errors` says it.
        NotFound: there is no such case, or the wholesaler's agreement shows it no more.
        PermissionDenied: the principal may not manage support.
    """
    principal.require(Permission.SUPPORT_MANAGE)
    case = get_case(principal, number)
    key = {"owner": principal.owning(), "seller": case.seller_id, "id": case.request_id}
    state = db.session.execute(_LOCK, key).scalar_one()
    refuse_if(wrong_words(words), "The answer cannot be taken.")
    if was_written("support_case_message", principal, case.seller_id, case.request_id, once):
        return get_case(principal, number)
    if state == CaseState.CLOSED:
        raise CaseClosed("The wholesaler has closed this case.")
    place = {"seller_id": case.seller_id, "request_id": case.request_id, "owner_id": principal.owning()}
    message = message_values(principal, words, once)
    db.session.execute(insert(SupportCaseMessage).inline().values(**place, side=Side.OWNER, **message))
    db.session.execute(_ANSWER, key)
    record(principal, "support_case.answered", number, after={"wholesalers": [case.wholesaler]})
    emit(principal, "SupportCaseAnswered", {"wholesaler_id": case.seller_id, "case_number": number})
    return get_case(principal, number)
