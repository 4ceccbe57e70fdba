"""From a browser session to a Principal, in one database call before anybody is known."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from tenants.database import db, read
from tenants.models import Proof
from tenants.permissions import (
    ACTING_PERMISSIONS,
    Capacity,
    Permission,
    Role,
    carried_permissions,
)
from tenants.principal import Principal

IDLE_TIMEOUT = timedelta(days=7)
ABSOLUTE_TIMEOUT = timedelta(days=30)
PROOF_HOLDS = timedelta(minutes=15)
"""How long after a proof of who it is a person may do dangerous acts without another one."""


def new_token() -> str:
    """Give a random token of 256 bits, safe in addresses and cookies."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """Give what is stored of a token; tokens are random, so a plain hash cannot be reversed by guessing."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True, slots=True)
class MembershipFacts:
    """One organisation a person may work in."""

    organisation_id: int
    role: Role
    code: str
    name: str
    kind: str
    slug: str
    has_seller: bool
    permissions: frozenset[Permission] = frozenset()
    """What its role there carries."""
    own_role: str = ""
    """Code of the own role of the organisation that it has instead of the built-in one."""
    needs_second_factor: bool = False
    """Whether the organisation demands two proofs of a person in this role."""
    needs_single_sign_on: bool = False
    """Whether the organisation demands its own identity provider, and this session does not come from there."""

    @property
    def capacities(self) -> tuple[Capacity, ...]:
        """Give what the organisation can act as, its main capacity first."""
        return capacities_of(self.kind, has_seller=self.has_seller)


@dataclass(frozen=True, slots=True)
class Acting:
    """In whose name a signed-in person works for a while."""

    id: int
    organisation_id: int
    code: str
    name: str
    reason: str
    ends_at: datetime
    is_over: bool
    """The time is up, or the right to it is gone: nothing may be done in that name any more."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person with a live session."""

    session_id: int
    user_id: int
    email: str
    name: str
    locale: str
    memberships: tuple[MembershipFacts, ...]
    current: MembershipFacts | None
    """Where the person works now; None when every membership ended."""
    proof: Proof = Proof.PASSWORD
    """How this session was proven."""
    proven_seconds: int = 0
    """Since the last proof."""
    provider_id: int | None = None
    """The organisation whose identity provider opened the session: there alone it counts, and it changes no proof of the person."""
    acting: Acting | None = None
    """Set from the begin of acting on behalf of a retailer until its end was noted."""
    unread_notices: int = 0
    """Messages in the inbox where the person works now; at most 100 are counted."""

    @property
    def capacities(self) -> tuple[Capacity, ...]:
        """Give what the person can act as now, the main capacity first."""
        if self.acting is not None:
            return (Capacity.BUYER,)
        return self.current.capacities if self.current else ()

    @property
    def lacks_second_factor(self) -> bool:
        """Tell whether the organisation demands two proofs and this session has one."""
        return self.current is not None and self.current.needs_second_factor and self.proof.is_single

    @property
    def lacks_single_sign_on(self) -> bool:
        """Tell whether the organisation demands its identity provider and the person came in another way."""
        return self.current is not None and self.current.needs_single_sign_on

    @property
    def is_fresh(self) -> bool:
        """Tell whether the last proof is new enough for a dangerous act."""
        return self.proven_seconds < PROOF_HOLDS.total_seconds()


def capacities_of(kind: str, *, has_seller: bool) -> tuple[Capacity, ...]:
    """Give what an organisation of that kind can act as, its main capacity first."""
    if kind == "retailer":
        return (Capacity.BUYER,)
    if kind == "manufacturer":
        return (Capacity.BRAND_OWNER, Capacity.SELLER)
    return (Capacity.SELLER, Capacity.BUYER) if has_seller else (Capacity.SELLER,)


