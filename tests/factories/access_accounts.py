"""What a seller keeps of its accounts, by its relation to the organisations whose requests are tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, text

from tenants.models import Invitation, OwnRole
from tenants.permissions import Role
from tests.factories.canaries import Canary
from tests.factories.organisations import make_person, make_price_group
from tests.factories.seed import Seed

_SELLERS = {"own": "NORTH", "sibling": "SOUTH", "parent": "ACME", "child": "SUB", "foreign": "WEST"}


_AROUND = {"own": "ANNA", "sibling": "BRUNO", "parent": "NORTH", "child": "BRANCH", "foreign": "DORA"}


def add_roles(seed: Seed, own: Row[Any]) -> Canary:
    """Let an organisation make a role and a spare one; gives who may read of them."""
    for sign in ("role", "spare"):
        code = f"{sign}-{own.code}"
        seed.add(OwnRole, organisation_id=own.id, code=code, name=code, like_role=Role.VIEWER, permissions=[])
    make_person(seed, f"desk@{own.code.lower()}.example", (own, Role.VIEWER))
    return Canary(rf"(role|spare)-{own.code}(?!\w)", frozenset({own.code}), f"roles of {own.code}")


def give_roles(seed: Seed) -> None:
    """Give each organisation's role to one of its people, and to those it invited into itself."""
    seed.run(
        text(
            "update membership m set own_role = r.code from own_role r, user_account u"
            " where r.organisation_id = m.organisation_id and r.code like 'role-%' and u.id = m.user_id"
            " and u.email like 'desk@%'"
        )
    )
    seed.run(
        text(
            "update invitation i set own_role = r.code from own_role r where r.organisation_id = i.organisation_id"
            " and r.code like 'role-%' and i.inviting_organisation_id = i.organisation_id"
        )
    )


def role_objects() -> dict[str, dict[str, Mapping[str, Any]]]:
    """Name a role that an organisation made, by its relation to north and to anna."""
    return {
        kind: {each: {"code": f"{sign}-{code}"} for each, code in {**codes, "missing": "NONE"}.items()}
        for kind, sign, codes in (
            ("own_role", "role", _SELLERS),
            ("spare_role", "spare", _SELLERS),
            ("buyers_spare_role", "spare", _AROUND),
        )
    }


def add_price_groups(seed: Seed, seller: Row[Any], organisations: Iterable[Row[Any]]) -> str:
    """Give a seller a price group with one of its buyers in it, and one that nothing uses; gives the former's code."""
    members = [row for row in organisations if row.seller_id == seller.id][-1:]
    make_price_group(seed, seller.id, f"FREE-{seller.code}")
    return make_price_group(seed, seller.id, f"GROUP-{seller.code}", *members)


def price_group_objects() -> dict[str, dict[str, Mapping[str, Any]]]:
    """Name a price group that is used and one that is free for each relation to north, as address and as choice."""
    kinds = {
        "price_group": ("code", "GROUP"),
        "price_group_into": ("into", "GROUP"),
        "free_price_group": ("code", "FREE"),
    }
    return {
        kind: {each: {name: f"{sign}-{code}"} for each, code in {**_SELLERS, "missing": "NONE"}.items()}
        for kind, (name, sign) in kinds.items()
    }


def add_invitation(seed: Seed, inviting: Row[Any], into: Row[Any]) -> int:
    """Invite somebody into an organisation; gives the invitation's number."""
    row = seed.add(
        Invitation,
        organisation_id=into.id,
        inviting_organisation_id=inviting.id,
        invited_by="Somebody",
        email=f"new{seed.number()}@{into.code.lower()}.example",
        role=Role.VIEWER,
        token_hash=uuid4().bytes,
        expires_at=datetime.now(UTC) + timedelta(days=7),
    )
    return int(row.id)


def invited_address(seed: Seed, invitation: int) -> str:
    """Give whom an invitation is for."""
    return str(seed.run(text("select email from invitation where id = :id"), {"id": invitation})[0][0])
