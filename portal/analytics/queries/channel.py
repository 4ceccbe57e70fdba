"""Reading the channel as a brand owner: roll-ups alone, never orders, prices or accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Row, Text, bindparam, text

from portal.analytics.models import Grant
from tenants.database import db
from tenants.principal import Principal


class Dimension(StrEnum):
    """By what channel figures may be broken down, from the coarsest to the finest."""

    MONTH = "month"
    WHOLESALER = "wholesaler"
    CATEGORY = "category"
    PRODUCT = "product"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """Units of base units by the dimensions asked; a key is None where its dimension was not asked."""

    month: str | None
    wholesaler: str | None
    category: str | None
    product: str | None
    region: str | None
    units: Decimal | None
    """None where fewer than three retailers stand behind everything there is."""
    is_other: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the channel a figure speaks of."""

    wholesalers_shown: int
    wholesalers: int
    share_of_sell_in: Decimal | None
    """Of the units sold to all wholesalers in the window, those sold to the ones shown; None without sell-in."""


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """Rows with what a reader needs to judge them."""

    rows: list[ChannelRow]
    coverage: Coverage
    newest_on: date | None
    """The newest day with an event behind the figures."""


class ValueRow(NamedTuple):
    """Sell-through at the brand owner's own list price, by the dimensions asked, in its currency."""

    month: str | None
    wholesaler: str | None
    category: str | None
    product: str | None
    region: str | None
    value: Decimal
    newest_on: date


class ValueFigures(NamedTuple):
    """Rows with what a reader needs to judge them."""

    rows: list[ValueRow]
    coverage: Coverage
    newest_on: date | None


# Months that begin in [from, to): whoever writes the last day of a month or the first of the next means the same.
_SELL_THROUGH = text(
    "select month, wholesaler, category, product, region, units, folded"
    " from channel_units(date_trunc('month', cast(:first as date))::date, :until, :by, :wholesaler, :category)"
).bindparams(bindparam("by", type_=ARRAY(Text)))

_SELL_IN = text(
    """
    select case when 'month' = any(:by) then to_char(m.month, 'YYYY-MM') end as month,
           case when 'wholesaler' = any(:by) then w.code end as wholesaler,
           case when 'category' = any(:by) then p.category end as category,
           case when 'product' = any(:by) then p.sku end as product,
           case when 'region' = any(:by) then w.country || '-' || left(w.postal_code, 3) end as region,
           sum(m.units) as units
    from sell_in_month m
    join organisation w on w.id = m.wholesaler_id
    join product p on p.owner_id = m.brand_owner_id and p.id = m.product_id
    where m.brand_owner_id = :owner and m.month >= date_trunc('month', cast(:first as date)) and m.month < :until
    group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
    """
).bindparams(bindparam("by", type_=ARRAY(Text)))

# Days of an agreement are the wholesaler's, as the days of its sales are.
_SHARING = """
    select distinct on (a.wholesaler_id) a.wholesaler_id, cast(:grant as text) = any(a.grants)
           and (a.withdrawn_on is null
                or (now() at time zone w.time_zone)::date < coalesce(a.hidden_on, a.withdrawn_on)) as shown
    from sharing_agreement a join organisation w on w.id = a.wholesaler_id
    where a.brand_owner_id = :owner and a.accepted_on <= (now() at time zone w.time_zone)::date
    order by a.wholesaler_id, a.accepted_on desc, a.version desc
"""

_CHOSEN = "(cast(:wholesaler as text) = '' or o.code = :wholesaler)"

