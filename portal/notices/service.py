"""Writing messages from events, mailing what is due, and what a person does with its own: read, choose."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection, delete, func, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from portal.core.outbox import Event
from portal.notices.kinds import KINDS, Kind
from portal.notices.models import Channel, Notice, NoticeChoice, Rhythm
from tenants.authentication import SignedIn
from tenants.database import AUTHENTICATION, act_as, db

MAIL_EVERY_SECONDS: Final = 5.0
_MOST_PEOPLE: Final = 200
_SAID: Final = ("state", "code", "offer", "wholesaler", "request_number", "case_number", "buyer", "shop", "partner")
"""Facts of an organisation's event that its message says or leads by."""

_TRADE = text("""
    select o.id, o.seller_id, o.buyer_id, o.order_number, o.placed_by, b.name as buyer
    from sales_order o join organisation b on b.id = o.buyer_id
    where (o.seller_id, o.id) in (select * from unnest(cast(:sellers as bigint[]), cast(:orders as bigint[])))""")
_NAMES = text("select id, name from organisation where id = any (:ids)")
# Who acted knows already; who is named and works there no more is replaced by whom it concerns.
_WRITE = text("""
    insert into notice (organisation_id, user_id, kind, facts, in_inbox, mail_rhythm)
    select g.organisation_id, m.user_id, g.kind, g.facts, w.channel in ('inbox', 'both'),
           case when w.channel in ('mail', 'both') then w.rhythm end
    from jsonb_to_recordset(cast(:given as jsonb))
        as g (place bigint, organisation_id bigint, kind text, facts jsonb, roles text[], channel text, person text, actor text)
    join membership m on m.organisation_id = g.organisation_id and m.status = 'active'
        and case when exists (
            select from membership own where own.organisation_id = g.organisation_id and own.status = 'active'
            and 'user:' || own.user_id = g.person)
        then 'user:' || m.user_id = g.person else m.role = any (g.roles) end
    left join notice_choice c on c.organisation_id = g.organisation_id and c.user_id = m.user_id and c.kind = g.kind
    cross join lateral (select coalesce(c.channel, g.channel) as channel, coalesce(c.rhythm, 'at_once') as rhythm) w
    where w.channel <> 'none' and 'user:' || m.user_id <> g.actor
    order by g.place, m.user_id""")
# Whoever ended the mails of a kind meanwhile gets none of those that were written before.
_DUE = text("""
    with due as (
        select n.organisation_id, n.id, n.user_id
        from notice n join organisation o on o.id = n.organisation_id
        where n.mail_rhythm is not null and n.mailed_at is null and (
            n.mail_rhythm = 'at_once' or n.created_at < (date_trunc(
                case n.mail_rhythm when 'daily' then 'day' else 'week' end,
                (now() at time zone o.time_zone) - interval '7 hours') + interval '7 hours') at time zone o.time_zone)
        order by n.id limit :most for update of n skip locked
    ), marked as (
        update notice n set mailed_at = now() from due
        where n.organisation_id = due.organisation_id and n.id = due.id
        returning n.organisation_id, n.user_id, n.id, n.kind, n.facts, n.created_at
    )
    insert into outbox_event (seller_id, kind, payload, actor)
    select m.organisation_id, 'NoticesDue', jsonb_build_object(
        'email', u.email, 'name', u.name, 'locale', coalesce(nullif(u.locale, ''), o.locale), 'organisation', o.name,
        'notices', jsonb_agg(jsonb_build_object('kind', m.kind, 'facts', m.facts) order by m.id),
        'brand', jsonb_build_object('name', b.name, 'accent', b.accent_colour, 'reply_to', b.email,
            'time_zone', b.time_zone,
            'logo_path', case when b.logo is null then '' else '/brand/' || b.slug || '/logo' end)), 'job'
    from marked m
    join user_account u on u.id = m.user_id and u.status = 'active'
    join organisation o on o.id = m.organisation_id
    join organisation b on b.id = case o.kind when 'retailer' then o.seller_id else o.id end
    where not exists (
        select from notice_choice c where c.organisation_id = m.organisation_id and c.user_id = m.user_id
        and c.kind = m.kind and c.channel in ('inbox', 'none'))
    group by m.organisation_id, m.user_id, u.id, o.id, b.id""")


