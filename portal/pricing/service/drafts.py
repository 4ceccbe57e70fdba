"""Drafts of price lists: changes put together in peace, which price nothing before they are published (docs/adr/0015)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Date, Numeric, bindparam, text

from portal.pricing.queries.entries import find_any_article_ids
from portal.pricing.queries.revisions import RevisionRow, get_draft, get_version
from portal.pricing.rules.entry_rows import BadCell, EntryKey, RowProblem, find_twice
from portal.pricing.service.entries import BadRows, EntryBatch
from tenants.database import db
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

LONGEST_NAME = 200

_LOCK_LIST = text("select id from price_list where seller_id = :seller and code = :code for no key update")
_LOCK_DRAFT = text(
    "select id, edition from price_revision where seller_id = :seller and price_list_id = :list and number = :number"
    " and version is null for update"
)
_BEGIN = text("""
    insert into price_revision (seller_id, price_list_id, number, name, base_version, undoes_after, created_by_name)
    select :seller, :list, coalesce(max(r.number), 0) + 1, :name, coalesce(max(r.version), 0),
           cast(:undoes_after as integer), :actor_name
    from price_revision r where r.seller_id = :seller and r.price_list_id = :list
    returning number
""")
_THROW_AWAY = text("delete from price_revision where seller_id = :seller and id = :revision")
_NEXT_EDITION = text("update price_revision set edition = edition + 1 where seller_id = :seller and id = :revision")
_GIVEN = (
    bindparam("articles", type_=ARRAY(BigInteger)),
    bindparam("minimums", type_=ARRAY(Numeric)),
    bindparam("starts", type_=ARRAY(Date)),
)
_KEY = "article_id = t.article_id and {0}.min_quantity = t.min_quantity and {0}.valid_from = coalesce(t.valid_from, '-infinity')"
_LEAVE = text(f"""
    delete from price_revision_entry d using unnest(:articles, :minimums, :starts) as t (article_id, min_quantity, valid_from)
    where d.seller_id = :seller and d.revision_id = :revision and d.{_KEY.format("d")}
""").bindparams(*_GIVEN)  # noqa: S608 - constants of ours
_PUT = text(f"""
    insert into price_revision_entry (seller_id, revision_id, article_id, min_quantity, valid_from, former_price,
        former_valid_to, net_price, valid_to)
    select :seller, :revision, t.article_id, t.min_quantity, coalesce(t.valid_from, '-infinity'), e.net_price, e.valid_to,
           t.net_price, t.valid_to
    from unnest(:articles, :minimums, :starts, :ends, :prices) as t (article_id, min_quantity, valid_from, valid_to, net_price)
    left join price_entry e on e.seller_id = :seller and e.price_list_id = :list and e.{_KEY.format("e")}
    where (e.net_price, e.valid_to) is distinct from (t.net_price, t.valid_to)
""").bindparams(*_GIVEN, bindparam("ends", type_=ARRAY(Date)), bindparam("prices", type_=ARRAY(Numeric)))  # noqa: S608 - constants of ours
# From the oldest version that goes what was before it, from the newest what must still be there.
_UNDO = text("""
    insert into price_revision_entry (seller_id, revision_id, article_id, min_quantity, valid_from, former_price,
        former_valid_to, net_price, valid_to)
    with undone as materialized (
        select r.version, e.* from price_revision r
        join price_revision_entry e on e.seller_id = r.seller_id and e.revision_id = r.id
        where r.seller_id = :seller and r.price_list_id = :list and r.version > :version
    ), oldest as (
        select distinct on (article_id, min_quantity, valid_from) * from undone
        order by article_id, min_quantity, valid_from, version
    ), newest as (
        select distinct on (article_id, min_quantity, valid_from) * from undone
        order by article_id, min_quantity, valid_from, version desc
    )
    select :seller, :revision, o.article_id, o.min_quantity, o.valid_from, n.net_price, n.valid_to, o.former_price,
           o.former_valid_to
    from oldest o join newest n using (article_id, min_quantity, valid_from)
    where (n.net_price, n.valid_to) is distinct from (o.former_price, o.former_valid_to)
