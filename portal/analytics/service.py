"""Writing the roll-ups: what a wholesaler sold of a brand owner's products, through the agreement in force on each day.

Everything is recomputed from the raw rows of exactly the days (and buyers) touched, so doing it twice changes nothing.
These functions take a connection of the worker's role inside an open transaction. Who looked at shared data is noted here as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Connection, Date, TextClause, bindparam, text

from tenants.database import db
from tenants.principal import Principal

EVERYBODY: frozenset[int] = frozenset()


class Touched(NamedTuple):
    """Days of a seller whose figures may have changed, for some of its buyers (none named: all)."""

    seller_id: int
    first_on: date
    last_on: date
    buyer_ids: frozenset[int] = EVERYBODY


_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('channel roll-ups'))")

# What counts as sold on a day: shipped on it, or, in loaded history, placed on it (negative lines are returns).
_SOLD = """
    select s.buyer_id, s.shipped_on as sold_on, l.owner_id, l.product_id, sl.quantity as units,
           sl.quantity * l.net_amount / l.ordered_quantity as amount
    from shipment s
    join shipment_line sl on sl.seller_id = s.seller_id and sl.shipment_id = s.id
    join order_line l on l.seller_id = sl.seller_id and l.order_id = sl.order_id and l.line = sl.line
    where s.seller_id = :seller and s.shipped_on between :first and :last
      and (:everybody or s.buyer_id = any(:buyers))
    union all
    select l.buyer_id, l.placed_on, l.owner_id, l.product_id, l.ordered_quantity, l.net_amount
    from order_line l
    join sales_order o on o.seller_id = l.seller_id and o.id = l.order_id and o.source = 'history'
    where l.seller_id = :seller and o.seller_id = :seller and l.placed_on between :first and :last
      and (:everybody or l.buyer_id = any(:buyers))
"""

_FORGET_SALES = """
    delete from channel_sale where wholesaler_id = :seller and sold_on between :first and :last
      and (:everybody or buyer_id = any(:buyers))
"""

_AGREED = """
    select x.units from (
        select 'units' = any(a.grants) as units, a.withdrawn_on from sharing_agreement a
        where a.brand_owner_id = {owner} and a.wholesaler_id = :seller and a.accepted_on <= {day}
        order by a.accepted_on desc, a.version desc limit 1) x
    where x.withdrawn_on is null or {day} < x.withdrawn_on
"""

_WRITE_SALES = f"""
    insert into channel_sale (brand_owner_id, wholesaler_id, sold_on, buyer_id, product_id, region, units)
    select sold.owner_id, :seller, sold.sold_on, sold.buyer_id, sold.product_id,
           b.country || '-' || left(b.postal_code, 3), sum(sold.units)
    from ({_SOLD}) sold
    join organisation b on b.id = sold.buyer_id and b.kind = 'retailer'
    join (select days.owner_id, days.sold_on from (select distinct owner_id, sold_on from ({_SOLD}) every_day) days
          where days.owner_id <> :seller
            and ({_AGREED.format(owner="days.owner_id", day="days.sold_on")})) agreed
      on agreed.owner_id = sold.owner_id and agreed.sold_on = sold.sold_on
    group by 1, 2, 3, 4, 5, 6
"""  # noqa: S608 - parts are constants of this module

_FORGET_MONTHS = """
    delete from channel_month where wholesaler_id = :seller
      and month between date_trunc('month', cast(:first as date)) and :last
"""

_WRITE_MONTHS = """
    insert into channel_month (brand_owner_id, wholesaler_id, month, product_id, region, units, few_buyers)
    select c.brand_owner_id, c.wholesaler_id, date_trunc('month', c.sold_on)::date, c.product_id, c.region, sum(c.units),
           case when count(distinct c.buyer_id) < 3 then array_agg(distinct c.buyer_id) end
    from channel_sale c
    where c.wholesaler_id = :seller and c.sold_on >= date_trunc('month', cast(:first as date))
      and c.sold_on < date_trunc('month', cast(:last as date)) + interval '1 month'
    group by 1, 2, 3, 4, 5
"""

_FORGET_SELL_IN = """
    delete from sell_in_month where brand_owner_id = :seller
      and month between date_trunc('month', cast(:first as date)) and :last
      and (:everybody or wholesaler_id = any(:buyers))
"""

_WRITE_SELL_IN = f"""
    insert into sell_in_month (brand_owner_id, wholesaler_id, month, product_id, units, amount)
    select :seller, sold.buyer_id, date_trunc('month', sold.sold_on)::date, sold.product_id,
           sum(sold.units), round(sum(sold.amount), 4)
    from ({
    _SOLD.replace(":first", "date_trunc('month', cast(:first as date))::date").replace(
        ":last", "(date_trunc('month', cast(:last as date)) + interval '1 month - 1 day')::date"
    )
}) sold
    join organisation b on b.id = sold.buyer_id and b.kind = 'wholesaler'
    where sold.owner_id = :seller
    group by 1, 2, 3, 4
