"""Writing what wholesalers that share it have in stock: once a day, when the wholesaler's day begins."""

from __future__ import annotations

from sqlalchemy import Connection, text

from portal.analytics.queries.stock import MEASURED
from portal.analytics.service.daily import Due

_FORGET = text("delete from channel_stock where brand_owner_id = :owner and wholesaler_id = :seller")
_WRITE = text(
    f"""
    insert into channel_stock (brand_owner_id, wholesaler_id, product_id, as_of, on_hand, cover_days)
    select :owner, :seller, m.product_id, :today, m.on_hand, m.cover_days from ({MEASURED}) m
    """  # noqa: S608 - parts are constants
)


def write_stock(connection: Connection, due: Due) -> None:
    """Write what is on hand now, and how long it lasts at the sell-through of the 28 days before today.

    Takes a connection of the worker's role inside an open transaction; doing it twice changes nothing.
    """
    values = {"owner": due.brand_owner_id, "seller": due.wholesaler_id, "today": due.today}
    for statement in (_FORGET, _WRITE):
        connection.execute(statement, values)
