"""Noting that an agreement ends soon or is nearly used up: once each, inside the worker's transactions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from portal.agreements.queries import IS_NEARLY_USED, USED
from portal.core.outbox import Event

ENDING, NEARLY_USED = "AgreementEnding", "AgreementNearlyUsedUp"
_GROUP = 500

_ENDING = text(
    """
    select f.seller_id, f.code from framework_agreement f
    join organisation s on s.id = f.seller_id
    where f.end_warned_at is null and f.valid_to <= current_date + 400
      and (now() at time zone s.time_zone)::date >= f.valid_from
      and (now() at time zone s.time_zone)::date >= f.valid_to - f.warn_days
      and (now() at time zone s.time_zone)::date < f.valid_to
    order by f.valid_to limit :most for update of f skip locked
    """
)
# Every use counts as soon as it is placed: only agreements that these orders called off are looked at.
_NEARLY_USED = text(
    f"""
    select f.seller_id, f.code from framework_agreement f
    cross join lateral ({USED}) u
    where f.use_warned_at is null and {IS_NEARLY_USED} and exists (
        select from jsonb_to_recordset(cast(:orders as jsonb)) as o (seller_id bigint, order_id bigint)
        join agreement_call_off c on c.seller_id = o.seller_id and c.order_id = o.order_id
        where c.seller_id = f.seller_id and c.agreement_code = f.code)
    order by f.seller_id, f.code for update of f
    """  # noqa: S608 - constants of ours
)
_WARNED = {
    ENDING: text("update framework_agreement set end_warned_at = now() where seller_id = :seller and code = :code"),
    NEARLY_USED: text(
        "update framework_agreement set use_warned_at = now() where seller_id = :seller and code = :code"
    ),
}
_TELL = text(
    "insert into outbox_event (seller_id, kind, payload, actor)"
    " values (:seller, :kind, jsonb_build_object('code', cast(:code as text)), 'job')"
)


def warn_of_ends(connection: Connection) -> int:
    """Warn of running agreements whose end is near, inside the worker's transaction; give how many there were."""
    return _warn(connection, ENDING, connection.execute(_ENDING, {"most": _GROUP}).all())


def warn_of_use(connection: Connection, events: Sequence[Event]) -> None:
    """Warn of agreements that these orders brought to what they warn at, inside the dispatcher's transaction."""
    orders = [{"seller_id": event.seller_id, "order_id": event.payload["order_id"]} for event in events]
    _warn(connection, NEARLY_USED, connection.execute(_NEARLY_USED, {"orders": json.dumps(orders)}).all())


def _warn(connection: Connection, kind: str, rows: Sequence[Any]) -> int:
    for row in rows:
        key = {"seller": row.seller_id, "code": row.code}
        connection.execute(_WARNED[kind], key)
        connection.execute(_TELL, {**key, "kind": kind})
    return len(rows)
