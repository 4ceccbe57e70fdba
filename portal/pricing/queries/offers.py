"""What a buyer is offered under article numbers: articles and prices together, in one statement.

Every order placed and every price check of a buyer begins here, so its statement counts (docs/performance.md).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from portal.pricing.models import Audience, PriceStrategy
from portal.pricing.rules.decision import Line, PriceBook, PricedLine, PriceEntry, price_lines
from portal.pricing.rules.price_lists import PriceList, minor_unit, order_candidates
from tenants.database import read
from tenants.principal import Principal

AUDIENCE_OF_LEVEL = {1: Audience.ACCOUNT, 2: Audience.GROUP, 3: Audience.EVERYONE}

_HEAD = """
    select null::bigint as price_list_id, null::bigint as article_id, null::numeric as min_quantity,
           null::date as valid_from, null::date as valid_to, null::numeric as net_price, null::boolean as is_offered,
           json_build_object(
               'on', (now() at time zone %(time_zone)s)::date,
               'policy', (select json_build_object('strategy', p.price_strategy, 'promoted',
                    (now() at time zone %(time_zone)s)::date >= p.promoted_from
                    and (now() at time zone %(time_zone)s)::date < p.promoted_to)
                from pricing_policy p where p.seller_id = %(seller)s::bigint),
               'lists', (select json_agg(json_build_object('id', l.id, 'code', l.code, 'name', l.name,
                    'currency', l.currency, 'priority', l.priority, 'valid_from', l.valid_from, 'valid_to', l.valid_to,
                    'status', l.status, 'base', l.base_list_id, 'percent', l.adjustment_percent::text,
                    'amount', l.adjustment_amount::text, 'decimals', l.decimals))
                from price_list l where l.seller_id = %(seller)s::bigint))::text as code
"""
_ENTRIES = """
    union all
    select e.price_list_id, e.article_id, e.min_quantity, nullif(e.valid_from, '-infinity'), e.valid_to, e.net_price,
           null, null
    from price_entry e
    where e.seller_id = %(seller)s::bigint
"""
_IN_FORCE = """and e.valid_from <= (now() at time zone %(time_zone)s)::date
    and (e.valid_to is null or (now() at time zone %(time_zone)s)::date < e.valid_to)
"""
# Three kinds of rows, told apart by what is null: the price lists (one row, as JSON), articles, price entries.
# Lists and entries are the buyer's own by their row policies; to name the lists once more would make the planner think
# a plan for all calls too dear and plan each call anew. Entries are sought by an array of article ids: as a join the
# planner reads whole lists instead. Arrays go as text: the driver takes far longer over a list.
_FOUND_IN = f"""
    ) {_HEAD}
    union all
    select null, f.id, f.min_quantity, null, null, f.order_multiple, f.is_offered, f.article_number from found f
    {_ENTRIES} and e.article_id = any(array(select id from found))
