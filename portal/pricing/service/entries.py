"""Writing entries of a price list: set-wise, all or nothing, live for the buyer's next request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Date, Numeric, bindparam, text

from portal.pricing.queries.entries import EntryItem, find_any_article_ids, find_entries
from portal.pricing.rules.entry_rows import BadCell, EntryKey, EntryRow, RowProblem, find_twice
from portal.pricing.service.versions import NotedChange, note_version
from tenants.audit import record
from tenants.database import db
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

MOST_ENTRIES = 10_000

_SENTENCES = {
    RowProblem.MISSING: "Missing.",
    RowProblem.UNKNOWN_ARTICLE: "There is no such article.",
    RowProblem.NOT_A_NUMBER: "Not a number.",
    RowProblem.AMBIGUOUS_NUMBER: "The number can be read in two ways.",
    RowProblem.NEGATIVE: "A price is from 0.",
    RowProblem.NOT_POSITIVE: "A minimum quantity is above 0.",
    RowProblem.TOO_MANY_DECIMALS: "Up to 4 decimals for a price, 3 for a quantity.",
    RowProblem.TOO_LARGE: "Too large.",
    RowProblem.NOT_A_DAY: "Not a day between 1900 and 2999, as 2026-11-21.",
    RowProblem.ENDS_BEFORE_START: "Ends before it begins.",
    RowProblem.TWICE: "An earlier row names the same article, minimum quantity and first day.",
    RowProblem.CHANGED_MEANWHILE: "Somebody else has changed this entry meanwhile.",
    RowProblem.NO_SUCH_ENTRY: "There is no such entry.",
    RowProblem.NO_CELL: "The row has more cells than there are columns.",
}

# Whoever writes entries of a list waits for whoever does already: no deadlock, and before and after are what they say.
_LOCK_LIST = text("select id, currency from price_list where seller_id = :seller and code = :code for no key update")
_KEYS = (
    bindparam("articles", type_=ARRAY(BigInteger)),
    bindparam("minimums", type_=ARRAY(Numeric)),
    bindparam("starts", type_=ARRAY(Date)),
)
_PUT = text("""
    insert into price_entry (seller_id, price_list_id, article_id, min_quantity, valid_from, valid_to, net_price)
    select :seller, :list, t.article_id, t.min_quantity, coalesce(t.valid_from, '-infinity'), t.valid_to, t.net_price
    from unnest(:articles, :minimums, :starts, :ends, :prices)
         as t (article_id, min_quantity, valid_from, valid_to, net_price)
    on conflict (seller_id, price_list_id, article_id, min_quantity, valid_from)
    do update set valid_to = excluded.valid_to, net_price = excluded.net_price
""").bindparams(*_KEYS, bindparam("ends", type_=ARRAY(Date)), bindparam("prices", type_=ARRAY(Numeric)))
_DELETE = text("""
    delete from price_entry e
    using unnest(:articles, :minimums, :starts) as t (article_id, min_quantity, valid_from)
    where e.seller_id = :seller and e.price_list_id = :list and e.article_id = t.article_id
      and e.min_quantity = t.min_quantity and e.valid_from = coalesce(t.valid_from, '-infinity')
""").bindparams(*_KEYS)


class Change(StrEnum):
    """What a row does to the list."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


class Removal(NamedTuple):
    """A row that takes an entry away."""

    row: int
    key: EntryKey


class Shown(NamedTuple):
    """What an entry was when it was shown to whoever changes it now."""

    net_price: Decimal
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class EntryBatch:
    """What is to be written together; rows carry their number, counted from 1, for whoever has to mend them."""

    puts: Sequence[EntryRow] = ()
    removals: Sequence[Removal] = ()
    bad: Sequence[BadCell] = ()
    """Cells that could not even be read: they are named together with everything else that is wrong."""
    shown: Mapping[EntryKey, Shown] = field(default_factory=dict)
    """Entries that must still be what they were; others are overwritten."""


class RowChange(NamedTuple):
    """What one row does; `before` None = there was no such entry."""

    row: int
    change: Change
    before: Shown | None


@dataclass(frozen=True, slots=True)
class BatchChanges:
    """What a batch did, or would do."""

    rows: Sequence[RowChange]

    def count(self, change: Change) -> int:
        """Count the rows that do this."""
        return sum(1 for row in self.rows if row.change is change)


class BadRows(InvalidInput):
    """Some rows cannot be taken, so none was; `errors` names row, column and reason of each."""

    code = "bad-rows"

    def __init__(self, cells: Sequence[BadCell], listing: str = "entries", *, count: int | None = None) -> None:
        self.cells = sorted(cells, key=lambda cell: cell.row)
        self.count = len(self.cells) if count is None else count
        """Of all bad cells, where only the first are named."""
        super().__init__(
            "Some rows cannot be taken; nothing was changed.",
            error_count=self.count,
            errors=[
                {
                    "pointer": f"#/{listing}/{cell.row - 1}/{cell.column}",
                    "row": cell.row,
                    "column": cell.column,
                    "reason": cell.reason.value,
                    "detail": _SENTENCES[cell.reason],
                }
                for cell in self.cells
            ],
        )