# How far the figures reach is told of nobody who shares nothing: the day of its last sale would be news of it.
_COVERAGE = text(
    f"""
    with sharing as ({_SHARING}), bought as (
        select m.wholesaler_id, sum(m.units) as units from sell_in_month m join organisation o on o.id = m.wholesaler_id
        where m.brand_owner_id = :owner and m.month >= date_trunc('month', cast(:first as date)) and m.month < :until
          and {_CHOSEN}
        group by 1)
    select (select count(*) from organisation o where o.kind = 'wholesaler' and o.root_id = :owner and {_CHOSEN}) as wholesalers,
           (select count(*) from sharing s join organisation o on o.id = s.wholesaler_id where s.shown and {_CHOSEN}) as shown,
           (select sum(units) from bought) as sell_in,
           (select sum(b.units) from bought b join sharing s on s.wholesaler_id = b.wholesaler_id and s.shown) as sell_in_shown,
           (select max(c.newest_on) from channel_state c join organisation o on o.id = c.wholesaler_id
            left join sharing s on s.wholesaler_id = c.wholesaler_id
            where c.brand_owner_id = :owner and c.measure = :measure and (:measure = 'sell_in' or s.shown)
              and {_CHOSEN}) as newest_on
    """  # noqa: S608 - parts are constants of this module
)


def read_sell_through(
    principal: Principal,
    first: date,
    until: date,
    by: Sequence[Dimension],
    *,
    wholesaler: str = "",
    category: str = "",
) -> list[ChannelRow]:
    """Give units of the principal's brands shipped by wholesalers to retailers, less returns.

    For wholesalers whose agreement in force grants `units`; of the months that begin in [first's month, until). Cells with
    fewer than three retailers are folded into `other`. Where a `wholesaler` or `category` is named and broken down by, cells
    of others may be missing; those that are there are folded as without. The principal must be a brand owner.

    Raises:
        PermissionDenied: it is not.
    """
    principal.owning()
    parameters = {"first": first, "until": until, "by": [dimension.value for dimension in by]}
    chosen = {"wholesaler": wholesaler, "category": category}
    return [ChannelRow(*row) for row in db.session.execute(_SELL_THROUGH, {**parameters, **chosen})]


def list_sell_through(
    principal: Principal,
    first: date,
    until: date,
    by: Sequence[Dimension],
    *,
    wholesaler: str = "",
    category: str = "",
) -> ChannelFigures:
    """Give the same with coverage and age, which speak of the `wholesaler` alone where one is named.

    Raises:
        PermissionDenied: the principal is no brand owner.
    """
    rows = read_sell_through(principal, first, until, by, wholesaler=wholesaler, category=category)
    asked = {"first": first, "until": until, "wholesaler": wholesaler, "measure": "sell_through"}
    return _figures(principal, rows, asked)


def read_sell_in(principal: Principal, first: date, until: date, by: Sequence[Dimension]) -> list[ChannelRow]:
    """Give units of the principal's products shipped by it to wholesalers, less returns: its own data, in full.

    The region is the wholesaler's. The principal must be a brand owner.

    Raises:
        PermissionDenied: it is not.
    """
    parameters = {"owner": principal.owning(), "first": first, "until": until}
    rows = db.session.execute(_SELL_IN, {**parameters, "by": [dimension.value for dimension in by]})
    return [ChannelRow(*row) for row in rows]


def list_sell_in(
    principal: Principal, first: date, until: date, by: Sequence[Dimension], *, wholesaler: str = ""
) -> ChannelFigures:
    """Give the same with coverage and age, which speak of the `wholesaler` alone where one is named.

    Raises:
        PermissionDenied: the principal is no brand owner.
    """
    asked = {"first": first, "until": until, "wholesaler": wholesaler, "measure": "sell_in"}
    return _figures(principal, read_sell_in(principal, first, until, by), asked)


def _figures(principal: Principal, rows: list[ChannelRow], asked: dict[str, Any]) -> ChannelFigures:
    row = _reach(principal, asked, Grant.UNITS)
    is_own = asked["measure"] == "sell_in"
    return ChannelFigures(
        rows, Coverage(row.wholesalers, row.wholesalers, None) if is_own else _coverage(row), row.newest_on
    )


def _reach(principal: Principal, asked: dict[str, Any], grant: Grant) -> Row[Any]:
    return db.session.execute(_COVERAGE, {**asked, "owner": principal.owning(), "grant": grant.value}).one()


def _coverage(row: Row[Any]) -> Coverage:
    share = (row.sell_in_shown or Decimal(0)) / row.sell_in if row.sell_in else None
    return Coverage(row.shown, row.wholesalers, share)


