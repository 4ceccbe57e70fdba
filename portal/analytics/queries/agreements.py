"""Reading agreements and proposals from either side: the brand owner that asks and the wholesaler that answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import TextClause, text

from portal.analytics.agreement_models import ProposalStatus
from portal.analytics.rules import Version
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Capacity
from tenants.principal import Principal


class Partner(NamedTuple):
    """The other side of an agreement; `today` is the wholesaler's, whose days an agreement counts."""

    id: int
    code: str
    name: str
    today: date


class Proposal(NamedTuple):
    """What was asked and what was answered; `partner` is the code of the other side."""

    partner: str
    partner_name: str
    number: int
    grants: list[str]
    starts_on: date | None
    notice_days: int
    message: str
    proposed_by: str
    proposed_at: datetime
    status: str
    answered_by: str
    answered_at: datetime | None
    reason: str
    version: int | None

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.status == ProposalStatus.OPEN.value


class Standing(NamedTuple):
    """Where a brand owner stands with a wholesaler: the version of today and the newest proposal, empty where there is none."""

    code: str
    name: str
    version: int | None
    grants: list[str]
    accepted_on: date | None
    withdrawn_on: date | None
    hidden_on: date | None
    in_force: bool
    is_shown: bool
    proposal_number: int | None
    proposal_status: str
    proposed_at: datetime | None
    answered_at: datetime | None


# The other side's column and the own one, and who may be the other side: agreements are made with the tree's manufacturer.
_SIDES = {
    Capacity.SELLER: ("brand_owner_id", "wholesaler_id", "o.id = :root and o.id <> :own"),
    Capacity.BRAND_OWNER: ("wholesaler_id", "brand_owner_id", "o.kind = 'wholesaler' and o.root_id = :own"),
}


def _of_both(statement: str) -> dict[Capacity, TextClause]:
    return {
        capacity: text(statement.format(other=other, own=own, condition=condition))
        for capacity, (other, own, condition) in _SIDES.items()
    }


_PARTNER = _of_both(
    "select o.id, o.code, o.name, (now() at time zone case when o.kind = 'wholesaler' then o.time_zone else :zone end)::date"
    " from organisation o where o.code = :code and {condition}"
)
_VERSIONS = _of_both(
    "select a.version, a.grants, a.accepted_on, a.withdrawn_on, a.hidden_on, a.notice_days, a.accepted_by, a.created_at,"
    " a.is_newest and a.accepted_on <= :today and (a.withdrawn_on is null or :today < a.withdrawn_on),"
    " a.is_newest and a.accepted_on <= :today and (a.withdrawn_on is null or :today < coalesce(a.hidden_on, a.withdrawn_on))"
    " from (select *, row_number() over (order by accepted_on <= :today desc, accepted_on desc, version desc) = 1 as is_newest"
    "   from sharing_agreement where {own} = :own and {other} = :other) a"
    " where cast(:version as integer) is null or a.version = :version order by a.version desc"
)
_DOCUMENT = _of_both(
    "select document_en, document_de from sharing_agreement where {own} = :own and {other} = :other and version = :version"
)
_PROPOSAL = (
    "select o.code, o.name, p.number, p.grants, p.starts_on, p.notice_days, p.message, p.proposed_by, p.proposed_at, p.status,"
    " p.answered_by, p.answered_at, p.reason, p.version"
)
_PROPOSALS = _of_both(
    _PROPOSAL + " from sharing_proposal p join organisation o on o.id = p.{other}"
    " where p.{own} = :own and (cast(:code as text) is null or o.code = :code)"
    " and (cast(:status as text) is null or p.status = :status) order by p.proposed_at desc, o.code, p.number desc"
)
_STANDINGS = text(
    "select w.code, w.name, a.version, coalesce(a.grants, '{}'), a.accepted_on, a.withdrawn_on, a.hidden_on,"
    " a.version is not null and (a.withdrawn_on is null or d.today < a.withdrawn_on),"
    " a.version is not null and (a.withdrawn_on is null or d.today < coalesce(a.hidden_on, a.withdrawn_on)),"
    " p.number, coalesce(p.status, ''), p.proposed_at, p.answered_at"
    " from organisation w"
    " cross join lateral (select (now() at time zone w.time_zone)::date as today) d"
    " left join lateral (select * from sharing_agreement s where s.brand_owner_id = :own and s.wholesaler_id = w.id"
    "   and s.accepted_on <= d.today order by s.accepted_on desc, s.version desc limit 1) a on true"
    " left join lateral (select * from sharing_proposal s where s.brand_owner_id = :own and s.wholesaler_id = w.id"
    "   order by s.number desc limit 1) p on true"
    " where w.kind = 'wholesaler' and w.root_id = :own and w.code > :after order by w.code limit :limit"
)


