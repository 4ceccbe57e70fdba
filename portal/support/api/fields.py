"""What operations of the support desk take and give."""

from __future__ import annotations

import base64
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, Field, StringConstraints

from portal.accounts.api.record_fields import Base64, document_content
from portal.support.queries.attachments import AttachmentRow
from portal.support.queries.requests import MessageRow, RequestRow, list_requests
from portal.support.rules import RequestKind, RequestState, Side
from portal.support.service.messages import MOST_SUBJECT, MOST_TEXT, Words
from portal.web.api import USUAL_ITEMS, ApiAnswer, ApiBody, ApiQuery, Cursor, Limit, Page, page_of, read_cursor
from tenants.principal import Principal

MOST_BODY_BYTES = 8 * 1024 * 1024
"""A file of 5 MB is a third longer in base64."""

MessageText = Annotated[str, StringConstraints(max_length=MOST_TEXT, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=MOST_SUBJECT, pattern=r"^[^\x00-\x1f\x7f]+$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class MessageBody(ApiBody):
    """Words, a file, or both."""

    text: MessageText = ""
    attachment: Base64 | None = Field(default=None, description="A PDF, PNG or JPEG of at most 5 MB, in base64.")

    def words(self) -> Words:
        """Give them as the service takes them."""
        return Words(self.text, document_content(self.attachment) if self.attachment else None)

    @property
    def is_silent(self) -> bool:
        """Tell whether nothing is said."""
        return not self.text.strip() and not self.attachment


class ThreadQuery(ApiQuery):
    """Which page of the messages, the newest first."""

    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class RequestsQuery(ApiQuery):
    """Which requests, and which page of them."""

    state: RequestState | None = Field(None, strict=False)
    q: Annotated[str, StringConstraints(max_length=100)] = Field(
        "", description="Part of a number, subject, article or order."
    )
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class AttachmentAnswer(ApiAnswer):
    """What a file is."""

    digest: str = Field(description="SHA-256 of the content.")
    content_type: str
    size_bytes: int


class AttachmentContentAnswer(ApiAnswer):
    """A file's content in base64."""

    digest: str
    content_type: str
    content: str


class SideMessageAnswer(ApiAnswer):
    """What one side wrote."""

    side: Side
    text: str
    attachment: AttachmentAnswer | None
    at: AwareDatetime


class OwnMessageAnswer(SideMessageAnswer):
    """What one side wrote, with the name of the own organisation's person who did."""

    author_name: str = Field(description="Empty: the other organisation's.")


class MessageAnswer(OwnMessageAnswer):
    """The same, at the seller's desk."""

    is_internal: bool = Field(description="A note, which the customer never sees.")
    is_in_case: bool = Field(description="Between seller and manufacturer, never seen by the customer.")


class OwnRequestAnswer(ApiAnswer):
    """What a customer asked."""

    request_number: str
    kind: RequestKind
    subject: str
    state: RequestState
    order_number: str | None
    article_number: str | None
    serial_number: str | None = Field(description="Of the registered unit that it is about.")
    opened_by_name: str
    opened_at: AwareDatetime
    last_at: AwareDatetime


class RequestAnswer(OwnRequestAnswer):
    """The same, at the seller's desk; open again once the manufacturer answered."""

    account: str = Field(description="Empty: buys elsewhere by now.")
    account_name: str
    case_number: str | None = Field(description="Of the case that was passed up.")
    case_state: str | None


class OwnThreadAnswer(OwnRequestAnswer):
    """A request with a page of its messages, the newest first."""

    messages: Page[OwnMessageAnswer]


class ThreadAnswer(RequestAnswer):
    """A request at the desk with a page of its messages, the newest first."""

    messages: Page[MessageAnswer]


Answer = TypeVar("Answer", bound=OwnRequestAnswer)


def requests_page(principal: Principal, query: RequestsQuery, answer: type[Answer]) -> Page[Answer]:
    """Give a page of requests. The principal is a seller or a buyer."""
    after = read_cursor(query.cursor, 2)
    rows = list_requests(principal, state=query.state, words=query.q.strip(), after=after, limit=query.limit + 1)
    return page_of(rows, query.limit, answer.model_validate, lambda row: (row.last_at.isoformat(), row.id))


def thread_answer(request: RequestRow, rows: list[MessageRow], limit: int) -> ThreadAnswer:
    """Give a request with its messages, as the seller has them."""
    page = page_of(rows, limit, _message, _key)
    return ThreadAnswer.model_validate({**RequestAnswer.model_validate(request).model_dump(), "messages": page})


def own_thread_answer(request: RequestRow, rows: list[MessageRow], limit: int) -> OwnThreadAnswer:
    """Give a request with its messages, as the customer has them."""
    page = page_of(rows, limit, _own_message, _key)
    return OwnThreadAnswer.model_validate({**OwnRequestAnswer.model_validate(request).model_dump(), "messages": page})


def side_message(row: Any) -> dict[str, Any]:
    """Give what every side is told of a message."""
    file = {"digest": row.attachment_digest, "content_type": row.attachment_type, "size_bytes": row.attachment_bytes}
    return {"side": row.side, "text": row.text, "attachment": file if row.attachment_digest else None, "at": row.at}


def content_answer(row: AttachmentRow) -> AttachmentContentAnswer:
    """Give a file with its content."""
    content = base64.b64encode(row.content).decode()
    return AttachmentContentAnswer(digest=row.digest, content_type=row.content_type, content=content)


def _own_message(row: MessageRow) -> OwnMessageAnswer:
    return OwnMessageAnswer.model_validate({**side_message(row), "author_name": row.author_name})


def _message(row: MessageRow) -> MessageAnswer:
    more = {"is_internal": row.is_internal, "is_in_case": row.part == "case", "author_name": row.author_name}
    return MessageAnswer.model_validate({**side_message(row), **more})


def _key(row: MessageRow) -> tuple[Any, ...]:
    return row.at.isoformat(), row.part, row.id