""")
_CHANGED_MEANWHILE = """
    d.seller_id = :seller and d.revision_id = :revision
    and (e.net_price, e.valid_to) is distinct from (d.former_price, d.former_valid_to)
"""
_LIVE = (
    "left join price_entry e on e.seller_id = o.seller_id and e.price_list_id = :list and e.article_id = o.article_id"
    " and e.min_quantity = o.min_quantity and e.valid_from = o.valid_from"
)
_SAME_ROW = "d.article_id = o.article_id and d.min_quantity = o.min_quantity and d.valid_from = o.valid_from"
_OF_REVISION = "o.seller_id = :seller and o.revision_id = :revision"
_DROP_WHAT_IS_SO = text(f"""
    delete from price_revision_entry d using price_revision_entry o {_LIVE}
    where {_OF_REVISION} and {_SAME_ROW} and {_CHANGED_MEANWHILE}
      and (e.net_price, e.valid_to) is not distinct from (d.net_price, d.valid_to)
""")  # noqa: S608 - constants of ours
_KEEP_MINE = text(f"""
    update price_revision_entry d set former_price = e.net_price, former_valid_to = e.valid_to
    from price_revision_entry o {_LIVE} where {_OF_REVISION} and {_SAME_ROW} and {_CHANGED_MEANWHILE}
""")  # noqa: S608 - constants of ours
_KEEP_THEIRS = text(f"""
    delete from price_revision_entry d using price_revision_entry o {_LIVE}
    where {_OF_REVISION} and {_SAME_ROW} and {_CHANGED_MEANWHILE}
""")  # noqa: S608 - constants of ours


class Keep(StrEnum):
    """Which side stays where others changed what a draft changes."""

    MINE = "mine"
    THEIRS = "theirs"


class LockedDraft(NamedTuple):
    """A draft that nobody else changes or publishes until this transaction ends."""

    id: int
    edition: int
    price_list_id: int


def begin_draft(principal: Principal, code: str, name: str = "") -> RevisionRow:
    """Begin an empty draft of the seller's list. The principal is the seller and manages prices.

    Raises:
        InvalidInput: the name is too long.
        NotFound: the seller has no such list.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    list_id = lock_list(principal, code)
    return _begin(principal, list_id, name)


