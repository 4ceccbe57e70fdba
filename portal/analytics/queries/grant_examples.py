"""What each grant would show of a wholesaler's own figures: one real example, under the floors that hold for the real thing.

Read from the wholesaler's own rows by itself, so that it can be seen before anything is agreed.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import text

from portal.analytics.queries.names import PRODUCT_NAME
from portal.analytics.queries.sales import today_of
from portal.analytics.queries.stock import LEAST_RETAILERS, MEASURED
from portal.analytics.rules import LAPSED_DAYS, month_of
from tenants.database import db
from tenants.principal import Principal

_MOST_PRODUCTS = 5


class Example(NamedTuple):
    """One real thing that each grant shows; empty where there is none."""

    month: date | None = None
    """The newest full month in which products of the brand owner were sold."""
    product: str = ""
    region: str = ""
    """Empty: all regions, where none has three retailers."""
    units: Decimal | None = None
    """Of the product in region and month, with three retailers behind it; None where no product has three."""
    retailers: int = 0
    active_retailers: int = 0
    """With at least one order of these products in 90 days."""
    retailer: str = ""
    place: str = ""
    order_days: int = 0
    products: int = 0
    """What that one retailer ordered in 90 days, on how many days."""
    stock_product: str = ""
    stock: Decimal | None = None
    unit: str = ""
    cover_days: int | None = None
    """How long it lasts at the sell-through of the last 28 days; None where too few retailers bought of anything."""


_MONTH = text(
    "select m.month from sales_month m where m.seller_id = :seller and m.owner_id = :owner and m.month < :present"
    " and m.month >= :earliest order by m.month desc limit 1"
)
# As in the roll-ups: what was shipped, and in loaded history what was ordered; retailers that returned all count for none.
_UNITS = text(
    f"""
    with shown as (
        select m.product_id from sales_month m
        where m.seller_id = :seller and m.month = :month and m.owner_id = :owner order by m.units desc limit {_MOST_PRODUCTS}
    ), sold as (
        select s.buyer_id, l.product_id, sl.quantity as units
        from shipment s
        join shipment_line sl on sl.seller_id = s.seller_id and sl.shipment_id = s.id
        join order_line l on l.seller_id = sl.seller_id and l.order_id = sl.order_id and l.line = sl.line
        where s.seller_id = :seller and s.shipped_on >= :month and s.shipped_on < :until
          and l.owner_id = :owner and l.product_id = any(array(select product_id from shown))
        union all
        select l.buyer_id, l.product_id, l.ordered_quantity
        from order_line l
        join sales_order o on o.seller_id = l.seller_id and o.id = l.order_id and o.source = 'history'
        where l.seller_id = :seller and l.placed_on >= :month and l.placed_on < :until
          and l.owner_id = :owner and l.product_id = any(array(select product_id from shown))
    ), bought as (
        select s.buyer_id, s.product_id, o.country || '-' || left(o.postal_code, 3) as region, sum(s.units) as units
        from sold s join organisation o on o.id = s.buyer_id and o.kind = 'retailer' group by 1, 2, 3
    ), cell as (
        select product_id, region, sum(units) as units, count(*) filter (where units > 0) as retailers
        from bought group by 1, 2
        union all
        select product_id, '', sum(units), count(*) filter (where units > 0) from bought group by 1
    )
    select {PRODUCT_NAME}, b.region, b.units, b.retailers
    from (
        select * from cell where retailers >= {LEAST_RETAILERS}
        order by region <> '' desc, retailers desc, units desc, product_id, region limit 1
    ) b join product p on p.owner_id = :owner and p.id = b.product_id
    """  # noqa: S608 - parts are constants of this module
)
_ACTIVITY = text(
    """
    select o.name, concat_ws(' ', o.postal_code, o.city), b.order_days, b.products, b.retailers
    from (
        select l.buyer_id, count(distinct l.placed_on) as order_days, count(distinct l.product_id) as products,
               count(*) over () as retailers
        from order_line l
        where l.seller_id = :seller and l.owner_id = :owner and l.placed_on > cast(:today as date) - cast(:days as integer)
          and l.ordered_quantity > 0
        group by 1 order by 2 desc, 3 desc, 1 limit 1
    ) b join organisation o on o.id = b.buyer_id
    """
)
_STOCK = text(
    f"""
    select {PRODUCT_NAME}, m.on_hand, p.base_unit, m.cover_days
    from ({MEASURED}) m join product p on p.owner_id = :owner and p.id = m.product_id
    order by m.cover_days is null, m.on_hand desc, m.product_id limit 1
    """  # noqa: S608 - parts are constants
)


def get_example(principal: Principal, brand_owner_id: int, language: str) -> Example:
    """Give examples of the seller's own figures of a brand owner's products, whether anything of it is shared or not.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    today = today_of(principal)
    about = {"seller": principal.selling(), "owner": brand_owner_id, "language": language, "today": today}
    present = month_of(today)
    month = db.session.execute(
        _MONTH, {**about, "present": present, "earliest": month_of(present, -24)}
    ).scalar_one_or_none()
    units = (
        db.session.execute(_UNITS, {**about, "month": month, "until": month_of(month, 1)}).one_or_none()
        if month
        else None
    )
    activity = db.session.execute(_ACTIVITY, {**about, "days": LAPSED_DAYS}).one_or_none()
    stock = db.session.execute(_STOCK, about).one_or_none()
    retailer, place, order_days, products, active = activity or ("", "", 0, 0, 0)
    product, region, sold, retailers = units or ("", "", None, 0)
    stock_product, on_hand, unit, cover_days = stock or ("", None, "", None)
    return Example(
        *(month, product, region, sold, retailers),
        *(active, retailer, place, order_days, products),
        *(stock_product, on_hand, unit, cover_days),
    )
