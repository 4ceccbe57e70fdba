"""Reading forecasts: a seller's own, and what a brand owner may plan with. They are written by the worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import text

from portal.analytics.queries.names import PRODUCT_NAME
from portal.analytics.rules import LAPSED_DAYS, MISSED_AFTER
from tenants.database import db
from tenants.principal import Principal

_NAME = f"coalesce({PRODUCT_NAME}, '')"


class ForecastState(NamedTuple):
    """Up to which Sunday the forecast knows, how many weeks, and between which origins it was put to the test."""

    origin_on: date
    weeks: int
    judged_from: date | None
    judged_to: date | None
    written_at: datetime


_STATE = text(
    "select s.origin_on, s.weeks, s.judged_from, s.judged_to, s.written_at from forecast_state s where s.seller_id = :seller"
)


def find_state(principal: Principal) -> ForecastState | None:
    """Give how current the seller's forecast is; None before there is one, and while it is written anew.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    row = db.session.execute(_STATE, {"seller": principal.selling()}).one_or_none()
    return None if row is None else ForecastState(*row)


class ProductForecast(NamedTuple):
    """What is expected of a product in each of the coming weeks, with the bounds of the 80 % interval, in base units."""

    sku: str
    name: str
    unit: str
    origin_on: date
    """The Sunday that ends the last known week."""
    demand_class: str
    is_regular: bool
    method: str
    quantities: list[Decimal]
    lows: list[Decimal]
    highs: list[Decimal]
    expected_quantity: Decimal
    """Of these weeks together."""
    recent_quantity: Decimal
    """Ordered in as many weeks before."""
    on_hand: Decimal
    product_id: int


# What is shown is chosen first: stock is looked up for that alone.
_PRODUCTS = f"""
    select p.sku, {_NAME} as name, p.base_unit, f.origin_on, f.demand_class, f.is_regular, f.method, f.quantities, f.lows, f.highs,
           f.expected_quantity, f.recent_quantity, coalesce((
               select sum(l.on_hand) from article a join stock_level l on l.seller_id = a.seller_id and l.article_id = a.id
               where a.seller_id = :seller and a.owner_id = f.owner_id and a.product_id = f.product_id), 0) as on_hand,
           f.product_id
    from (
        select f.* from demand_forecast f
        join product p on p.owner_id = f.owner_id and p.id = f.product_id
        where f.seller_id = :seller and (:category = '' or p.category = :category
              or left(p.category, length(:category) + 3) = :category || ' > ') {{behind}}
        order by {{order}} limit :limit
    ) f
    join product p on p.owner_id = f.owner_id and p.id = f.product_id
    order by {{order}}
"""  # noqa: S608 - parts are constants of this module
_BY_DEMAND = text(_PRODUCTS.format(behind="", order="f.expected_quantity desc, f.product_id"))
_BY_SKU = text(
    _PRODUCTS.format(
        behind="and (p.sku, f.product_id) > (cast(:sku as text), cast(:product as bigint))", order="p.sku, f.product_id"
    )
)