def begin_roll_back(principal: Principal, code: str, version: int) -> RevisionRow:
    """Begin a draft that undoes every version of the list after `version` (0 = all of them). The principal is the seller.

    What something else than these versions has changed since then stands in it as a conflict.

    Raises:
        NotFound: the list has no such version.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    list_id = lock_list(principal, code)
    if version:
        get_version(principal, list_id, version)
    draft = _begin(principal, list_id, "", undoes_after=version)
    db.session.execute(
        _UNDO, {"seller": principal.selling(), "list": list_id, "revision": draft.id, "version": version}
    )
    return draft


def throw_away(principal: Principal, code: str, number: int) -> None:
    """Throw a draft away, with all it holds. The principal is the seller and manages prices.

    Raises:
        NotFound: there is no such draft.
        PermissionDenied: the principal may not manage prices.
    """
    draft = lock_draft(principal, code, number)
    db.session.execute(_THROW_AWAY, {"seller": principal.selling(), "revision": draft.id})


def change_draft(principal: Principal, code: str, number: int, batch: EntryBatch) -> int:
    """Put and remove entries in a draft, all or nothing; what is so already leaves it. Gives how many rows were read.

    A put or removal of an entry takes the list's present one as what it changes. The principal is the seller.

    Raises:
        BadRows: a row cannot be read, names no article of the seller, or names what another row names.
        NotFound: there is no such draft.
        PermissionDenied: the principal may not manage prices.
    """
    draft = lock_draft(principal, code, number)
    keys = [(put.row, put.key) for put in batch.puts] + [(removal.row, removal.key) for removal in batch.removals]
    ids = find_any_article_ids(principal, (key.article for _, key in keys))
    bad = [*batch.bad, *_wrong(keys, ids)]
    if bad:
        raise BadRows(bad)
    prices: list[tuple[EntryKey, date | None, Decimal | None]]
    prices = [(put.key, put.valid_to, put.net_price) for put in batch.puts]
    prices += [(removal.key, None, None) for removal in batch.removals]
    given = {
        "seller": principal.selling(),
        "list": draft.price_list_id,
        "revision": draft.id,
        "articles": [ids[key.article] for key, _, _ in prices],
        "minimums": [key.min_quantity for key, _, _ in prices],
        "starts": [key.valid_from for key, _, _ in prices],
    }
    db.session.execute(_NEXT_EDITION, given)
    db.session.execute(_LEAVE, given)
    db.session.execute(
        _PUT, {**given, "ends": [end for _, end, _ in prices], "prices": [each for _, _, each in prices]}
    )
    return len(prices)


def settle_conflicts(principal: Principal, code: str, number: int, keep: Keep) -> int:
    """Settle every conflict of a draft, mine or theirs, and give how many there were. The principal is the seller.

    Mine: the draft then changes what the list has now. Theirs: those entries leave the draft.

    Raises:
        NotFound: there is no such draft.
        PermissionDenied: the principal may not manage prices.
    """
    draft = lock_draft(principal, code, number)
    where = {"seller": principal.selling(), "list": draft.price_list_id, "revision": draft.id}
    db.session.execute(_NEXT_EDITION, where)
    drop_what_is_so(principal, draft)
    return count_rows(_KEEP_MINE if keep is Keep.MINE else _KEEP_THEIRS, where)


def drop_what_is_so(principal: Principal, draft: LockedDraft) -> int:
    """Take out of a draft what the list has meanwhile anyway; give how many entries that were. The principal is the seller."""
    where = {"seller": principal.selling(), "list": draft.price_list_id, "revision": draft.id}
    return count_rows(_DROP_WHAT_IS_SO, where)


def lock_list(principal: Principal, code: str) -> int:
    """Let nobody else write the list's entries or begin a draft until this transaction ends; give its id.

    Raises:
        NotFound: the seller has no such list.
    """
    found: int | None = db.session.execute(
        _LOCK_LIST, {"seller": principal.selling(), "code": code}
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def lock_draft(principal: Principal, code: str, number: int) -> LockedDraft:
    """Let nobody else change or publish the draft until this transaction ends: the list first, then the draft.

    Raises:
        NotFound: there is no such draft.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    list_id = lock_list(principal, code)
    values = {"seller": principal.selling(), "list": list_id, "number": number}
    found = db.session.execute(_LOCK_DRAFT, values).one_or_none()
    if found is None:
        raise NotFound
    return LockedDraft(found.id, found.edition, list_id)


def count_rows(statement: Any, values: Mapping[str, Any]) -> int:
    """Run a statement that writes and give how many rows it wrote."""
    result: Any = db.session.execute(statement, values)
    return int(result.rowcount)


def _begin(principal: Principal, list_id: int, name: str, undoes_after: int | None = None) -> RevisionRow:
    if len(name) > LONGEST_NAME or not (name.isprintable() or not name):
        detail = f"A name has up to {LONGEST_NAME} printable characters."
        error = {"pointer": "#/name", "field": "name", "reason": "too-long", "detail": detail}
        raise InvalidInput(detail, errors=[error])
    values = {
        "seller": principal.selling(),
        "list": list_id,
        "name": name.strip(),
        "undoes_after": undoes_after,
        "actor_name": principal.actor_name,
    }
    return get_draft(principal, list_id, db.session.execute(_BEGIN, values).scalar_one())


def _wrong(keys: Sequence[tuple[int, EntryKey]], ids: Mapping[str, int]) -> Iterable[BadCell]:
    for row, key in keys:
        if key.article not in ids:
            yield BadCell(row, "article", RowProblem.UNKNOWN_ARTICLE)
    yield from find_twice(sorted(keys, key=lambda each: each[0]))
