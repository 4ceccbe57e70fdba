"""What a line of the order grid tells about its article, read for all lines at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ARRAY, BigInteger, String, bindparam, text

from portal.ordering.queries.approvals import ALONE, alone_values
from portal.ordering.rules.codes import CodeGuess, GuessKind
from tenants.database import db, read
from tenants.principal import Principal

_ENOUGH_ORDERS = 5
"""Fewer former orders do not tell what is usual."""
_LAST_ORDERS = 500

_FACTS = text(
    """
    select a.id, a.article_number, a.min_quantity, a.order_multiple, a.backorder = 'allow' as backorder,
           a.status = 'active' and p.status = 'active' as offered,
           p.name_en, p.name_de, p.base_unit, p.picture_digest, coalesce(k.packagings, '{}') as packagings,
           v.available_quantity, v.incoming_on
    from article a
    join product p on p.owner_id = a.owner_id and p.id = a.product_id
    left join lateral (select jsonb_object_agg(g.unit, g.contains::text) as packagings from packaging g
                       where g.owner_id = a.owner_id and g.product_id = a.product_id) k on true
    left join available_quantities(array(
        select x.id from article x where x.seller_id = :seller and x.article_number = any(:numbers))) v
        on v.article_id = a.id
    where a.seller_id = :seller and a.article_number = any(:numbers)
    """
).bindparams(bindparam("numbers", type_=ARRAY(String)))

_HABITS = text(
    """
    select article_id, (array_agg(quantity order by placed_on desc))[1:3] as last_quantities,
           round((percentile_cont(0.5) within group (order by gap))::numeric)::integer as interval_days
    from (select l.article_id, l.placed_on, sum(l.ordered_quantity - l.cancelled_quantity) as quantity,
                 l.placed_on - lag(l.placed_on) over (partition by l.article_id order by l.placed_on) as gap
          from order_line l
          where l.seller_id = :seller and l.buyer_id = :buyer and l.article_id = any(:articles)
            and l.placed_on > current_date - 730
          group by l.article_id, l.placed_on
          having sum(l.ordered_quantity - l.cancelled_quantity) > 0) days
    group by article_id
    """
).bindparams(bindparam("articles", type_=ARRAY(BigInteger)))

_ORDER_BOUNDS = f"""
    select case when count(*) >= %(enough)s then max(total) end, {ALONE},
           exists (select from loyalty_programme g where g.seller_id = %(seller)s and g.state = 'running')
    from (select total from sales_order
          where seller_id = %(seller)s and buyer_id = %(buyer)s and status <> 'cancelled' and total > 0
          order by placed_at desc, id desc limit %(most)s) o
"""  # noqa: S608 - all parts are constants of ours

_EXACT = text(
    """
    select a.article_number as code, a.id, a.article_number from article a
    where a.seller_id = :seller and a.status = 'active' and a.article_number = any(:codes)
    union all
    select p.gtin, a.id, a.article_number from product p
    join article a on a.seller_id = :seller and a.owner_id = p.owner_id and a.product_id = p.id and a.status = 'active'
    where p.gtin = any(:codes) and p.gtin <> ''
    union all
    select g.gtin, a.id, a.article_number from packaging g
    join article a on a.seller_id = :seller and a.owner_id = g.owner_id and a.product_id = g.product_id
        and a.status = 'active'
    where g.gtin = any(:codes) and g.gtin <> '' and g.owner_id = any(:owners)
    """
).bindparams(bindparam("codes", type_=ARRAY(String)), bindparam("owners", type_=ARRAY(BigInteger)))

_MANGLED = text(
    """
    with codes as materialized (
        select ltrim(a.article_number, '0') as code, a.id, a.article_number from article a
        where a.seller_id = :seller and a.status = 'active' and a.article_number ~ '^[0-9]+$'
        union all
        select ltrim(p.gtin, '0'), a.id, a.article_number from article a
        join product p on p.owner_id = a.owner_id and p.id = a.product_id
        where a.seller_id = :seller and a.status = 'active' and p.gtin <> ''
    )
    select 'stripped' as kind, code as wanted, id, article_number from codes where code = any(:stripped)
    union
    select 'range', r.low, c.id, c.article_number
    from unnest(:lows, :highs) as r (low, high)
    join codes c on length(c.code) = length(r.low) and c.code >= r.low collate "C" and c.code < r.high collate "C"
    """
).bindparams(*(bindparam(name, type_=ARRAY(String)) for name in ("stripped", "lows", "highs")))

_SUGGEST = text(
    """
    select a.article_number, p.name_en, p.name_de, p.picture_digest, p.base_unit
    from article a join product p on p.owner_id = a.owner_id and p.id = a.product_id
    where a.seller_id = :seller and a.status = 'active' and p.status = 'active'
      and (starts_with(lower(a.article_number), :words) or starts_with(p.gtin, :words)
           or strpos(lower(p.name_de), :words) > 0 or strpos(lower(p.name_en), :words) > 0)
    order by not starts_with(lower(a.article_number), :words), a.article_number
    limit :most
    """
)


class ArticleFacts(NamedTuple):
    """An article as a line shows it; quantities in base units."""

    id: int
    article_number: str
    min_quantity: Decimal
    order_multiple: Decimal
    backorder: bool
    offered: bool
    name_en: str
    name_de: str
    base_unit: str
    picture_digest: str
    packagings: dict[str, str]
    """Base units by packaging unit."""
    available_quantity: Decimal | None
    incoming_on: date | None


class Habit(NamedTuple):
    """What a buyer ordered of an article lately."""

    last_quantities: Sequence[Decimal]
    """Newest first, up to three, in base units."""
    interval_days: int | None


class Suggestion(NamedTuple):
    """An article that may be meant by what is being typed."""

    article_number: str
    name_en: str
    name_de: str
    picture_digest: str
    base_unit: str


class FoundCodes(NamedTuple):
    """Articles by what a code may stand for."""

    by_guess: dict[CodeGuess, set[int]]
    numbers: dict[int, str]
    """Article numbers by row id."""

    def add(self, guess: CodeGuess, article_id: int, number: str) -> None:
        """Note that the guess may mean the article."""
        self.by_guess.setdefault(guess, set()).add(article_id)
        self.numbers[article_id] = number


def find_facts(principal: Principal, numbers: Iterable[str]) -> dict[str, ArticleFacts]:
    """Give the seller's articles by article number, also those no longer offered. The principal is on the edge."""
    rows = db.session.execute(_FACTS, {"seller": principal.trading_seller(), "numbers": list(dict.fromkeys(numbers))})
    return {row.article_number: ArticleFacts(*row) for row in rows}


