"""Two price lists beside each other: what an article costs by each, for a quantity on a day, derived prices included."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import text

from portal.core.queries import like_pattern
from portal.pricing.queries.quotes import read_chains
from portal.pricing.rules.price_lists import PRICE_DECIMALS, PriceList, in_force
from tenants.database import db
from tenants.principal import Principal


class Difference(StrEnum):
    """Which articles of two lists."""

    DIFFER = "differ"
    HIGHER = "higher"
    LOWER = "lower"
    ONLY_LEFT = "only-left"
    ONLY_RIGHT = "only-right"
    ALL = "all"


_SHOWN = {
    Difference.DIFFER: "left_price is distinct from right_price",
    Difference.HIGHER: "right_price > left_price",
    Difference.LOWER: "right_price < left_price",
    Difference.ONLY_LEFT: "right_price is null and left_price is not null",
    Difference.ONLY_RIGHT: "left_price is null and right_price is not null",
    Difference.ALL: "left_price is not null or right_price is not null",
}


class Compared(NamedTuple):
    """An article in two lists: net prices per base unit, None = no price."""

    article: str
    name_en: str
    name_de: str
    left_price: Decimal | None
    right_price: Decimal | None


class ComparisonSummary(NamedTuple):
    """Two lists in numbers; the change is a fraction of the left price."""

    both: int
    same: int
    higher: int
    lower: int
    only_left: int
    only_right: int
    mean_change: Decimal | None


class Comparison(NamedTuple):
    """What is compared: two lists of the seller by id, a quantity in base units, a day (None = today)."""

    left_id: int
    right_id: int
    quantity: Decimal = Decimal(1)
    on: date | None = None


def list_compared(
    principal: Principal,
    comparison: Comparison,
    *,
    show: Difference = Difference.DIFFER,
    words: str = "",
    after: str | None = None,
    limit: int,
) -> list[Compared]:
    """Give up to `limit` active articles by number, behind the number `after`. The principal is the seller.

    Ask for one more than a page shows.
    """
    conditions, values = [""], dict[str, Any](limit=limit)
    if words:
        conditions.append("(a.article_number ilike :pattern or p.name_en ilike :pattern or p.name_de ilike :pattern)")
        values["pattern"] = like_pattern(words)
    if after is not None:
        conditions.append("a.article_number > :after")
        values["after"] = after
    both, given = _both(principal, comparison, " and ".join(conditions))
    statement = text(f"""
        select article_number, name_en, name_de, left_price, right_price from ({both}) both_lists
        where {_SHOWN[show]} order by article_number limit :limit
    """)  # noqa: S608 - constants of ours
    return [Compared(*row) for row in db.session.execute(statement, {**values, **given})]


def summarise_comparison(principal: Principal, comparison: Comparison) -> ComparisonSummary:
    """Give two lists in numbers, over all active articles, in one pass. The principal is the seller."""
    both, given = _both(principal, comparison, "")
    statement = text(f"""
        select count(*) filter (where left_price is not null and right_price is not null),
               count(*) filter (where left_price = right_price),
               count(*) filter (where {_SHOWN[Difference.HIGHER]}), count(*) filter (where {_SHOWN[Difference.LOWER]}),
               count(*) filter (where {_SHOWN[Difference.ONLY_LEFT]}),
               count(*) filter (where {_SHOWN[Difference.ONLY_RIGHT]}), avg(right_price / nullif(left_price, 0) - 1)
        from ({both}) both_lists
    """)  # noqa: S608 - constants of ours
    return ComparisonSummary(*db.session.execute(statement, given).one())


def _both(principal: Principal, comparison: Comparison, conditions: str) -> tuple[str, dict[str, Any]]:
    """Give the rows (article, two prices) as a subquery, with its values: the price rule's parts 3 and 5, written set-wise."""
    lists, day = read_chains(principal, {comparison.left_id, comparison.right_id}, comparison.on)
    values: dict[str, Any] = {"seller": principal.selling(), "quantity": comparison.quantity, "on": day}
    left, right = (
        _price(lists[list_id], side, day, values)
        for side, list_id in (("left", comparison.left_id), ("right", comparison.right_id))
    )
    rows = f"""
        select a.article_number, p.name_en, p.name_de, {left} as left_price, {right} as right_price
        from article a join product p on p.owner_id = a.owner_id and p.id = a.product_id
        where a.seller_id = :seller and a.status = 'active' {conditions}
    """  # noqa: S608 - constants of ours
    return rows, values


def _price(price_list: PriceList, side: str, day: date, values: dict[str, Any]) -> str:
    values[side] = price_list.id
    own = f"""
        (select e.net_price from price_entry e where e.seller_id = :seller and e.price_list_id = :{side}
            and e.article_id = a.id and e.min_quantity <= :quantity and e.valid_from <= :on
            and (e.valid_to is null or :on < e.valid_to) order by e.min_quantity desc, e.valid_from desc limit 1)
    """  # noqa: S608 - constants of ours
    base = price_list.base
    if base is None or not in_force(base, day):
        return own
    below = _price(base, f"{side}_base", day, values)
    values |= {
        f"{side}_percent": price_list.adjustment_percent or Decimal(0),
        f"{side}_amount": price_list.adjustment_amount or Decimal(0),
        f"{side}_decimals": PRICE_DECIMALS if price_list.decimals is None else price_list.decimals,
    }
    adjusted = f"""
        (select case when b.price is not null then greatest(0, round(b.price * (100 + cast(:{side}_percent as numeric)) / 100
            + cast(:{side}_amount as numeric), :{side}_decimals)) end from (select {below} as price) b)
    """  # noqa: S608 - constants of ours
    return f"coalesce({own}, {adjusted})"