def list_forecasts(
    principal: Principal, *, category: str = "", language: str = "en", limit: int = 50
) -> list[ProductForecast]:
    """Give the seller's forecasts, the largest demand first; of one category (its path) alone where one is named.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    given = {"seller": principal.selling(), "category": category, "language": language, "limit": limit}
    return [ProductForecast(*row) for row in db.session.execute(_BY_DEMAND, given)]


def list_forecasts_by_sku(
    principal: Principal, *, category: str = "", language: str = "en", limit: int, after: tuple[str, int] = ("", 0)
) -> list[ProductForecast]:
    """Give up to `limit` of them by SKU, behind (SKU, product id).

    Raises:
        PermissionDenied: the principal is no seller.
    """
    given = {"seller": principal.selling(), "category": category, "language": language, "limit": limit}
    rows = db.session.execute(_BY_SKU, {**given, "sku": after[0], "product": after[1]})
    return [ProductForecast(*row) for row in rows]


class Accuracy(NamedTuple):
    """What the forecast of one kind of series missed at past origins, in base units, beside the naive method."""

    is_regular: bool
    demand_class: str
    series_count: int
    method: str
    demand: Decimal
    error: Decimal
    bias: Decimal
    four_week_error: Decimal
    naive_error: Decimal
    naive_four_week_error: Decimal
    covered_weeks: int
    judged_weeks: int
    mase: Decimal | None
    rmsse: Decimal | None

    def share(self, error: Decimal) -> Decimal | None:
        """Give an error as a fraction of what came; None where nothing did."""
        return error / self.demand if self.demand > 0 else None

    @property
    def coverage(self) -> Decimal | None:
        """The share of weeks within the 80 % interval."""
        return Decimal(self.covered_weeks) / self.judged_weeks if self.judged_weeks else None


_ACCURACY = text(
    "select a.is_regular, a.demand_class, a.series_count, a.method, a.demand, a.error, a.bias, a.four_week_error,"
    " a.naive_error, a.naive_four_week_error, a.covered_weeks, a.judged_weeks, a.mase, a.rmsse from forecast_accuracy a"
    " where a.seller_id = :seller order by a.is_regular desc, a.demand desc, a.demand_class"
)


def list_accuracy(principal: Principal) -> list[Accuracy]:
    """Give the seller's stored backtest by kind of series, regular ones first.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    return [Accuracy(*row) for row in db.session.execute(_ACCURACY, {"seller": principal.selling()})]


class MissedOrder(NamedTuple):
    """A product that a customer usually orders and has not, although 1.5 times its usual interval has passed."""

    customer: str
    customer_name: str
    sku: str
    name: str
    unit: str
    last_on: date
    usual_days: Decimal
    usual_quantity: Decimal
    expected_on: date
    order_days: int
    weekly_quantity: Decimal


# Ordered since the forecast was written, it is not missed: only the few that would be shown are looked up.
_MISSED = text(
    f"""
    select o.code, o.name, p.sku, {_NAME} as name, p.base_unit, d.last_on, d.usual_days, d.usual_quantity,
           d.last_on + round(d.usual_days)::int, d.order_days, d.weekly_quantity
    from account_demand d
    join organisation o on o.id = d.buyer_id and o.seller_id = d.seller_id and o.status = 'active'
    join product p on p.owner_id = d.owner_id and p.id = d.product_id
    cross join (select (now() at time zone :time_zone)::date as day) today
    where d.seller_id = :seller and today.day - d.last_on > {MISSED_AFTER} * d.usual_days
      and today.day - d.last_on <= {LAPSED_DAYS} and d.usual_days > 0
      and (:retailer = '' or o.code = :retailer)
      and not exists (
          select from order_line l where l.seller_id = d.seller_id and l.buyer_id = d.buyer_id and l.placed_on > d.last_on
            and l.product_id = d.product_id and l.ordered_quantity > l.cancelled_quantity)
    order by d.weekly_quantity desc, o.code, p.sku limit :limit
    """  # noqa: S608 - parts are constants of this module
)


def list_missed_orders(
    principal: Principal, *, retailer: str = "", language: str = "en", limit: int = 50
) -> list[MissedOrder]:
    """Give products whose expected order is missing, customer by customer, the largest demand first.

    What was not ordered for 90 days has lapsed and is not expected any more. A `retailer`'s code asks for it alone.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    given = {
        "seller": principal.selling(),
        "time_zone": principal.time_zone,
        "retailer": retailer,
        "language": language,
        "limit": limit,
    }
    return [MissedOrder(*row) for row in db.session.execute(_MISSED, given)]


class Effect(NamedTuple):
    """What a promotion brought in its weeks [first_on, last_on] against the forecast without it, in base units."""

    code: str
    name: str
    first_on: date
    last_on: date
    product_count: int
    units: Decimal
    expected_units: Decimal
    forward_units: Decimal
    weeks_after: int

    @property
    def effect_units(self) -> Decimal:
        """What came beyond the forecast and was not only bought ahead."""
        return self.units - self.expected_units - self.forward_units


_EFFECTS = text(
    "select m.code, m.name, e.first_on, e.last_on, e.product_count, e.units, e.expected_units, e.forward_units, e.weeks_after"
    " from promotion_effect e join promotion m on m.seller_id = e.seller_id and m.id = e.promotion_id"
    " where e.seller_id = :seller order by e.first_on desc, m.code"
)


def list_effects(principal: Principal) -> list[Effect]:
    """Give what the seller's promotions of a year brought, the newest first.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    return [Effect(*row) for row in db.session.execute(_EFFECTS, {"seller": principal.selling()})]