def find_habits(principal: Principal, article_ids: Iterable[int]) -> dict[int, Habit]:
    """Give what the buyer ordered of each article in the last two years. The principal is the buyer."""
    seller_id, buyer_id = principal.buying()
    rows = db.session.execute(_HABITS, {"seller": seller_id, "buyer": buyer_id, "articles": list(article_ids)})
    return {row.article_id: Habit(row.last_quantities, row.interval_days) for row in rows}


def find_order_bounds(principal: Principal) -> tuple[Decimal | None, Decimal | None, bool]:
    """Give the total of the largest of the buyer's last orders, what the principal orders alone, and if it earns points.

    That is: up to what total, and whether its seller runs a points programme. None where there are too few orders to tell
    what is usual, and where any total is ordered alone. The principal is the
    buyer.
    """
    seller_id, buyer_id = principal.buying()
    values = {"seller": seller_id, "buyer": buyer_id, "enough": _ENOUGH_ORDERS, "most": _LAST_ORDERS}
    [(largest, alone, collects)] = read(_ORDER_BOUNDS, {**values, **alone_values(principal)})
    return largest, alone, collects


def find_codes(principal: Principal, guesses: Iterable[CodeGuess]) -> FoundCodes:
    """Give the articles each guess may stand for: by article number and GTIN, packagings' included.

    Guesses at what a spreadsheet mangled are looked up only when given. The principal is on the edge.
    """
    wanted = set(guesses)
    found = FoundCodes({}, {})
    exact = [guess.text for guess in wanted if guess.kind is GuessKind.EXACT]
    seller = principal.trading_seller()
    if exact:
        parameters = {"seller": seller, "codes": exact, "owners": list(principal.owner_ids)}
        for code, article_id, number in db.session.execute(_EXACT, parameters):
            found.add(CodeGuess(GuessKind.EXACT, code), article_id, number)
    ranges = {guess.text: guess for guess in wanted if guess.kind is GuessKind.RANGE}
    stripped = [guess.text for guess in wanted if guess.kind is GuessKind.STRIPPED]
    if stripped or ranges:
        highs = [guess.upper for guess in ranges.values()]
        parameters = {"seller": seller, "stripped": stripped, "lows": list(ranges), "highs": highs}
        for kind, code, article_id, number in db.session.execute(_MANGLED, parameters):
            guess = ranges[code] if kind == "range" else CodeGuess(GuessKind.STRIPPED, code)
            found.add(guess, article_id, number)
    return found


def suggest_articles(principal: Principal, words: str, most: int = 8) -> list[Suggestion]:
    """Give articles whose number or GTIN starts with the words, or whose name contains them. The principal is on the edge."""
    parameters = {"seller": principal.trading_seller(), "words": words.lower(), "most": most}
    return [Suggestion(*row) for row in db.session.execute(_SUGGEST, parameters)]
