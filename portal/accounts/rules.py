"""Pure rules: who may grant which role, and codes and addresses made from names."""

from __future__ import annotations

import re
import secrets
import unicodedata

from tenants.permissions import KIND_PERMISSIONS, ROLE_PERMISSIONS, Permission, Role
from tenants.principal import Principal

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_CODE_LENGTH = 16
_RANDOM_LETTERS = 4
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_SLUG_LENGTH = 48


def granting_permissions(principal: Principal) -> frozenset[Permission]:
    """Give what bounds the roles the principal may grant: its own role's permissions.

    A program counts as a manager at most, so that none ever makes an administrator or somebody who may as much, nor
    changes one: an API client, which has no role, where it may manage accounts or people; and one by which a person acts.
    """
    if principal.role is not None:
        carried = principal.role_permissions
        return carried & ROLE_PERMISSIONS[Role.MANAGER] if principal.program else carried
    if principal.may(Permission.ACCOUNTS_MANAGE) or principal.may(Permission.PEOPLE_MANAGE):
        return ROLE_PERMISSIONS[Role.MANAGER]
    return principal.permissions


def may_give(principal: Principal, permissions: frozenset[Permission]) -> bool:
    """Tell whether the principal's role carries all of the permissions that there are in its kind of organisation."""
    there = KIND_PERMISSIONS.get(principal.organisation_kind, permissions)
    return permissions & there <= granting_permissions(principal)


def may_grant(principal: Principal, role: Role) -> bool:
    """Tell whether the role may do nothing that the principal's own may not."""
    return may_give(principal, ROLE_PERMISSIONS[role])


def grantable_roles(principal: Principal) -> list[Role]:
    """Give the roles the principal may grant, the mightiest first."""
    return [role for role in Role if may_grant(principal, role)]


def propose_code(name: str) -> str:
    """Give a code made from a name: `Werkstatt Anna Kühn` → `WERKSTATT-ANNA-7KQ2`.

    It always has a random part: a number that counts up would tell that somebody else in the channel serves that name.
    """
    words = re.findall(r"[A-Z0-9]+", _plain(name).upper())
    code = ""
    for word in words:
        longer = f"{code}-{word}" if code else word[:_CODE_LENGTH]
        if len(longer) > _CODE_LENGTH:
            break
        code = longer
    return f"{code or 'ACCOUNT'}-{''.join(secrets.choice(_LETTERS) for _ in range(_RANDOM_LETTERS))}"


def propose_slug(name: str) -> str:
    """Give the public part of an address made from a name: `Nordwind Großhandel` → `nordwind-grosshandel`."""
    return "-".join(re.findall(r"[a-z0-9]+", _plain(name).lower()))[:_SLUG_LENGTH].strip("-") or "account"


def describe_device(user_agent: str) -> tuple[str, str]:
    """Give (browser, system) as people call them; empty where the text tells nothing."""
    browsers = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = (
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    )
    browser = next((name for sign, name in browsers if f"{sign}/" in user_agent), "")
    return browser, next((name for sign, name in systems if sign in user_agent), "")


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKD", name.translate(_GERMAN)).encode("ascii", "ignore").decode()