def write_entries(principal: Principal, code: str, batch: EntryBatch, *, dry_run: bool = False) -> BatchChanges:
    """Put and remove entries of the seller's list, all or nothing; with `dry_run` only say what would happen.

    Prices are net per base unit in the list's currency, minimums in base units. The principal is the seller and manages
    prices. Entries that are the same already are left alone.

    Raises:
        BadRows: a row cannot be read, names no article of the seller, names what another row names, or has changed.
        NotFound: the seller has no such list.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    locked = db.session.execute(_LOCK_LIST, {"seller": principal.selling(), "code": code}).one_or_none()
    if locked is None:
        raise NotFound
    list_id, currency = locked
    named = [(put.row, put.key) for put in batch.puts] + [(removal.row, removal.key) for removal in batch.removals]
    ids = find_any_article_ids(principal, (key.article for _, key in named))
    current = find_entries(principal, list_id, ((ids[key.article], key) for _, key in named if key.article in ids))
    bad = [*batch.bad, *_wrong(batch, named, ids, current)]
    if bad:
        raise BadRows(bad)
    changes = _changes(batch, current)
    if not dry_run:
        _apply(principal, list_id, batch, changes, ids)
        _note(principal, code, currency, batch, changes)
        noted = _noted(batch, changes, ids)
        if noted:
            note_version(principal, code, list_id, noted)
    return changes


def _wrong(
    batch: EntryBatch,
    named: Sequence[tuple[int, EntryKey]],
    ids: Mapping[str, int],
    current: Mapping[EntryKey, EntryItem],
) -> Iterable[BadCell]:
    for row, key in named:
        if key.article not in ids:
            yield BadCell(row, "article", RowProblem.UNKNOWN_ARTICLE)
    yield from find_twice(sorted(named, key=lambda each: each[0]))
    for removal in batch.removals:
        if removal.key.article in ids and removal.key not in current and removal.key not in batch.shown:
            yield BadCell(removal.row, "article", RowProblem.NO_SUCH_ENTRY)
    for row, key in named:
        shown, now = batch.shown.get(key), current.get(key)
        if shown is not None and (now is None or _shown(now) != shown):
            yield BadCell(row, "net_price", RowProblem.CHANGED_MEANWHILE)


def _changes(batch: EntryBatch, current: Mapping[EntryKey, EntryItem]) -> BatchChanges:
    rows = []
    for put in batch.puts:
        now = current.get(put.key)
        if now is None:
            rows.append(RowChange(put.row, Change.CREATED, None))
        else:
            same = _shown(now) == Shown(put.net_price, put.valid_to)
            rows.append(RowChange(put.row, Change.UNCHANGED if same else Change.CHANGED, _shown(now)))
    rows += [RowChange(removal.row, Change.REMOVED, _shown(current[removal.key])) for removal in batch.removals]
    return BatchChanges(rows)


def _apply(
    principal: Principal, list_id: int, batch: EntryBatch, changes: BatchChanges, ids: Mapping[str, int]
) -> None:
    place = {"seller": principal.selling(), "list": list_id}
    if batch.removals:
        db.session.execute(_DELETE, {**place, **_keys([removal.key for removal in batch.removals], ids)})
    puts = [
        put
        for put, row in zip(batch.puts, changes.rows, strict=False)
        if row.change in {Change.CREATED, Change.CHANGED}
    ]
    if puts:
        db.session.execute(
            _PUT,
            {
                **place,
                **_keys([put.key for put in puts], ids),
                "ends": [put.valid_to for put in puts],
                "prices": [put.net_price for put in puts],
            },
        )


def _keys(keys: Sequence[EntryKey], ids: Mapping[str, int]) -> dict[str, Any]:
    return {
        "articles": [ids[key.article] for key in keys],
        "minimums": [key.min_quantity for key in keys],
        "starts": [key.valid_from for key in keys],
    }


def _note(principal: Principal, code: str, currency: str, batch: EntryBatch, changes: BatchChanges) -> None:
    """Keep what every changed entry was and is: enough to see, and to take back, the whole act."""
    named: list[tuple[EntryKey, Shown | None]] = [(put.key, Shown(put.net_price, put.valid_to)) for put in batch.puts]
    named += [(removal.key, None) for removal in batch.removals]
    before, after = [], []
    for (key, new), row in zip(named, changes.rows, strict=True):
        if row.change is Change.UNCHANGED:
            continue
        if row.before is not None:
            before.append(_facts(key, row.before))
        if new is not None:
            after.append(_facts(key, new))
    if before or after:
        record(
            principal,
            "price_entries.changed",
            code,
            before={"entries": before, "currency": currency},
            after={"entries": after, "currency": currency},
        )


def _noted(batch: EntryBatch, changes: BatchChanges, ids: Mapping[str, int]) -> list[NotedChange]:
    named: list[tuple[EntryKey, Decimal | None, date | None]]
    named = [(put.key, put.net_price, put.valid_to) for put in batch.puts]
    named += [(removal.key, None, None) for removal in batch.removals]
    noted = []
    for (key, price, end), row in zip(named, changes.rows, strict=True):
        if row.change is not Change.UNCHANGED:
            before, until = (row.before.net_price, row.before.valid_to) if row.before else (None, None)
            noted.append(NotedChange(ids[key.article], key.min_quantity, key.valid_from, before, until, price, end))
    return noted


def _facts(key: EntryKey, shown: Shown) -> list[str | None]:
    days = [None if day is None else day.isoformat() for day in (key.valid_from, shown.valid_to)]
    return [key.article, f"{key.min_quantity.normalize():f}", *days, f"{shown.net_price.normalize():f}"]


def _shown(item: EntryItem) -> Shown:
    return Shown(item.net_price, item.valid_to)