class PlanLine(NamedTuple):
    """A brand owner's product: what sharing wholesalers are expected to sell on, and what is expected to be ordered of itself.

    Base units. Sums of wholesalers' intervals are wider than the interval of their sum: they are no bounds that 80 % lie in.
    """

    sku: str
    name: str
    unit: str
    category: str
    wholesalers: int
    """How many stand behind the figures of sell-through."""
    quantities: Sequence[Decimal]
    lows: Sequence[Decimal]
    highs: Sequence[Decimal]
    recent_quantity: Decimal | None
    sell_in_quantities: Sequence[Decimal]
    """What wholesalers are expected to order of the brand owner: its own data."""


class Plan(NamedTuple):
    """The demand planning sheet; `origin_on` is the Sunday up to which the wholesalers' figures know."""

    lines: list[PlanLine]
    origin_on: date | None
    sharing: int
    wholesalers: int


# Only those that know the newest week: sums over different weeks would say nothing.
_SHARED = (
    "select f.* from (select g.*, max(g.origin_on) over () as newest_on from channel_forecasts() g) f"
    " where f.origin_on = f.newest_on"
)
# Week by week first, then put back into rows: each wholesaler's arrays are read once.
_PLAN = text(
    f"""
    with shared as materialized ({_SHARED}), weekly as (
        select s.product_id, u.week, sum(u.quantity) as quantity, sum(u.low) as low, sum(u.high) as high
        from shared s, unnest(s.quantities, s.lows, s.highs) with ordinality u (quantity, low, high, week)
        group by 1, 2
    ), through as (
        select w.product_id, array_agg(w.quantity order by w.week) as quantities, array_agg(w.low order by w.week) as lows,
               array_agg(w.high order by w.week) as highs,
               (select count(*) from shared s where s.product_id = w.product_id) as wholesalers,
               (select sum(s.recent_quantity) from shared s where s.product_id = w.product_id) as recent
        from weekly w group by w.product_id
    )
    select p.sku, {_NAME} as name, p.base_unit, p.category, coalesce(t.wholesalers, 0) as wholesalers, t.quantities, t.lows,
           t.highs, t.recent, f.quantities as sell_in
    from product p
    left join through t on t.product_id = p.id
    left join demand_forecast f on f.seller_id = :owner and f.owner_id = p.owner_id and f.product_id = p.id
    where p.owner_id = :owner and (t.product_id is not null or f.product_id is not null)
    order by (select sum(q) from unnest(t.quantities) q) desc nulls last, p.sku
    """  # noqa: S608 - parts are constants of this module
)
_PLAN_STATE = text(
    f"""
    select max(s.origin_on), count(distinct s.wholesaler_id),
           (select count(*) from organisation o where o.kind = 'wholesaler' and o.root_id = :owner)
    from ({_SHARED}) s
    """  # noqa: S608 - parts are constants of this module
)


def get_plan(principal: Principal, *, language: str = "en") -> Plan:
    """Give what to plan with for the coming weeks: granted data alone, and the brand owner's own.

    The principal must be a brand owner. Wholesalers' forecasts come from days on which they share units, and products of
    them that fewer than three retailers bought are not in it.

    Raises:
        PermissionDenied: it is not.
    """
    given = {"owner": principal.owning(), "language": language}
    lines = [
        PlanLine(
            sku=row.sku,
            name=row.name,
            unit=row.base_unit,
            category=row.category,
            wholesalers=row.wholesalers,
            quantities=row.quantities or (),
            lows=row.lows or (),
            highs=row.highs or (),
            recent_quantity=row.recent,
            sell_in_quantities=row.sell_in or (),
        )
        for row in db.session.execute(_PLAN, given)
    ]
    origin_on, sharing, wholesalers = db.session.execute(_PLAN_STATE, {"owner": principal.owning()}).one()
    return Plan(lines, origin_on, sharing, wholesalers)
