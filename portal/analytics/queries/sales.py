"""Reading a seller's own sales: from its roll-ups, and of a single customer from the order lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import text

from portal.analytics.rules import CustomerState, Rhythm, month_of, same_days
from tenants.database import db
from tenants.principal import Principal

RHYTHM_DAYS = 730
"""Order days further back say little about what is usual today."""


class SalesDimension(StrEnum):
    """By what a seller's own sales are broken down."""

    MONTH = "month"
    CATEGORY = "category"
    RETAILER = "retailer"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class SalesFilter:
    """Months that begin in [first, until), perhaps of one category (its path) or one retailer (its code) alone."""

    first: date
    until: date
    category: str = ""
    retailer: str = ""


class SalesRow(NamedTuple):
    """What was ordered less what was cancelled, in base units and net in the seller's currency."""

    key: str
    """Month (`2026-11`), category path, retailer's code or product's SKU."""
    name: str
    units: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class SalesRows:
    """The first rows and how many there are."""

    rows: list[SalesRow]
    count: int


_SUMS = "sum(s.units) as units, sum(s.amount) as amount"
_DAYS = (
    "sales_day s where s.seller_id = :seller and s.placed_on >= :first and s.placed_on < :until"
    " and (cast(:retailer as bigint) is null or s.buyer_id = :retailer)"
)
_MONTHS = "(select * from sales_month m where m.seller_id = :seller and m.month >= :first and m.month < :until)"
# One retailer's lines are few and lie together in the index of its orders.
_LINES = """(
    select l.owner_id, l.product_id, date_trunc('month', l.placed_on)::date as month,
           l.ordered_quantity - l.cancelled_quantity as units,
           case when l.cancelled_quantity = 0 then l.net_amount
                else round(l.net_amount * (l.ordered_quantity - l.cancelled_quantity) / l.ordered_quantity, 4)
           end as amount
    from order_line l
    where l.seller_id = :seller and l.buyer_id = :retailer and l.placed_on >= :first and l.placed_on < :until
      and l.ordered_quantity <> l.cancelled_quantity)"""
_NAMED = (
    "{source} s join product p on p.owner_id = s.owner_id and p.id = s.product_id"
    " where (:category = '' or p.category = :category or left(p.category, length(:category) + 3) = :category || ' > ')"
)

_BY_MONTH_OF_ALL = (
    f"select to_char(date_trunc('month', s.placed_on), 'YYYY-MM') as key, '' as name, {_SUMS} from {_DAYS}"  # noqa: S608 - parts are constants of this module
)
_BY_MONTH = "select to_char(s.month, 'YYYY-MM') as key, '' as name, " + _SUMS + " from " + _NAMED  # noqa: S608 - parts are constants of this module
_BY_CATEGORY = f"""
    select p.category as key, p.category as name, {_SUMS}
    from (select s.owner_id, s.product_id, {_SUMS} from {{source}} s group by 1, 2) s
    join product p on p.owner_id = s.owner_id and p.id = s.product_id
    where (:category = '' or p.category = :category or left(p.category, length(:category) + 3) = :category || ' > ')
"""  # noqa: S608 - parts are constants of this module
_BY_PRODUCT = f"""
    select p.sku as key, case when :language = 'de' then coalesce(nullif(p.name_de, ''), p.name_en)
           else coalesce(nullif(p.name_en, ''), p.name_de) end as name, s.units, s.amount
    from (select s.owner_id, s.product_id, {_SUMS} from {{source}} s group by 1, 2) s
    join product p on p.owner_id = s.owner_id and p.id = s.product_id
    where (:category = '' or p.category = :category or left(p.category, length(:category) + 3) = :category || ' > ')
"""  # noqa: S608 - parts are constants of this module
_BY_RETAILER = f"""
    select o.code as key, o.name as name, s.units, s.amount
    from (select s.buyer_id, {_SUMS} from {_DAYS} group by 1) s
    join organisation o on o.id = s.buyer_id
"""  # noqa: S608 - parts are constants of this module
_FINISH = "select key, name, units, amount, count(*) over () as found_count from ({statement}) found order by {order} limit :limit"


def _statement(wanted: SalesFilter, by: SalesDimension) -> str:
    source = _LINES if wanted.retailer else _MONTHS
    if by is SalesDimension.RETAILER:
        return _BY_RETAILER
    if by is SalesDimension.PRODUCT:
        return _BY_PRODUCT.format(source=source)
    if by is SalesDimension.CATEGORY:
        return _BY_CATEGORY.format(source=source) + " group by 1, 2"
    return (_BY_MONTH.format(source=source) if wanted.category else _BY_MONTH_OF_ALL) + " group by 1, 2"


def list_sales(
    principal: Principal, wanted: SalesFilter, by: SalesDimension, *, language: str = "en", limit: int = 50
) -> SalesRows:
    """Give the seller's sales by one dimension: months in order, everything else by amount, up to `limit` rows.

    By retailer the category is not looked at. The principal must be a seller; a code that is none of its customers' finds
    nothing.

    Raises:
        PermissionDenied: it is no seller.
    """
    seller = principal.selling()
    retailer = _buyer_id(seller, wanted.retailer) if wanted.retailer else None
    if wanted.retailer and retailer is None:
        return SalesRows([], 0)
    order = "key" if by is SalesDimension.MONTH else "amount desc, key"
    statement = _FINISH.format(statement=_statement(wanted, by), order=order)
    given: dict[str, Any] = {
        "seller": seller,
        "first": wanted.first,
        "until": wanted.until,
        "category": wanted.category,
        "retailer": retailer,
        "language": language,
        "limit": limit,
    }
    rows = db.session.execute(text(statement), {n: v for n, v in given.items() if f":{n}" in statement}).all()
    return SalesRows([SalesRow(*row[:4]) for row in rows], rows[0].found_count if rows else 0)


