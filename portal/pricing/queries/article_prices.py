"""Who pays what for one article: what each list of the seller says of it, a page of lists at a time."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import text

from portal.pricing.models import PriceStrategy
from portal.pricing.queries.price_lists import (
    AudienceRow,
    PriceListRow,
    count_buyers_of_each,
    find_audiences,
    list_price_lists,
)
from portal.pricing.queries.quotes import read_chains, read_entries
from portal.pricing.rules.decision import PriceBook, PriceEntry, Tier
from portal.pricing.rules.price_lists import PriceList, in_force, lists_to_fetch
from tenants.database import db
from tenants.principal import Principal


class PricedArticle(NamedTuple):
    """An article as the heading of a page of prices shows it."""

    id: int
    article_number: str
    name_en: str
    name_de: str
    base_unit: str
    active: bool


class ArticlePrice(NamedTuple):
    """What one list says of an article on a day; prices net per base unit, quantities in base units."""

    price_list: PriceListRow
    audience: AudienceRow | None
    buyers: int
    in_force: bool
    tiers: list[Tier]
    derived_from: str | None
    """Code of the list whose entry counts, adjusted; None: an own entry, or no price."""
    ahead: list[PriceEntry]
    """Own entries that begin later, the next one first."""


def find_priced_article(principal: Principal, article_number: str) -> PricedArticle | None:
    """Give an article of the seller, active or not, or None. The principal is the seller."""
    statement = text(
        "select a.id, a.article_number, p.name_en, p.name_de, p.base_unit, a.status = 'active' from article a"
        " join product p on p.owner_id = a.owner_id and p.id = a.product_id"
        " where a.seller_id = :seller and a.article_number = :number"
    )
    parameters = {"seller": principal.selling(), "number": article_number}
    row: Any = db.session.execute(statement, parameters).one_or_none()
    return PricedArticle(*row) if row else None


def list_article_prices(
    principal: Principal, article_id: int, *, on: date | None = None, after: str | None = None, limit: int
) -> list[ArticlePrice]:
    """Give what up to `limit` lists behind the code `after` say of the article on the day (None = today), by code.

    The principal is the seller. Five statements, however many lists. Ask for one more than a page shows.
    """
    rows = list_price_lists(principal, after=after, limit=limit)
    ids = [row.id for row in rows]
    lists, day = read_chains(principal, ids, on)
    entries = read_entries(principal, lists_to_fetch(lists.values()), [article_id])
    audiences, buyers = find_audiences(principal, ids), count_buyers_of_each(principal, ids)
    return [
        _article_price(row, lists[row.id], entries, day, article_id, audiences.get(row.id), buyers.get(row.id, 0))
        for row in rows
    ]


def _article_price(
    row: PriceListRow,
    price_list: PriceList,
    entries: list[PriceEntry],
    day: date,
    article_id: int,
    audience: AudienceRow | None,
    buyers: int,
) -> ArticlePrice:
    book = PriceBook([price_list], entries, PriceStrategy.FIRST, day)
    tiers = book.tiers(article_id)
    decision = book.decide(article_id, tiers[0].min_quantity) if tiers else None
    derived = decision.entry.price_list_id if decision and decision.steps else None
    ahead = [
        entry
        for entry in book.all_entries(row.id, article_id)
        if entry[3] is not None and entry[3] > day and entry[3] != entry[4]
    ]
    ahead.sort(key=lambda entry: (entry[3] or day, entry[2]))
    return ArticlePrice(
        price_list=row,
        audience=audience,
        buyers=buyers,
        in_force=in_force(price_list, day),
        tiers=tiers,
        derived_from=_code_of(price_list, derived),
        ahead=ahead,
    )


def _code_of(price_list: PriceList, list_id: int | None) -> str | None:
    item: PriceList | None = price_list
    while item is not None and list_id is not None:
        if item.id == list_id:
            return item.code
        item = item.base
    return None
