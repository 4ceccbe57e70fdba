"""Reading a seller's own sales: from its roll-ups, and of a single customer from the order lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Date, bindparam, text
from sqlalchemy.types import TypeEngine

from portal.analytics.rules import RHYTHM_DAYS, CustomerState, Rhythm, month_of, same_days, whole_quarters
from portal.catalogue.queries.products import SHOWN
from portal.ordering.line_amounts import IS_LEFT, LEFT, LEFT_AMOUNT
from tenants.database import db
from tenants.permissions import Capacity
from tenants.principal import Principal


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
    """Month (`2026-11`), category path, retailer's code (a former one's own key) or product's SKU."""
    name: str
    units: Decimal
    amount: Decimal
    tie: str | int
    """What tells rows of the same amount apart: the key, which several products may share, or a product's row id."""


class SalesKey(NamedTuple):
    """After which row a page begins; of months the amount does not count."""

    amount: Decimal
    tie: str | int


@dataclass(frozen=True, slots=True)
class SalesRows:
    """The first rows and how many there are, from the asked place on."""

    rows: list[SalesRow]
    count: int


_SUMS = "sum(s.units) as units, sum(s.amount) as amount"
_BUYER_MONTHS = (
    "sales_buyer_month s where s.seller_id = :seller and s.month >= :first and s.month < :until"
    " and (cast(:retailer as bigint) is null or s.buyer_id = :retailer)"
)
_MONTHS = "(select * from sales_month m where m.seller_id = :seller and m.month >= :first and m.month < :until)"
# What needs no months is read from the quarters that lie in the window and the months before and behind them.
_QUARTERS = """(
    select m.owner_id, m.product_id, m.units, m.amount from sales_month m
    where m.seller_id = :seller and m.month >= :first and m.month < :quarter_first
    union all
    select q.owner_id, q.product_id, q.units, q.amount from sales_quarter q
    where q.seller_id = :seller and q.quarter >= :quarter_first and q.quarter < :quarter_until
    union all
    select m.owner_id, m.product_id, m.units, m.amount from sales_month m
    where m.seller_id = :seller and m.month >= :quarter_until and m.month < :until)"""
# One retailer's lines are few and lie together in the index of its orders.
_LINES = f"""(
    select l.owner_id, l.product_id, date_trunc('month', l.placed_on)::date as month, {LEFT} as units, {LEFT_AMOUNT} as amount
    from order_line l
    where l.seller_id = :seller and l.buyer_id = :retailer and l.placed_on >= :first and l.placed_on < :until
      and {IS_LEFT})"""  # noqa: S608 - parts are constants of this module
# What was sold stays sold when the seller may no longer see the product.
_NAMED = (
    "{source} s left join product p on p.owner_id = s.owner_id and p.id = s.product_id"
    " where (:category = '' or p.category = :category or left(p.category, length(:category) + 3) = :category || ' > ')"
)

_BY_MONTH_OF_ALL = f"select to_char(s.month, 'YYYY-MM') as key, '' as name, {_SUMS} from {_BUYER_MONTHS}"  # noqa: S608 - parts are constants of this module
_BY_MONTH = "select to_char(s.month, 'YYYY-MM') as key, '' as name, " + _SUMS + " from " + _NAMED  # noqa: S608 - parts are constants of this module
_OF_PRODUCTS = f"(select s.owner_id, s.product_id, {_SUMS} from {{source}} s group by 1, 2)"  # noqa: S608 - parts are constants of this module
# The join is by the product's key alone: whoever has sold a tenth of a large catalogue does not read the whole of it.
_BY_CATEGORY = f"""
    select coalesce(p.category, '') as key, coalesce(p.category, '') as name, {_SUMS}
    from {_OF_PRODUCTS} s
    left join lateral (
        select p.category from product p where p.owner_id = s.owner_id and p.id = s.product_id limit 1) p on true
    where (:category = '' or p.category = :category or left(p.category, length(:category) + 3) = :category || ' > ')
    group by 1, 2
"""  # noqa: S608 - parts are constants of this module
_PRODUCT = """
    select coalesce(p.sku, '') as key, coalesce(case when :language = 'de' then coalesce(nullif(p.name_de, ''), p.name_en)
           else coalesce(nullif(p.name_en, ''), p.name_de) end, '') as name, s.units, s.amount, s.product_id as tie
"""
_BY_PRODUCT = _PRODUCT + " from " + _NAMED.format(source=_OF_PRODUCTS)
# Of all products only those shown are looked up.
_BY_PRODUCT_OF_ALL = f"""
    {_PRODUCT}, s.found_count
    from (select o.*, count(*) over () as found_count from {_OF_PRODUCTS} o
          where {{behind}} order by amount desc, product_id limit :limit) s
    left join product p on p.owner_id = s.owner_id and p.id = s.product_id
    order by s.amount desc, s.product_id
"""  # noqa: S608 - parts are constants of this module
# A former customer goes by its number, as in the table of customers; where that is nobody's or not its alone, by a mark behind it.
CUSTOMER_KEY = """coalesce(o.code, case when t.customer_number <> '' and not exists (
        select from trading_account u left join organisation c on c.id = u.buyer_id and c.seller_id = u.seller_id
        where u.seller_id = t.seller_id and u.buyer_id <> t.buyer_id
          and coalesce(c.code, u.customer_number) = t.customer_number
    ) then t.customer_number else t.customer_number || '~' || left(md5(t.seller_id || '/' || t.buyer_id), 8) end)"""
