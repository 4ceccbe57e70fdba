"""What a person or client may do: permissions, the roles that carry them, and the scopes of API clients."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Capacity(StrEnum):
    """In which position of the trading edge an organisation acts; each has a database role of its own."""

    SELLER = "seller"
    BUYER = "buyer"
    BRAND_OWNER = "brand_owner"


class Role(StrEnum):
    """What a person is in one organisation (`users.csv`, column role)."""

    ADMIN = "admin"
    MANAGER = "manager"
    BUYER = "buyer"
    APPROVER = "approver"
    WAREHOUSE = "warehouse"
    VIEWER = "viewer"


class Permission(StrEnum):
    """One act, named `area:action`; every route and API operation declares exactly one."""

    ORGANISATION_VIEW = "organisation:view"
    ORGANISATION_MANAGE = "organisation:manage"
    PEOPLE_VIEW = "people:view"
    PEOPLE_MANAGE = "people:manage"
    ACCOUNTS_VIEW = "accounts:view"
    ACCOUNTS_MANAGE = "accounts:manage"
    ACCOUNTS_ACT = "accounts:act"
    """Work for a while in an own retailer's name."""
    CATALOGUE_VIEW = "catalogue:view"
    CATALOGUE_MANAGE = "catalogue:manage"
    PRICES_VIEW = "prices:view"
    PRICES_MANAGE = "prices:manage"
    STOCK_VIEW = "stock:view"
    STOCK_MANAGE = "stock:manage"
    ORDERS_VIEW = "orders:view"
    ORDERS_PLACE = "orders:place"
    ORDERS_APPROVE = "orders:approve"
    """Decide about orders that are larger than who asked for them may place alone."""
    ORDERS_MANAGE = "orders:manage"
    ORDERS_SHIP = "orders:ship"
    FIGURES_VIEW = "figures:view"
    CHANNEL_VIEW = "channel:view"
    OPERATIONS_MANAGE = "operations:manage"
    """See what waits or failed behind the screens of the own channel, and try it again."""
    FUNDING_MANAGE = "funding:manage"
    """Offer wholesalers money for promotions, and settle what they claim."""
    SUPPORT_VIEW = "support:view"
    SUPPORT_ASK = "support:ask"
    """Ask the seller of the organisation, and write on."""
    SUPPORT_MANAGE = "support:manage"
    """Answer what customers ask, and pass it up; as a manufacturer, answer what is passed up."""
    LOYALTY_MANAGE = "loyalty:manage"
    """Make the points programme and book points by hand."""


_VIEWING = frozenset(permission for permission in Permission if permission.value.endswith(":view"))

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.MANAGER: frozenset(Permission) - {Permission.PEOPLE_MANAGE, Permission.ORGANISATION_MANAGE},
    Role.BUYER: _VIEWING - {Permission.PEOPLE_VIEW} | {Permission.ORDERS_PLACE, Permission.SUPPORT_ASK},
    Role.APPROVER: _VIEWING - {Permission.PEOPLE_VIEW}
    | {Permission.ORDERS_PLACE, Permission.ORDERS_APPROVE, Permission.SUPPORT_ASK},
    Role.WAREHOUSE: frozenset(
        {
            Permission.ORGANISATION_VIEW,
            Permission.CATALOGUE_VIEW,
            Permission.STOCK_VIEW,
            Permission.STOCK_MANAGE,
            Permission.ORDERS_VIEW,
            Permission.ORDERS_SHIP,
        }
    ),
    Role.VIEWER: _VIEWING - {Permission.PEOPLE_VIEW},
}

KIND_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "manufacturer": frozenset(Permission)
    - {Permission.ORDERS_PLACE, Permission.ORDERS_APPROVE, Permission.SUPPORT_ASK},
    "wholesaler": frozenset(Permission)
    - {Permission.CHANNEL_VIEW, Permission.OPERATIONS_MANAGE, Permission.FUNDING_MANAGE},
    "retailer": frozenset(
        {
            Permission.ORGANISATION_VIEW,
            Permission.ORGANISATION_MANAGE,
            Permission.PEOPLE_VIEW,
            Permission.PEOPLE_MANAGE,
            Permission.CATALOGUE_VIEW,
            Permission.PRICES_VIEW,
            Permission.ORDERS_VIEW,
            Permission.ORDERS_PLACE,
            Permission.ORDERS_APPROVE,
            Permission.SUPPORT_VIEW,
            Permission.SUPPORT_ASK,
        }
    ),
}
"""What there is to be done in an organisation of a kind; the own roles that it makes are of these."""


