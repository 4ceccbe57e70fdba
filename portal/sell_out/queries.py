"""Reading what retailers reported: a retailer its own, a seller that of its retailers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Text, bindparam, text

from tenants.database import db
from tenants.permissions import Capacity
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class SellOutFilter:
    """Of one retailer (its code), or only what is kept aside because nobody's product bears the GTIN."""

    retailer: str = ""
    unknown: bool = False


class ReportRow(NamedTuple):
    """What is reported of a GTIN and day, with what had been reported before, the newest first."""

    buyer_id: int
    retailer: str
    retailer_name: str
    gtin: str
    product: str | None
    name: str | None
    sold_on: date
    quantity: Decimal
    units: Decimal | None
    source: str
    reported_at: datetime
    former: list[Decimal]


class ReportKey(NamedTuple):
    """After which row a page begins."""

    sold_on: date
    buyer_id: int
    gtin: str


class SoldProduct(NamedTuple):
    """What was sold of a product in base units, by how many retailers, and the newest day reported."""

    product_id: int
    product: str
    name: str
    unit: str
    units: Decimal
    retailers: int
    newest_on: date


class Coverage(NamedTuple):
    """How many of the active retailers reported in the days asked, and what is known at all."""

    reporting: int
    retailers: int
    newest_on: date | None
    unknown_gtins: int


_RETAILERS = text(
    "select o.code, o.id from organisation o where o.seller_id = :seller and o.kind = 'retailer' and o.code = any(:codes)"
).bindparams(bindparam("codes", type_=ARRAY(Text)))
_TODAY = text("select (now() at time zone :time_zone)::date")
_MINE = "s.seller_id = :seller and (cast(:buyer as bigint) is null or s.buyer_id = :buyer)"
_NAME = (
    "case when :language = 'de' then coalesce(nullif(p.name_de, ''), p.name_en)"
    " else coalesce(nullif(p.name_en, ''), p.name_de) end"
)
# Who has left is named by its customer number: what it reported stays.
_LIST = text(
    f"""
    select s.buyer_id, coalesce(o.code, t.customer_number), coalesce(o.name, ''), s.gtin, p.sku, {_NAME}, s.sold_on,
           s.quantity, s.units, s.source, s.reported_at,
           array(select f.quantity from former_sell_out f
                 where f.seller_id = :seller and f.buyer_id = s.buyer_id and f.gtin = s.gtin and f.sold_on = s.sold_on
                 order by f.replaced_at desc, f.id limit 5)
    from sell_out s
    join trading_account t on t.seller_id = s.seller_id and t.buyer_id = s.buyer_id
    left join organisation o on o.id = s.buyer_id
    left join product p on p.owner_id = s.owner_id and p.id = s.product_id
    where {_MINE} and (:retailer = '' or o.code = :retailer) and (not :unknown or s.product_id is null)
      and (cast(:after_day as date) is null or s.sold_on < :after_day
           or s.sold_on = :after_day and (s.buyer_id, s.gtin) > (:after_buyer, :after_gtin))
    order by s.sold_on desc, s.buyer_id, s.gtin limit :limit
    """  # noqa: S608 - parts are constants of this module
)
_PRODUCTS = text(
    f"""
    select s.product_id, p.sku, {_NAME}, p.base_unit, sum(s.units) as units, count(distinct s.buyer_id), max(s.sold_on)
    from sell_out s join product p on p.owner_id = s.owner_id and p.id = s.product_id
    left join organisation o on o.id = s.buyer_id
    where {_MINE} and s.sold_on > :since and (:retailer = '' or o.code = :retailer)
    group by s.product_id, p.sku, 3, p.base_unit
    having cast(:after_units as numeric) is null or sum(s.units) < :after_units
        or sum(s.units) = :after_units and s.product_id > :after_product
    order by units desc, s.product_id limit :limit
    """  # noqa: S608 - parts are constants of this module
)
_COVERAGE = text(
    f"""
    select (select count(distinct s.buyer_id) from sell_out s join organisation o on o.id = s.buyer_id
            where {_MINE} and s.sold_on > :since and o.seller_id = :seller and o.status = 'active'),
           (select count(*) from organisation o where o.seller_id = :seller and o.kind = 'retailer' and o.status = 'active'
            and (cast(:buyer as bigint) is null or o.id = :buyer)),
           (select max(s.sold_on) from sell_out s where {_MINE}),
           (select count(distinct s.gtin) from sell_out s where {_MINE} and s.product_id is null)
    """  # noqa: S608 - parts are constants of this module
)


def retailer_ids(principal: Principal, codes: Collection[str]) -> dict[str, int]:
    """Give the seller's retailers by code; codes of nobody's are left out.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    rows = db.session.execute(_RETAILERS, {"seller": principal.selling(), "codes": list(codes)})
    return {row.code: row.id for row in rows}


def today_of(principal: Principal) -> date:
    """Give today's date in the principal's time zone, by the database's clock."""
    today: date = db.session.execute(_TODAY, {"time_zone": principal.time_zone}).scalar_one()
    return today


def list_reports(
    principal: Principal, wanted: SellOutFilter, *, language: str, after: ReportKey | None = None, limit: int
) -> list[ReportRow]:
    """Give what was reported, the newest day first. The principal is the retailer or its seller."""
    given = {
        **_mine(principal),
        "language": language,
        "retailer": wanted.retailer,
        "unknown": wanted.unknown,
        "after_day": after and after.sold_on,
        "after_buyer": after and after.buyer_id,
        "after_gtin": after and after.gtin,
        "limit": limit,
    }
    return [ReportRow(*row) for row in db.session.execute(_LIST, given)]


def list_sold_products(
    principal: Principal,
    since: date,
    *,
    language: str,
    retailer: str = "",
    after: tuple[Decimal, int] | None = None,
    limit: int,
) -> list[SoldProduct]:
    """Give what was sold of each product after a day, most first. The principal is the retailer or its seller."""
    units, product = after or (None, None)
    given = {
        **_mine(principal),
        "since": since,
        "language": language,
        "retailer": retailer,
        "after_units": units,
        "after_product": product,
        "limit": limit,
    }
    return [SoldProduct(*row) for row in db.session.execute(_PRODUCTS, given)]


def day_before(principal: Principal, days: int) -> date:
    """Give the day after which so many days lie, today the last of them."""
    return today_of(principal) - timedelta(days=days)


def sell_out_coverage(principal: Principal, since: date) -> Coverage:
    """Give how many retailers reported for days after that one, and how old the newest is."""
    return Coverage(*db.session.execute(_COVERAGE, {**_mine(principal), "since": since}).one())


def _mine(principal: Principal) -> dict[str, Any]:
    if principal.capacity is Capacity.BUYER:
        seller, buyer = principal.buying()
        return {"seller": seller, "buyer": buyer}
    return {"seller": principal.selling(), "buyer": None}
