"""What the worker does for the desk: an answer of the manufacturer becomes a fact of the wholesaler's own."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask import Flask
from sqlalchemy import Connection, text

from portal.core.outbox import Event, subscribe_group

# The manufacturer does not know what the wholesaler calls the request; the wholesaler's people and programs do.
_RECEIVED = text(
    """
    insert into outbox_event (seller_id, kind, payload, actor)
    select c.seller_id, 'SupportCaseAnswerReceived', jsonb_build_object(
        'partner_id', c.seller_id, 'request_number', r.request_number, 'case_number', c.case_number), 'job'
    from jsonb_to_recordset(cast(:cases as jsonb)) as g (place bigint, owner bigint, seller bigint, number text)
    join support_case c on c.owner_id = g.owner and c.seller_id = g.seller and c.case_number = g.number
    join support_request r on r.seller_id = c.seller_id and r.id = c.request_id
    order by g.place
    """
)


def register(_app: Flask) -> None:
    """Hear of answers."""
    subscribe_group({"SupportCaseAnswered"}, "receive_support_answers", receive_answers)


def receive_answers(connection: Connection, events: Sequence[Event]) -> None:
    """Tell each wholesaler of the answers to its cases, inside the dispatcher's transaction."""
    cases = [
        {
            "place": place,
            "owner": event.seller_id,
            "seller": event.payload.get("wholesaler_id"),
            "number": event.payload.get("case_number"),
        }
        for place, event in enumerate(events)
    ]
    connection.execute(_RECEIVED, {"cases": json.dumps(cases)})