def get_partner(principal: Principal, code: str) -> Partner:
    """Give the brand owner of that code for a wholesaler, or the wholesaler of that code for a brand owner.

    Raises:
        NotFound: there is none that this principal could agree with.
        PermissionDenied: the principal is neither.
    """
    values = {"code": code, "own": _own(principal), "root": principal.root_id, "zone": principal.time_zone}
    row = db.session.execute(_PARTNER[principal.capacity], values).one_or_none()
    if row is None:
        raise NotFound
    return Partner(*row)


def list_versions(principal: Principal, partner: Partner, version: int | None = None) -> list[Version]:
    """Give the versions of the agreement with a partner, the newest first, or the one asked for.

    Raises:
        PermissionDenied: the principal is neither seller nor brand owner.
    """
    values = {"own": _own(principal), "other": partner.id, "today": partner.today, "version": version}
    return [Version(*row) for row in db.session.execute(_VERSIONS[principal.capacity], values)]


def get_document(principal: Principal, partner: Partner, version: int) -> dict[str, str]:
    """Give the text that was accepted by language; empty where the version came in without one.

    Raises:
        NotFound: there is no such version.
        PermissionDenied: the principal is neither seller nor brand owner.
    """
    values = {"own": _own(principal), "other": partner.id, "version": version}
    row = db.session.execute(_DOCUMENT[principal.capacity], values).one_or_none()
    if row is None:
        raise NotFound
    return {"en": row.document_en, "de": row.document_de}


def list_proposals(
    principal: Principal, *, partner: str | None = None, status: ProposalStatus | None = None
) -> list[Proposal]:
    """Give the proposals to or from the principal, the newest first; of one partner (its code) or status.

    Raises:
        PermissionDenied: the principal is neither seller nor brand owner.
    """
    values = {"own": _own(principal), "code": partner, "status": status.value if status else None}
    return [Proposal(*row) for row in db.session.execute(_PROPOSALS[principal.capacity], values)]


def find_open_proposal(principal: Principal, partner: str) -> Proposal | None:
    """Give the proposal that waits for an answer between the principal and a partner (its code).

    Raises:
        PermissionDenied: the principal is neither seller nor brand owner.
    """
    return next(iter(list_proposals(principal, partner=partner, status=ProposalStatus.OPEN)), None)


def list_standings(principal: Principal, *, limit: int, after: str = "") -> list[Standing]:
    """Give where the brand owner stands with up to `limit` wholesalers of its channel, by code, behind the code `after`.

    Raises:
        PermissionDenied: the principal is no brand owner.
    """
    values = {"own": principal.owning(), "limit": limit, "after": after}
    return [Standing(*row) for row in db.session.execute(_STANDINGS, values)]


def _own(principal: Principal) -> int:
    return principal.owning() if principal.capacity is Capacity.BRAND_OWNER else principal.selling()


class Standings(NamedTuple):
    """How many wholesalers there are, how many share anything today, and how many owe an answer."""

    wholesalers: int
    sharing: int
    waiting: int


_COUNTS = text(
    "select count(*), count(*) filter (where a.is_shared), count(*) filter (where exists (select from sharing_proposal p"
    "   where p.brand_owner_id = :own and p.wholesaler_id = w.id and p.status = 'open'))"
    " from organisation w"
    " cross join lateral (select (now() at time zone w.time_zone)::date as today) d"
    " left join lateral (select (s.withdrawn_on is null or d.today < coalesce(s.hidden_on, s.withdrawn_on))"
    "     and s.grants <> '{}' as is_shared"
    "   from sharing_agreement s where s.brand_owner_id = :own and s.wholesaler_id = w.id"
    "   and s.accepted_on <= d.today order by s.accepted_on desc, s.version desc limit 1) a on true"
    " where w.kind = 'wholesaler' and w.root_id = :own"
)
_ANSWERS = text(
    _PROPOSAL + " from sharing_proposal p join organisation o on o.id = p.wholesaler_id"
    " where p.brand_owner_id = :own and p.status in ('accepted', 'adapted', 'declined')"
    " and p.answered_at > now() - interval '30 days' order by p.answered_at desc, p.wholesaler_id limit :limit"
)


def count_standings(principal: Principal) -> Standings:
    """Count where the brand owner stands with its channel.

    Raises:
        PermissionDenied: the principal is no brand owner.
    """
    return Standings(*db.session.execute(_COUNTS, {"own": principal.owning()}).one())


def list_answers(principal: Principal, *, limit: int) -> list[Proposal]:
    """Give the brand owner's proposals that were answered within 30 days, the newest first.

    Raises:
        PermissionDenied: the principal is no brand owner.
    """
    values = {"own": principal.owning(), "limit": limit}
    return [Proposal(*row) for row in db.session.execute(_ANSWERS, values)]
