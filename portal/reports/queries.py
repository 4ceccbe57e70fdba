"""Reading reports: the figures of one, made of constant parts, and the saved ones that one may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Date, bindparam, text

from portal.analytics.queries.names import PRODUCT_NAME
from portal.analytics.queries.sales import (
    CUSTOMER_KEY,
    CUSTOMER_NAME,
    category_label,
    category_labels,
    category_names,
    find_buyer_id,
    today_of,
)
from portal.analytics.rules import month_of
from portal.ordering.line_amounts import IS_LEFT, LEFT, LEFT_AMOUNT
from portal.reports.rules import (
    MOST_MONTHS,
    TIMES,
    By,
    Definition,
    Measure,
    Period,
    Source,
    months_of,
    source_of,
    time_keys,
)
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

VIEWING = {Capacity.SELLER: Permission.FIGURES_VIEW, Capacity.BUYER: Permission.PRICES_VIEW}
"""What who looks at reports needs; a buyer's are of its orders, at prices."""


class Figures(NamedTuple):
    """A cell: base units, net in the seller's currency, orders and customers; 0 where that was not asked."""

    units: Decimal
    net_amount: Decimal
    orders: int
    customers: int


NOTHING = Figures(Decimal(0), Decimal(0), 0, 0)


class ReportRow(NamedTuple):
    """A row: its key as other figures give it, its name (empty for time, category and brand), and its cells."""

    key: str
    name: str
    cells: list[Figures]
    """One for each column, and the row's total at last; without columns the total alone."""


@dataclass(frozen=True, slots=True)
class Report:
    """Rows up to the limit, and the totals of all rows."""

    asked: Definition
    first: date
    until: date
    columns: list[str]
    rows: list[ReportRow]
    totals: list[Figures]
    count: int
    """Of all rows."""

    @property
    def last(self) -> date:
        """The first day of the last month."""
        return month_of(self.until, -1)

    def values(self, cells: list[Figures]) -> list[Decimal | int]:
        """Give the numbers of a row or of the totals as they stand side by side."""
        if self.columns:
            return [getattr(cell, self.asked.measures[0].value) for cell in cells]
        return [getattr(cells[-1], measure.value) for measure in self.asked.measures]


_SOURCES = {
    Source.BUYER_MONTHS: """
        select s.month as day, s.buyer_id, s.units, s.amount from sales_buyer_month s
        where s.seller_id = :seller and s.month >= :first and s.month < :until {of_buyer}""",
    Source.BUYER_DAYS: """
        select s.placed_on as day, s.buyer_id, s.units, s.amount, s.order_count from sales_day s
        where s.seller_id = :seller and s.placed_on >= :first and s.placed_on < :until {of_buyer}""",
    Source.PRODUCT_MONTHS: """
        select s.month as day, s.owner_id, s.product_id, s.units, s.amount from sales_month s
        where s.seller_id = :seller and s.month >= :first and s.month < :until""",
    Source.LINES: f"""
        select l.placed_on as day, l.buyer_id, l.owner_id, l.product_id, l.order_id, {LEFT} as units, {LEFT_AMOUNT} as amount
        from order_line l
        where l.seller_id = :seller and l.buyer_id = :buyer and l.placed_on >= :first and l.placed_on < :until
          and {IS_LEFT}""",  # noqa: S608 - parts are constants
}
_ORDERS = {
    Source.BUYER_DAYS: "coalesce(sum(order_count), 0)",
    Source.LINES: "count(distinct order_id) filter (where units > 0)",
}
_CUSTOMERS = {Source.BUYER_DAYS: "count(distinct buyer_id) filter (where order_count > 0)"}
_KEYS = {
    By.MONTH: "to_char(f.day, 'YYYY-MM')",
    By.QUARTER: "to_char(f.day, 'YYYY\"-Q\"Q')",
    By.YEAR: "to_char(f.day, 'YYYY')",
    By.CATEGORY: "coalesce(g.category, '')",
    By.BRAND: "coalesce(g.brand, '')",
    By.PRODUCT: "f.owner_id || '/' || f.product_id",
    By.CUSTOMER: "f.buyer_id || ''",
}
# What was sold stays sold when the product may no longer be seen. Each product is looked up once, not once a month.
_GOODS = """, goods as materialized (
        select k.owner_id, k.product_id, p.category, p.brand from (select distinct owner_id, product_id from facts) k
        left join lateral (
            select p.category, p.brand from product p where p.owner_id = k.owner_id and p.id = k.product_id limit 1
        ) p on true
        where :category = '' or p.category = :category or left(p.category, length(:category) + 3) = :category || ' > ')"""
