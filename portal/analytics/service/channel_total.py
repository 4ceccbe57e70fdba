"""Writing what all sharing wholesalers of a brand owner sold together.

Who shares changes by agreement and by date: the state names whose units are added up, and where that is no longer who shares
today, everything of the brand owner is added up anew.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import BigInteger, Connection, Date, bindparam, text

from portal.analytics.service.spans import Touched

_OWNERS = text("select distinct a.brand_owner_id from sharing_agreement a where a.wholesaler_id = :seller order by 1")

_IS_CURRENT = text(
    "select coalesce((select s.wholesaler_ids = granting_wholesalers(:owner) from channel_total_state s"
    " where s.brand_owner_id = :owner), false)"
)

_FORGET_ALL = text("delete from channel_total_month where brand_owner_id = :owner")
_FORGET = text(
    "delete from channel_total_month where brand_owner_id = :owner"
    " and month between date_trunc('month', cast(:first as date)) and :last"
    " and product_id in (select t.product_id from touched_product t)"
).bindparams(bindparam("owner", type_=BigInteger), bindparam("first", type_=Date), bindparam("last", type_=Date))

# A retailer that moved within the month bought from two wholesalers and is one all the same.
_ADD_UP = """
    insert into channel_total_month (brand_owner_id, month, product_id, units, few_buyers)
    select a.brand_owner_id, a.month, a.product_id, a.units,
           case when a.is_enough or cardinality(f.buyers) >= 3 then null else f.buyers end
    from (
        select m.brand_owner_id, m.month, m.product_id, sum(m.units) as units, bool_or(m.few_buyers is null) as is_enough,
               string_agg(array_to_string(m.few_buyers, ','), ',') filter (where m.few_buyers <> '{{}}') as few
        from channel_product_month m
        where m.brand_owner_id = :owner and m.wholesaler_id = any(granting_wholesalers(:owner)) {condition}
        group by m.brand_owner_id, m.month, m.product_id
    ) a
    cross join lateral (
        select coalesce(array_agg(distinct b.buyer order by b.buyer), '{{}}') as buyers
        from unnest(string_to_array(a.few, ',')::bigint[]) b (buyer) where not a.is_enough
    ) f
"""
_WRITE_ALL = text(_ADD_UP.format(condition=""))
_WRITE = text(
    _ADD_UP.format(
        condition="and m.month between date_trunc('month', cast(:first as date)) and :last"
        " and m.product_id in (select t.product_id from touched_product t)"
    )
).bindparams(bindparam("owner", type_=BigInteger), bindparam("first", type_=Date), bindparam("last", type_=Date))

_NAME = text(
    "insert into channel_total_state (brand_owner_id, wholesaler_ids) values (:owner, granting_wholesalers(:owner))"
    " on conflict (brand_owner_id) do update set wholesaler_ids = excluded.wholesaler_ids"
)


def owners_of(connection: Connection, seller_id: int) -> list[int]:
    """Give the brand owners with whom the seller has or had an agreement."""
    return list(connection.execute(_OWNERS, {"seller": seller_id}).scalars())


def add_up_span(connection: Connection, span: Touched) -> None:
    """Add up the products touched in the span's months; `touched_product` names them."""
    for owner in owners_of(connection, span.seller_id):
        if connection.execute(_IS_CURRENT, {"owner": owner}).scalar_one():
            parameters = {"owner": owner, "first": span.first_on, "last": span.last_on}
            connection.execute(_FORGET, parameters)
            connection.execute(_WRITE, parameters)
        else:
            add_up_all(connection, [owner])


def add_up_all(connection: Connection, owners: Iterable[int]) -> None:
    """Add up everything of the brand owners."""
    for owner in owners:
        for statement in (_FORGET_ALL, _WRITE_ALL, _NAME):
            connection.execute(statement, {"owner": owner})
