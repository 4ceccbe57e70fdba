"""What a wholesaler does about its agreements, and the log of who looked at shared data."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import ARRAY, Text, bindparam, text

from portal.analytics.models import Grant
from portal.analytics.queries.sales import today_of
from portal.core.outbox import emit
from tenants.audit import record
from tenants.database import db
from tenants.errors import Conflict, NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

_NOTE_ACCESS = text(
    "insert into sharing_access (brand_owner_id, wholesaler_id, id, actor_name, what)"
    " select a.brand_owner_id, a.wholesaler_id, gen_random_uuid(), cast(:actor as text), cast(:what as text)"
    " from (select distinct on (s.wholesaler_id) s.*, w.code, (now() at time zone w.time_zone)::date as today"
    "   from sharing_agreement s join organisation w on w.id = s.wholesaler_id"
    "   where s.brand_owner_id = :owner and s.accepted_on <= (now() at time zone w.time_zone)::date"
    "   order by s.wholesaler_id, s.accepted_on desc, s.version desc) a"
    " where (a.withdrawn_on is null or a.today < coalesce(a.hidden_on, a.withdrawn_on)) and cast(:grant as text) = any(a.grants)"
    " and (cast(:wholesaler as text) = '' or a.code = :wholesaler)"
)


def note_access(principal: Principal, what: str, wholesaler: str = "", *, grant: Grant = Grant.UNITS) -> None:
    """Note that the brand owner looked at what wholesalers share, for each that grants it to read; or for one (its code).

    The principal must be a brand owner; runs in the request's own transaction.

    Raises:
        PermissionDenied: it is not.
    """
    looked = {"owner": principal.owning(), "actor": principal.actor_name, "what": what}
    db.session.execute(_NOTE_ACCESS, {**looked, "grant": grant.value, "wholesaler": wholesaler})


class AgreementEnded(Conflict):
    """The agreement was withdrawn before."""

    code = "agreement-ended"


class Withdrawn(NamedTuple):
    """What was withdrawn, from which day on, and the version that says so."""

    brand_owner_id: int
    version: int
    grants: list[str]
    withdrawn_on: date
    hidden_on: date
    """First day on which past figures are out of view too."""


# The newest version is locked: of two withdrawals at once the second finds the first.
_NEWEST = text(
    "select a.brand_owner_id, a.grants, a.notice_days, a.withdrawn_on is not null as has_ended, o.name"
    " from sharing_agreement a join organisation o on o.id = a.brand_owner_id"
    " where a.wholesaler_id = :seller and o.code = :code"
    " order by a.accepted_on desc, a.version desc limit 1 for update of a"
)

_END_COMING = text(
    "update sharing_agreement set accepted_on = :after, withdrawn_on = :after"
    " where brand_owner_id = :brand_owner_id and wholesaler_id = :wholesaler_id and accepted_on > :after returning version"
)

_WITHDRAW = text(
    "insert into sharing_agreement"
    " (brand_owner_id, wholesaler_id, version, grants, accepted_on, withdrawn_on, hidden_on, notice_days, accepted_by)"
    " select :brand_owner_id, :wholesaler_id, max(a.version) + 1, :grants, cast(:today as date), cast(:today as date),"
    " cast(:today as date) + cast(:notice_days as integer), :notice_days, :person from sharing_agreement a"
    " where a.brand_owner_id = :brand_owner_id and a.wholesaler_id = :wholesaler_id"
    " returning version, withdrawn_on, hidden_on"
).bindparams(bindparam("grants", type_=ARRAY(Text)))


def end_coming(edge: dict[str, int], after: date) -> bool:
    """Let nothing come into force that was agreed for a day behind `after`; tell whether there was something."""
    return bool(db.session.execute(_END_COMING, {**edge, "after": after}).all())


def withdraw(principal: Principal, brand_owner: str) -> Withdrawn:
    """End the agreement with a brand owner (its code) today: as a new version, told to the roll-ups.

    Nothing new is shown from this day on; past figures go out of view after the agreed notice, without one at this moment.
    The principal must be a seller with organisation:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: there is no agreement with such a brand owner.
        AgreementEnded: it was withdrawn before.
    """
    principal.require(Permission.ORGANISATION_MANAGE)
    seller = principal.selling()
    newest = db.session.execute(_NEWEST, {"seller": seller, "code": brand_owner}).one_or_none()
    if newest is None:
        raise NotFound
    if newest.has_ended:
        raise AgreementEnded
    edge = {"brand_owner_id": newest.brand_owner_id, "wholesaler_id": seller}
    today = today_of(principal)
    end_coming(edge, after=today)
    terms = {"grants": newest.grants, "notice_days": newest.notice_days, "person": principal.actor_name}
    version, withdrawn_on, hidden_on = db.session.execute(_WITHDRAW, {**edge, **terms, "today": today}).one()
    days = {"withdrawn_on": withdrawn_on.isoformat(), "hidden_on": hidden_on.isoformat()}
    record(
        principal,
        "sharing_agreement.withdrawn",
        brand_owner,
        before={"grants": newest.grants},
        after={"version": version, **days},
    )
    emit(
        principal,
        "AgreementWithdrawn",
        {
            "partner_id": newest.brand_owner_id,
            "partner_code": brand_owner,
            "partner_name": newest.name,
            "own_code": principal.organisation_code,
            "own_name": principal.organisation_name,
            "person": principal.actor_name,
            "version": version,
            **days,
            "from": withdrawn_on.isoformat(),
        },
    )
    return Withdrawn(newest.brand_owner_id, version, newest.grants, withdrawn_on, hidden_on)
