"""Writing what wholesalers that share it have in stock: once a day, when the wholesaler's day begins.

These functions take a connection of the worker's role inside an open transaction; doing it twice changes nothing.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, text

from portal.analytics.queries.stock import MEASURED

# Withdrawn agreements are measured no more: what was written last stays, in view as long as was agreed.
_DUE = text(
    """
    select a.brand_owner_id, a.wholesaler_id, a.day
    from (
        select distinct on (s.brand_owner_id, s.wholesaler_id) s.brand_owner_id, s.wholesaler_id, s.grants, s.withdrawn_on,
               (now() at time zone w.time_zone)::date as day
        from sharing_agreement s join organisation w on w.id = s.wholesaler_id
        where s.accepted_on <= (now() at time zone w.time_zone)::date
        order by s.brand_owner_id, s.wholesaler_id, s.accepted_on desc, s.version desc
    ) a
    left join channel_state c on c.brand_owner_id = a.brand_owner_id and c.wholesaler_id = a.wholesaler_id
         and c.measure = 'stock'
    where 'stock' = any(a.grants) and (a.withdrawn_on is null or a.day < a.withdrawn_on)
      and c.newest_on is distinct from a.day
    order by random() limit :most
    """
)
_ALONE = text("select pg_try_advisory_xact_lock(hashtext('channel stock'), hashtext(concat_ws(' ', :owner, :seller)))")
_FORGET = text("delete from channel_stock where brand_owner_id = :owner and wholesaler_id = :seller")
_WRITE = text(
    f"""
    insert into channel_stock (brand_owner_id, wholesaler_id, product_id, as_of, on_hand, cover_days)
    select :owner, :seller, m.product_id, :today, m.on_hand, m.cover_days from ({MEASURED}) m
    """  # noqa: S608 - parts are constants
)
_NOTE = text(
    "insert into channel_state (brand_owner_id, wholesaler_id, measure, newest_on) values (:owner, :seller, 'stock', :today)"
    " on conflict (brand_owner_id, wholesaler_id, measure) do update set newest_on = excluded.newest_on, written_at = now()"
)


class DueStock(NamedTuple):
    """A wholesaler whose stock of a brand owner's products was not measured on its present day."""

    brand_owner_id: int
    wholesaler_id: int
    today: date


def find_due_stock(connection: Connection, most: int) -> list[DueStock]:
    """Give up to so many that no other worker has, locked against them; by chance, so that none is always behind others."""
    return [
        DueStock(owner, seller, today)
        for owner, seller, today in connection.execute(_DUE, {"most": most}).all()
        if connection.execute(_ALONE, {"owner": owner, "seller": seller}).scalar_one()
    ]


def write_stock(connection: Connection, due: DueStock) -> None:
    """Write what is on hand now, and how long it lasts at the sell-through of the 28 days before today."""
    values = {"owner": due.brand_owner_id, "seller": due.wholesaler_id, "today": due.today}
    for statement in (_FORGET, _WRITE, _NOTE):
        connection.execute(statement, values)
