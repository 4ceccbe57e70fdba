"""Handing a shop over: proposed by its wholesaler, agreed to by the shop, taken over by the other wholesaler.

Nothing is carried over but the shop's name and addresses, its people and what it lets them do: the account at the receiver is
a new one of a new organisation, and every right in the former one ends (docs/adr/0038).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, bindparam, text

from portal.accounts.queries.accounts import AccountRow, get_account
from portal.accounts.service.accounts import CreateAccount, Details, Terms, open_account
from portal.core.field_errors import field_error
from portal.core.outbox import emit
from portal.handovers.errors import CannotHandOver, HandoverChanged, HandoverEnded, PartialConsent
from portal.handovers.queries import HandoverRow, get_handover
from portal.web.rate_limits import count, require_below
from tenants.audit import record
from tenants.database import db
from tenants.errors import Refusal
from tenants.models import OrganisationKind
from tenants.permissions import Permission
from tenants.principal import Principal

OPEN_DAYS: Final = 30
_GUESSES: Final = ("20/hour", "wholesalers that shops could not be handed over to")
_PROPOSE: Final = text("select propose_handover(:shop, :receiver, :days)")
_ANSWER: Final = text("select answer_handover(:key, :answer, cast(:person as bigint))")
_BEGIN: Final = text("select begin_take_over(:key)")
_FINISH: Final = text("select finish_take_over(:key, :old, :new)").bindparams(
    bindparam("old", type_=ARRAY(BigInteger)), bindparam("new", type_=ARRAY(BigInteger))
)
_ACTIONS: Final = {
    "consented": "handover.consented",
    "declined": "handover.declined",
    "refused": "handover.declined",
    "withdrawn": "handover.withdrawn",
}
_PROBLEMS: Final[Mapping[str, type[Refusal]]] = {
    "ended": HandoverEnded,
    "changed": HandoverChanged,
    "partial": PartialConsent,
}


def propose_handover(principal: Principal, code: str, receiver: str) -> HandoverRow:
    """Propose that a shop, with its branches, buys from another wholesaler of the channel, named by its sign-in page's name.

    The shop's administrators are told; the other wholesaler is once they consented. The principal must be the seller with
    accounts:manage.

    Raises:
        CannotHandOver: the shop is a branch, suspended or closed, or handed over already; or there is no such receiver.
        NotFound: the seller has no such buyer.
        PermissionDenied: capacity or permission is missing.
        TooManyRequests: so many receivers were unknown that more look like a search for others.
    """
    principal.require(Permission.ACCOUNTS_MANAGE)
    account = get_account(principal, code)
    require_below(*_GUESSES, str(principal.organisation_id))
    values = {"shop": account.buyer_id, "receiver": receiver.strip().lower(), "days": OPEN_DAYS}
    made = db.session.execute(_PROPOSE, values).scalar_one()
    if "problem" in made:
        if made["problem"] == "receiver":
            count(*_GUESSES, str(principal.organisation_id))
        raise CannotHandOver("It cannot be handed over.", errors=[_problem(made["problem"])])
    record(principal, "handover.proposed", code, after={"to_seller": made["receiver"]})
    emit(
        principal,
        "HandoverProposed",
        {"buyer_id": account.buyer_id, "code": code, "partner": made["receiver"], "state": "proposed"},
    )
    return get_handover(principal, made["key"])


def withdraw_handover(principal: Principal, key: str) -> None:
    """Take back an own proposal. The principal must be the seller with accounts:manage.

    Raises:
        HandoverEnded: it is over, or none of its own.
        PermissionDenied: capacity or permission is missing.
    """
    principal.selling()
    principal.require(Permission.ACCOUNTS_MANAGE)
    _answer(principal, key, "withdraw", "withdrawn")


def refuse_handover(principal: Principal, key: str) -> None:
    """Decline a shop that another wholesaler hands over. The principal must be the receiver with accounts:manage.

    Raises:
        HandoverEnded: it is over, or not for the principal.
        PermissionDenied: capacity or permission is missing.
    """
    principal.selling()
    principal.require(Permission.ACCOUNTS_MANAGE)
    _answer(principal, key, "decline", "refused")


def consent(principal: Principal, key: str) -> None:
    """Agree for the shop to be handed over. The principal must be a person of the shop with organisation:manage.

    Raises:
        HandoverChanged: the shop or its branches are others than when it was proposed.
        HandoverEnded: it is over, answered already, or not the shop's.
        PartialConsent: a program, or who works for one of the wholesalers too.
        PermissionDenied: capacity or permission is missing.
    """
    principal.buying()
    principal.require(Permission.ORGANISATION_MANAGE)
    if principal.user_id is None or principal.program or principal.actor_organisation_id is not None:
        raise PartialConsent
    _answer(principal, key, "consent", "consented")


def decline(principal: Principal, key: str) -> None:
    """Decline for the shop, or take its consent back. The principal must be the shop with organisation:manage.

    Raises:
        HandoverEnded: it is over, or not the shop's.
        PermissionDenied: capacity or permission is missing.
    """
    principal.buying()
    principal.require(Permission.ORGANISATION_MANAGE)
    _answer(principal, key, "decline", "declined")


def take_over(principal: Principal, key: str, terms: Terms) -> AccountRow:
    """Take a shop over on own terms: its new account, and the end of the former one, in one act.

    Branches get the same terms but the customer number. Orders already placed stay with the former seller. The principal must
    be the receiver with accounts:manage.

    Raises:
        HandoverChanged: the shop or its branches are others than it consented for, or suspended or closed meanwhile.
        HandoverEnded: it is over, or not for the principal.
        PermissionDenied: capacity or permission is missing.
    """
    principal.selling()
    principal.require(Permission.ACCOUNTS_MANAGE)
    facts = _of(db.session.execute(_BEGIN, {"key": key}).scalar_one())
    codes: dict[int, str] = {}
    for shop in facts["shops"]:
        own = terms if not codes else Terms("", terms.price_group, terms.payment_terms_days, terms.credit_limit)
        parent = codes.get(shop["parent_id"], "")
        details, kind = Details(**shop["details"]), OrganisationKind.RETAILER
        command = CreateAccount(details=details, kind=kind, parent_code=parent, terms=own)
        codes[shop["id"]] = open_account(principal, command)
    made = [get_account(principal, code) for code in codes.values()]
    values = {"key": key, "old": list(codes), "new": [row.buyer_id for row in made]}
    seats = db.session.execute(_FINISH, values).scalar_one()
    if seats is None:
        raise HandoverEnded
    head = made[0]
    record(principal, "handover.taken_over", head.code, after={"from_seller": facts["seller"], "people": seats})
    emit(principal, "AccountHandedOver", {"buyer_id": head.buyer_id, "code": head.code, "state": "active"})
    emit(
        principal,
        "HandoverAnswered",
        {"partner_id": facts["seller_id"], "shop": facts["shops"][0]["details"]["name"], "state": "handed_over"},
    )
    for row in made:
        emit(principal, "HandoverEnded", {"buyer_id": row.buyer_id, "state": "handed_over"})
    return get_account(principal, head.code)


def _answer(principal: Principal, key: str, answer: str, state: str) -> None:
    values = {"key": key, "answer": answer, "person": principal.user_id}
    said = _of(db.session.execute(_ANSWER, values).scalar_one())
    record(principal, _ACTIONS[state], said["shop"])
    for told in said["told"]:
        if told == said["buyer"]:
            emit(principal, "HandoverEnded", {"buyer_id": told, "state": state})
        else:
            emit(principal, "HandoverAnswered", {"partner_id": told, "shop": said["shop"], "state": state})


def _of(facts: dict[str, Any]) -> dict[str, Any]:
    if "problem" not in facts:
        return facts
    raise _PROBLEMS[facts["problem"]]("It cannot be done any more.")


def _problem(problem: str) -> dict[str, str]:
    if problem == "receiver":
        return field_error("receiver", "unknown-receiver", "No other wholesaler of the channel has this sign-in page.")
    if problem == "open":
        return field_error("account", "open", "It is being handed over already.")
    return field_error("account", "not-a-shop", "It is a branch or no retailer, or it is suspended or closed.")