"""  # noqa: S608 - parts are constants of this module

_WRITE_STATE = f"""
    insert into channel_state (brand_owner_id, wholesaler_id, measure, newest_on)
    select brand_owner_id, wholesaler_id, 'sell_through', max(sold_on) from channel_sale
    where wholesaler_id = :seller and sold_on >= :first group by 1, 2
    union all
    select :seller, sold.buyer_id, 'sell_in', max(sold.sold_on) from ({_SOLD}) sold
    join organisation b on b.id = sold.buyer_id and b.kind = 'wholesaler'
    where sold.owner_id = :seller group by sold.buyer_id
    on conflict (brand_owner_id, wholesaler_id, measure)
    do update set newest_on = greatest(channel_state.newest_on, excluded.newest_on), written_at = now()
"""  # noqa: S608 - parts are constants of this module


def recompute(connection: Connection, touched: Iterable[Touched]) -> None:
    """Write the roll-ups of the touched days anew: sell-through of the seller, and its sell-in where it owns the brand."""
    connection.execute(_ONE_AT_A_TIME)
    for span in touched:
        parameters = {
            "seller": span.seller_id,
            "first": span.first_on,
            "last": span.last_on,
            "buyers": sorted(span.buyer_ids),
            "everybody": not span.buyer_ids,
        }
        for statement in (
            _FORGET_SALES,
            _WRITE_SALES,
            _FORGET_MONTHS,
            _WRITE_MONTHS,
            _FORGET_SELL_IN,
            _WRITE_SELL_IN,
            _WRITE_STATE,
        ):
            connection.execute(_typed(statement), {n: v for n, v in parameters.items() if f":{n}" in statement})


def _typed(statement: str) -> TextClause:
    """Tell the driver the types that the server could not infer."""
    types: dict[str, Any] = {"buyers": ARRAY(BigInteger), "first": Date, "last": Date}
    named = [bindparam(name, type_=kind) for name, kind in types.items() if f":{name}" in statement]
    return text(statement).bindparams(*named)


def days_of_orders(connection: Connection, orders: Iterable[tuple[int, int]]) -> list[Touched]:
    """Give the days on which (seller id, order id) pairs were shipped, one span for each seller and day."""
    pairs = list(orders)
    rows = connection.execute(
        text(
            "select s.seller_id, s.shipped_on, array_agg(distinct s.buyer_id) as buyers from shipment s"
            " join unnest(:sellers, :orders) given (seller_id, order_id)"
            " on given.seller_id = s.seller_id and given.order_id = s.order_id group by 1, 2"
        ).bindparams(bindparam("sellers", type_=ARRAY(BigInteger)), bindparam("orders", type_=ARRAY(BigInteger))),
        {"sellers": [seller for seller, _ in pairs], "orders": [order for _, order in pairs]},
    )
    return [Touched(seller, day, day, frozenset(buyers)) for seller, day, buyers in rows]


def all_days(connection: Connection, seller_id: int) -> list[Touched]:
    """Give the whole span of a seller's sales, where it has any."""
    row = connection.execute(
        text(
            "select least((select min(placed_on) from order_line where seller_id = :seller),"
            " (select min(shipped_on) from shipment where seller_id = :seller)),"
            " greatest((select max(placed_on) from order_line where seller_id = :seller),"
            " (select max(shipped_on) from shipment where seller_id = :seller))"
        ),
        {"seller": seller_id},
    ).one()
    return [] if row[0] is None else [Touched(seller_id, row[0], row[1])]


_NOTE_ACCESS = text(
    "insert into sharing_access (brand_owner_id, wholesaler_id, id, actor_name, what)"
    " select a.brand_owner_id, a.wholesaler_id, gen_random_uuid(), cast(:actor as text), cast(:what as text)"
    " from sharing_agreement a where a.brand_owner_id = :owner and a.accepted_on <= current_date"
    " and (a.withdrawn_on is null or current_date < a.withdrawn_on) and cardinality(a.grants) > 0"
    " group by a.brand_owner_id, a.wholesaler_id"
)


def note_access(principal: Principal, what: str) -> None:
    """Note for every sharing wholesaler that the brand owner looked at shared data; the wholesaler can read it.

    The principal must be a brand owner; runs in the request's own transaction.

    Raises:
        PermissionDenied: it is not.
    """
    parameters = {"owner": principal.owning(), "actor": principal.actor_name, "what": what}
    db.session.execute(_NOTE_ACCESS, parameters)
