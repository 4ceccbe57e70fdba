"""Warnings of framework agreements: before the end and before all is called off, once each, by mail to both sides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import Flask
from flask_babel import force_locale, gettext
from sqlalchemy import Connection, text

from portal.agreements.queries import IS_NEARLY_USED, USED, AgreementRow, find_parties, get_agreement
from portal.agreements.words import amount_text
from portal.core.i18n import offered_language
from portal.core.mail import mail_brand, send_mail
from portal.core.outbox import Event, subscribe, subscribe_group
from portal.core.recurring import recurring
from portal.ordering.queries.mails import list_responsible
from portal.web.headers import public_link
from tenants.principal import Principal

ENDING, NEARLY_USED = "AgreementEnding", "AgreementNearlyUsedUp"
EVERY_SECONDS = 300.0
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


def register(_app: Flask) -> None:
    """Look for ends that come near; hear of orders, and of what is to be told."""
    recurring("warn of agreements that end", EVERY_SECONDS, warn_of_ends)
    subscribe_group({"OrderPlaced"}, "warn_of_use", warn_of_use)
    for kind in (ENDING, NEARLY_USED):
        subscribe(kind, "mail_agreement", mail_agreement)


def warn_of_ends(connection: Connection) -> int:
    """Warn of running agreements whose end is near, inside the worker's transaction; give how many there were."""
    return _warn(connection, ENDING, connection.execute(_ENDING, {"most": _GROUP}).all())


def warn_of_use(connection: Connection, events: Sequence[Event]) -> None:
    """Warn of agreements that these orders brought to what they warn at, inside the dispatcher's transaction."""
    orders = [{"seller_id": event.seller_id, "order_id": event.payload["order_id"]} for event in events]
    _warn(connection, NEARLY_USED, connection.execute(_NEARLY_USED, {"orders": json.dumps(orders)}).all())


def mail_agreement(principal: Principal, event: Event) -> None:
    """Tell both sides; a buyer that has another seller by now is not told."""
    agreement, parties = get_agreement(principal, event.payload["code"]), find_parties(principal, event.payload["code"])
    for side, party in parties.items():
        if party is None:
            continue
        locale = offered_language(party.locale)
        endpoint = "agreements.show_one" if side == "seller" else "own_agreements.show_one"
        context: dict[str, Any] = {
            "kind": event.kind,
            "agreement": agreement,
            "other": parties["buyer" if side == "seller" else "seller"],
            "act_url": public_link(endpoint, code=agreement.code),
        }
        with force_locale(locale):
            context |= {"act_label": str(gettext("Show the agreement")), "rows": _rows(agreement, principal.currency)}
        for address in [party.email] if party.email else list_responsible(principal, party.id):
            brand = mail_brand(principal.organisation_id)
            send_mail(address, "framework_agreement", context, locale=locale, organisation=brand, event_id=event.id)


def _rows(agreement: AgreementRow, currency: str) -> list[tuple[str, str]]:
    return [
        (str(gettext("Agreed")), amount_text(agreement, agreement.agreed, currency)),
        (str(gettext("Called off")), amount_text(agreement, agreement.called_off, currency)),
        (str(gettext("Left")), amount_text(agreement, agreement.left, currency)),
    ]


def _warn(connection: Connection, kind: str, rows: Sequence[Any]) -> int:
    for row in rows:
        key = {"seller": row.seller_id, "code": row.code}
        connection.execute(_WARNED[kind], key)
        connection.execute(_TELL, {**key, "kind": kind})
    return len(rows)
