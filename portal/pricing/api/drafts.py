"""Drafts of price lists over HTTP: begin, fill, look at, settle, publish, roll back; and the versions that come of it."""

from __future__ import annotations

from collections.abc import Sequence

from portal.pricing.api.draft_forms import (
    BeginDraft,
    ChangeAnswer,
    ChangesQuery,
    DraftAnswer,
    DraftedEntries,
    DraftRow,
    DraftSummary,
    ListQuery,
    Number,
    Publication,
    Settlement,
    VersionRow,
)
from portal.pricing.api.entries import cursor_key
from portal.pricing.queries import revisions as queries
from portal.pricing.queries.price_lists import get_price_list
from portal.pricing.rules.entry_rows import BadCell, EntryRow, read_entry, read_key
from portal.pricing.service import drafts as service
from portal.pricing.service.entries import BadRows, EntryBatch, Removal
from portal.pricing.service.publishing import (
    ChangedSinceSeen,
    DraftConflicts,
    NothingToPublish,
    publish,
)
from portal.web.api import (
    Code,
    InvalidCursor,
    Page,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_LARGE_BODY = 8 * 1024 * 1024


@operation(
    "GET",
    "/selling/price-lists/{code}/drafts",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    query=ListQuery,
    response=Page[DraftRow],
    errors=[NotFound, InvalidCursor],
    summary="List the drafts of a price list",
    tags=["prices"],
)
def list_price_drafts(principal: Principal, code: Code, query: ListQuery) -> Page[DraftRow]:
    """Newest first."""
    rows = _revisions(principal, code, query, published=False)
    return page_of(rows, query.limit, DraftRow.model_validate, lambda row: (row.number,))


@operation(
    "POST",
    "/selling/price-lists/{code}/drafts",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=BeginDraft,
    response=DraftAnswer,
    status=201,
    errors=[NotFound, InvalidInput],
    summary="Begin a draft of a price list",
    tags=["prices"],
)
def begin_price_draft(principal: Principal, code: Code, body: BeginDraft) -> DraftAnswer:
    """It prices nothing before it is published. With `roll_back_to` it holds what undoes every later version."""
    if body.roll_back_to is None:
        return draft_answer(principal, code, service.begin_draft(principal, code, body.name))
    return draft_answer(principal, code, service.begin_roll_back(principal, code, body.roll_back_to))


@operation(
    "GET",
    "/selling/price-lists/{code}/drafts/{number}",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    response=DraftAnswer,
    errors=[NotFound],
    summary="Read a draft in numbers",
    tags=["prices"],
)
def read_price_draft(principal: Principal, code: Code, number: Number) -> DraftAnswer:
    """How many entries it changes and by how much, what is suspicious, and what others changed since it was begun."""
    price_list = get_price_list(principal, code)
    return draft_answer(principal, code, queries.get_draft(principal, price_list.id, number))


@operation(
    "DELETE",
    "/selling/price-lists/{code}/drafts/{number}",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    response=None,
    status=204,
    errors=[NotFound],
    summary="Throw a draft away",
    tags=["prices"],
)
def throw_price_draft_away(principal: Principal, code: Code, number: Number) -> None:
    """With everything in it; the list's prices stay as they are."""
    service.throw_away(principal, code, number)


@operation(
    "GET",
    "/selling/price-lists/{code}/drafts/{number}/changes",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    query=ChangesQuery,
    response=Page[ChangeAnswer],
    errors=[NotFound, InvalidCursor],
    summary="List the changes of a draft",
    tags=["prices"],
)
def list_price_draft_changes(
    principal: Principal, code: Code, number: Number, query: ChangesQuery
) -> Page[ChangeAnswer]:
    """By article number, minimum quantity and first day; `show` gives only those of one kind."""
    price_list = get_price_list(principal, code)
    return _changes(principal, price_list.id, queries.get_draft(principal, price_list.id, number), query)


@operation(
    "PUT",
    "/selling/price-lists/{code}/drafts/{number}/changes",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=DraftedEntries,
    response=DraftAnswer,
    errors=[BadRows, NotFound],
    most_bytes=_LARGE_BODY,
    summary="Put entries into a draft",
    tags=["prices"],
)
def change_price_draft(principal: Principal, code: Code, number: Number, body: DraftedEntries) -> DraftAnswer:
    """All or nothing. An entry that is to be as the list has it already leaves the draft."""
    puts: list[EntryRow] = []
    removals: list[Removal] = []
    bad: list[BadCell] = []
    for row, given in enumerate(body.entries, start=1):
        if given.net_price is None:
            key, wrong = read_key(row, given.__dict__)
            bad += wrong
            removals += [Removal(row, key)] if key is not None else []
            continue
        read = read_entry(row, given.__dict__)
        if isinstance(read, EntryRow):
            puts.append(read)
        else:
            bad += read
    service.change_draft(principal, code, number, EntryBatch(puts=puts, removals=removals, bad=bad))
    return read_price_draft(principal, code, number)


@operation(
    "POST",
    "/selling/price-lists/{code}/drafts/{number}/settlement",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=Settlement,
    response=DraftAnswer,
    errors=[NotFound],
    summary="Settle the conflicts of a draft",
    tags=["prices"],
)
def settle_price_draft(principal: Principal, code: Code, number: Number, body: Settlement) -> DraftAnswer:
    """Conflicts are entries that others changed since the draft took them up; nothing of theirs is overwritten unseen."""
    service.settle_conflicts(principal, code, number, body.keep)
    return read_price_draft(principal, code, number)


@operation(
    "POST",
    "/selling/price-lists/{code}/drafts/{number}/publication",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=Publication,
    response=VersionRow,
    status=201,
    errors=[ChangedSinceSeen, DraftConflicts, NotFound, NothingToPublish],
    summary="Publish a draft",
    tags=["prices"],
)
def publish_price_draft(principal: Principal, code: Code, number: Number, body: Publication) -> VersionRow:
    """Every change at once, for every buyer's next request; the draft becomes the list's newest version."""
    return VersionRow.model_validate(publish(principal, code, number, body.reason, edition=body.edition))


@operation(
    "GET",
    "/selling/price-lists/{code}/versions",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    query=ListQuery,
    response=Page[VersionRow],
    errors=[NotFound, InvalidCursor],
    summary="List the versions of a price list",
    tags=["prices"],
)
def list_price_list_versions(principal: Principal, code: Code, query: ListQuery) -> Page[VersionRow]:
    """Newest first: who published what, when and why. Loads of channel folders write no version."""
    rows = _revisions(principal, code, query, published=True)
    return page_of(rows, query.limit, VersionRow.model_validate, lambda row: (row.version or 0,))


@operation(
    "GET",
    "/selling/price-lists/{code}/versions/{version}/changes",
    permission=Permission.PRICES_VIEW,
    scope=Scope.SELLING_READ,
    query=ChangesQuery,
    response=Page[ChangeAnswer],
    errors=[NotFound, InvalidCursor],
    summary="List what a version changed",
    tags=["prices"],
)
def list_price_version_changes(
    principal: Principal, code: Code, version: Number, query: ChangesQuery
) -> Page[ChangeAnswer]:
    """Each entry as it was and as it became."""
    price_list = get_price_list(principal, code)
    return _changes(principal, price_list.id, queries.get_version(principal, price_list.id, version), query)


def _revisions(principal: Principal, code: str, query: ListQuery, *, published: bool) -> Sequence[queries.RevisionRow]:
    price_list = get_price_list(principal, code)
    before = read_cursor(query.cursor, 1)
    return queries.list_revisions(
        principal,
        price_list.id,
        published=published,
        before=int(before[0]) if before else None,
        limit=query.limit + 1,
    )


def _changes(
    principal: Principal, price_list_id: int, revision: queries.RevisionRow, query: ChangesQuery
) -> Page[ChangeAnswer]:
    rows = queries.list_changes(
        principal,
        price_list_id,
        revision.id,
        show=query.show,
        words=query.q.strip(),
        after=cursor_key(query.cursor),
        limit=query.limit + 1,
    )
    return page_of(rows, query.limit, ChangeAnswer.model_validate, change_cursor)


def change_cursor(change: queries.RevisionChange) -> Sequence[str]:
    """Give the sort key of a change as a cursor carries it."""
    return change.article, f"{change.min_quantity:f}", change.valid_from.isoformat() if change.valid_from else ""


def draft_answer(principal: Principal, code: str, draft: queries.RevisionRow) -> DraftAnswer:
    """Give a draft with what it would do."""
    price_list = get_price_list(principal, code)
    summary = DraftSummary.model_validate(queries.summarise(principal, price_list.id, draft.id))
    newest = queries.get_newest_version(principal, price_list.id)
    return DraftAnswer(**DraftRow.model_validate(draft).model_dump(), newest_version=newest, summary=summary)