_REPORT = """
    with facts as ({source}){goods}, cells as materialized (
        select r, {c} as c, grouping(r) = 1 as is_sum, {row_sum} as is_row_sum,
               coalesce(sum(units), 0) as units, coalesce(sum(amount), 0) as net_amount,
               {orders} as orders, {customers} as customers
        from (select f.*, {rows} as r{columns} from facts f{join}) x
        group by grouping sets ({sets})
    ), ranked as (
        select r, row_number() over (order by {order}) as place, count(*) over () as found_count
        from cells where is_row_sum and not is_sum
    )
    select c.r, c.c, c.is_row_sum, c.units, c.net_amount, c.orders, c.customers, k.place, k.found_count
    from cells c left join ranked k on k.r = c.r and not c.is_sum
    where c.is_sum or k.place <= :limit
    order by k.place nulls last
"""
_PRODUCTS = text(
    f"""
    select p.owner_id || '/' || p.id, p.sku, {PRODUCT_NAME} from product p
    where (p.owner_id, p.id) in (select * from unnest(cast(:owners as bigint[]), cast(:ids as bigint[])))"""  # noqa: S608 - ours
).bindparams(bindparam("owners", type_=ARRAY(BigInteger)), bindparam("ids", type_=ARRAY(BigInteger)))
_CUSTOMERS_NAMED = text(
    f"""
    select t.buyer_id || '', {CUSTOMER_KEY}, {CUSTOMER_NAME} from trading_account t
    left join organisation o on o.id = t.buyer_id and o.seller_id = t.seller_id
    where t.seller_id = :seller and t.buyer_id = any(:ids)"""  # noqa: S608 - parts are constants
).bindparams(bindparam("ids", type_=ARRAY(BigInteger)))


def run_report(principal: Principal, asked: Definition, *, language: str = "en", limit: int = 50) -> Report:
    """Give a report that is in order: of a seller its sales, of a buyer its purchases; all else by the first measure.

    Periods that passed without an order stand there too, if any in the window had one. Totals are of all rows.

    Raises:
        PermissionDenied: the principal may see no such figures.
    """
    principal.require(VIEWING[principal.capacity])
    seller, buyer = _edge(principal)
    first, until = months_of(asked, today_of(principal))
    columns = list(time_keys(asked.columns, first, until)) if asked.columns else []
    if asked.customer:
        buyer = find_buyer_id(seller, asked.customer)
        if buyer is None:
            return Report(asked, first, until, columns, [], [NOTHING] * (len(columns) + 1), 0)
    source = source_of(asked, principal.capacity)
    given = {"seller": seller, "buyer": buyer, "first": first, "until": until}
    # Periods are few and each stands there: none is left out for another's sake.
    most = MOST_MONTHS if asked.rows in TIMES else limit
    found = _read(asked, source, {**given, "category": asked.category, "limit": most})
    place_of = {key: at for at, key in enumerate(columns)}
    rows: dict[str | None, list[Figures]] = {}
    for row in found:
        cells = rows.setdefault(row.r, [NOTHING] * (len(columns) + 1))
        cells[-1 if row.is_row_sum else place_of[row.c]] = Figures(row.units, row.net_amount, row.orders, row.customers)
    totals = rows.pop(None)
    count = found[0].found_count or 0
    if asked.rows in TIMES and rows:
        keys = time_keys(asked.rows, first, until)
        return Report(
            asked, first, until, [], [ReportRow(key, "", rows.get(key, [NOTHING])) for key in keys], totals, len(keys)
        )
    return Report(asked, first, until, columns, list(_named(principal, asked.rows, rows, language)), totals, count)


def _edge(principal: Principal) -> tuple[int, int | None]:
    if principal.capacity is Capacity.BUYER:
        principal.require(Permission.ORDERS_VIEW)
        return principal.buying()
    return principal.selling(), None


def _read(asked: Definition, source: Source, given: dict[str, Any]) -> list[Any]:
    is_split = asked.columns is not None
    measured = f"{asked.measures[0].value} desc, r"
    statement = _REPORT.format(
        source=_SOURCES[source].format(of_buyer="and s.buyer_id = :buyer" if given["buyer"] else ""),
        goods=_GOODS if asked.is_of_goods else "",
        join=" join goods g on g.owner_id = f.owner_id and g.product_id = f.product_id" if asked.is_of_goods else "",
        rows=_KEYS[asked.rows],
        columns=f", {_KEYS[asked.columns]} as c" if asked.columns else "",
        c="c" if is_split else "''",
        row_sum="grouping(c) = 1" if is_split else "true",
        sets="(r, c), (r), (c), ()" if is_split else "(r), ()",
        orders=_ORDERS[source] if Measure.ORDERS in asked.measures else "0",
        customers=_CUSTOMERS[source] if Measure.CUSTOMERS in asked.measures else "0",
        order="r" if asked.rows in TIMES else measured,
    )
    used = {name: value for name, value in given.items() if f":{name}" in statement}
    # Written into the statement, as for the page of sales: a plan for whatever seller and window takes twice as long.
    planned = [
        bindparam(name, type_=kind, literal_execute=True)
        for name, kind in (("seller", BigInteger()), ("first", Date()), ("until", Date()))
    ]
    return list(db.session.execute(text(statement).bindparams(*planned), used))


