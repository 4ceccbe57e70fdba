"""What operations about addresses, contacts, documents, notes and tasks take and give."""

from __future__ import annotations

import base64
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from portal.accounts.api.fields import Country, Email, Line, Name, PostalCode, ShortLine
from portal.accounts.document_content import DocumentRefused
from portal.accounts.record_models import AddressKind, NoteKind, TaskKind
from portal.accounts.service import records as service
from portal.web.api import ApiAnswer, ApiBody, IsoDate, Whole

Key = Annotated[str, StringConstraints(min_length=4, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
"""Names an address, contact, note or task within its account; a program chooses it, so that sending again makes no second one."""
KeptText = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=4000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*\S[^\x00-\x08\x0b-\x1f\x7f]*$"
    ),
]
Base64 = Annotated[str, StringConstraints(min_length=4, max_length=7_000_000)]


class AddressBody(ApiBody):
    """Where goods or invoices go."""

    name: Name
    kind: Literal["ship_to", "bill_to"] = "ship_to"
    street: Line = ""
    postal_code: PostalCode = ""
    city: Line = ""
    country: Country
    is_usual: bool = Field(
        default=False, description="Taken where none is named; another one of its kind no longer is."
    )

    def address(self) -> service.Address:
        """Give it as the service takes it."""
        return service.Address(**{**self.model_dump(), "kind": AddressKind(self.kind)})


class AddressAnswer(ApiAnswer):
    """An address of a buyer."""

    key: str
    name: str
    kind: Literal["ship_to", "bill_to"]
    street: str
    postal_code: str
    city: str
    country: str
    is_usual: bool


class ContactBody(ApiBody):
    """Somebody at a buyer."""

    name: Name
    position: Line = ""
    email: Email | None = None
    phone: ShortLine = ""

    def contact(self) -> service.Contact:
        """Give it as the service takes it."""
        return service.Contact(self.name, self.position, self.email or "", self.phone)


class ContactAnswer(ApiAnswer):
    """Somebody at a buyer; has no access by it."""

    key: str
    name: str
    position: str
    email: str
    phone: str


class DocumentBody(ApiBody):
    """A PDF, PNG or JPEG of at most 5 MB, in base64."""

    title: Name
    content: Base64
    is_shared: bool = Field(default=False, description="Whether the buyer may read it.")


class DocumentAnswer(ApiAnswer):
    """A document without its content."""

    digest: str = Field(description="SHA-256 of the content.")
    title: str
    content_type: str
    size_bytes: int
    is_shared: bool
    added_by: str
    created_at: AwareDatetime


class OwnDocumentAnswer(ApiAnswer):
    """A document that the seller shares, without its content."""

    digest: str = Field(description="SHA-256 of the content.")
    title: str
    content_type: str
    size_bytes: int
    created_at: AwareDatetime


class DocumentContentAnswer(ApiAnswer):
    """A document's content in base64."""

    title: str
    content_type: str
    content: str


class NoteBody(ApiBody):
    """What happened with a buyer."""

    text: KeptText
    happened_on: IsoDate
    kind: Literal["note", "call", "email", "visit", "meeting"] = "note"

    def note(self) -> service.Note:
        """Give it as the service takes it."""
        return service.Note(self.text, self.happened_on, NoteKind(self.kind))


class NoteAnswer(ApiAnswer):
    """A note; the buyer never sees it."""

    key: str
    kind: Literal["note", "call", "email", "visit", "meeting"]
    text: str
    happened_on: date
    author: str
    created_at: AwareDatetime


class TaskBody(ApiBody):
    """What is to be done about a buyer."""

    text: KeptText
    due_on: IsoDate
    kind: Literal["follow_up", "visit"] = "follow_up"
    owner: Email | None = Field(default=None, description="Address of one of your staff; null = anybody.")

    def task(self) -> service.Task:
        """Give it as the service takes it."""
        return service.Task(self.text, self.due_on, TaskKind(self.kind), self.owner or "")


class TaskStateBody(ApiBody):
    """Whether it is done."""

    done: bool


class TaskAnswer(ApiAnswer):
    """A task; the buyer never sees it."""

    key: str
    code: str = Field(description="The buyer's.")
    kind: Literal["follow_up", "visit"]
    text: str
    due_on: date
    owner_name: str = Field(description="Empty: anybody.")
    created_by: str
    done_at: AwareDatetime | None
    done_by: str


class DeliveryDaysBody(ApiBody):
    """On which days of the week the seller delivers."""

    days: Annotated[list[Annotated[int, Field(ge=1, le=7), Whole]], Field(max_length=7)] = Field(
        description="1 = Monday to 7 = Sunday; empty: none agreed."
    )


class DeliveryDaysAnswer(ApiAnswer):
    """On which days of the week the seller delivers."""

    days: list[int] = Field(description="1 = Monday to 7 = Sunday.")


def by_name(row: Any) -> tuple[Any, ...]:
    """Give the key behind which the next page of addresses or contacts starts."""
    return row.name, row.key


def by_title(row: Any) -> tuple[Any, ...]:
    """Give the key behind which the next page of documents starts."""
    return row.title, row.digest


def by_day(row: Any) -> tuple[Any, ...]:
    """Give the key behind which the next page of notes or tasks starts."""
    return (row.due_on if hasattr(row, "due_on") else row.happened_on).isoformat(), row.key


def document_content(text: str) -> bytes:
    """Give the bytes of a document that came in base64.

    Raises:
        DocumentRefused: it is none.
    """
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise DocumentRefused("The content is no base64.", reason="kind") from error
