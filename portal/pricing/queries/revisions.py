"""Reading drafts and versions of price lists: what each changes, against what holds now and what the article costs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import text

from portal.core.queries import like_pattern
from portal.pricing.rules.entry_rows import EntryKey
from tenants.database import db
from tenants.errors import NotFound
from tenants.principal import Principal

_COLUMNS = (
    "r.id, r.number, r.name, r.base_version, r.edition, r.undoes_after, r.created_at, r.created_by_name, r.version,"
    " r.published_at, r.published_by_name, r.reason, r.created_count, r.changed_count, r.removed_count"
)
_OF_LIST = "from price_revision r where r.seller_id = :seller and r.price_list_id = :list"
# What a draft was made against is its former price, what holds now the entry itself; where a price from a later day on is
# new, it is compared with the one it follows.
_COMPARED = """
    left join article_cost c on c.seller_id = d.seller_id and c.article_id = d.article_id
    left join price_entry e on e.seller_id = d.seller_id and e.price_list_id = :list and e.article_id = d.article_id
         and e.min_quantity = d.min_quantity and e.valid_from = d.valid_from
    left join lateral (
        select f.net_price from price_entry f
        where d.former_price is null and f.seller_id = d.seller_id and f.price_list_id = :list
          and f.article_id = d.article_id and f.min_quantity = d.min_quantity and f.valid_from < d.valid_from
        order by f.valid_from desc limit 1
    ) followed on true
    cross join lateral (select coalesce(d.former_price, followed.net_price) as price) compared
"""
_NAMED = """
    from price_revision_entry d
    join article a on a.seller_id = d.seller_id and a.id = d.article_id
    join product p on p.owner_id = a.owner_id and p.id = a.product_id
"""
_OF_REVISION = "d.seller_id = :seller and d.revision_id = :revision"
_IN_ORDER = "order by a.article_number, d.min_quantity, d.valid_from limit :limit"
_LARGE = "(d.net_price <= compared.price / 2 or d.net_price >= compared.price * 2)"
_BELOW_COST = "d.net_price < c.cost_price"
_SUSPICIOUS = f"coalesce({_LARGE}, false) or coalesce({_BELOW_COST}, false) or coalesce(d.net_price = 0, false)"
_CONFLICT = (
    "((e.net_price, e.valid_to) is distinct from (d.former_price, d.former_valid_to)"
    " and (e.net_price, e.valid_to) is distinct from (d.net_price, d.valid_to))"
)

_LARGE_DRAFT = 5_000
_IS_LARGE = text(
    "select count(*) = :large from (select from price_revision_entry d where d.seller_id = :seller and d.revision_id = :revision"
    " limit :large) counted"
)
_ROW_BY_ROW = text("select set_config('enable_nestloop', :on, true)")


class Show(StrEnum):
    """Which of a revision's changes."""

    ALL = "all"
    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"
    SUSPICIOUS = "suspicious"
    CONFLICT = "conflict"


_SHOWN = {
    Show.ALL: "true",
    Show.NEW: "d.former_price is null",
    Show.CHANGED: "d.former_price is not null and d.net_price is not null",
    Show.REMOVED: "d.net_price is null",
    Show.SUSPICIOUS: _SUSPICIOUS,
    Show.CONFLICT: _CONFLICT,
}
_COMPARING = frozenset({Show.SUSPICIOUS, Show.CONFLICT})


class RevisionRow(NamedTuple):
    """A draft (`version` None) or a version of a list; `undoes_after` is set where it rolls back."""

    id: int
    number: int
    name: str
    base_version: int
    edition: int
    undoes_after: int | None
    created_at: datetime
    created_by_name: str
    version: int | None
    published_at: datetime | None
    published_by_name: str | None
    reason: str
    created_count: int
    changed_count: int
    removed_count: int


class RevisionChange(NamedTuple):
    """What a revision does to one entry; prices net per base unit, None = no entry; `compared_price` is what to compare with.

    `live_price` and `live_valid_to` are what holds now; `cost_price` what a base unit costs the seller, where known.
    """

    article: str
    min_quantity: Decimal
    valid_from: date | None
    former_price: Decimal | None
    former_valid_to: date | None
    net_price: Decimal | None
    valid_to: date | None
    compared_price: Decimal | None
    live_price: Decimal | None
    live_valid_to: date | None
    cost_price: Decimal | None
    is_suspicious: bool
    is_conflict: bool
    article_id: int
    name_en: str
    name_de: str

    @property
    def key(self) -> EntryKey:
        """What tells the entry from the others of its list."""
        return EntryKey(self.article, self.min_quantity, self.valid_from)


class RevisionSummary(NamedTuple):
    """A draft in numbers; changes are fractions of the compared price."""

    created: int
    changed: int
    removed: int
    suspicious: int
    conflicts: int
    below_cost: int
    known_costs: int
    raised: int
    lowered: int
    mean_change: Decimal | None
    largest_fall: Decimal | None
    largest_rise: Decimal | None
    first_day: date | None
    """On which the first change holds; None = one holds at once."""
    margin_before: Decimal | None
    """Mean of (price - cost) / price over changed prices whose cost is known."""
    margin_after: Decimal | None

    @property
    def total(self) -> int:
        """How many entries it changes."""
        return self.created + self.changed + self.removed


