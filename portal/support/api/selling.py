"""The support desk for programs of a seller."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from portal.accounts.document_content import DocumentRefused
from portal.core.idempotency import IdempotencyKey, IdempotencyKeyReused
from portal.support.api.fields import (
    MOST_BODY_BYTES,
    AttachmentContentAnswer,
    Digest,
    MessageBody,
    RequestAnswer,
    RequestsQuery,
    ThreadAnswer,
    ThreadQuery,
    content_answer,
    requests_page,
    thread_answer,
)
from portal.support.errors import CustomerGone, NotShared
from portal.support.queries.requests import get_attachment, get_request, list_messages
from portal.support.rules import RequestState
from portal.support.service.answering import Answer, PassUp, answer, pass_up
from portal.web.api import Code, InvalidCursor, Page, operation, read_cursor
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Support"]
_VIEW: Any = {"permission": Permission.SUPPORT_VIEW, "scope": Scope.SELLING_READ, "tags": _TAGS}
_MANAGE: Any = {"permission": Permission.SUPPORT_MANAGE, "scope": Scope.SELLING_WRITE, "tags": _TAGS}


class AnswerBody(MessageBody):
    """An answer or a note; nothing at all, if only the state changes."""

    is_internal: bool = Field(default=False, description="A note, which the customer never sees.")
    state: RequestState | None = Field(
        default=None, strict=False, description="`open`, `waiting` (for the customer) or `solved`; null: as it is."
    )


class PassUpBody(MessageBody):
    """What the manufacturer is shown: this text, this file, and the product."""

    article: Code | None = Field(
        default=None, description="Your number of one of its products; null: the article of the request."
    )
    names_retailer: bool = Field(default=False, description="Only where the agreement grants `identity`.")


@operation(
    "GET",
    "/selling/support-requests",
    summary="List what your customers ask",
    query=RequestsQuery,
    response=Page[RequestAnswer],
    errors=[InvalidCursor],
    **_VIEW,
)
def list_support_requests(principal: Principal, query: RequestsQuery) -> Page[RequestAnswer]:
    """Those last written to first. `open`: it is your turn."""
    return requests_page(principal, query, RequestAnswer)


@operation(
    "GET",
    "/selling/support-requests/{request_number}",
    summary="Read a customer's support request",
    query=ThreadQuery,
    response=ThreadAnswer,
    errors=[InvalidCursor, NotFound],
    **_VIEW,
)
def read_support_request(principal: Principal, request_number: Code, query: ThreadQuery) -> ThreadAnswer:
    """With a page of messages, notes, and what was written between you and the manufacturer, the newest first."""
    found = get_request(principal, request_number)
    rows = list_messages(principal, found, after=read_cursor(query.cursor, 3), limit=query.limit + 1)
    return thread_answer(found, rows, query.limit)


@operation(
    "POST",
    "/selling/support-requests/{request_number}/messages",
    summary="Answer a customer's support request",
    body=AnswerBody,
    response=RequestAnswer,
    status=201,
    idempotency=True,
    errors=[CustomerGone, DocumentRefused, IdempotencyKeyReused, InvalidInput, NotFound],
    most_bytes=MOST_BODY_BYTES,
    **_MANAGE,
)
def write_support_message(
    principal: Principal, request_number: Code, body: AnswerBody, idempotency: IdempotencyKey
) -> RequestAnswer:
    """Or note something, or say where it stands; once for each idempotency key."""
    command = Answer(None if body.is_silent else body.words(), body.is_internal, body.state)
    return RequestAnswer.model_validate(answer(principal, request_number, command, idempotency))


@operation(
    "POST",
    "/selling/support-requests/{request_number}/passings",
    summary="Pass a support request up to the manufacturer",
    body=PassUpBody,
    response=RequestAnswer,
    status=201,
    idempotency=True,
    errors=[DocumentRefused, IdempotencyKeyReused, InvalidInput, NotFound, NotShared],
    most_bytes=MOST_BODY_BYTES,
    **_MANAGE,
)
def pass_support_request_up(
    principal: Principal, request_number: Code, body: PassUpBody, idempotency: IdempotencyKey
) -> RequestAnswer:
    """Or write on in the case. The manufacturer sees text, file and product and nothing else, where the agreement grants `service`."""
    command = PassUp(body.words(), body.article or "", body.names_retailer)
    return RequestAnswer.model_validate(pass_up(principal, request_number, command, idempotency))


@operation(
    "GET",
    "/selling/support-requests/{request_number}/attachments/{digest}",
    summary="Read a file of a customer's support request",
    response=AttachmentContentAnswer,
    errors=[NotFound],
    **_VIEW,
)
def read_support_attachment(principal: Principal, request_number: Code, digest: Digest) -> AttachmentContentAnswer:
    """In base64."""
    return content_answer(get_attachment(principal, request_number, digest))
