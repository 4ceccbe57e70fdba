"""Whom a draft concerns and what it makes of open baskets, priced by the price rule before and after; nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ARRAY, BigInteger, bindparam, text

from portal.pricing.models import PriceStrategy
from portal.pricing.queries.drafted import Drafted, with_draft
from portal.pricing.queries.offers import AUDIENCE_OF_LEVEL
from portal.pricing.queries.price_lists import count_buyers, get_strategy, get_today
from portal.pricing.queries.quotes import read_chains, read_entries
from portal.pricing.rules.decision import Line, PriceBook, PriceEntry, price_lines
from portal.pricing.rules.price_lists import PriceList, lists_to_fetch, minor_unit, order_candidates
from tenants.database import db
from tenants.principal import Principal

MOST_BASKETS = 500
"""Newest open baskets that are priced; more are counted."""

_BASKETS = text("select * from baskets_touched(:revision, :most)")
_ASSIGNED = text(
    "select t.buyer_id, o.code, o.name, a.price_list_id,"
    " min(case a.audience when 'account' then 1 when 'group' then 2 else 3 end) as level"
    " from trading_account t join organisation o on o.id = t.buyer_id"
    " left join price_assignment a on a.seller_id = t.seller_id"
    " and (a.audience = 'everyone' or a.buyer_id = t.buyer_id or a.price_group = t.price_group)"
    " where t.seller_id = :seller and t.buyer_id = any(:buyers)"
    " group by t.buyer_id, o.code, o.name, a.price_list_id"
).bindparams(bindparam("buyers", type_=ARRAY(BigInteger)))


class BasketChange(NamedTuple):
    """What a draft makes of one open basket: net sums in the seller's currency, before promotions."""

    buyer_code: str
    buyer_name: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Impact:
    """Whom a draft concerns, on the day on which it is asked for."""

    on: date
    buyers: int
    """Active buyers that have the list, or one derived from it."""
    baskets: int
    """Open baskets that hold an article of the draft."""
    priced: int
    """How many of them were priced, the newest."""
    changes: Sequence[BasketChange]
    """Baskets whose sum changes, the largest difference first."""

    @property
    def before(self) -> Decimal:
        """The sum of the baskets that change, as they are."""
        return sum((each.before for each in self.changes), Decimal(0))

    @property
    def after(self) -> Decimal:
        """The same with the draft."""
        return sum((each.after for each in self.changes), Decimal(0))


class _Basket(NamedTuple):
    buyer_id: int
    lines: list[Line]


class _Buyer(NamedTuple):
    code: str
    name: str
    levels: dict[int, int]


def find_impact(principal: Principal, price_list_id: int, revision_id: int, *, on: date | None = None) -> Impact:
    """Give whom a draft concerns on a day (None = today) and what it makes of open baskets. The principal is the seller.

    Seven statements, however many baskets. Free goods and discounts of promotions are left out of the sums.
    """
    baskets, count = _read_baskets(revision_id)
    day = on or get_today(principal)
    changes: list[BasketChange] = []
    if baskets:
        buyers = _read_buyers(principal, {each.buyer_id for each in baskets})
        books = _Books(principal, price_list_id, revision_id, buyers, baskets, day)
        for basket in baskets:
            buyer = buyers[basket.buyer_id]
            before, after = books.sums(buyer, basket.lines)
            if before != after:
                changes.append(BasketChange(buyer.code, buyer.name, before, after))
    changes.sort(key=lambda each: (-abs(each.after - each.before), each.buyer_code))
    return Impact(day, count_buyers(principal, price_list_id), count, len(baskets), changes)


def _read_baskets(revision_id: int) -> tuple[list[_Basket], int]:
    rows = db.session.execute(_BASKETS, {"revision": revision_id, "most": MOST_BASKETS}).all()
    baskets: dict[int, _Basket] = {}
    for row in rows:
        baskets.setdefault(row.basket_id, _Basket(row.buyer_id, [])).lines.append(Line(row.article_id, row.quantity))
    return list(baskets.values()), rows[0].baskets if rows else 0


def _read_buyers(principal: Principal, buyer_ids: set[int]) -> dict[int, _Buyer]:
    buyers: dict[int, _Buyer] = {}
    rows = db.session.execute(_ASSIGNED, {"seller": principal.selling(), "buyers": list(buyer_ids)})
    for buyer_id, code, name, list_id, level in rows:
        buyer = buyers.setdefault(buyer_id, _Buyer(code, name, {}))
        if list_id is not None:
            buyer.levels[list_id] = level
    return buyers


class _Books:
    """Prices as they are and as the draft makes them, read once for all baskets."""

    def __init__(
        self,
        principal: Principal,
        price_list_id: int,
        revision_id: int,
        buyers: Mapping[int, _Buyer],
        baskets: Sequence[_Basket],
        day: date,
    ) -> None:
        self.day = day
        self.currency = principal.currency
        self.strategy: PriceStrategy = get_strategy(principal)
        articles = list({line.article_id for basket in baskets for line in basket.lines})
        self.lists, _ = read_chains(principal, {each for buyer in buyers.values() for each in buyer.levels}, day)
        entries = read_entries(principal, lists_to_fetch(self.lists.values()), articles)
        self.before = _by_article(entries)
        self.after = _by_article(with_draft(principal, Drafted(price_list_id, revision_id), entries, articles))

    def sums(self, buyer: _Buyer, lines: Sequence[Line]) -> tuple[Decimal, Decimal]:
        """Give the net sum of a basket's priced lines before and after."""
        mine = [
            replace(self.lists[list_id], audience=AUDIENCE_OF_LEVEL[level])
            for list_id, level in buyer.levels.items()
            if list_id in self.lists
        ]
        candidates = order_candidates(mine, self.currency, self.day)
        return self._sum(candidates, lines, self.before), self._sum(candidates, lines, self.after)

    def _sum(
        self, candidates: Sequence[PriceList], lines: Sequence[Line], entries: Mapping[int, list[PriceEntry]]
    ) -> Decimal:
        own = [entry for line in lines for entry in entries.get(line.article_id, ())]
        book = PriceBook(candidates, own, self.strategy, self.day)
        priced = price_lines(lines, book, minor_unit(self.currency))
        return sum((line.line_amount for line in priced if line.line_amount is not None), Decimal(0))


def _by_article(entries: Sequence[PriceEntry]) -> dict[int, list[PriceEntry]]:
    found: defaultdict[int, list[PriceEntry]] = defaultdict(list)
    for entry in entries:
        found[entry[1]].append(entry)
    return found