def list_revisions(
    principal: Principal, price_list_id: int, *, published: bool, before: int | None = None, limit: int
) -> list[RevisionRow]:
    """Give up to `limit` versions of a list (or its drafts), newest first, below the version (draft's number) `before`.

    The principal is the seller. Ask for one more than a page shows.
    """
    by = "version" if published else "number"
    condition = f"r.version is {'not ' if published else ''}null" + (f" and r.{by} < :before" if before else "")
    statement = text(f"select {_COLUMNS} {_OF_LIST} and {condition} order by r.{by} desc limit :limit")
    values = {"seller": principal.selling(), "list": price_list_id, "before": before, "limit": limit}
    return [RevisionRow(*row) for row in db.session.execute(statement, values)]


def get_draft(principal: Principal, price_list_id: int, number: int) -> RevisionRow:
    """Give a draft of a list by its number. The principal is the seller.

    Raises:
        NotFound: there is no such draft, or it was published or thrown away.
    """
    return _get(principal, price_list_id, "r.number = :wanted and r.version is null", number)


def get_version(principal: Principal, price_list_id: int, version: int) -> RevisionRow:
    """Give a published version of a list. The principal is the seller.

    Raises:
        NotFound: the list has no such version.
    """
    return _get(principal, price_list_id, "r.version = :wanted", version)


def _get(principal: Principal, price_list_id: int, condition: str, wanted: int) -> RevisionRow:
    values = {"seller": principal.selling(), "list": price_list_id, "wanted": wanted}
    row = db.session.execute(text(f"select {_COLUMNS} {_OF_LIST} and {condition}"), values).one_or_none()
    if row is None:
        raise NotFound
    return RevisionRow(*row)


def get_newest_version(principal: Principal, price_list_id: int) -> int:
    """Give the list's newest version, 0 where nothing was published yet. The principal is the seller."""
    newest: int = db.session.execute(
        text(f"select coalesce(max(r.version), 0) {_OF_LIST}"), {"seller": principal.selling(), "list": price_list_id}
    ).scalar_one()
    return newest


def list_changes(
    principal: Principal,
    price_list_id: int,
    revision_id: int,
    *,
    show: Show = Show.ALL,
    words: str = "",
    after: EntryKey | None = None,
    limit: int,
) -> list[RevisionChange]:
    """Give up to `limit` changes of a revision by article number, minimum and first day, behind the key `after`.

    The principal is the seller. Ask for one more than a page shows.
    """
    conditions = [_SHOWN[show]]
    values: dict[str, Any] = {
        "seller": principal.selling(),
        "list": price_list_id,
        "revision": revision_id,
        "limit": limit,
    }
    if words:
        conditions.append("(a.article_number ilike :pattern or p.name_en ilike :pattern or p.name_de ilike :pattern)")
        values["pattern"] = like_pattern(words)
    if after is not None:
        conditions.append(
            "(a.article_number, d.min_quantity, d.valid_from)"
            " > (:article, :minimum, coalesce(cast(:start as date), '-infinity'))"
        )
        values |= {"article": after.article, "minimum": after.min_quantity, "start": after.valid_from}
    where = f"where {_OF_REVISION} and {' and '.join(f'({each})' for each in conditions)}"
    # What is compared is asked of a page's rows alone, unless the filter asks for it itself.
    page = (
        f"select d.*, a.article_number, p.name_en, p.name_de {_NAMED} {_COMPARED if show in _COMPARING else ''}"
        f" {where} {_IN_ORDER}"
    )
    statement = text(f"""
        select d.article_number, d.min_quantity, nullif(d.valid_from, '-infinity'), d.former_price, d.former_valid_to,
               d.net_price, d.valid_to, compared.price, e.net_price, e.valid_to, c.cost_price, {_SUSPICIOUS},
               {_CONFLICT}, d.article_id, d.name_en, d.name_de
        from ({page}) d {_COMPARED} order by d.article_number, d.min_quantity, d.valid_from
    """)  # noqa: S608 - constants of ours
    return [RevisionChange(*row) for row in db.session.execute(statement, values)]


def summarise(principal: Principal, price_list_id: int, revision_id: int) -> RevisionSummary:
    """Give a draft in numbers, in one statement, however many entries it changes. The principal is the seller."""
    statement = text(f"""
        select count(*) filter (where d.former_price is null),
               count(*) filter (where d.former_price is not null and d.net_price is not null),
               count(*) filter (where d.net_price is null),
               count(*) filter (where {_SUSPICIOUS}),
               count(*) filter (where {_CONFLICT}),
               count(*) filter (where {_BELOW_COST}),
               count(c.cost_price),
               count(*) filter (where d.net_price > compared.price),
               count(*) filter (where d.net_price < compared.price),
               avg(changed.share), least(min(changed.share), 0), greatest(max(changed.share), 0),
               nullif(min(d.valid_from), '-infinity'),
               avg(1 - c.cost_price / nullif(compared.price, 0)) filter (where d.net_price > 0),
               avg(1 - c.cost_price / nullif(d.net_price, 0)) filter (where compared.price > 0)
        from price_revision_entry d {_COMPARED}
        cross join lateral (select d.net_price / nullif(compared.price, 0) - 1 as share offset 0) changed
        where {_OF_REVISION}
    """)  # noqa: S608 - constants of ours
    values = {"seller": principal.selling(), "list": price_list_id, "revision": revision_id}
    # What was just imported is in no statistics: the server would look every row up by itself, in four times the time.
    is_large = db.session.execute(_IS_LARGE, {**values, "large": _LARGE_DRAFT}).scalar_one()
    if is_large:
        db.session.execute(_ROW_BY_ROW, {"on": "off"})
    summary = RevisionSummary(*db.session.execute(statement, values).one())
    if is_large:
        db.session.execute(_ROW_BY_ROW, {"on": "on"})
    return summary