_BUYER = text(
    "select t.buyer_id from trading_account t join organisation o on o.id = t.buyer_id"
    " where t.seller_id = :seller and o.seller_id = :seller and o.code = :code"
)


def _buyer_id(seller: int, code: str) -> int | None:
    found: int | None = db.session.execute(_BUYER, {"seller": seller, "code": code}).scalar_one_or_none()
    return found


class Comparison(NamedTuple):
    """This month so far against the same days of the month before: net amounts in the seller's currency, and orders."""

    today: date
    amount: Decimal
    amount_before: Decimal
    orders: int
    orders_before: int


_TODAY = text("select (now() at time zone :time_zone)::date")

_COMPARE = text(
    "select coalesce(sum(s.amount) filter (where s.placed_on >= :this), 0),"
    " coalesce(sum(s.amount) filter (where s.placed_on <= :same_day), 0),"
    " coalesce(sum(s.order_count) filter (where s.placed_on >= :this), 0),"
    " coalesce(sum(s.order_count) filter (where s.placed_on <= :same_day), 0)"
    " from sales_day s where s.seller_id = :seller and s.placed_on >= :last and s.placed_on <= :today"
)


def today_of(principal: Principal) -> date:
    """Give today's date in the principal's time zone, by the database's clock."""
    today: date = db.session.execute(_TODAY, {"time_zone": principal.time_zone}).scalar_one()
    return today


def compare_month(principal: Principal) -> Comparison:
    """Give the seller's sales of this month so far and of the same days of last month.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    seller, today = principal.selling(), today_of(principal)
    this, last, same_day = same_days(today)
    parameters = {"seller": seller, "this": this, "last": last, "same_day": same_day, "today": today}
    amount, before, orders, orders_before = db.session.execute(_COMPARE, parameters).one()
    return Comparison(today, amount, before, orders, orders_before)


class Customer(NamedTuple):
    """How a customer orders; `average_amount` is what an order of it is worth, net in the seller's currency."""

    code: str
    name: str
    state: CustomerState
    rhythm: Rhythm
    average_amount: Decimal | None


_RHYTHMS = text(
    """
    select o.code, o.name, r.first_on, r.last_on, r.order_days, r.usual_days, r.average_amount
    from (
        select d.buyer_id, min(d.placed_on) as first_on, max(d.placed_on) as last_on, count(*) as order_days,
               percentile_cont(0.5) within group (order by d.gap) as usual_days,
               sum(d.amount) / nullif(sum(d.order_count), 0) as average_amount
        from (
            select s.buyer_id, s.placed_on, s.amount, s.order_count,
                   s.placed_on - lag(s.placed_on) over (partition by s.buyer_id order by s.placed_on) as gap
            from sales_day s
            where s.seller_id = :seller and s.placed_on > :since and s.order_count > 0
        ) d
        group by d.buyer_id
    ) r
    join organisation o on o.id = r.buyer_id and o.status = 'active'
    """
)


def list_customers(principal: Principal) -> tuple[date, list[Customer]]:
    """Give today and every active customer that has ordered within two years, the one that orders most first.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    seller, today = principal.selling(), today_of(principal)
    rows = db.session.execute(_RHYTHMS, {"seller": seller, "since": today - timedelta(days=RHYTHM_DAYS)})
    customers = [
        _customer(code, name, Rhythm(first, last, days, None if usual is None else Decimal(str(usual))), average, today)
        for code, name, first, last, days, usual, average in rows
    ]
    return today, sorted(customers, key=lambda one: (-(one.average_amount or 0), one.code))


def _customer(code: str, name: str, rhythm: Rhythm, average: Decimal | None, today: date) -> Customer:
    worth = None if average is None else average.quantize(Decimal("0.01"))
    return Customer(code, name, rhythm.state(today), rhythm, worth)


_CHOICES = text(
    "select o.code, o.name from trading_account t join organisation o on o.id = t.buyer_id"
    " where t.seller_id = :seller and o.seller_id = :seller order by lower(o.name), o.code limit 2000"
)
_CATEGORIES = text(
    "select distinct p.category from product p where p.owner_id = any(:owners) and p.category <> '' order by 1"
)
_CATEGORY_NAMES = text("select c.path, c.name_de, c.name_en from category_name c where c.owner_id = any(:owners)")


def list_retailers(principal: Principal) -> list[tuple[str, str]]:
    """Give codes and names of the seller's customers, for choosing.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    return [(code, name) for code, name in db.session.execute(_CHOICES, {"seller": principal.selling()})]


def category_labels(owners: Sequence[int], language: str) -> dict[str, str]:
    """Give every category path of the owners' products with what it is called: `Handwerkzeuge › Hämmer`."""
    parameters = {"owners": list(owners)}
    names = {
        path: (german if language == "de" else english) or english or german
        for path, german, english in db.session.execute(_CATEGORY_NAMES, parameters)
    }
    paths = db.session.execute(_CATEGORIES, parameters).scalars()
    return {path: category_label(path, names) for path in paths}


def category_label(path: str, names: dict[str, str]) -> str:
    """Put the parts of a path into words, from the top."""
    parts = path.split(" > ")
    prefixes = [" > ".join(parts[: at + 1]) for at in range(len(parts))]
    return " › ".join(names.get(prefix) or part for prefix, part in zip(prefixes, parts, strict=True))


def usual_window(today: date) -> tuple[date, date]:
    """Give the twelve months that end with the present one, as [first, until)."""
    until = month_of(today, 1)
    return month_of(until, -12), until