def authenticate_session(token: str) -> SignedIn | None:
    """Give who a browser session stands for, or None when it is unknown, ended or timed out."""
    facts, acting, unread = db.session.execute(
        text(
            "select s.facts, acting_facts((s.facts ->> 'session_id')::bigint), count_unread_notices("
            "(s.facts ->> 'user_id')::bigint, (s.facts ->> 'organisation_id')::bigint)"
            " from (select authenticate_session(:hash, :idle) as facts offset 0) s"
        ),
        {"hash": hash_token(token), "idle": IDLE_TIMEOUT},
    ).one()
    return None if facts is None else _signed_in(facts, acting, unread)


# Who it is, and what the principal is made of in the organisation where the person works now: one way to the database.
_SESSION_AND_PRINCIPAL = """
    select s.facts, case when p.place is not null then
        principal_facts(coalesce((a.acting ->> 'organisation_id')::bigint, (p.place ->> 'organisation_id')::bigint),
            coalesce(%(capacity)s::text, case when a.acting is not null then 'buyer' else case p.place ->> 'kind'
                when 'retailer' then 'buyer' when 'manufacturer' then 'brand_owner' else 'seller' end end)) end, a.acting,
        count_unread_notices((s.facts ->> 'user_id')::bigint, (p.place ->> 'organisation_id')::bigint)
    from (select authenticate_session(%(hash)s, %(idle)s) as facts offset 0) s
    cross join lateral (select acting_facts((s.facts ->> 'session_id')::bigint) as acting offset 0) a
    cross join lateral (select coalesce(
        (select m from jsonb_array_elements(s.facts -> 'memberships') m
         where m -> 'organisation_id' = s.facts -> 'organisation_id'), s.facts -> 'memberships' -> 0) as place offset 0) p
    """


def authenticate_browser(
    token: str, capacity: Capacity | None, *, address: str = "", request_id: str = ""
) -> tuple[SignedIn | None, Principal | None]:
    """Give who a browser session stands for and its principal, in one call; `capacity` None = what it mainly is.

    As `authenticate_session` and `principal_for_person` one after the other would.
    """
    values = {"hash": hash_token(token), "idle": IDLE_TIMEOUT, "capacity": capacity.value if capacity else None}
    [(facts, principal, acting, unread)] = read(_SESSION_AND_PRINCIPAL, values)
    if facts is None:
        return None, None
    person = _signed_in(facts, acting, unread)
    if person.current is None or (capacity or person.capacities[0]) not in person.capacities:
        return person, None
    wanted = capacity or person.capacities[0]
    return person, principal_of(principal, wanted, **_of_person(person, person.current, address, request_id))


def _signed_in(facts: dict[str, Any], acting: dict[str, Any] | None, unread: int) -> SignedIn:
    memberships = tuple(
        MembershipFacts(
            organisation_id=row["organisation_id"],
            role=Role(row["role"]),
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            slug=row["slug"],
            has_seller=row["seller_id"] is not None,
            permissions=carried_permissions(Role(row["role"]), row["permissions"]),
            own_role=row["own_role"] or "",
            needs_second_factor=row["needs_second_factor"],
            needs_single_sign_on=row["needs_single_sign_on"],
        )
        for row in facts["memberships"]
    )
    current = next((row for row in memberships if row.organisation_id == facts["organisation_id"]), None)
    return SignedIn(
        session_id=facts["session_id"],
        user_id=facts["user_id"],
        email=facts["email"],
        name=facts["name"],
        locale=facts["locale"],
        memberships=memberships,
        current=current or (memberships[0] if memberships else None),
        proof=Proof(facts["proof"]),
        proven_seconds=facts["proven_seconds"],
        provider_id=facts["provider_id"],
        acting=None if acting is None else _acting(acting, current),
        unread_notices=unread,
    )


def _acting(facts: dict[str, Any], current: MembershipFacts | None) -> Acting:
    may = (
        current is not None
        and current.organisation_id == facts["actor_organisation_id"]
        and Permission.ACCOUNTS_ACT in current.permissions
    )
    return Acting(
        id=facts["id"],
        organisation_id=facts["organisation_id"],
        code=facts["code"],
        name=facts["name"],
        reason=facts["reason"],
        ends_at=datetime.fromisoformat(facts["ends_at"]),
        is_over=not (may and facts["holds"]),
    )


