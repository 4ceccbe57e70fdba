"""A buyer's own addresses, delivery days and shared documents, for programs."""

from __future__ import annotations

from typing import Any

from portal.accounts.api.fields import PageQuery
from portal.accounts.api.record_fields import (
    AddressAnswer,
    AddressBody,
    DeliveryDaysAnswer,
    DocumentContentAnswer,
    Key,
    OwnDocumentAnswer,
    by_name,
    by_title,
)
from portal.accounts.api.records import document_answer
from portal.accounts.queries import records as queries
from portal.accounts.service import records as service
from portal.web.api import Code, InvalidCursor, Page, operation, page_of, read_cursor
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Own organisation"]
_VIEW: Any = {"permission": Permission.ORGANISATION_VIEW, "scope": Scope.BUYING_READ, "tags": _TAGS}
_MANAGE: Any = {"permission": Permission.ORGANISATION_MANAGE, "scope": Scope.BUYING_ADMIN, "tags": _TAGS}
_LIST: Any = {**_VIEW, "query": PageQuery, "errors": [InvalidCursor]}
_GONE: Any = {**_MANAGE, "response": None, "status": 204}


@operation("GET", "/buying/addresses", summary="List your addresses", response=Page[AddressAnswer], **_LIST)
def list_own_addresses(principal: Principal, query: PageQuery) -> Page[AddressAnswer]:
    """By name. An order goes to the one it names, else to the usual one for goods, else to your own."""
    rows = queries.list_addresses(principal, limit=query.limit + 1, after=read_cursor(query.cursor, 2))
    return page_of(rows, query.limit, AddressAnswer.model_validate, by_name)


@operation("PUT", "/buying/addresses/{key}", summary="Keep an address of yours", body=AddressBody, **_GONE)
def put_own_address(principal: Principal, key: Key, body: AddressBody) -> None:
    """New under a new key, changed under a known one. Your seller sees and keeps them too."""
    service.save_address(principal, key, body.address())


@operation("DELETE", "/buying/addresses/{key}", summary="Take an address of yours away", **_GONE)
def remove_own_address(principal: Principal, key: Key) -> None:
    """Orders keep their copies."""
    service.remove_address(principal, key)


@operation("GET", "/buying/delivery-days", summary="Read your delivery days", response=DeliveryDaysAnswer, **_VIEW)
def read_own_delivery_days(principal: Principal) -> DeliveryDaysAnswer:
    """As your seller agreed them."""
    return DeliveryDaysAnswer(days=queries.find_delivery_days(principal))


@operation(
    "GET", "/buying/documents", summary="List the documents shared with you", response=Page[OwnDocumentAnswer], **_LIST
)
def list_shared_documents(principal: Principal, query: PageQuery) -> Page[OwnDocumentAnswer]:
    """By title, without their content."""
    rows = queries.list_documents(principal, limit=query.limit + 1, after=read_cursor(query.cursor, 2))
    return page_of(rows, query.limit, OwnDocumentAnswer.model_validate, by_title)


@operation(
    "GET",
    "/buying/documents/{digest}",
    summary="Read a document shared with you",
    response=DocumentContentAnswer,
    **_VIEW,
)
def read_shared_document(principal: Principal, digest: Code) -> DocumentContentAnswer:
    """With its content."""
    return document_answer(queries.get_document(principal, digest))
