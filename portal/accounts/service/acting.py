"""Acting on behalf of a retailer: a person of its wholesaler works in its name for a while, and everybody can see it.

What may be done meanwhile is what a retailer's buyer may (`ACTING_PERMISSIONS`); who acts is asked with every request, so
that its end, the loss of the right or a suspension counts at once.
"""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy import func, text, update

from portal.accounts.models import ActingSession
from portal.accounts.queries.accounts import AccountRow, AccountState
from portal.accounts.queries.people import list_people
from portal.core.mail import mail_brand
from portal.core.outbox import emit
from tenants.audit import record, record_as, who_and_where
from tenants.authentication import SignedIn
from tenants.database import AUTHENTICATION, act_as, db
from tenants.errors import Conflict
from tenants.models import OrganisationKind
from tenants.permissions import Permission, Role
from tenants.principal import Principal

MINUTES: Final = 30

_BEGIN = text("select begin_acting(:organisation, :user, :session, :reason, :minutes, cast(:log as jsonb))")


class CannotAct(Conflict):
    """Nobody can act for this account now: it is no retailer, is suspended, or the session acts already."""

    code = "cannot-act"


def may_be_acted_for(account: AccountRow) -> bool:
    """Tell whether the account is one in whose name somebody can act."""
    return account.kind == OrganisationKind.RETAILER and account.state not in {
        AccountState.SUSPENDED,
        AccountState.CLOSED,
    }


def begin_acting(principal: Principal, account: AccountRow, reason: str) -> None:
    """Let the person's session work in the retailer's name for 30 minutes; the principal sells and needs accounts:act.

    Both organisations' logs note it, and the retailer's administrators get a mail.

    Raises:
        PermissionDenied: the permission is missing, or no person acts.
        CannotAct: the account is no own active retailer, or the session acts already.
    """
    principal.require(Permission.ACCOUNTS_ACT)
    principal.selling()
    facts = {"reason": reason, "minutes": MINUTES}
    entry = {**who_and_where(principal), "subject": account.code, "after": facts}
    began = db.session.execute(
        _BEGIN,
        {
            "organisation": account.buyer_id,
            "user": principal.user_id,
            "session": principal.session_id,
            "reason": reason,
            "minutes": MINUTES,
            "log": json.dumps(entry),
        },
    ).scalar_one()
    if not began:
        raise CannotAct(account.code)
    record(principal, "acting.began", account.code, after=facts)
    _tell_administrators(principal, account, reason)


def end_acting(person: SignedIn, *, address: str, request_id: str) -> None:
    """Note in both logs that the person no longer acts; nothing if it did not. Runs in the authentication context."""
    if person.acting is None:
        return
    act_as(AUTHENTICATION)
    ended = db.session.execute(
        update(ActingSession)
        .where(
            ActingSession.organisation_id == person.acting.organisation_id,
            ActingSession.id == person.acting.id,
            ActingSession.ended_at.is_(None),
        )
        .values(ended_at=func.least(func.now(), ActingSession.ends_at))
        .returning(ActingSession.actor_organisation_id)
    ).scalar_one_or_none()
    if ended is None:
        return
    for organisation_id in (person.acting.organisation_id, ended):
        record_as(
            AUTHENTICATION,
            organisation_id,
            f"user:{person.user_id}",
            "acting.ended",
            person.acting.code,
            actor_organisation=None if organisation_id == ended else ended,
            address=address,
            via=f"session:{person.session_id}",
            request_id=request_id,
        )


def _tell_administrators(principal: Principal, account: AccountRow, reason: str) -> None:
    brand = mail_brand(principal.organisation_id).as_payload()
    for person in list_people(principal, account.buyer_id):
        if person.active and person.role is Role.ADMIN:
            emit(
                principal,
                "ActingBegan",
                {
                    "buyer_id": account.buyer_id,
                    "receiver": f"user:{person.user_id}",
                    "email": person.email,
                    "name": person.name,
                    "organisation": account.name,
                    "person": principal.actor_name,
                    "actor_organisation": principal.organisation_name,
                    "reason": reason,
                    "minutes": MINUTES,
                    "locale": account.locale,
                    "brand": brand,
                },
            )
