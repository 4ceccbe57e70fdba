"""Entries of price lists over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from portal.pricing.queries import entries as queries
from portal.pricing.queries.price_lists import get_price_list, get_today
from portal.pricing.rules.entry_rows import QUANTITY_BOUND as BOUND
from portal.pricing.rules.entry_rows import BadCell, EntryKey, EntryRow, read_day, read_entry, read_key, read_number
from portal.pricing.service.entries import (
    MOST_ENTRIES,
    BadRows,
    BatchChanges,
    Change,
    EntryBatch,
    Removal,
    write_entries,
)
from portal.web.api import (
    USUAL_ITEMS,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    Cursor,
    InvalidCursor,
    IsoDate,
    Limit,
    Page,
    Price,
    Quantity,
    Text,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_LARGE_BODY = 8 * 1024 * 1024


class Documented:
    """Documents a cell as `form` and takes whatever comes: the rows are read by the rule, which names every bad one."""

    def __init__(self, form: Any) -> None:
        self.form = form

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Document the form that is accepted."""
        from pydantic import TypeAdapter

        return TypeAdapter(self.form).json_schema(mode=handler.mode)


class NamedEntry(ApiBody):
    """An entry: its article, from which quantity (base units; empty = 1) and from which day (empty = open) on."""

    article: Annotated[Any, Documented(Code)]
    min_quantity: Annotated[Any, Documented(Quantity | None)] = None
    valid_from: Annotated[Any, Documented(IsoDate | None)] = None


class PutEntry(NamedEntry):
    """A net price per base unit; `valid_to` is the first day it no longer applies (empty = open)."""

    net_price: Annotated[Any, Documented(Price)]
    valid_to: Annotated[Any, Documented(IsoDate | None)] = None


class PutEntries(ApiBody):
    """Entries to be put into a list."""

    entries: list[PutEntry] = Field(min_length=1, max_length=MOST_ENTRIES)


class RemovedEntries(ApiBody):
    """Entries to be taken out of a list."""

    entries: list[NamedEntry] = Field(min_length=1, max_length=MOST_ENTRIES)


class WriteQuery(ApiQuery):
    """How to write."""

    dry_run: bool = Field(default=False, description="Only say what would happen.")


class EntryChanges(ApiAnswer):
    """How many entries were (in a dry run: would be) created, changed, removed, or are the same already."""

    created: int
    changed: int
    removed: int
    unchanged: int
    dry_run: bool


class EntriesQuery(ApiQuery):
    """Which page, and of which articles."""

    q: Text = Field(default="", max_length=100, description="Part of an article's number or name.")
    ahead: bool = Field(default=False, description="Only prices that begin after today.")
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class Entry(ApiAnswer):
    """A net price per base unit from a quantity on; days are null where open."""

    article: str
    min_quantity: Quantity
    net_price: Price
    valid_from: IsoDate | None
    valid_to: IsoDate | None


@operation(
    "PUT",
    "/selling/price-lists/{code}/entries",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=PutEntries,
    query=WriteQuery,
    response=EntryChanges,
    errors=[BadRows, NotFound],
    most_bytes=_LARGE_BODY,
    summary="Put prices into a list",
    tags=["prices"],
)
def put_price_entries(principal: Principal, code: Code, body: PutEntries, query: WriteQuery) -> EntryChanges:
    """All or nothing: one bad row and none is taken; every bad row is named by row, column and reason.

    An entry is named by article, `min_quantity` and `valid_from`: what is there already is changed, the rest created.
    To schedule a price send it with a later `valid_from`; the former one need not be ended. Live for the next request.
    """
    puts: list[EntryRow] = []
    bad: list[BadCell] = []
    for row, given in enumerate(body.entries, start=1):
        read = read_entry(row, given.__dict__)
        if isinstance(read, EntryRow):
            puts.append(read)
        else:
            bad += read
    batch = EntryBatch(puts=puts, bad=bad)
    return _answer(write_entries(principal, code, batch, dry_run=query.dry_run), dry_run=query.dry_run)


@operation(
    "POST",
    "/selling/price-lists/{code}/removed-entries",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=RemovedEntries,
    query=WriteQuery,
    response=EntryChanges,
    errors=[BadRows, NotFound],
    most_bytes=_LARGE_BODY,
    summary="Take prices out of a list",
    tags=["prices"],
)
def remove_price_entries(principal: Principal, code: Code, body: RemovedEntries, query: WriteQuery) -> EntryChanges:
    """All or nothing. An entry that is not there is a bad row; where a price should only end, put it with a `valid_to`."""
    removals: list[Removal] = []
    bad: list[BadCell] = []
    for row, given in enumerate(body.entries, start=1):
        key, wrong = read_key(row, given.__dict__)
        bad += wrong
        if key is not None:
            removals.append(Removal(row, key))
    batch = EntryBatch(removals=removals, bad=bad)
    return _answer(write_entries(principal, code, batch, dry_run=query.dry_run), dry_run=query.dry_run)


@operation(
    "GET",
    "/selling/price-lists/{code}/entries",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    query=EntriesQuery,
    response=Page[Entry],
    errors=[NotFound, InvalidCursor],
    summary="List the prices of a list",
    tags=["prices"],
)
def list_price_entries(principal: Principal, code: Code, query: EntriesQuery) -> Page[Entry]:
    """By article number, minimum quantity and first day; past and future prices included."""
    price_list = get_price_list(principal, code)
    rows = queries.list_entries(
        principal,
        price_list.id,
        wanted=queries.EntryFilter(query.q.strip(), get_today(principal) if query.ahead else None),
        after=cursor_key(query.cursor),
        limit=query.limit + 1,
    )
    return page_of(rows, query.limit, Entry.model_validate, entry_cursor)


def entry_cursor(item: queries.EntryItem) -> Sequence[str]:
    """Give the sort key of an entry as a cursor carries it."""
    return item.article, f"{item.min_quantity:f}", item.valid_from.isoformat() if item.valid_from else ""


def cursor_key(text: str | None) -> EntryKey | None:
    """Give the entry behind which a page starts, None for the first page.

    Raises:
        InvalidCursor: the text is no cursor of this list.
    """
    parts = read_cursor(text, 3)
    if parts is None:
        return None
    minimum, start = read_number(parts[1], 3, BOUND * 10_000), read_day(parts[2])
    if isinstance(minimum, str) or isinstance(start, str) or minimum is None:
        raise InvalidCursor("Use a next_cursor of this list.")
    return EntryKey(str(parts[0]), minimum, start)


def _answer(changes: BatchChanges, *, dry_run: bool) -> EntryChanges:
    return EntryChanges(
        created=changes.count(Change.CREATED),
        changed=changes.count(Change.CHANGED),
        removed=changes.count(Change.REMOVED),
        unchanged=changes.count(Change.UNCHANGED),
        dry_run=dry_run,
    )
