"""Support requests for programs of a customer."""

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
    OwnRequestAnswer,
    OwnThreadAnswer,
    RequestsQuery,
    Subject,
    ThreadQuery,
    content_answer,
    own_thread_answer,
    requests_page,
)
from portal.support.queries.requests import get_attachment, get_request, list_messages
from portal.support.rules import RequestKind
from portal.support.service.asking import OpenRequest, open_request, reply
from portal.web.api import Code, InvalidCursor, Page, operation, read_cursor
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Support"]
_VIEW: Any = {"permission": Permission.SUPPORT_VIEW, "scope": Scope.BUYING_READ, "tags": _TAGS}
_ASK: Any = {"permission": Permission.SUPPORT_ASK, "scope": Scope.BUYING_WRITE, "tags": _TAGS}


class NewRequestBody(MessageBody):
    """What is asked."""

    kind: RequestKind = Field(strict=False)
    subject: Subject
    order_number: Code | None = None
    article: Code | None = None
    serial_number: Code | None = Field(default=None, description="Of a unit that you registered.")


class ReplyBody(MessageBody):
    """What is written on; nothing at all, if the request is only called solved."""

    solved: bool = False


@operation(
    "GET",
    "/buying/support-requests",
    summary="List your support requests",
    query=RequestsQuery,
    response=Page[OwnRequestAnswer],
    errors=[InvalidCursor],
    **_VIEW,
)
def list_own_support_requests(principal: Principal, query: RequestsQuery) -> Page[OwnRequestAnswer]:
    """Those last written to first. `waiting`: it is your turn."""
    return requests_page(principal, query, OwnRequestAnswer)


@operation(
    "POST",
    "/buying/support-requests",
    summary="Ask your supplier's support",
    body=NewRequestBody,
    response=OwnRequestAnswer,
    status=201,
    idempotency=True,
    errors=[DocumentRefused, IdempotencyKeyReused, InvalidInput],
    most_bytes=MOST_BODY_BYTES,
    **_ASK,
)
def open_support_request(principal: Principal, body: NewRequestBody, idempotency: IdempotencyKey) -> OwnRequestAnswer:
    """About an order, an article, or in general; once for each idempotency key. A repeat is given the request as it stands."""
    command = OpenRequest(
        body.kind, body.subject, body.words(), body.order_number or "", body.article or "", body.serial_number or ""
    )
    return OwnRequestAnswer.model_validate(open_request(principal, command, idempotency))


@operation(
    "GET",
    "/buying/support-requests/{request_number}",
    summary="Read your support request",
    query=ThreadQuery,
    response=OwnThreadAnswer,
    errors=[InvalidCursor, NotFound],
    **_VIEW,
)
def read_own_support_request(principal: Principal, request_number: Code, query: ThreadQuery) -> OwnThreadAnswer:
    """With a page of its messages, the newest first; `messages.next_cursor` leads to the older ones."""
    found = get_request(principal, request_number)
    rows = list_messages(principal, found, after=read_cursor(query.cursor, 3), limit=query.limit + 1)
    return own_thread_answer(found, rows, query.limit)


@operation(
    "POST",
    "/buying/support-requests/{request_number}/messages",
    summary="Write on about your support request",
    body=ReplyBody,
    response=OwnRequestAnswer,
    status=201,
    idempotency=True,
    errors=[DocumentRefused, IdempotencyKeyReused, InvalidInput, NotFound],
    most_bytes=MOST_BODY_BYTES,
    **_ASK,
)
def write_own_support_message(
    principal: Principal, request_number: Code, body: ReplyBody, idempotency: IdempotencyKey
) -> OwnRequestAnswer:
    """Or call it solved with `solved`; what was solved is open again by a message alone."""
    words = None if body.solved and body.is_silent else body.words()
    return OwnRequestAnswer.model_validate(reply(principal, request_number, words, idempotency, solved=body.solved))


@operation(
    "GET",
    "/buying/support-requests/{request_number}/attachments/{digest}",
    summary="Read a file of your support request",
    response=AttachmentContentAnswer,
    errors=[NotFound],
    **_VIEW,
)
def read_own_support_attachment(principal: Principal, request_number: Code, digest: Digest) -> AttachmentContentAnswer:
    """In base64."""
    return content_answer(get_attachment(principal, request_number, digest))