def known_permissions(words: Iterable[str]) -> frozenset[Permission]:
    """Give the permissions that the words name; those that name none are left out."""
    named = set(words)
    return frozenset(permission for permission in Permission if permission in named)


def carried_permissions(role: Role, listed: Iterable[str] | None) -> frozenset[Permission]:
    """Give what a person in that role may: `listed` by the own role that it has, else what the built-in role carries."""
    if listed is None:
        return ROLE_PERMISSIONS[role]
    return known_permissions(listed)


ACTING_PERMISSIONS = frozenset(
    {
        Permission.ORGANISATION_VIEW,
        Permission.CATALOGUE_VIEW,
        Permission.PRICES_VIEW,
        Permission.STOCK_VIEW,
        Permission.ORDERS_VIEW,
        Permission.ORDERS_PLACE,
        Permission.SUPPORT_VIEW,
        Permission.SUPPORT_ASK,
    }
)
"""The most that whoever acts on behalf of a retailer may: trade, and nothing about people, settings or what it shares."""


class Scope(StrEnum):
    """What an API client was granted (CONTRACT: `buying:read` and its siblings)."""

    BUYING_READ = "buying:read"
    BUYING_WRITE = "buying:write"
    BUYING_ADMIN = "buying:admin"
    """The own organisation, its people and what they may order, where it buys."""
    SELLING_READ = "selling:read"
    SELLING_WRITE = "selling:write"
    SELLING_ADMIN = "selling:admin"
    """The own organisation, its people and what it shares, where it sells."""
    BRAND_READ = "brand:read"
    BRAND_ADMIN = "brand:admin"
    """Work behind the screens of the own channel, and what is proposed to wholesalers."""
    BRAND_WRITE = "brand:write"
    """What is offered to wholesalers, the claims on it, and answers to what they pass up."""


SCOPE_CAPACITY: dict[Scope, Capacity] = {
    Scope.BUYING_READ: Capacity.BUYER,
    Scope.BUYING_WRITE: Capacity.BUYER,
    Scope.BUYING_ADMIN: Capacity.BUYER,
    Scope.SELLING_READ: Capacity.SELLER,
    Scope.SELLING_WRITE: Capacity.SELLER,
    Scope.SELLING_ADMIN: Capacity.SELLER,
    Scope.BRAND_READ: Capacity.BRAND_OWNER,
    Scope.BRAND_ADMIN: Capacity.BRAND_OWNER,
    Scope.BRAND_WRITE: Capacity.BRAND_OWNER,
}

# People are a scope of their own: whoever let a program read or place orders did not let it see or invite people.
_ADMINISTRATION = frozenset({Permission.ORGANISATION_MANAGE, Permission.PEOPLE_VIEW, Permission.PEOPLE_MANAGE})

SCOPE_PERMISSIONS: dict[Scope, frozenset[Permission]] = {
    Scope.BUYING_READ: frozenset(
        {
            Permission.ORGANISATION_VIEW,
            Permission.CATALOGUE_VIEW,
            Permission.PRICES_VIEW,
            Permission.ORDERS_VIEW,
            Permission.SUPPORT_VIEW,
        }
    ),
    Scope.BUYING_WRITE: frozenset({Permission.ORDERS_PLACE, Permission.SUPPORT_ASK}),
    Scope.BUYING_ADMIN: _ADMINISTRATION | {Permission.ORDERS_APPROVE},
    Scope.SELLING_READ: frozenset(
        {
            Permission.ORGANISATION_VIEW,
            Permission.ACCOUNTS_VIEW,
            Permission.CATALOGUE_VIEW,
            Permission.PRICES_VIEW,
            Permission.STOCK_VIEW,
            Permission.ORDERS_VIEW,
            Permission.FIGURES_VIEW,
            Permission.SUPPORT_VIEW,
        }
    ),
    Scope.SELLING_WRITE: frozenset(
        {
            Permission.ACCOUNTS_MANAGE,
            Permission.CATALOGUE_MANAGE,
            Permission.PRICES_MANAGE,
            Permission.STOCK_MANAGE,
            Permission.ORDERS_MANAGE,
            Permission.ORDERS_SHIP,
            Permission.SUPPORT_MANAGE,
            Permission.LOYALTY_MANAGE,
        }
    ),
    Scope.SELLING_ADMIN: _ADMINISTRATION,
    Scope.BRAND_READ: frozenset({Permission.CHANNEL_VIEW, Permission.SUPPORT_VIEW}),
    Scope.BRAND_ADMIN: frozenset({Permission.ORGANISATION_MANAGE, Permission.OPERATIONS_MANAGE}),
    Scope.BRAND_WRITE: frozenset({Permission.FUNDING_MANAGE, Permission.SUPPORT_MANAGE}),
}
