"""Writing running totals of products: all that was sold up to the end of a month, and who the newest buyers were.

A window of any length is then the difference of two months. The newest month changes with every order and is left to the
level by month; so an order of today writes nothing here, and one of the past writes its products' months from there on.
Of who bought, the three newest retailers are kept, two by name and of the third the month: enough to tell for every window
that ends here whether three bought in it, and who did where they were fewer.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from portal.analytics.rules import month_of, months_between
from portal.analytics.service.staging import run

BEGINNING = date(2, 1, 1)
"""Before whatever was sold."""


class Running(NamedTuple):
    """A table of running totals, the level by month it is made from, and which rows of both belong together."""

    table: str
    source: str
    keys: tuple[str, ...]
    """Columns beside month and product, each given as a parameter of a name."""
    parameters: tuple[str, ...]

    @property
    def of(self) -> str:
        """The condition on these columns."""
        return " and ".join(f"{key} = :{name}" for key, name in zip(self.keys, self.parameters, strict=True))


OF_WHOLESALER = Running(
    "channel_product_running", "channel_product_month", ("brand_owner_id", "wholesaler_id"), ("owner", "seller")
)
OF_ALL = Running("channel_total_running", "channel_total_month", ("brand_owner_id",), ("owner",))

_REACH = """
    select (select min(month) from {source} where {of}), (select max(month) from {source} where {of}),
           (select max(month) from {table} where {of})
"""
_TOUCHED = "product_id = any(array(select t.product_id from touched_product t))"
_FORGET = "delete from {table} where {of} and month between :first and :last and {touched}"

# `before` is what was known a month ago, `new` what is added; behind a month with three retailers nobody older counts.
_STEP = """
    insert into {table} ({keys}, month, product_id, units, newest_month, third_month,
                         buyer_id, buyer_month, next_buyer_id, next_buyer_month)
    select {values}, cast(:month as date), coalesce(new.product_id, before.product_id),
           coalesce(before.units, 0) + coalesce(new.units, 0),
           case when new.product_id is null then before.newest_month else :month end,
           case coalesce(new.buyers, 0)
               when 0 then before.third_month
               when 1 then case when before.next_buyer_id is null or new.one in (before.buyer_id, before.next_buyer_id)
                                then before.third_month else before.next_buyer_month end
               when 2 then case when before.buyer_id not in (new.one, new.two) then before.buyer_month
                                when before.next_buyer_id not in (new.one, new.two) then before.next_buyer_month
                                else before.third_month end
               else :month end,
           case coalesce(new.buyers, 0) when 0 then before.buyer_id when 3 then null else new.one end,
           case coalesce(new.buyers, 0) when 0 then before.buyer_month when 3 then null else cast(:month as date) end,
           case coalesce(new.buyers, 0)
               when 0 then before.next_buyer_id
               when 1 then case when before.buyer_id = new.one then before.next_buyer_id else before.buyer_id end
               when 2 then new.two end,
           case coalesce(new.buyers, 0)
               when 0 then before.next_buyer_month
               when 1 then case when before.buyer_id = new.one then before.next_buyer_month else before.buyer_month end
               when 2 then cast(:month as date) end
    from (select * from {table} where {of} and month = :before and {touched}) before
    full join (
        select product_id, units, few_buyers[1] as one, few_buyers[2] as two,
               case when few_buyers is null then 3 else cardinality(few_buyers) end as buyers
        from {source} where {of} and month = :month and {touched}
    ) new on new.product_id = before.product_id
"""


def write_running(
    connection: Connection, running: Running, given: dict[str, Any], first: date, *, touched: bool
) -> None:
    """Write the running totals anew from the month of `first` on, and go on to the month before the newest.

    `touched` takes only the products in `touched_product` for the months that were known; `given` has the parameters.
    """
    oldest, newest, reached = connection.execute(text(_form(_REACH, running)), _named(running, given)).one()
    if newest is None:
        _forget(connection, running, given, BEGINNING, date.max)
        return
    if month_of(first) < oldest:
        _forget(connection, running, given, BEGINNING, month_of(oldest, -1))
    first, last = max(month_of(first), oldest), month_of(newest, -1)
    kept = last if touched else min(month_of(first, -1), last)
    if reached and touched and first <= reached:
        _forget(connection, running, given, first, reached, _TOUCHED)
        for month in months_between(first, month_of(min(reached, last), 1)):
            _step(connection, running, given, month, _TOUCHED)
    if reached and reached > kept:
        _forget(connection, running, given, month_of(kept, 1), reached)
        reached = kept
    begin = max(oldest, month_of(reached, 1)) if reached else oldest
    for month in months_between(begin, month_of(last, 1)):
        _step(connection, running, given, month)


def _form(statement: str, running: Running, touched: str = "true") -> str:
    return statement.format(
        table=running.table,
        source=running.source,
        of=running.of,
        keys=", ".join(running.keys),
        values=", ".join(f"cast(:{name} as bigint)" for name in running.parameters),
        touched=touched,
    )


def _named(running: Running, given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in running.parameters}


def _forget(
    connection: Connection,
    running: Running,
    given: dict[str, Any],
    first: date,
    last: date,
    touched: str = "true",
) -> None:
    run(connection, _form(_FORGET, running, touched), {**_named(running, given), "first": first, "last": last})


def _step(connection: Connection, running: Running, given: dict[str, Any], month: date, touched: str = "true") -> None:
    months = {"month": month, "before": month_of(month, -1)}
    run(connection, _form(_STEP, running, touched), {**_named(running, given), **months})