def _named(principal: Principal, by: By, rows: dict[str | None, list[Figures]], language: str) -> Iterable[ReportRow]:
    names: dict[str, tuple[str, str]] = {}
    keys = [key for key in rows if key is not None]
    if by is By.PRODUCT and keys:
        pairs = [[int(part) for part in key.split("/")] for key in keys]
        given = {"owners": [pair[0] for pair in pairs], "ids": [pair[1] for pair in pairs], "language": language}
        names = {row[0]: (row[1], row[2]) for row in db.session.execute(_PRODUCTS, given)}
    elif by is By.CUSTOMER and keys:
        customers = {"seller": principal.selling(), "ids": [int(key) for key in keys]}
        names = {row[0]: (row[1], row[2]) for row in db.session.execute(_CUSTOMERS_NAMED, customers)}
    for key in keys:
        shown, name = names.get(key, ("", "")) if by in {By.PRODUCT, By.CUSTOMER} else (key, "")
        yield ReportRow(shown, name, rows[key])


_OWN_CATEGORIES = text(
    """
    select distinct p.category from order_line l join product p on p.owner_id = l.owner_id and p.id = l.product_id
    where l.seller_id = :seller and l.buyer_id = :buyer and p.category <> '' order by 1"""
)


def report_categories(principal: Principal, language: str) -> dict[str, str]:
    """Give the categories to choose from, path → what it is called: all of a seller, of a buyer those that it bought.

    Raises:
        PermissionDenied: the principal neither sells nor buys.
    """
    if principal.capacity is Capacity.SELLER:
        return category_labels(principal, principal.owner_ids, language)
    seller, buyer = principal.buying()
    names = category_names(principal.owner_ids, language)
    paths = db.session.execute(_OWN_CATEGORIES, {"seller": seller, "buyer": buyer}).scalars()
    return {path: category_label(path, names) for path in paths}


class SavedRow(NamedTuple):
    """A saved report as who may see it sees it."""

    code: str
    name: str
    is_shared: bool
    made_by: str
    asked: Definition


_SAVED = """
    select code, name, is_shared, made_by, rows_by, columns_by, measures, period, first_month, last_month, category, customer
    from saved_report
    where organisation_id = :organisation and capacity = :capacity and (is_shared or made_by = :actor)
"""
_LIST = text(f"{_SAVED} and code > :after order by code limit :limit")
_ONE = text(f"{_SAVED} and code = :code")


def owner_of(principal: Principal) -> dict[str, Any]:
    """Give whose reports the principal works with: its organisation's, in its capacity.

    Raises:
        PermissionDenied: it neither sells nor buys.
    """
    seller, buyer = (principal.selling(), None) if principal.capacity is Capacity.SELLER else principal.buying()
    return {"organisation": buyer or seller, "capacity": principal.capacity.value}


def list_reports(principal: Principal, *, limit: int, after: str | None = None) -> list[SavedRow]:
    """Give the shared reports and the principal's own by code, from behind the code `after` on.

    Raises:
        PermissionDenied: the principal neither sells nor buys.
    """
    given = {**owner_of(principal), "actor": principal.actor, "limit": limit, "after": after or ""}
    return [_saved(row) for row in db.session.execute(_LIST, given)]


def get_report(principal: Principal, code: str) -> SavedRow:
    """Give a report that is shared or the principal's own.

    Raises:
        NotFound: there is none of that code, or somebody else's alone.
        PermissionDenied: the principal neither sells nor buys.
    """
    given = {**owner_of(principal), "actor": principal.actor, "code": code}
    row = db.session.execute(_ONE, given).one_or_none()
    if row is None:
        raise NotFound
    return _saved(row)


def _saved(row: Any) -> SavedRow:
    asked = Definition(
        rows=By(row.rows_by),
        columns=By(row.columns_by) if row.columns_by else None,
        measures=tuple(Measure(each) for each in row.measures),
        period=Period(row.period),
        first=row.first_month,
        last=row.last_month,
        category=row.category,
        customer=row.customer,
    )
    return SavedRow(row.code, row.name, row.is_shared, row.made_by, asked)
