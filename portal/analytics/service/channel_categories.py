"""Writing what a wholesaler sold of a brand owner's categories, from what it sold of the products that are in them today."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from portal.analytics.service.channel_total import add_up_categories
from portal.analytics.service.staging import add_up, run, stage

_OWNERS = "any(array(select a.brand_owner_id from sharing_agreement a where a.wholesaler_id = :seller))"
_OF_MONTHS = "month between date_trunc('month', cast(:first as date))::date and cast(:last as date)"
_OF_CATEGORIES = "(:everybody or {}category = any(array(select t.category from touched_category t)))"

_TOUCH = f"""
    insert into touched_category
    select distinct p.category from product p
    where p.owner_id = {_OWNERS} and p.id = any(array(select t.product_id from touched_product t))
"""  # noqa: S608 - parts are constants of this module

_FORGET = f"""
    delete from channel_category_month where wholesaler_id = :seller and {_OF_MONTHS} and {_OF_CATEGORIES.format("")}
      and brand_owner_id = {_OWNERS}
"""  # noqa: S608 - parts are constants of this module

_KEYS = ("m.brand_owner_id", "m.wholesaler_id", "m.month", "p.category")
_SOURCE = "channel_product_month m join product p on p.owner_id = m.brand_owner_id and p.id = m.product_id"
_WRITE = add_up(
    "channel_category_month",
    _KEYS,
    _SOURCE,
    f"m.wholesaler_id = :seller and m.{_OF_MONTHS} and {_OF_CATEGORIES.format('p.')} and m.brand_owner_id = {_OWNERS}",
)

_NAME = "insert into touched_category select distinct unnest(:categories)"
_NAMED = "brand_owner_id = :owner and category = any(array(select t.category from touched_category t))"
_FORGET_NAMED = f"delete from channel_category_month where {_NAMED}"  # noqa: S608 - parts are constants of this module
_WRITE_NAMED = add_up("channel_category_month", _KEYS, _SOURCE, f"m.{_NAMED}".replace("category =", "p.category ="))


def write_categories(connection: Connection, parameters: dict[str, Any]) -> None:
    """Add up the seller's categories of the months and products touched; `touched_product` names the products."""
    for statement in (_TOUCH, _FORGET, _WRITE):
        run(connection, statement, parameters)


def recategorise(connection: Connection, owner: int, categories: Iterable[str]) -> None:
    """Add up these categories of the brand owner anew, of all wholesalers and months: products have moved between them."""
    stage(connection)
    parameters = {"owner": owner, "categories": sorted(categories)}
    for statement in (_NAME, _FORGET_NAMED, _WRITE_NAMED):
        run(connection, statement, parameters)
    add_up_categories(connection, owner)
