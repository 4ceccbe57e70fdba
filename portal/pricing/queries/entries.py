"""Reading the entries of price lists, a page at a time or by key; however long the list, never more than asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Date, Numeric, String, bindparam, text

from portal.core.queries import like_pattern
from portal.pricing.rules.entry_rows import EntryKey
from tenants.database import db
from tenants.principal import Principal

_EXPORTED_AT_ONCE = 5_000
_ENTRY = (
    "a.article_number, e.min_quantity, nullif(e.valid_from, '-infinity') as valid_from, e.valid_to, e.net_price,"
    " e.article_id"
)
_ARTICLES = text(
    "select article_number, id from article where seller_id = :seller and article_number = any(:numbers)"
).bindparams(bindparam("numbers", type_=ARRAY(String)))
_CURRENT = text(f"""
    select {_ENTRY} from unnest(:articles, :minimums, :starts) as given (article_id, min_quantity, valid_from)
    join price_entry e on e.seller_id = :seller and e.price_list_id = :list and e.article_id = given.article_id
         and e.min_quantity = given.min_quantity and e.valid_from = coalesce(given.valid_from, '-infinity')
    join article a on a.seller_id = e.seller_id and a.id = e.article_id
""").bindparams(  # noqa: S608 - constants of ours
    bindparam("articles", type_=ARRAY(BigInteger)),
    bindparam("minimums", type_=ARRAY(Numeric)),
    bindparam("starts", type_=ARRAY(Date)),
)


class EntryItem(NamedTuple):
    """An entry with what its article is called; price per base unit, minimum in base units, days None where open."""

    article: str
    min_quantity: Decimal
    valid_from: date | None
    valid_to: date | None
    net_price: Decimal
    article_id: int
    name_en: str = ""
    name_de: str = ""
    base_unit: str = ""

    @property
    def key(self) -> EntryKey:
        """What tells the entry from the others of its list."""
        return EntryKey(self.article, self.min_quantity, self.valid_from)


class EntryFilter(NamedTuple):
    """Which entries of a list: part of an article's number or name; only those that begin after a day."""

    words: str = ""
    begins_after: date | None = None


EVERY_ENTRY = EntryFilter()


def list_entries(
    principal: Principal,
    price_list_id: int,
    *,
    wanted: EntryFilter = EVERY_ENTRY,
    after: EntryKey | None = None,
    limit: int,
) -> list[EntryItem]:
    """Give up to `limit` entries by article number, minimum and first day, behind the key `after`.

    The principal is the seller. Ask for one more than a page shows to learn whether there is a next page.
    """
    # By the article's number its index gives the order, so that a page of a list of 100,000 entries reads a page's worth.
    conditions, values = [""], dict[str, Any](seller=principal.selling(), list=price_list_id, limit=limit)
    if wanted.words:
        conditions.append("(a.article_number ilike :pattern or p.name_en ilike :pattern or p.name_de ilike :pattern)")
        values["pattern"] = like_pattern(wanted.words)
    if wanted.begins_after is not None:
        conditions.append("e.valid_from > :begins_after")
        values["begins_after"] = wanted.begins_after
    if after is not None:
        conditions.append("a.article_number >= :article")
        conditions.append(
            "(a.article_number, e.min_quantity, e.valid_from)"
            " > (:article, :minimum, coalesce(cast(:start as date), '-infinity'))"
        )
        values |= {"article": after.article, "minimum": after.min_quantity, "start": after.valid_from}
    statement = text(f"""
        select {_ENTRY}, p.name_en, p.name_de, p.base_unit from article a
        join product p on p.owner_id = a.owner_id and p.id = a.product_id
        join price_entry e on e.seller_id = a.seller_id and e.price_list_id = :list and e.article_id = a.id
        where a.seller_id = :seller and e.seller_id = :seller {" and ".join(conditions)}
        order by a.article_number, e.min_quantity, e.valid_from limit :limit
    """)  # noqa: S608 - constants of ours
    return [EntryItem(*row) for row in db.session.execute(statement, values)]


def stream_entries(
    principal: Principal, price_list_id: int, *, wanted: EntryFilter = EVERY_ENTRY
) -> Iterator[Sequence[EntryItem]]:
    """Give all entries of a list in parts, in the order of `list_entries`, so that an export needs little memory."""
    after: EntryKey | None = None
    while True:
        part = list_entries(principal, price_list_id, wanted=wanted, after=after, limit=_EXPORTED_AT_ONCE)
        if part:
            yield part
        if len(part) < _EXPORTED_AT_ONCE:
            return
        after = part[-1].key


def find_any_article_ids(principal: Principal, numbers: Iterable[str]) -> dict[str, int]:
    """Give the ids of the seller's articles, active or not, by article number. The principal is the seller."""
    rows = db.session.execute(_ARTICLES, {"seller": principal.selling(), "numbers": list(set(numbers))})
    return {row.article_number: row.id for row in rows}


def find_entries(
    principal: Principal, price_list_id: int, keys: Iterable[tuple[int, EntryKey]]
) -> dict[EntryKey, EntryItem]:
    """Give those entries of a list that exist by (article id, key), in one statement. The principal is the seller."""
    wanted = list(keys)
    rows = db.session.execute(
        _CURRENT,
        {
            "seller": principal.selling(),
            "list": price_list_id,
            "articles": [article_id for article_id, _ in wanted],
            "minimums": [key.min_quantity for _, key in wanted],
            "starts": [key.valid_from for _, key in wanted],
        },
    )
    return {item.key: item for item in (EntryItem(*row) for row in rows)}