def principal_for_person(
    person: SignedIn, capacity: Capacity, *, address: str = "", request_id: str = ""
) -> Principal | None:
    """Give the person's principal in its current organisation, or None where that cannot act in the capacity."""
    if person.current is None or capacity not in person.capacities:
        return None
    organisation_id = person.acting.organisation_id if person.acting else person.current.organisation_id
    return build_principal(organisation_id, capacity, **_of_person(person, person.current, address, request_id))


def _of_person(person: SignedIn, place: MembershipFacts, address: str, request_id: str) -> dict[str, Any]:
    name, permissions = person.name or person.email, place.permissions
    facts = {
        "permissions": permissions,
        "actor": f"user:{person.user_id}",
        "actor_name": name,
        "user_id": person.user_id,
        "role": place.role,
        "own_role": place.own_role,
        "role_permissions": permissions,
        "address": address,
        "request_id": request_id,
        "session_id": person.session_id,
    }
    if person.acting is None:
        return facts
    # Who orders in another's name is named with where it belongs; its role there is none here.
    return facts | {
        "permissions": permissions & ACTING_PERMISSIONS,
        "actor_name": f"{name} ({place.name})",
        "role": None,
        "own_role": "",
        "actor_organisation_id": place.organisation_id,
    }


def build_principal(
    organisation_id: int,
    capacity: Capacity,
    *,
    permissions: frozenset[Permission],
    actor: str,
    actor_name: str,
    **rest: Any,
) -> Principal | None:
    """Give a principal with today's candidate price lists; None when the organisation cannot act in the capacity now."""
    facts = db.session.execute(
        text("select principal_facts(:organisation, :capacity)"),
        {"organisation": organisation_id, "capacity": capacity.value},
    ).scalar_one()
    return principal_of(facts, capacity, permissions=permissions, actor=actor, actor_name=actor_name, **rest)


def principal_of(
    facts: dict[str, Any] | None, capacity: Capacity, *, permissions: frozenset[Permission], **rest: Any
) -> Principal | None:
    """Give the principal that `principal_facts` describes; None when they describe none in the capacity."""
    if facts is None:
        return None
    if capacity not in capacities_of(
        facts["organisation"]["kind"], has_seller=facts["organisation"]["seller_id"] is not None
    ):
        return None
    own, seller, lists = facts["organisation"], facts["seller"], facts["lists"] or {"candidates": [], "all": []}
    is_buyer = capacity is Capacity.BUYER
    if is_buyer and facts["account_status"] != "active":
        permissions -= {Permission.ORDERS_PLACE}
    return Principal(
        organisation_id=own["id"],
        organisation_code=own["code"],
        organisation_name=own["name"],
        organisation_kind=own["kind"],
        root_id=own["root_id"],
        capacity=capacity,
        permissions=permissions,
        currency=seller["currency"],
        time_zone=seller["time_zone"],
        locale=own["locale"],
        seller_id=None if capacity is Capacity.BRAND_OWNER else seller["id"],
        seller_name=seller["name"],
        buyer_id=own["id"] if is_buyer else None,
        owner_ids=tuple(seller["owner_ids"]),
        price_list_ids=tuple(lists["all"]),
        candidate_lists=tuple((list_id, level) for list_id, level in lists["candidates"]),
        **rest,
    )


def principal_for_job(organisation_id: int) -> Principal | None:
    """Give the principal as which the worker acts for an organisation: as seller, or as buyer for a retailer.

    None when the organisation or one above it is inactive.
    """
    for capacity in (Capacity.SELLER, Capacity.BUYER):
        principal = build_principal(
            organisation_id, capacity, permissions=frozenset(Permission), actor="job", actor_name="Kontor"
        )
        if principal is not None:
            return principal
    return None