"""  # noqa: S608 - all parts are constants of ours
_LISTED = """
    with found as materialized (
        select a.article_number, a.id, a.min_quantity, a.order_multiple, a.status = 'active' as is_offered
        from article a
        where a.seller_id = %(seller)s::bigint and a.article_number = any(string_to_array(%(numbers)s, chr(31)))
"""
_ORDERABLE = """
    with found as materialized (
        select a.article_number, a.id, a.min_quantity, a.order_multiple,
               a.status = 'active' and p.status = 'active' as is_offered
        from article a join product p on p.owner_id = a.owner_id and p.id = a.product_id
        where a.seller_id = %(seller)s::bigint and a.article_number = any(string_to_array(%(numbers)s, chr(31)))
"""
_TO_PRICE = f"{_LISTED}{_FOUND_IN}{_IN_FORCE}"
_TO_ORDER = f"{_ORDERABLE}{_FOUND_IN}"
_OWN_BOOK = f"{_HEAD}{_ENTRIES} and e.article_id = any(cast(%(articles)s as bigint[]))"
_OWN_BOOK_IN_FORCE = f"{_OWN_BOOK} {_IN_FORCE}"
_SEPARATOR = "\x1f"
"""Between article numbers, none of which can contain it."""


class Quote(NamedTuple):
    """Priced lines, and the book that can explain them and tell the next tiers."""

    lines: list[PricedLine]
    book: PriceBook
    currency: str
    decimals: int
    """Of the currency's minor unit."""


class Offer(NamedTuple):
    """An article of the seller and the rules for its quantities, in base units."""

    article_number: str
    id: int
    min_quantity: Decimal
    order_multiple: Decimal
    is_offered: bool


@dataclass(frozen=True, slots=True)
class Offers:
    """Articles by number, and the book that prices and explains them."""

    by_number: Mapping[str, Offer]
    book: PriceBook
    currency: str
    decimals: int
    """Of the currency's minor unit."""

    def quote(self, lines: Iterable[tuple[int, Decimal]]) -> Quote:
        """Price (article id, quantity in base units) pairs in the order given: net, in the seller's currency."""
        priced = price_lines([Line(*line) for line in lines], self.book, self.decimals)
        return Quote(priced, self.book, self.currency, self.decimals)


def find_offers(principal: Principal, numbers: Iterable[str], *, ordering: bool = False) -> Offers:
    """Give the seller's articles by number and today's prices of the principal, who buys; unknown numbers are left out.

    An article `is_offered` while it is active. For `ordering` its product must be active too, and entries out of force
    are read as well, so that an explanation can say why they lost. One statement.
    """
    seller_id, _buyer_id = principal.buying()
    values = {
        "seller": seller_id,
        "numbers": _SEPARATOR.join(set(numbers)),
        "time_zone": principal.time_zone,
    }
    by_number: dict[str, Offer] = {}
    entries: list[PriceEntry] = []
    head = ""
    for row in read(_TO_ORDER if ordering else _TO_PRICE, values):
        list_id, article_id, min_quantity, valid_from, valid_to, number, is_offered, code = row
        if list_id is not None:
            entries.append(PriceEntry(list_id, article_id, min_quantity, valid_from, valid_to, number))
        elif article_id is not None:
            by_number[code] = Offer(code, article_id, min_quantity, number, is_offered)
        else:
            head = code
    return Offers(by_number, _book(principal, head, entries), principal.currency, minor_unit(principal.currency))


def read_own_book(principal: Principal, articles: Iterable[int], *, explain: bool = False) -> PriceBook:
    """Give today's prices of these articles (ids) for the principal, who buys; with `explain` entries out of force too."""
    seller_id, _buyer_id = principal.buying()
    values = {
        "seller": seller_id,
        "articles": "{" + ",".join(map(str, articles)) + "}",
        "time_zone": principal.time_zone,
    }
    rows = read(_OWN_BOOK if explain else _OWN_BOOK_IN_FORCE, values)
    entries = [PriceEntry(*row[:6]) for row in rows if row[0] is not None]
    return _book(principal, next(row[7] for row in rows if row[0] is None), entries)


def _book(principal: Principal, head: str, entries: Iterable[PriceEntry]) -> PriceBook:
    candidates, strategy, day, promoted = _read_head(head, principal.candidate_lists, principal.currency)
    return PriceBook(candidates, entries, strategy, day, promoted=promoted)


@functools.lru_cache(maxsize=256)
def _read_head(
    head: str, levels: tuple[tuple[int, int], ...], currency: str
) -> tuple[list[PriceList], PriceStrategy, date, bool]:
    """Give candidates, strategy, day and whether there may be promotions; the same text gives the same, made once."""
    facts = json.loads(head)
    policy = facts["policy"] or {}
    day = date.fromisoformat(facts["on"])
    by_id = {item["id"]: item for item in facts["lists"] or ()}
    lists = [_price_list(by_id[list_id], level, by_id) for list_id, level in levels if list_id in by_id]
    strategy = PriceStrategy(policy.get("strategy") or PriceStrategy.FIRST)
    return order_candidates(lists, currency, day), strategy, day, bool(policy.get("promoted"))


def _price_list(facts: dict[str, Any], level: int, by_id: Mapping[int, dict[str, Any]]) -> PriceList:
    base = by_id.get(facts["base"])
    return PriceList(
        id=facts["id"],
        code=facts["code"],
        name=facts["name"] or facts["code"],
        currency=facts["currency"],
        audience=AUDIENCE_OF_LEVEL[level],
        priority=facts["priority"],
        valid_from=_day(facts["valid_from"]),
        valid_to=_day(facts["valid_to"]),
        active=facts["status"] == "active",
        base=_price_list(base, level, by_id) if base is not None else None,
        adjustment_percent=_number(facts["percent"]),
        adjustment_amount=_number(facts["amount"]),
        decimals=facts["decimals"],
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
