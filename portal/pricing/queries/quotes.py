"""Reading prices: set-wise, whatever the number of lines (docs/adr/0004-prices-without-rebuild.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Row, String, bindparam, text

from portal.pricing.models import PriceStrategy
from portal.pricing.queries.drafted import Drafted, with_draft
from portal.pricing.queries.offers import AUDIENCE_OF_LEVEL, Quote, read_own_book
from portal.pricing.rules.decision import Line, PriceBook, PricedLine, PriceEntry, price_lines
from portal.pricing.rules.price_lists import PriceList, lists_to_fetch, minor_unit, order_candidates
from tenants.database import db
from tenants.errors import NotFound
from tenants.principal import Principal

_EVERYONE_LEVEL = 3

_LISTS = text(
    """
    select today.on, policy.price_strategy as strategy,
           coalesce(today.on >= policy.promoted_from and today.on < policy.promoted_to, false) as promoted, l.id, l.code, l.name, l.currency, l.priority, l.valid_from, l.valid_to, l.status, l.base_list_id,
           l.adjustment_percent, l.adjustment_amount, l.decimals
    from (select coalesce(cast(:on as date), (now() at time zone :time_zone)::date) as on) today
    left join pricing_policy policy on policy.seller_id = :seller
    left join price_list l on l.seller_id = :seller and l.id = any(:lists)
    """
).bindparams(bindparam("lists", type_=ARRAY(BigInteger)))

_ASSIGNED = text(
    """
    select a.price_list_id, min(case a.audience when 'account' then 1 when 'group' then 2 else 3 end) as level
    from trading_account t
    join price_assignment a on a.seller_id = t.seller_id
         and (a.audience = 'everyone' or a.buyer_id = t.buyer_id or a.price_group = t.price_group)
    where t.seller_id = :seller and t.buyer_id = :buyer
    group by a.price_list_id
    """
)

_CHAINS = text(
    """
    select l.id from price_list l where l.seller_id = :seller and l.id = any(:lists)
    union select b.base_list_id from price_list b
          where b.seller_id = :seller and b.id = any(:lists) and b.base_list_id is not null
    union select c.base_list_id from price_list b
          join price_list c on c.seller_id = b.seller_id and c.id = b.base_list_id
          where b.seller_id = :seller and b.id = any(:lists) and c.base_list_id is not null
    """
).bindparams(bindparam("lists", type_=ARRAY(BigInteger)))

_ENTRY_COLUMNS = (
    "price_list_id, article_id, min_quantity, nullif(valid_from, '-infinity') as valid_from, valid_to, net_price"
)
_ALL_ENTRIES = f"""
    select {_ENTRY_COLUMNS} from price_entry
    where seller_id = :seller and price_list_id = any(:lists) and article_id = any(:articles)
    """  # noqa: S608 - the columns are a constant of ours
_ARRAYS = (bindparam("lists", type_=ARRAY(BigInteger)), bindparam("articles", type_=ARRAY(BigInteger)))
_ENTRIES = text(_ALL_ENTRIES).bindparams(*_ARRAYS)
_ENTRIES_IN_FORCE = text(
    f"{_ALL_ENTRIES} and price_entry.valid_from <= :on and (valid_to is null or :on < valid_to)"
).bindparams(*_ARRAYS)


class _Lists(NamedTuple):
    by_id: dict[int, Row[Any]]
    strategy: PriceStrategy
    day: date
    promoted: bool


def quote_articles(
    principal: Principal,
    lines: Sequence[tuple[int, Decimal]],
    *,
    buyer_id: int | None = None,
    on: date | None = None,
    explain: bool = False,
    drafted: Drafted | None = None,
) -> Quote:
    """Price (article id, quantity in base units) pairs in the order given: net, in the seller's currency.

    The principal is the buyer itself, or a seller that names one of its buyers by `buyer_id`. `on` is a day in the seller's
    time zone, today when empty; a buyer may ask for today alone. With `explain`, entries out of force are read as well,
    so that an explanation can say why they lost. With `drafted`, as if that draft were published, for sellers alone.

    Raises:
        PermissionDenied: the principal neither buys nor sells.
    """
    articles = {article_id for article_id, _ in lines}
    book = read_book(principal, articles, buyer_id=buyer_id, on=on, explain=explain, drafted=drafted)
    decimals = minor_unit(principal.currency)
    return Quote(price_lines([Line(*line) for line in lines], book, decimals), book, principal.currency, decimals)


def read_book(
    principal: Principal,
    article_ids: Iterable[int],
    *,
    buyer_id: int | None = None,
    on: date | None = None,
    explain: bool = False,
    drafted: Drafted | None = None,
) -> PriceBook:
    """Give all prices of the articles for a buyer on a day, at any quantity; all else as with `quote_articles`.

    Raises:
        PermissionDenied: the principal neither buys nor sells.
    """
    articles = list(article_ids)
    if buyer_id is None and on is None:
        return read_own_book(principal, articles, explain=explain)
    candidates, read = _candidates(principal, buyer_id, on)
    entries = _entries(principal, lists_to_fetch(candidates), articles, None if explain or drafted else read.day)
    if drafted is not None:
        entries = with_draft(principal, drafted, entries, articles)
    return PriceBook(candidates, entries, read.strategy, read.day, promoted=read.promoted)


def price_articles(
    principal: Principal, lines: Sequence[tuple[int, Decimal]], *, on: date | None = None
) -> list[PricedLine]:
    """Price (article id, quantity in base units) pairs of the buyer; see `quote_articles`."""
    return quote_articles(principal, lines, on=on).lines


def find_article_ids(principal: Principal, numbers: Iterable[str]) -> dict[str, int]:
    """Give the ids of the seller's active articles by article number; unknown numbers are left out.

    The principal is the seller or one of its buyers.
    """
    rows = db.session.execute(
        text(
            "select article_number, id from article"
            " where seller_id = :seller and article_number = any(:numbers) and status = 'active'"
        ).bindparams(bindparam("numbers", type_=ARRAY(String))),
        {"seller": principal.trading_seller(), "numbers": list(set(numbers))},
    )
    return {number: article_id for number, article_id in rows.all()}  # noqa: C416 - rows are not pairs to `dict`


def find_buyer_id(principal: Principal, code: str) -> int | None:
    """Give the id of the seller's buyer with that organisation code, or None."""
    statement = text(
        "select o.id from trading_account t join organisation o on o.id = t.buyer_id"
        " where t.seller_id = :seller and o.root_id = :root and o.code = :code"
    )
    parameters = {"seller": principal.selling(), "root": principal.root_id, "code": code}
    buyer_id: int | None = db.session.execute(statement, parameters).scalar_one_or_none()
    return buyer_id


