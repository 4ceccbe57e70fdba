"""Pure rules of single sign-on: roles of groups, what counts as two proofs, and what of an address counts."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from tenants.permissions import Role
from tenants.principal import Principal

_MIGHT: Final = (Role.ADMIN, Role.MANAGER, Role.APPROVER, Role.BUYER, Role.WAREHOUSE, Role.VIEWER)
_TWO_PROOFS: Final = frozenset({"mfa", "mca"})
_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("pwd", "pin", "kba"), "knows"),
    **dict.fromkeys(("otp", "sms", "tel", "hwk", "swk", "sc", "pop"), "has"),
    **dict.fromkeys(("face", "fpt", "iris", "retina", "vbm"), "is"),
}
"""Methods of RFC 8176 by what they prove."""
_DOMAIN: Final = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def role_of(groups: Collection[str], roles: Mapping[str, Role], default: Role | None) -> Role | None:
    """Give the mightiest role that the groups have, else the default; None: no way in."""
    granted = {roles[group] for group in groups if group in roles}
    return next((role for role in _MIGHT if role in granted), default)


def groups_decide(roles: Mapping[str, Role], default: Role | None) -> bool:
    """Tell whether the provider's groups decide who works here as what; otherwise it only says who somebody is."""
    return bool(roles) or default is not None


def proves_two(claims: Mapping[str, Any], required_acr: str) -> bool:
    """Tell whether a token says that more than one factor was asked for: by its class, or its methods (RFC 8176)."""
    if required_acr and claims.get("acr") == required_acr:
        return True
    methods = claims.get("amr")
    words = {word for word in methods if isinstance(word, str)} if isinstance(methods, list) else set()
    return bool(words & _TWO_PROOFS) or len({_KINDS[word] for word in words if word in _KINDS}) > 1


def read_domain(text: str) -> str | None:
    """Give a domain as it is compared (`Nordwind.Example.` → `nordwind.example`), None for anything else."""
    try:
        domain = text.strip().rstrip(".").removeprefix("@").lower().encode("idna").decode()
    except UnicodeError:
        return None
    return domain if _DOMAIN.fullmatch(domain) else None


def domain_of(email: str) -> str:
    """Give the domain of an e-mail address as it is compared; empty where there is none."""
    return read_domain(email.rpartition("@")[2]) or ""


def may_set_up(principal: Principal) -> bool:
    """Tell whether the principal is a person at a screen: who decides whom a provider lets in could make itself an administrator."""
    return principal.user_id is not None and not principal.program
