"""Proposing an agreement, and answering a proposal grant by grant: what is accepted becomes a version, told to the roll-ups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from portal.analytics.agreement_models import ProposalStatus, SharingProposal
from portal.analytics.agreement_text import Terms, documents
from portal.analytics.models import Grant, SharingAgreement
from portal.analytics.queries.agreements import (
    Partner,
    Proposal,
    find_open_proposal,
    get_partner,
    list_versions,
)
from portal.analytics.rules import covered_on, newest_on
from portal.analytics.service.sharing import end_coming
from portal.core.outbox import emit
from tenants.audit import record
from tenants.database import db
from tenants.errors import Conflict, InvalidInput
from tenants.permissions import Permission
from tenants.principal import Principal

MOST_NOTICE_DAYS = 90
EARLIEST = date(2000, 1, 1)
LATEST_DAYS = 366
"""A version begins at most so many days from today."""
_COUNTED = (Grant.UNITS, Grant.VALUE)
"""What is counted by the day of a sale; the rest is measured as of a day."""


class ProposalOver(Conflict):
    """There is no such proposal to answer or take back any more: answered, taken back or replaced."""

    code = "proposal-over"


@dataclass(frozen=True, slots=True)
class Propose:
    """What a brand owner asks of a wholesaler."""

    grants: Sequence[Grant]
    starts_on: date | None = None
    """First day whose events it is to cover; empty: the day of the answer."""
    notice_days: int = 0
    """How long past figures are to stay in view after a withdrawal."""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a wholesaler grants of the proposal of that number; nothing: it declines."""

    number: int
    grants: Sequence[Grant]
    starts_on: date | None = None
    """Empty: as proposed, or today."""
    notice_days: int | None = None
    """At most as many as proposed; empty: as proposed."""
    reason: str = ""


def propose(principal: Principal, wholesaler: str, command: Propose) -> int:
    """Ask a wholesaler (its code) to share; an open proposal is taken back for the new one. Gives the proposal's number.

    The principal must be a brand owner with organisation:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: no such wholesaler in the channel.
        InvalidInput: nothing is asked for, or days are out of bounds.
        ProposalOver: another proposal was made at the same moment.
    """
    principal.require(Permission.ORGANISATION_MANAGE)
    partner = get_partner(principal, wholesaler)
    grants = _in_order(command.grants)
    if not grants:
        raise _invalid("grants", "at least one is asked for")
    _check_days(partner, command.starts_on, command.notice_days, MOST_NOTICE_DAYS)
    edge = {"brand_owner_id": principal.owning(), "wholesaler_id": partner.id}
    _take_back(edge)
    values = {
        "grants": grants,
        "starts_on": command.starts_on,
        "notice_days": command.notice_days,
        "message": command.message,
    }
    number = (
        select(func.coalesce(func.max(SharingProposal.number), 0) + 1)
        .where(*(getattr(SharingProposal, name) == value for name, value in edge.items()))
        .scalar_subquery()
    )
    made: int | None = db.session.execute(
        insert(SharingProposal)
        .values(**edge, **values, number=number, proposed_by=principal.actor_name)
        .on_conflict_do_nothing()
        .returning(SharingProposal.number)
    ).scalar_one_or_none()
    if made is None:
        raise ProposalOver
    record(principal, "sharing_proposal.made", wholesaler, after={"number": made, **_facts(values)})
    emit(principal, "AgreementProposed", {**_told(principal, partner), "number": made, **_facts(values)})
    return made


def take_back(principal: Principal, wholesaler: str) -> None:
    """Take the open proposal to a wholesaler (its code) back. The principal must be a brand owner with organisation:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: no such wholesaler in the channel.
        ProposalOver: none is open.
    """
    principal.require(Permission.ORGANISATION_MANAGE)
    partner = get_partner(principal, wholesaler)
    number = _take_back({"brand_owner_id": principal.owning(), "wholesaler_id": partner.id})
    if number is None:
        raise ProposalOver
    record(principal, "sharing_proposal.taken_back", wholesaler, after={"number": number})
    emit(principal, "AgreementTakenBack", {**_told(principal, partner), "number": number})


def answer(principal: Principal, brand_owner: str, command: Answer) -> int | None:
    """Answer the open proposal of a brand owner (its code): what is granted becomes a version, in force from its first day.

    Gives the version, None where nothing is granted. The principal must be the wholesaler with organisation:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: no such brand owner.
        ProposalOver: the proposal is not open any more.
        InvalidInput: more is granted than was asked, or days are out of bounds.
    """
    principal.require(Permission.ORGANISATION_MANAGE)
    partner = get_partner(principal, brand_owner)
    edge = {"brand_owner_id": partner.id, "wholesaler_id": principal.selling()}
    proposal = _lock(principal, edge, partner, command.number)
    grants = _in_order(command.grants)
    if not set(grants) <= set(proposal.grants):
        raise _invalid("grants", "more than was asked")
    if not grants:
        _close(principal, edge, proposal, ProposalStatus.DECLINED, reason=command.reason)
        facts = {"number": proposal.number, "reason": command.reason}
        record(principal, "sharing_agreement.declined", brand_owner, after=facts)
        emit(principal, "AgreementDeclined", {**_told(principal, partner), **facts})
        return None
    return _accept(principal, edge, partner, proposal, grants, command)


