"""What wholesalers have in stock: measured from a wholesaler's own rows, and read by a brand owner where it is shared."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import text

from portal.analytics.queries.names import PRODUCT_NAME
from tenants.database import db
from tenants.principal import Principal

COVER_DAYS = 28
LEAST_RETAILERS = 3
MOST_DAYS = 36_500
"""A hundred years: what lasts longer is not told apart."""

# Stock cover (SHARING.md): stock on hand ÷ average daily sell-through of the last 28 days, here those before :today. As in the
# roll-ups: what was shipped, and in loaded history what was ordered; who returned all of it is none of the three retailers.
MEASURED = f"""
    select held.product_id, held.on_hand,
           case when sold.retailers >= {LEAST_RETAILERS} and sold.units > 0
                then least(round(held.on_hand / sold.units * {COVER_DAYS}), {MOST_DAYS})::integer end as cover_days
    from (
        select a.product_id, sum(l.on_hand) as on_hand
        from article a join stock_level l on l.seller_id = a.seller_id and l.article_id = a.id
        where a.seller_id = :seller and l.seller_id = :seller and a.owner_id = :owner
        group by 1
    ) held
    left join (
        select b.product_id, sum(b.units) as units, count(*) filter (where b.units > 0) as retailers
        from (
            select raw.buyer_id, raw.product_id, sum(raw.units) as units
            from (
                select s.buyer_id, l.product_id, sl.quantity as units
                from shipment s
                join shipment_line sl on sl.seller_id = s.seller_id and sl.shipment_id = s.id
                join order_line l on l.seller_id = sl.seller_id and l.order_id = sl.order_id and l.line = sl.line
                where s.seller_id = :seller and s.shipped_on >= cast(:today as date) - {COVER_DAYS}
                  and s.shipped_on < cast(:today as date) and l.owner_id = :owner
                union all
                select l.buyer_id, l.product_id, l.ordered_quantity
                from order_line l
                join sales_order o on o.seller_id = l.seller_id and o.id = l.order_id and o.source = 'history'
                where l.seller_id = :seller and o.seller_id = :seller and l.placed_on >= cast(:today as date) - {COVER_DAYS}
                  and l.placed_on < cast(:today as date) and l.owner_id = :owner
            ) raw
            join organisation r on r.id = raw.buyer_id and r.kind = 'retailer'
            group by 1, 2
        ) b group by 1
    ) sold using (product_id)
"""  # noqa: S608 - parts are constants of this module


class StockFilter(NamedTuple):
    """Of which wholesaler (its code) and category (its path, with those below it); empty: of all."""

    wholesaler: str = ""
    category: str = ""


EVERYWHERE = StockFilter()


class StockRow(NamedTuple):
    """What a wholesaler has in stock of a product, in base units, measured on a day."""

    wholesaler: str
    wholesaler_name: str
    sku: str
    name: str
    unit: str
    category: str
    on_hand: Decimal
    cover_days: int | None
    """None where fewer than three retailers bought it in 28 days."""
    as_of: date


class StockCoverage(NamedTuple):
    """How much of the channel the stock speaks of, and the oldest day of it."""

    wholesalers_shown: int
    wholesalers: int
    as_of: date | None


_CHOSEN = """
    from channel_stocks() s
    join organisation w on w.id = s.wholesaler_id
    join product p on p.owner_id = :owner and p.id = s.product_id
    where (cast(:wholesaler as text) = '' or w.code = :wholesaler)
      and (cast(:category as text) = '' or p.category = :category or starts_with(p.category, :category || ' > '))
"""
_ROWS = (
    f"select w.code, w.name, p.sku, {PRODUCT_NAME}, p.base_unit, p.category, s.on_hand, s.cover_days, s.as_of {_CHOSEN}"
)
_SHORTEST_FIRST = text(f"{_ROWS} order by s.cover_days nulls last, s.on_hand, w.code, p.sku limit :limit")
_COUNT = text(f"select count(*) {_CHOSEN}")
_BY_CODE = text(f"{_ROWS} and (w.code, p.sku) > (:after_wholesaler, :after_sku) order by w.code, p.sku limit :limit")
_COVERAGE = text(
    """
    select (select count(distinct s.wholesaler_id) from channel_stocks() s),
           (select count(*) from organisation o where o.kind = 'wholesaler' and o.root_id = :owner),
           (select min(s.as_of) from channel_stocks() s)
    """
)
_SHOWN = text(
    f"""
    select '', '', p.sku, {PRODUCT_NAME}, p.base_unit, p.category, s.on_hand, s.cover_days, s.as_of
    from shown_stocks(:owner) s join product p on p.owner_id = :owner and p.id = s.product_id
    order by s.cover_days nulls last, s.on_hand, p.sku
    """  # noqa: S608 - parts are constants of this module
)


def list_stock(
    principal: Principal, chosen: StockFilter = EVERYWHERE, *, language: str = "en", limit: int | None = None
) -> list[StockRow]:
    """Give the stock of the principal's own products at wholesalers that share it, what lasts shortest first.

    All of it without a `limit`. The principal must be a brand owner.

    Raises:
        PermissionDenied: it is not.
    """
    values = {"owner": principal.owning(), **chosen._asdict(), "language": language, "limit": limit}
    return [StockRow(*row) for row in db.session.execute(_SHORTEST_FIRST, values)]


def count_stock(principal: Principal, chosen: StockFilter = EVERYWHERE) -> int:
    """Give how many rows these are.

    Raises:
        PermissionDenied: the principal is no brand owner.
    """
    count: int = db.session.execute(_COUNT, {"owner": principal.owning(), **chosen._asdict()}).scalar_one()
    return count


def list_stock_by_code(
    principal: Principal,
    chosen: StockFilter = EVERYWHERE,
    *,
    limit: int,
    after: tuple[str, str] = ("", ""),
    language: str = "en",
) -> list[StockRow]:
    """Give up to `limit` of the same rows by wholesaler's code and SKU, behind those of `after`.

    Raises:
        PermissionDenied: the principal is no brand owner.
    """
    values = {"owner": principal.owning(), **chosen._asdict(), "language": language}
    page = {"after_wholesaler": after[0], "after_sku": after[1], "limit": limit}
    return [StockRow(*row) for row in db.session.execute(_BY_CODE, {**values, **page})]


def stock_coverage(principal: Principal) -> StockCoverage:
    """Give how many of the channel's wholesalers share stock, and the oldest day of what they share.

    Raises:
        PermissionDenied: the principal is no brand owner.
    """
    return StockCoverage(*db.session.execute(_COVERAGE, {"owner": principal.owning()}).one())


def list_shown_stock(principal: Principal, brand_owner_id: int, language: str = "en") -> list[StockRow]:
    """Give what the brand owner sees of the seller's stock; nothing where it is not shared today.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    principal.selling()
    return [StockRow(*row) for row in db.session.execute(_SHOWN, {"owner": brand_owner_id, "language": language})]
