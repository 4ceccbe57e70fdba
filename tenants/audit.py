"""The audit log: who did what to what, as whom, from where. Entries are inserted, never changed (docs/adr/0016).

What an entry tells of people stands apart from it, where it can be erased: the entry and the chain that hangs on it hold
its salted digest. Who acted is named by the account alone.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any, Final, LiteralString
from uuid import uuid4

from tenants.authentication import SignedIn
from tenants.database import AUTHENTICATION, Context, act_as, db, read, write
from tenants.principal import Principal

PERSONAL_NOUNS: Final = frozenset(
    {
        *("person", "invitation", "session", "password", "passkey"),
        *("authenticator", "recovery_codes", "second_factor", "external_identity"),
        *("account_contact", "identity_provider"),
        *("personal_token", "grant"),
    }
)
"""Acts whose subject is a person, or whose facts name some."""
PERSONAL_FACTS: Final = frozenset({"email", "invited_by", "keyholders", "name", "phone", "position"})
"""Facts of these acts that name somebody."""
MOST_REFUSALS: Final = 60
"""Of one actor within an hour; what comes after them is not noted, so that nobody floods the log."""
MOST_REFUSALS_OF_ALL: Final = 2000
"""Of all actors of an organisation."""

ENTRY: Final[LiteralString] = """
    insert into audit_entry (organisation_id, id, actor, actor_name, acted_as, actor_organisation_id, action, subject,
        before, after, refused, address, via, request_id)
    values (%(organisation)s, %(id)s, %(actor)s, %(actor_name)s, %(acted_as)s, %(actor_organisation)s, %(action)s,
        %(subject)s, %(before)s::jsonb, %(after)s::jsonb, %(refused)s, %(address)s, %(via)s, %(request_id)s)
"""
PERSONAL_ENTRY: Final[LiteralString] = """
    with noted as (
        insert into audit_entry (organisation_id, id, actor, actor_name, acted_as, actor_organisation_id, action,
            before, after, refused, address, via, request_id, personal_digest)
        values (%(organisation)s, %(id)s, %(actor)s, %(actor_name)s, %(acted_as)s, %(actor_organisation)s, %(action)s,
            %(before)s::jsonb, %(after)s::jsonb, %(refused)s, %(address)s, %(via)s, %(request_id)s,
            audit_personal_digest(%(salt)s, %(subject)s, %(names_before)s::jsonb, %(names_after)s::jsonb))
    )
    insert into audit_personal (organisation_id, entry_id, person_id, salt, subject, before, after)
    values (%(organisation)s, %(id)s, %(person)s, %(salt)s, %(subject)s, %(names_before)s::jsonb, %(names_after)s::jsonb)
"""
_COUNT = "select count_audit_refusals(%(organisation)s, %(actor)s, %(most)s)"


def record(
    principal: Principal,
    action: str,
    subject: str = "",
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    refused: bool = False,
    person_id: int | None = None,
) -> None:
    """Note an act of the principal in its organisation's log, inside the act's own transaction.

    `action` is `noun.verb_in_the_past` (`account.suspended`), `subject` what people call the thing; `before` and `after`
    are JSON-safe and hold no secret. `person_id`: the account of the person it was done to.
    """
    _write(
        principal.organisation_id,
        principal.actor,
        action,
        subject,
        before=before,
        after=after,
        refused=refused,
        person_id=person_id,
        **who_and_where(principal),
    )


def who_and_where(principal: Principal) -> dict[str, Any]:
    """Give what an entry tells of the principal beside its actor, by the entry's columns."""
    return {
        "actor_name": "" if principal.actor.startswith("user:") else principal.actor_name,
        "acted_as": f"{principal.capacity}:{principal.own_role or principal.role}"
        if principal.role
        else str(principal.capacity),
        "actor_organisation": principal.actor_organisation_id,
        "address": principal.address,
        "via": principal.program or (f"session:{principal.session_id}" if principal.session_id is not None else ""),
        "request_id": principal.request_id,
    }


