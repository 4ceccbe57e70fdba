"""What a seller keeps about a buyer, for programs: addresses, contacts, documents, notes, tasks, delivery days."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any

from portal.accounts.api.fields import PageQuery
from portal.accounts.api.record_fields import (
    AddressAnswer,
    AddressBody,
    ContactAnswer,
    ContactBody,
    DeliveryDaysAnswer,
    DeliveryDaysBody,
    DocumentAnswer,
    DocumentBody,
    DocumentContentAnswer,
    Key,
    NoteAnswer,
    NoteBody,
    TaskAnswer,
    TaskBody,
    TaskStateBody,
    by_day,
    by_name,
    by_title,
    document_content,
)
from portal.accounts.document_content import DocumentRefused
from portal.accounts.errors import DocumentInUse, UnusableValue
from portal.accounts.queries import records as queries
from portal.accounts.queries.records import TaskFilter
from portal.accounts.service import records as service
from portal.web.api import (
    USUAL_ITEMS,
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
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Accounts"]
_MOST_BYTES = 8 * 1024 * 1024
_VIEW: Any = {"permission": Permission.ACCOUNTS_VIEW, "scope": Scope.SELLING_READ, "tags": _TAGS}
_MANAGE: Any = {"permission": Permission.ACCOUNTS_MANAGE, "scope": Scope.SELLING_WRITE, "tags": _TAGS}
_LIST: Any = {**_VIEW, "query": PageQuery, "errors": [InvalidCursor]}
_GONE: Any = {**_MANAGE, "response": None, "status": 204}
_KEPT: Any = {**_MANAGE, "response": None, "status": 204}


def day_cursor(cursor: str) -> tuple[date, str] | None:
    """Read a cursor of (day, key).

    Raises:
        InvalidCursor: it is none.
    """
    after = read_cursor(cursor, 2)
    try:
        return None if after is None else (date.fromisoformat(str(after[0])), str(after[1]))
    except ValueError as error:
        raise InvalidCursor("This cursor belongs to another list.") from error


@operation(
    "GET",
    "/selling/accounts/{code}/addresses",
    summary="List the addresses of a buyer",
    response=Page[AddressAnswer],
    **_LIST,
)
def list_account_addresses(principal: Principal, code: Code, query: PageQuery) -> Page[AddressAnswer]:
    """By name; the buyer keeps them too."""
    rows = queries.list_addresses(principal, code, limit=query.limit + 1, after=read_cursor(query.cursor, 2))
    return page_of(rows, query.limit, AddressAnswer.model_validate, by_name)


@operation(
    "PUT", "/selling/accounts/{code}/addresses/{key}", summary="Keep an address of a buyer", body=AddressBody, **_KEPT
)
def put_account_address(principal: Principal, code: Code, key: Key, body: AddressBody) -> None:
    """New under a new key, changed under a known one."""
    service.save_address(principal, key, body.address(), code)


@operation("DELETE", "/selling/accounts/{code}/addresses/{key}", summary="Take an address of a buyer away", **_GONE)
def remove_account_address(principal: Principal, code: Code, key: Key) -> None:
    """Orders keep their copies."""
    service.remove_address(principal, key, code)


@operation(
    "GET",
    "/selling/accounts/{code}/contacts",
    summary="List the contacts at a buyer",
    response=Page[ContactAnswer],
    **_LIST,
)
def list_account_contacts(principal: Principal, code: Code, query: PageQuery) -> Page[ContactAnswer]:
    """By name."""
    rows = queries.list_contacts(principal, code, limit=query.limit + 1, after=read_cursor(query.cursor, 2))
    return page_of(rows, query.limit, ContactAnswer.model_validate, by_name)


@operation(
    "PUT", "/selling/accounts/{code}/contacts/{key}", summary="Keep a contact at a buyer", body=ContactBody, **_KEPT
)
def put_account_contact(principal: Principal, code: Code, key: Key, body: ContactBody) -> None:
    """New under a new key, changed under a known one. A contact has no access."""
    service.save_contact(principal, code, key, body.contact())


@operation("DELETE", "/selling/accounts/{code}/contacts/{key}", summary="Take a contact away", **_GONE)
def remove_account_contact(principal: Principal, code: Code, key: Key) -> None:
    """For good."""
    service.remove_contact(principal, code, key)


@operation(
    "GET",
    "/selling/accounts/{code}/delivery-days",
    summary="Read the delivery days of a buyer",
    response=DeliveryDaysAnswer,
    **_VIEW,
)
def read_account_delivery_days(principal: Principal, code: Code) -> DeliveryDaysAnswer:
    """As agreed."""
    return DeliveryDaysAnswer(days=queries.find_delivery_days(principal, code))


@operation(
    "PUT",
    "/selling/accounts/{code}/delivery-days",
    summary="Agree on delivery days",
    response=DeliveryDaysAnswer,
    body=DeliveryDaysBody,
    **_MANAGE,
)
def put_account_delivery_days(principal: Principal, code: Code, body: DeliveryDaysBody) -> DeliveryDaysAnswer:
    """The buyer sees them where it orders."""
    service.change_delivery_days(principal, code, body.days)
    return DeliveryDaysAnswer(days=queries.find_delivery_days(principal, code))


@operation(
    "GET",
    "/selling/accounts/{code}/documents",
    summary="List the documents about a buyer",
    response=Page[DocumentAnswer],
    **_LIST,
)
def list_account_documents(principal: Principal, code: Code, query: PageQuery) -> Page[DocumentAnswer]:
    """By title, without their content."""
    rows = queries.list_documents(principal, code, limit=query.limit + 1, after=read_cursor(query.cursor, 2))
    return page_of(rows, query.limit, DocumentAnswer.model_validate, by_title)


@operation(
    "POST",
    "/selling/accounts/{code}/documents",
    summary="Keep a document about a buyer",
    response=DocumentAnswer,
    body=DocumentBody,
    errors=[DocumentRefused],
    most_bytes=_MOST_BYTES,
    **_MANAGE,
)
def add_account_document(principal: Principal, code: Code, body: DocumentBody) -> DocumentAnswer:
    """What it is tells its content alone. The same file again gets the new title and sharing."""
    content = document_content(body.content)
    digest = service.add_document(principal, code, service.Document(body.title, content, body.is_shared))
    return DocumentAnswer.model_validate(queries.get_document(principal, digest, code))


@operation(
    "GET",
    "/selling/accounts/{code}/documents/{digest}",
    summary="Read a document about a buyer",
    response=DocumentContentAnswer,
    **_VIEW,
)
def read_account_document(principal: Principal, code: Code, digest: Code) -> DocumentContentAnswer:
    """With its content."""
    return document_answer(queries.get_document(principal, digest, code))


@operation(
    "DELETE",
    "/selling/accounts/{code}/documents/{digest}",
    summary="Take a document away",
    **{**_GONE, "errors": [DocumentInUse]},
)
def remove_account_document(principal: Principal, code: Code, digest: Code) -> None:
    """For good."""
    service.remove_document(principal, code, digest)


@operation(
    "GET", "/selling/accounts/{code}/notes", summary="List the notes about a buyer", response=Page[NoteAnswer], **_LIST
)
def list_account_notes(principal: Principal, code: Code, query: PageQuery) -> Page[NoteAnswer]:
    """The newest first. No buyer ever sees them."""
    rows = queries.list_notes(principal, code, limit=query.limit + 1, after=day_cursor(query.cursor))
    return page_of(rows, query.limit, NoteAnswer.model_validate, by_day)


@operation(
    "PUT", "/selling/accounts/{code}/notes/{key}", summary="Note what happened with a buyer", body=NoteBody, **_KEPT
)
def put_account_note(principal: Principal, code: Code, key: Key, body: NoteBody) -> None:
    """New under a new key, changed under a known one."""
    service.save_note(principal, code, key, body.note())


@operation("DELETE", "/selling/accounts/{code}/notes/{key}", summary="Take a note away", **_GONE)
def remove_account_note(principal: Principal, code: Code, key: Key) -> None:
    """For good."""
    service.remove_note(principal, code, key)


class TasksQuery(ApiQuery):
    """Which tasks."""

    account: Code | None = None
    done: bool = False
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


@operation(
    "GET",
    "/selling/tasks",
    summary="List what is to be done about your buyers",
    response=Page[TaskAnswer],
    query=TasksQuery,
    errors=[InvalidCursor],
    **_VIEW,
)
def list_tasks(principal: Principal, query: TasksQuery) -> Page[TaskAnswer]:
    """The most urgent first. No buyer ever sees them."""
    wanted = TaskFilter(code=query.account or "", done=query.done)
    rows = queries.list_tasks(principal, wanted, limit=query.limit + 1, after=day_cursor(query.cursor))
    return page_of(rows, query.limit, TaskAnswer.model_validate, by_day)


@operation(
    "PUT",
    "/selling/accounts/{code}/tasks/{key}",
    summary="Plan a follow-up or visit at a buyer",
    body=TaskBody,
    **{**_KEPT, "errors": [UnusableValue]},
)
def put_account_task(principal: Principal, code: Code, key: Key, body: TaskBody) -> None:
    """New under a new key, changed under a known one."""
    service.save_task(principal, code, key, body.task())


@operation(
    "PATCH",
    "/selling/accounts/{code}/tasks/{key}",
    summary="Note that a task is done or open again",
    body=TaskStateBody,
    **_KEPT,
)
def change_account_task(principal: Principal, code: Code, key: Key, body: TaskStateBody) -> None:
    """Who did it is the client."""
    service.finish_task(principal, code, key, done=body.done)


@operation("DELETE", "/selling/accounts/{code}/tasks/{key}", summary="Take a task away", **_GONE)
def remove_account_task(principal: Principal, code: Code, key: Key) -> None:
    """For good."""
    service.remove_task(principal, code, key)


def document_answer(document: Any) -> DocumentContentAnswer:
    """Give a document with its content."""
    content = base64.b64encode(document.content).decode()
    return DocumentContentAnswer(title=document.title, content_type=document.content_type, content=content)
