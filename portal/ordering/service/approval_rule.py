"""What people of a buying organisation order alone, and up to what they approve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, text
from sqlalchemy.dialects.postgresql import insert as upsert

from portal.accounts.queries.people import list_people
from portal.ordering.approval_models import ApprovalLimit, ApprovalRule
from portal.ordering.queries.approvals import LimitRow, RuleRow, get_rule, list_limits
from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

_NOTHING = LimitRow()
_LOCK = text("select pg_advisory_xact_lock(hashtextextended('approval rule', :own))")


@dataclass(frozen=True, slots=True)
class SaveRule:
    """The rule as it is to be; amounts net in the seller's currency, None = any amount."""

    places_up_to: Decimal | None
    four_eyes: bool
    limits: Mapping[int, LimitRow] = field(default_factory=dict)
    """By account; who is not named keeps what it has, one that says nothing is taken away."""


def save_rule(principal: Principal, command: SaveRule) -> RuleRow:
    """Say what is ordered alone: for the next order of everybody. The principal buys and needs people:manage and orders:approve.

    Raises:
        NotFound: somebody named does not work in the organisation.
    """
    principal.buying()
    principal.require(Permission.PEOPLE_MANAGE)
    require_approver(principal)
    organisation_id = principal.organisation_id
    db.session.execute(_LOCK, {"own": organisation_id})
    names = {person.user_id: person.name or person.email for person in list_people(principal, organisation_id)}
    if not command.limits.keys() <= names.keys():
        raise NotFound
    before, limits_before = get_rule(principal), list_limits(principal)
    rule = RuleRow(command.places_up_to, command.four_eyes)
    db.session.execute(
        upsert(ApprovalRule)
        .values(organisation_id=organisation_id, **rule._asdict())
        .on_conflict_do_update(index_elements=["organisation_id"], set_=rule._asdict())
    )
    after = {user: row for user, row in (limits_before | dict(command.limits)).items() if row != _NOTHING}
    db.session.execute(delete(ApprovalLimit).where(ApprovalLimit.organisation_id == organisation_id))
    if after:
        rows = [{"organisation_id": organisation_id, "user_id": user, **row._asdict()} for user, row in after.items()]
        db.session.execute(insert(ApprovalLimit), rows)
    _note(principal, (before, limits_before), (rule, after), names)
    return rule


def require_approver(principal: Principal) -> None:
    """Refuse whoever does not approve orders itself: managing people alone, it could let itself order any amount.

    Raises:
        PermissionDenied: the principal does not approve orders.
    """
    principal.require(Permission.ORDERS_APPROVE)


def _note(
    principal: Principal,
    before: tuple[RuleRow, Mapping[int, LimitRow]],
    after: tuple[RuleRow, Mapping[int, LimitRow]],
    names: Mapping[int, str],
) -> None:
    """Note what changed: the rule as one act, each person's limits as one about that person."""
    currency = principal.currency
    if before[0] != after[0]:
        record(
            principal,
            "approval_rule.changed",
            before=_rule_facts(before[0], currency),
            after=_rule_facts(after[0], currency),
        )
    for user in sorted(before[1].keys() | after[1].keys()):
        old, new = before[1].get(user, _NOTHING), after[1].get(user, _NOTHING)
        if old != new:
            record(
                principal,
                "person.limits_changed",
                names[user],
                before=_limit_facts(old, currency),
                after=_limit_facts(new, currency),
                person_id=user,
            )


def _rule_facts(row: RuleRow, currency: str) -> dict[str, Any]:
    return {"places_up_to": _plain(row.places_up_to), "four_eyes": row.four_eyes, "currency": currency}


def _limit_facts(row: LimitRow, currency: str) -> dict[str, Any]:
    amounts = (_plain(row.places_up_to), _plain(row.approves_up_to))
    return {"places_up_to": amounts[0], "approves_up_to": amounts[1], "currency": currency}


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