def record_refusal(principal: Principal, action: str, subject: str = "") -> None:
    """Note a refused attempt in a transaction of its own, after the attempt's was undone."""
    db.session.rollback()
    act_as(principal)
    record(principal, action, subject, refused=True)
    db.session.commit()


def record_as(context: Context, organisation_id: int, actor: str, action: str, subject: str = "", **rest: Any) -> None:
    """Note an act before anybody is a principal (signing in, accepting an invitation); the context must be the open one.

    `rest` may hold `actor_name` (of a program), `person_id` (to whom it was done, if not to the actor itself), `before`,
    `after`, `refused`, `address`, `via` and `request_id`.
    """
    act_as(context)
    if actor.startswith("user:"):
        rest.setdefault("person_id", int(actor.removeprefix("user:")))
    _write(organisation_id, actor, action, subject, **rest)


def record_of_person(person: SignedIn, action: str, **rest: Any) -> None:
    """Note what a person did about its own sign-in, in the log of the organisation it works in; in that context.

    `rest` may hold `before`, `after`, `refused`, `address` and `request_id`.
    """
    if person.current is not None:
        record_as(
            AUTHENTICATION,
            person.current.organisation_id,
            f"user:{person.user_id}",
            action,
            person.email,
            via=f"session:{person.session_id}",
            **rest,
        )


def entry_values(
    organisation_id: int,
    actor: str,
    action: str,
    subject: str = "",
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    person_id: int | None = None,
    **rest: Any,
) -> tuple[LiteralString, dict[str, Any]]:
    """Give the statement that notes the act, and its values: names of people apart, coupons not at all."""
    before, after = _without_coupons(before, after)
    values: dict[str, Any] = {"actor_name": "", "acted_as": "", "actor_organisation": None, "refused": False}
    values |= {"address": "", "via": "", "request_id": "", **rest}
    values |= {"organisation": organisation_id, "id": uuid4(), "actor": actor, "action": action, "subject": subject}
    if action.partition(".")[0] not in PERSONAL_NOUNS:
        return ENTRY, {**values, "before": _json(before), "after": _json(after)}
    for name, facts in (("before", before), ("after", after)):
        told, names = _apart(facts)
        values |= {name: _json(told), f"names_{name}": _json(names)}
    return PERSONAL_ENTRY, {**values, "salt": secrets.token_bytes(16), "person": person_id}


def _write(organisation_id: int, actor: str, action: str, subject: str, **rest: Any) -> None:
    if rest.get("refused"):
        known = _refusals(organisation_id, actor, MOST_REFUSALS)
        if known >= MOST_REFUSALS or _refusals(organisation_id, None, MOST_REFUSALS_OF_ALL) >= MOST_REFUSALS_OF_ALL:
            return
        if known == MOST_REFUSALS - 1:
            rest["after"] = {**(rest.get("after") or {}), "more_refusals": "unnoted"}
    write(*entry_values(organisation_id, actor, action, subject, **rest))


def _refusals(organisation_id: int, actor: str | None, most: int) -> int:
    [(known,)] = read(_COUNT, {"organisation": organisation_id, "actor": actor, "most": most})
    return int(known)


def _apart(facts: Mapping[str, Any] | None) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Give the facts without those that name somebody, and these."""
    if facts is None:
        return None, None
    names = {name: value for name, value in facts.items() if name in PERSONAL_FACTS}
    return {name: value for name, value in facts.items() if name not in names} or None, names or None


def _without_coupons(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """Say that there is a coupon, and whether it is another one, but not which: it is worth money to who reads it."""
    old, new = (before or {}).get("coupon"), (after or {}).get("coupon")
    if before and old:
        before = {**before, "coupon": "set"}
    if after and new:
        after = {**after, "coupon": "changed" if old not in (None, "", new) else "set"}
    return before, after


def _json(facts: Mapping[str, Any] | None) -> str | None:
    return None if facts is None else json.dumps(facts)
