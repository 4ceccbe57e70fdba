"""The database's part of placing an order, and what an earlier attempt was answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import text

from portal.ordering.queries.approvals import ALONE
from tenants.database import db, read
from tenants.principal import Principal

# Who placed it goes into the buyer's log by the same statement: as `tenants.audit.record` would write it, without asking twice.
_PLACE = f"""
    with done as materialized (select case when %(total)s::numeric > a.alone
        then jsonb_build_object('state', 'above-limit', 'limit', a.alone::text)
        else place_order(%(head)s::jsonb, %(articles)s::bigint[], %(quantities)s::numeric[], %(unit_prices)s::numeric[],
            %(line_amounts)s::numeric[], %(net_amounts)s::numeric[], %(explanations)s::jsonb, %(seller_explanations)s::jsonb,
            %(scope)s, %(key)s, %(request_hash)s, %(response)s) end as outcome
        from (select {ALONE} as alone) a
    ), noted as (
        insert into audit_entry (organisation_id, id, actor, actor_name, acted_as, actor_organisation_id, action, subject,
            after, address, via, request_id)
        select ctx_organisation(), l.entry_id, l.actor, l.actor_name, l.acted_as, l.actor_organisation, 'order.placed',
            l.subject, l.after, l.address, l.via, l.request_id
        from done, jsonb_to_record(%(log)s::jsonb) l (entry_id uuid, actor text, actor_name text, acted_as text,
            actor_organisation bigint, subject text, after jsonb, address text, via text, request_id text)
        where done.outcome ->> 'state' = 'placed'
    )
    select outcome from done
"""  # noqa: S608 - all parts are constants of ours
_EARLIER = text(
    "select order_number, request_hash, response_body from sales_order where seller_id = :seller and buyer_id = :buyer"
    " and idempotency_scope = :scope and idempotency_key = :key"
)
_ID = text("select id from sales_order where seller_id = :seller and buyer_id = :buyer and order_number = :number")


class EarlierOrder(NamedTuple):
    """The order that the same idempotency key placed before."""

    order_number: str
    request_hash: bytes
    response_body: str | None


def call_place_order(values: Mapping[str, Any]) -> dict[str, Any]:
    """Write the order that the values describe and its entry in the log, all of it or nothing, and give what became of it.

    The function is described in the migrations. Its principal buys; arrays and JSON are passed as text.

    A `total` (None: somebody approved it) above what the principal orders alone writes nothing and gives `above-limit`.

    Raises:
        DBAPIError: stock, articles or the account do not allow it; the state says which.
    """
    outcome: dict[str, Any] = read(_PLACE, values)[0][0]
    return outcome


def get_order_id(principal: Principal, order_number: str) -> int:
    """Give the row id of an order that the principal, who buys, has just placed."""
    seller_id, buyer_id = principal.buying()
    values = {"seller": seller_id, "buyer": buyer_id, "number": order_number}
    order_id: int = db.session.execute(_ID, values).scalar_one()
    return order_id


def find_earlier_order(principal: Principal, scope: str, key: str) -> EarlierOrder | None:
    """Give what the buyer placed before with this idempotency key, or None."""
    seller_id, buyer_id = principal.buying()
    row = db.session.execute(
        _EARLIER, {"seller": seller_id, "buyer": buyer_id, "scope": scope, "key": key}
    ).one_or_none()
    return EarlierOrder(*row) if row else None