def get_buyer_id(principal: Principal, code: str) -> int:
    """Give the id of the seller's buyer with that organisation code.

    Raises:
        NotFound: the seller has no such buyer.
    """
    buyer_id = find_buyer_id(principal, code)
    if buyer_id is None:
        raise NotFound
    return buyer_id


def read_chains(
    principal: Principal, price_list_ids: Iterable[int], on: date | None
) -> tuple[dict[int, PriceList], date]:
    """Give lists of the seller by id, each with the lists it is derived from, and the day meant (None = today).

    The principal is the seller; assigned to whom does not matter here. Two statements.
    """
    seller_id, wanted = principal.selling(), list(price_list_ids)
    read = _read_lists(principal, _with_bases(seller_id, wanted), on)
    by_id = read.by_id
    return {each: _price_list(by_id[each], _EVERYONE_LEVEL, by_id) for each in wanted if each in by_id}, read.day


def read_entries(principal: Principal, price_list_ids: list[int], article_ids: list[int]) -> list[PriceEntry]:
    """Give all entries of the articles in the lists, past and future ones too. The principal acts on a trading edge."""
    return _entries(principal, price_list_ids, article_ids, None)


def _candidates(principal: Principal, buyer_id: int | None, on: date | None) -> tuple[list[PriceList], _Lists]:
    if buyer_id is None:
        principal.buying()
        levels, list_ids = dict(principal.candidate_lists), list(principal.price_list_ids)
    else:
        seller_id = principal.selling()
        assigned = db.session.execute(_ASSIGNED, {"seller": seller_id, "buyer": buyer_id})
        levels = {row.price_list_id: row.level for row in assigned}
        list_ids = _with_bases(seller_id, list(levels))
    read = _read_lists(principal, list_ids, on)
    lists = [
        _price_list(read.by_id[list_id], level, read.by_id)
        for list_id, level in levels.items()
        if list_id in read.by_id
    ]
    return order_candidates(lists, principal.currency, read.day), read


def _with_bases(seller_id: int, list_ids: list[int]) -> list[int]:
    chains = db.session.execute(_CHAINS, {"seller": seller_id, "lists": list_ids})
    return [list_id for (list_id,) in chains]


def _read_lists(principal: Principal, list_ids: list[int], on: date | None) -> _Lists:
    parameters = {"seller": principal.trading_seller(), "lists": list_ids, "on": on, "time_zone": principal.time_zone}
    rows = db.session.execute(_LISTS, parameters).all()
    day: date = rows[0].on
    strategy = PriceStrategy(rows[0].strategy or PriceStrategy.FIRST)
    return _Lists({row.id: row for row in rows if row.id is not None}, strategy, day, rows[0].promoted)


def _price_list(row: Row[Any], level: int, by_id: Mapping[int, Row[Any]]) -> PriceList:
    base = by_id.get(row.base_list_id) if row.base_list_id else None
    return PriceList(
        id=row.id,
        code=row.code,
        name=row.name or row.code,
        currency=row.currency,
        audience=AUDIENCE_OF_LEVEL[level],
        priority=row.priority,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        active=row.status == "active",
        base=_price_list(base, level, by_id) if base is not None else None,
        adjustment_percent=row.adjustment_percent,
        adjustment_amount=row.adjustment_amount,
        decimals=row.decimals,
    )


def _entries(principal: Principal, lists: list[int], articles: list[int], in_force_on: date | None) -> list[PriceEntry]:
    if not lists or not articles:
        return []
    parameters: dict[str, Any] = {"seller": principal.trading_seller(), "lists": lists, "articles": articles}
    if in_force_on is None:
        rows = db.session.execute(_ENTRIES, parameters)
    else:
        rows = db.session.execute(_ENTRIES_IN_FORCE, {**parameters, "on": in_force_on})
    # Rows serve as entries: `PriceBook` reads them by position.
    return rows.all()  # type: ignore[return-value]