@dataclass(frozen=True, slots=True)
class _Told:
    """A message to an organisation, before it is known to whom."""

    organisation_id: int
    kind: str
    facts: Mapping[str, Any]
    actor: str
    person: str = ""
    """Whom it concerns alone, as `user:12`, if that still works there."""


def write_notices(connection: Connection, events: Sequence[Event]) -> None:
    """Write the messages that the events make, inside the dispatcher's transaction: each exactly once."""
    told = [*_of_orders(connection, events), *_of_organisations(connection, events)]
    given = [
        {**asdict(each), "place": place, "roles": _roles(KINDS[each.kind]), "channel": KINDS[each.kind].usual}
        for place, each in enumerate(told)
    ]
    if given:
        connection.execute(_WRITE, {"given": json.dumps(given)})


def _roles(kind: Kind) -> list[str]:
    return [] if kind.only_named else sorted(kind.roles)


def _of_orders(connection: Connection, events: Sequence[Event]) -> Iterable[_Told]:
    # What fails here would hold up every event: one that names no order makes no message.
    own = [event for event in events if event.kind in ORDER_KINDS and "order_id" in event.payload]
    if not own:
        return
    keys = {"sellers": [event.seller_id for event in own], "orders": [event.payload["order_id"] for event in own]}
    orders = {(row.seller_id, row.id): row for row in connection.execute(_TRADE, keys)}
    for event in own:
        order = orders.get((event.seller_id, event.payload["order_id"]))
        if order is None:
            continue
        facts = {"order_number": order.order_number, "buyer": order.buyer}
        by_buyer = event.payload.get("by") == "buyer"
        kind = order_notice(event)
        if kind in {"order_placed", "order_withdrawn"}:
            yield _Told(order.seller_id, kind, facts, event.actor)
        elif not by_buyer:
            yield _Told(order.buyer_id, kind, facts, event.actor, order.placed_by)


def order_notice(event: Event) -> str:
    """Give which kind of message an event of an order makes."""
    if event.kind == "OrderCancelled" and event.payload.get("by") == "buyer":
        return "order_withdrawn"
    return ORDER_KINDS[event.kind]


def organisation_notice(kind: str) -> str:
    """Give which kind of message an event of an organisation (its kind) makes; empty where it makes none."""
    return ORGANISATION_KINDS[kind][0] if kind in ORGANISATION_KINDS else ""


def _of_organisations(connection: Connection, events: Sequence[Event]) -> Iterable[_Told]:
    own = [event for event in events if event.kind in ORGANISATION_KINDS]
    ids = {event.seller_id for event in own}
    rows = connection.execute(_NAMES, {"ids": sorted(ids)}) if ids else ()
    names: dict[int, str] = {row.id: row.name for row in rows}
    for event in own:
        kind, receiver = ORGANISATION_KINDS[event.kind]
        said: dict[str, Any] = {name: event.payload[name] for name in _SAID if name in event.payload}
        facts: dict[str, Any] = {"seller": names.get(event.seller_id, ""), "state": "", **said}
        if receiver in event.payload:
            yield _Told(event.payload[receiver], kind, facts, event.actor, event.payload.get("receiver", ""))


ORDER_KINDS: Final = {
    "OrderPlaced": "order_placed",
    "OrderConfirmed": "order_confirmed",
    "OrderShipped": "order_shipped",
    "OrderCancelled": "order_cancelled",
}
ORGANISATION_KINDS: Final = {
    "AccountStateChanged": ("ordering_changed", "buyer_id"),
    "ActingBegan": ("acting_began", "buyer_id"),
    "AgreementAccepted": ("sharing_changed", "partner_id"),
    "AgreementWithdrawn": ("sharing_changed", "partner_id"),
    "OrderRequested": ("order_requested", "buyer_id"),
    "OrderRequestDecided": ("order_request_decided", "buyer_id"),
    "HandoverProposed": ("own_handover", "buyer_id"),
    "HandoverEnded": ("own_handover", "buyer_id"),
    "HandoverAnswered": ("handover", "partner_id"),
    "FundingOffered": ("funding_offered", "partner_id"),
    "FundingAnswered": ("funding_answered", "partner_id"),
    "FundingClaimed": ("funding_claimed", "partner_id"),
    "FundingClaimAnswered": ("funding_claim_answered", "partner_id"),
    "FundingUsedUp": ("funding_used_up", "partner_id"),
    "SupportRequestOpened": ("support_asked", "partner_id"),
    "SupportRequestWritten": ("support_asked", "partner_id"),
    "SupportRequestAnswered": ("support_answered", "buyer_id"),
    "SupportCasePassedUp": ("support_case", "partner_id"),
    "SupportCaseAnswerReceived": ("support_case_answered", "partner_id"),
    "PromotionStarted": ("promotion_started", "partner_id"),
    "BudgetExhausted": ("promotion_used_up", "partner_id"),
}
"""The message of an event, and which of its facts names the organisation that is told."""


