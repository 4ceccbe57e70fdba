"""Cases that were passed up, for programs of a manufacturer."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, Field

from portal.accounts.document_content import DocumentRefused
from portal.core.idempotency import IdempotencyKey, IdempotencyKeyReused
from portal.support.api.fields import (
    MOST_BODY_BYTES,
    AttachmentContentAnswer,
    Digest,
    MessageBody,
    SideMessageAnswer,
    ThreadQuery,
    content_answer,
    side_message,
)
from portal.support.errors import CaseClosed
from portal.support.queries.cases import get_case, get_case_attachment, list_case_messages, list_cases
from portal.support.rules import CaseState, RequestKind
from portal.support.service.cases import answer_case
from portal.web.api import (
    USUAL_ITEMS,
    ApiAnswer,
    ApiQuery,
    Code,
    Cursor,
    InvalidCursor,
    Limit,
    Page,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Support"]
_VIEW: Any = {"permission": Permission.SUPPORT_VIEW, "scope": Scope.BRAND_READ, "tags": _TAGS}
_MANAGE: Any = {"permission": Permission.SUPPORT_MANAGE, "scope": Scope.BRAND_WRITE, "tags": _TAGS}


class CasesQuery(ApiQuery):
    """Which cases, and which page of them."""

    state: CaseState | None = Field(None, strict=False)
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class CaseAnswer(ApiAnswer):
    """What a wholesaler passed up."""

    case_number: str
    wholesaler: str
    wholesaler_name: str
    kind: RequestKind
    state: CaseState
    retailer_name: str = Field(description="Empty: not named.")
    sku: str
    opened_at: AwareDatetime
    last_at: AwareDatetime


class CaseThreadAnswer(CaseAnswer):
    """A case with a page of its messages, the newest first."""

    messages: Page[SideMessageAnswer]


@operation(
    "GET",
    "/brand/support-cases",
    summary="List the cases that wholesalers passed up",
    query=CasesQuery,
    response=Page[CaseAnswer],
    errors=[InvalidCursor],
    **_VIEW,
)
def list_support_cases(principal: Principal, query: CasesQuery) -> Page[CaseAnswer]:
    """Of wholesalers whose agreement grants `service`; those last written to first. `open`: it is your turn."""
    rows = list_cases(principal, state=query.state, after=read_cursor(query.cursor, 2), limit=query.limit + 1)
    return page_of(rows, query.limit, CaseAnswer.model_validate, lambda row: (row.last_at.isoformat(), row.case_number))


@operation(
    "GET",
    "/brand/support-cases/{case_number}",
    summary="Read a case",
    query=ThreadQuery,
    response=CaseThreadAnswer,
    errors=[InvalidCursor, NotFound],
    **_VIEW,
)
def read_support_case(principal: Principal, case_number: Code, query: ThreadQuery) -> CaseThreadAnswer:
    """With a page of its messages, the newest first."""
    case = get_case(principal, case_number)
    rows = list_case_messages(principal, case, after=read_cursor(query.cursor, 2), limit=query.limit + 1)
    page = page_of(
        rows,
        query.limit,
        lambda row: SideMessageAnswer.model_validate(side_message(row)),
        lambda row: (row.at.isoformat(), row.id),
    )
    return CaseThreadAnswer.model_validate({**CaseAnswer.model_validate(case).model_dump(), "messages": page})


@operation(
    "POST",
    "/brand/support-cases/{case_number}/messages",
    summary="Answer a case",
    body=MessageBody,
    response=CaseAnswer,
    status=201,
    idempotency=True,
    errors=[CaseClosed, DocumentRefused, IdempotencyKeyReused, InvalidInput, NotFound],
    most_bytes=MOST_BODY_BYTES,
    **_MANAGE,
)
def answer_support_case(
    principal: Principal, case_number: Code, body: MessageBody, idempotency: IdempotencyKey
) -> CaseAnswer:
    """The wholesaler reads it and answers its customer itself; once for each idempotency key."""
    return CaseAnswer.model_validate(answer_case(principal, case_number, body.words(), idempotency))


@operation(
    "GET",
    "/brand/support-cases/{case_number}/attachments/{digest}",
    summary="Read a file of a case",
    response=AttachmentContentAnswer,
    errors=[NotFound],
    **_VIEW,
)
def read_support_case_attachment(principal: Principal, case_number: Code, digest: Digest) -> AttachmentContentAnswer:
    """In base64."""
    return content_answer(get_case_attachment(principal, case_number, digest))