def _accept(
    principal: Principal,
    edge: dict[str, int],
    partner: Partner,
    proposal: Proposal,
    grants: list[str],
    command: Answer,
) -> int:
    starts_on = command.starts_on or proposal.starts_on or partner.today
    notice_days = proposal.notice_days if command.notice_days is None else command.notice_days
    _check_days(partner, starts_on, notice_days, proposal.notice_days)
    _lock_versions(edge)
    former = list_versions(principal, partner)
    present = newest_on(former, partner.today)
    if present and starts_on < present.accepted_on:
        raise _invalid("starts_on", f"not before {present.accepted_on}, when the present version began")
    counted = covered_on(former, starts_on)
    was_coming = end_coming(edge, after=starts_on)
    version = max((one.version for one in former), default=0) + 1
    terms = Terms(partner.name, principal.organisation_name, version, grants, starts_on, notice_days)
    texts = documents(terms)
    db.session.execute(
        insert(SharingAgreement).values(
            **edge,
            version=version,
            grants=grants,
            accepted_on=starts_on,
            notice_days=notice_days,
            accepted_by=principal.actor_name,
            document_en=texts["en"],
            document_de=texts["de"],
        )
    )
    as_asked = (grants, notice_days) == (proposal.grants, proposal.notice_days) and starts_on == (
        proposal.starts_on or partner.today
    )
    status = ProposalStatus.ACCEPTED if as_asked else ProposalStatus.ADAPTED
    _close(principal, edge, proposal, status, reason=command.reason, version=version)
    facts = {
        "version": version,
        **_facts({"grants": grants, "starts_on": starts_on, "notice_days": notice_days}),
    }
    record(
        principal,
        "sharing_agreement.accepted",
        partner.code,
        before={"grants": covered_on(former, partner.today)},
        after=facts,
    )
    # Days on which the same is counted as before are not touched.
    is_touched = was_coming or any((grant.value in counted) != (grant.value in grants) for grant in _COUNTED)
    event = {**_told(principal, partner), **facts, "number": proposal.number, "status": status.value}
    emit(principal, "AgreementAccepted", {**event, "from": starts_on.isoformat() if is_touched else None})
    return version


def _lock_versions(edge: dict[str, int]) -> None:
    """Of an answer and a withdrawal at once the second finds the first."""
    is_edge = [getattr(SharingAgreement, name) == value for name, value in edge.items()]
    db.session.execute(select(SharingAgreement.version).where(*is_edge).with_for_update())


def _lock(principal: Principal, edge: dict[str, int], partner: Partner, number: int) -> Proposal:
    """Of two answers at once the second finds the first."""
    locked = db.session.execute(
        select(SharingProposal.number)
        .where(*_is(edge), SharingProposal.number == number, SharingProposal.status == ProposalStatus.OPEN)
        .with_for_update()
    ).one_or_none()
    proposal = find_open_proposal(principal, partner.code)
    if locked is None or proposal is None:
        raise ProposalOver
    return proposal


def _close(
    principal: Principal,
    edge: dict[str, int],
    proposal: Proposal,
    status: ProposalStatus,
    *,
    reason: str = "",
    version: int | None = None,
) -> None:
    db.session.execute(
        update(SharingProposal)
        .where(*_is(edge), SharingProposal.number == proposal.number)
        .values(status=status, answered_by=principal.actor_name, answered_at=func.now(), reason=reason, version=version)
    )


def _take_back(edge: dict[str, int]) -> int | None:
    number: int | None = db.session.execute(
        update(SharingProposal)
        .where(*_is(edge), SharingProposal.status == ProposalStatus.OPEN)
        .values(status=ProposalStatus.TAKEN_BACK, answered_at=func.now())
        .returning(SharingProposal.number)
    ).scalar_one_or_none()
    return number


def _is(edge: dict[str, int]) -> list[Any]:
    return [getattr(SharingProposal, name) == value for name, value in edge.items()]


def _in_order(grants: Sequence[Grant]) -> list[str]:
    return [grant.value for grant in Grant if grant in grants]


def _check_days(partner: Partner, starts_on: date | None, notice_days: int, most_notice: int) -> None:
    if not 0 <= notice_days <= most_notice:
        raise _invalid("notice_days", f"0 to {most_notice}")
    if starts_on and (starts_on < EARLIEST or (starts_on - partner.today).days > LATEST_DAYS):
        raise _invalid("starts_on", f"from {EARLIEST} to a year from today")


def _invalid(name: str, detail: str) -> InvalidInput:
    return InvalidInput(f"`{name}`: {detail}.", errors=[{"pointer": f"/{name}", "detail": detail}])


def _told(principal: Principal, partner: Partner) -> dict[str, Any]:
    """Who is who, for whoever reacts; `partner_id` is the organisation that is told."""
    return {
        "partner_id": partner.id,
        "partner_code": partner.code,
        "partner_name": partner.name,
        "own_code": principal.organisation_code,
        "own_name": principal.organisation_name,
        "person": principal.actor_name,
    }


def _facts(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
        if value not in (None, "")
    }