_VALUES = text(
    "select month, wholesaler, category, product, region, value, newest_on"
    " from channel_values(date_trunc('month', cast(:first as date))::date, :until, :by, :wholesaler, :category)"
).bindparams(bindparam("by", type_=ARRAY(Text)))


def read_values(
    principal: Principal,
    first: date,
    until: date,
    by: Sequence[Dimension],
    *,
    wholesaler: str = "",
    category: str = "",
) -> list[ValueRow]:
    """Give sell-through of the principal's brands at its own list price, in its currency.

    For wholesalers whose agreement in force grants `value`; of the months that begin in [first's month, until). What is
    folded is left out: it has no product, and so no price. The principal must be a brand owner.

    Raises:
        PermissionDenied: it is not.
    """
    principal.owning()
    asked = {"first": first, "until": until, "by": [dimension.value for dimension in by]}
    rows = db.session.execute(_VALUES, {**asked, "wholesaler": wholesaler, "category": category})
    return [ValueRow(*row) for row in rows]


def list_values(
    principal: Principal,
    first: date,
    until: date,
    by: Sequence[Dimension],
    *,
    wholesaler: str = "",
    category: str = "",
) -> ValueFigures:
    """Give the same with coverage and age, which speak of the `wholesaler` alone where one is named.

    Raises:
        PermissionDenied: the principal is no brand owner.
    """
    asked = {"first": first, "until": until, "wholesaler": wholesaler, "measure": "value"}
    reach = _reach(principal, asked, Grant.VALUE)
    rows = read_values(principal, first, until, by, wholesaler=wholesaler, category=category)
    return ValueFigures(rows, _coverage(reach), max((row.newest_on for row in rows), default=None))


class Wholesaler(NamedTuple):
    """A wholesaler of the brand owner's channel and whether it shares units today."""

    code: str
    name: str
    shares_units: bool


_OF_CHANNEL = f"""
    select o.code, o.name, coalesce(s.shown, false) from organisation o
    left join ({_SHARING}) s on s.wholesaler_id = o.id
    where o.kind = 'wholesaler' and o.root_id = :owner"""  # noqa: S608 - parts are constants of this module
_WHOLESALERS = text(f"{_OF_CHANNEL} order by lower(o.name), o.code")
_WHOLESALERS_BY_CODE = text(f"{_OF_CHANNEL} and o.code > :after order by o.code limit :limit")

_PRODUCTS = text(
    "select p.sku, case when :language = 'de' then coalesce(nullif(p.name_de, ''), p.name_en)"
    " else coalesce(nullif(p.name_en, ''), p.name_de) end from product p where p.owner_id = :owner and p.sku = any(:skus)"
).bindparams(bindparam("skus", type_=ARRAY(Text)))


def list_wholesalers(principal: Principal) -> list[Wholesaler]:
    """Give every wholesaler of the channel, those that share nothing included. The principal must be a brand owner.

    Raises:
        PermissionDenied: it is not.
    """
    return [Wholesaler(*row) for row in db.session.execute(_WHOLESALERS, _sharing_units(principal))]


def list_wholesalers_by_code(principal: Principal, *, limit: int, after: str = "") -> list[Wholesaler]:
    """Give up to `limit` of them by code, behind the code `after`. The principal must be a brand owner.

    Raises:
        PermissionDenied: it is not.
    """
    parameters = {**_sharing_units(principal), "limit": limit, "after": after}
    return [Wholesaler(*row) for row in db.session.execute(_WHOLESALERS_BY_CODE, parameters)]


def _sharing_units(principal: Principal) -> dict[str, Any]:
    return {"owner": principal.owning(), "grant": Grant.UNITS.value}


def product_names(owner_id: int, skus: Sequence[str], language: str) -> dict[str, str]:
    """Give what the owner's products are called in a language (`de`, otherwise English), by SKU."""
    parameters = {"owner": owner_id, "skus": list(skus), "language": language}
    return {row[0]: row[1] for row in db.session.execute(_PRODUCTS, parameters)}