def mail_due(connection: Connection) -> int:
    """Turn what is to be mailed by now into one event a person, inside the worker's transaction; give how many.

    Daily and weekly ones are due at 7 in the morning of their organisation; what is due together is one mail.
    """
    return connection.execute(_DUE, {"most": _MOST_PEOPLE}).rowcount


def open_notice(person: SignedIn, organisation_id: int, notice_id: int) -> Any | None:
    """Mark one of the person's own messages in the organisation as read and give it; None if there is none."""
    act_as(AUTHENTICATION)
    return db.session.execute(
        update(Notice)
        .where(
            Notice.organisation_id == organisation_id,
            Notice.id == notice_id,
            Notice.user_id == person.user_id,
            Notice.in_inbox,
        )
        .values(read_at=func.coalesce(Notice.read_at, func.now()))
        .returning(Notice.kind, Notice.facts)
    ).one_or_none()


def read_all(person: SignedIn, organisation_id: int) -> None:
    """Mark all of the person's own messages in the organisation as read."""
    act_as(AUTHENTICATION)
    db.session.execute(
        update(Notice)
        .where(
            Notice.organisation_id == organisation_id,
            Notice.user_id == person.user_id,
            Notice.in_inbox,
            Notice.read_at.is_(None),
        )
        .values(read_at=func.now())
    )


def choose(person: SignedIn, organisation_id: int, choices: Mapping[str, tuple[Channel, Rhythm]]) -> None:
    """Keep how the person wants to be told in the organisation, by kind; what a kind says by itself is no choice.

    Channels that a kind does not allow count as not chosen.
    """
    act_as(AUTHENTICATION)
    own = {"organisation_id": organisation_id, "user_id": person.user_id}
    for key, (channel, rhythm) in choices.items():
        if channel not in KINDS[key].channels:
            continue
        if (channel, rhythm) == (KINDS[key].usual, Rhythm.AT_ONCE):
            db.session.execute(
                delete(NoticeChoice).where(
                    NoticeChoice.organisation_id == organisation_id,
                    NoticeChoice.user_id == person.user_id,
                    NoticeChoice.kind == key,
                )
            )
            continue
        row = upsert(NoticeChoice).values(**own, kind=key, channel=channel, rhythm=rhythm)
        db.session.execute(
            row.on_conflict_do_update(
                index_elements=["organisation_id", "user_id", "kind"],
                set_={"channel": row.excluded.channel, "rhythm": row.excluded.rhythm},
            )
        )


_END_MAILS = text("""
    insert into notice_choice (organisation_id, user_id, kind, channel)
    select m.organisation_id, m.user_id, :kind, case when cast(:usual as text) = 'mail' then 'none' else 'inbox' end
    from membership m where m.organisation_id = :organisation and m.user_id = :user
    on conflict (organisation_id, user_id, kind) do update
    set channel = case notice_choice.channel when 'both' then 'inbox' when 'mail' then 'none' else notice_choice.channel end
""")


def end_mails(organisation_id: int, user_id: int, kind: str) -> None:
    """Let a person get no more mails of a kind in an organisation; what it has in its inbox goes on. Twice changes nothing.

    Whoever calls it knows by a signed link that the person means it.
    """
    act_as(AUTHENTICATION)
    values = {"organisation": organisation_id, "user": user_id, "kind": kind, "usual": KINDS[kind].usual.value}
    db.session.execute(_END_MAILS, values)