# A customer that moved to another seller is none of this seller's organisations any more; what it bought stays.
CUSTOMER_NAME = """coalesce(o.name, (
    select h.ship_to ->> 'name' from sales_order h where h.seller_id = t.seller_id and h.buyer_id = t.buyer_id
    order by h.placed_at desc, h.id desc limit 1), '')"""
_BY_RETAILER = f"""
    select {CUSTOMER_KEY} as key,
           {CUSTOMER_NAME} as name, s.units, s.amount
    from (select s.buyer_id, {_SUMS} from {_BUYER_MONTHS} group by 1) s
    join trading_account t on t.seller_id = :seller and t.buyer_id = s.buyer_id
    left join organisation o on o.id = t.buyer_id and o.seller_id = t.seller_id
"""  # noqa: S608 - parts are constants of this module
# Written into the statement: a plan for whatever seller and window, which the server turns to after ten executions, takes
# twice as long as one for these.
_PLANNED_FOR: dict[str, TypeEngine[Any]] = {
    "seller": BigInteger(),
    **dict.fromkeys(("first", "until", "quarter_first", "quarter_until"), Date()),
}
_FINISH = """
    select key, name, units, amount, {tie} as tie, count(*) over () as found_count from ({statement}) found
    where {behind} order by {order} limit :limit
"""
_BEHIND = "(amount < :after_amount or (amount = :after_amount and {tie} > :after_tie))"


def _statement(wanted: SalesFilter, by: SalesDimension, *, is_first: bool) -> str:
    tie = "tie" if by is SalesDimension.PRODUCT else "key"
    order = "key" if by is SalesDimension.MONTH else f"amount desc, {tie}"
    behind = "true" if is_first else "key > :after_tie" if by is SalesDimension.MONTH else _BEHIND.format(tie=tie)
    if by is SalesDimension.RETAILER:
        statement = _BY_RETAILER
    elif by is SalesDimension.MONTH and wanted.category:
        statement = _BY_MONTH.format(source=_LINES if wanted.retailer else _MONTHS) + " group by 1, 2"
    elif by is SalesDimension.MONTH:
        statement = _BY_MONTH_OF_ALL + " group by 1, 2"
    elif by is SalesDimension.CATEGORY:
        statement = _BY_CATEGORY.format(source=_LINES if wanted.retailer else _QUARTERS)
    elif wanted.category or wanted.retailer:
        statement = _BY_PRODUCT.format(source=_LINES if wanted.retailer else _QUARTERS)
    else:
        behind = "true" if is_first else _BEHIND.format(tie="product_id")
        return _BY_PRODUCT_OF_ALL.format(source=_QUARTERS, behind=behind)
    return _FINISH.format(statement=statement, order=order, tie=tie, behind=behind)


def list_sales(
    principal: Principal,
    wanted: SalesFilter,
    by: SalesDimension,
    *,
    language: str = "en",
    after: SalesKey | None = None,
    limit: int = 50,
) -> SalesRows:
    """Give the seller's sales by one dimension: months in order, everything else by amount, up to `limit` rows.

    `after` is the last row of the page before.

    By retailer neither filter is looked at. The principal must be a seller; a code that is none of its customers' finds
    nothing.

    Raises:
        PermissionDenied: it is no seller.
    """
    seller = principal.selling()
    if by is SalesDimension.RETAILER:
        wanted = SalesFilter(wanted.first, wanted.until)
    retailer = find_buyer_id(seller, wanted.retailer) if wanted.retailer else None
    if wanted.retailer and retailer is None:
        return SalesRows([], 0)
    statement = _statement(wanted, by, is_first=after is None)
    quarter_first, quarter_until = whole_quarters(wanted.first, wanted.until)
    given: dict[str, Any] = {
        "seller": seller,
        "first": wanted.first,
        "until": wanted.until,
        "quarter_first": quarter_first,
        "quarter_until": quarter_until,
        "category": wanted.category,
        "retailer": retailer,
        "language": language,
        "limit": limit,
        "after_amount": after and after.amount,
        "after_tie": after and after.tie,
    }
    used = {name: value for name, value in given.items() if f":{name}" in statement}
    planned = [bindparam(name, type_=kind, literal_execute=True) for name, kind in _PLANNED_FOR.items() if name in used]
    rows = db.session.execute(text(statement).bindparams(*planned), used).all()
    return SalesRows([SalesRow(*row[:5]) for row in rows], rows[0].found_count if rows else 0)


