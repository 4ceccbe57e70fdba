"""What a wholesaler does about its agreements, and the log of who looked at shared data."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import ARRAY, Text, bindparam, text

from portal.analytics.queries.sales import today_of
from portal.core.outbox import emit
from tenants.audit import record
from tenants.database import db
from tenants.errors import Conflict, NotFound
from tenants.principal import Principal

_NOTE_ACCESS = text(
    "insert into sharing_access (brand_owner_id, wholesaler_id, id, actor_name, what)"
    " select a.brand_owner_id, a.wholesaler_id, gen_random_uuid(), cast(:actor as text), cast(:what as text)"
    " from (select distinct on (s.wholesaler_id) s.*, (now() at time zone w.time_zone)::date as today"
    "   from sharing_agreement s join organisation w on w.id = s.wholesaler_id"
    "   where s.brand_owner_id = :owner and s.accepted_on <= (now() at time zone w.time_zone)::date"
    "   order by s.wholesaler_id, s.accepted_on desc, s.version desc) a"
    " where (a.withdrawn_on is null or a.today < a.withdrawn_on) and cardinality(a.grants) > 0"
)


def note_access(principal: Principal, what: str) -> None:
    """Note for every sharing wholesaler that the brand owner looked at shared data; the wholesaler can read it.

    The principal must be a brand owner; runs in the request's own transaction.

    Raises:
        PermissionDenied: it is not.
    """
    parameters = {"owner": principal.owning(), "actor": principal.actor_name, "what": what}
    db.session.execute(_NOTE_ACCESS, parameters)


class AgreementEnded(Conflict):
    """The agreement was withdrawn before."""

    code = "agreement-ended"


class Withdrawn(NamedTuple):
    """What was withdrawn, from which day on, and the version that says so."""

    brand_owner_id: int
    version: int
    grants: list[str]
    withdrawn_on: date


# The newest version is locked: of two withdrawals at once the second finds the first.
_NEWEST = text(
    "select a.brand_owner_id, a.grants, a.withdrawn_on is not null as has_ended"
    " from sharing_agreement a join organisation o on o.id = a.brand_owner_id"
    " where a.wholesaler_id = :seller and o.code = :code"
    " order by a.accepted_on desc, a.version desc limit 1 for update of a"
)

# What was agreed for a later day never comes into force.
_END_COMING = text(
    "update sharing_agreement set withdrawn_on = :today where brand_owner_id = :owner and wholesaler_id = :seller"
    " and accepted_on > :today and withdrawn_on is null"
)

_WITHDRAW = text(
    "insert into sharing_agreement (brand_owner_id, wholesaler_id, version, grants, accepted_on, withdrawn_on)"
    " select :owner, :seller, max(a.version) + 1, :grants, cast(:today as date), cast(:today as date) from sharing_agreement a"
    " where a.brand_owner_id = :owner and a.wholesaler_id = :seller returning version, withdrawn_on"
).bindparams(bindparam("grants", type_=ARRAY(Text)))


def withdraw(principal: Principal, brand_owner: str) -> Withdrawn:
    """End the agreement with a brand owner (its code) today: as a new version, told to the roll-ups.

    From this moment the brand owner sees nothing of it, past figures included. The principal must be a seller.

    Raises:
        PermissionDenied: it is no seller.
        NotFound: there is no agreement with such a brand owner.
        AgreementEnded: it was withdrawn before.
    """
    seller = principal.selling()
    newest = db.session.execute(_NEWEST, {"seller": seller, "code": brand_owner}).one_or_none()
    if newest is None:
        raise NotFound
    if newest.has_ended:
        raise AgreementEnded
    edge = {"owner": newest.brand_owner_id, "seller": seller, "today": today_of(principal)}
    db.session.execute(_END_COMING, edge)
    version, withdrawn_on = db.session.execute(_WITHDRAW, {**edge, "grants": newest.grants}).one()
    record(
        principal,
        "sharing_agreement.withdrawn",
        brand_owner,
        before={"grants": newest.grants},
        after={"version": version, "withdrawn_on": withdrawn_on.isoformat()},
    )
    emit(principal, "SharingAgreementChanged", {"brand_owner_id": newest.brand_owner_id, "version": version})
    return Withdrawn(newest.brand_owner_id, version, newest.grants, withdrawn_on)