_BUYER = text(
    f"""
    select t.buyer_id from trading_account t
    left join organisation o on o.id = t.buyer_id and o.seller_id = t.seller_id
    where t.seller_id = :seller and {CUSTOMER_KEY} = :code
    """  # noqa: S608 - parts are constants of this module
)


def find_buyer_id(seller: int, code: str) -> int | None:
    """Give the customer, perhaps a former one, whom the seller's figures call by that code; None where there is none."""
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
    "select o.code, o.name, r.first_on, r.last_on, r.order_days, r.usual_days, r.amount / nullif(r.order_count, 0)"
    " from sales_rhythm r"
    " join organisation o on o.id = r.buyer_id and o.seller_id = r.seller_id and o.status = 'active'"
    " where r.seller_id = :seller and r.last_on > :since"
)


def list_customers(principal: Principal) -> tuple[date, list[Customer]]:
    """Give today and every active customer that has ordered within two years, the one that orders most first.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    seller, today = principal.selling(), today_of(principal)
    rows = db.session.execute(_RHYTHMS, {"seller": seller, "since": today - timedelta(days=RHYTHM_DAYS)})
    customers = [
        _customer(code, name, Rhythm(first, last, days, usual), average, today)
        for code, name, first, last, days, usual, average in rows
    ]
    return today, sorted(customers, key=lambda one: (-(one.average_amount or 0), one.code))


def _customer(code: str, name: str, rhythm: Rhythm, average: Decimal | None, today: date) -> Customer:
    worth = None if average is None else average.quantize(Decimal("0.01"))
    return Customer(code, name, rhythm.state(today), rhythm, worth)


_CHOICES = text(
    "select o.code, o.name from trading_account t join organisation o on o.id = t.buyer_id and o.seller_id = t.seller_id"
    " where t.seller_id = :seller order by lower(o.name), o.code limit 2000"
)
# From one category to the next in the index: there are few, of many products.
_CATEGORIES = """
    with recursive found as (
        select o.owner_id, (select min(p.category) from product p where p.owner_id = o.owner_id and p.category > '') as category
        from unnest(cast(:owners as bigint[])) o (owner_id)
        union all
        select f.owner_id, (select min(p.category) from product p where p.owner_id = f.owner_id and p.category > f.category)
        from found f where f.category is not null
    )
    select distinct f.category from found f where f.category is not null {shown} order by 1
    """
_EVERY_CATEGORY = text(_CATEGORIES.format(shown=""))
# A category of drafts alone would tell those below its owner what is to come.
_CATEGORIES_SHOWN = text(
    _CATEGORIES.format(
        shown=f"""and (f.owner_id = :seller or exists (
            select from product p where p.owner_id = f.owner_id and p.category = f.category and {SHOWN}))"""
    )
)
_CATEGORY_NAMES = text("select c.path, c.name_de, c.name_en from category_name c where c.owner_id = any(:owners)")


def list_retailers(principal: Principal) -> list[tuple[str, str]]:
    """Give codes and names of the seller's customers, for choosing.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    return [(code, name) for code, name in db.session.execute(_CHOICES, {"seller": principal.selling()})]


def category_labels(principal: Principal, owners: Sequence[int], language: str) -> dict[str, str]:
    """Give the category paths of the owners' products with what they are called: `Handwerkzeuge › Hämmer`.

    A seller gets those of which it may see a product. The principal is the brand owner itself or a seller below the owners.
    """
    parameters: dict[str, Any] = {"owners": list(owners)}
    names = category_names(owners, language)
    if principal.capacity is Capacity.BRAND_OWNER:
        paths = db.session.execute(_EVERY_CATEGORY, parameters).scalars()
    else:
        paths = db.session.execute(_CATEGORIES_SHOWN, {**parameters, "seller": principal.selling()}).scalars()
    return {path: category_label(path, names) for path in paths}


def category_names(owners: Sequence[int], language: str) -> dict[str, str]:
    """Give what the owners call their categories, by path; those without a name are not there."""
    return {
        path: (german if language == "de" else english) or english or german
        for path, german, english in db.session.execute(_CATEGORY_NAMES, {"owners": list(owners)})
    }


def category_label(path: str, names: dict[str, str]) -> str:
    """Put the parts of a path into words, from the top."""
    parts = path.split(" > ")
    prefixes = [" > ".join(parts[: at + 1]) for at in range(len(parts))]
    return " › ".join(names.get(prefix) or part for prefix, part in zip(prefixes, parts, strict=True))


def usual_window(today: date) -> tuple[date, date]:
    """Give the twelve months that end with the present one, as [first, until)."""
    until = month_of(today, 1)
    return month_of(until, -12), until
