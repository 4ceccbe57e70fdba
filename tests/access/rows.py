"""What a row of the access matrix says; the tables themselves are in `matrix/`, one a feature.

A row states who may send a request and what comes back, independently of what the code declares:

    selling("desk.confirm", "POST", MANAGERS, 302, order_number="received")

reads: acting as the seller `north`, administrators and managers are answered 302 for an order that north received, everybody
else in north 403; organisations that do not sell, and every order that is not north's, 404; strangers are led to the sign-in.
`finds` names the relations that count as own. Values of `form`, `query` and `body` may hold `{name}` of an object as well.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tenants.permissions import Capacity, Role, Scope

EVERY_ROLE = frozenset(Role)
ADMINS = frozenset({Role.ADMIN})
MANAGERS = frozenset({Role.ADMIN, Role.MANAGER})
ORDERING = frozenset({Role.ADMIN, Role.MANAGER, Role.BUYER, Role.APPROVER})
APPROVING = frozenset({Role.ADMIN, Role.MANAGER, Role.APPROVER})
SHIPPING = frozenset({Role.ADMIN, Role.MANAGER, Role.WAREHOUSE})
NOT_WAREHOUSE = EVERY_ROLE - {Role.WAREHOUSE}
"""Everybody who sees prices."""

ACTORS = {Capacity.SELLER: "NORTH", Capacity.BUYER: "ANNA", Capacity.BRAND_OWNER: "ACME"}
OUTSIDERS = {Capacity.SELLER: ("ANNA",), Capacity.BUYER: ("ACME",), Capacity.BRAND_OWNER: ("NORTH", "ANNA")}
"""Organisations that do not act in the capacity: for them the address does not exist."""


@dataclass(frozen=True, slots=True)
class Row:
    """One method of one route, or one operation of the API."""

    endpoint: str
    method: str
    gives: int
    """The status for who may."""
    allowed: frozenset[Role] = EVERY_ROLE
    capacity: Capacity | None = None
    """None: not bound to one; tried as north."""
    is_public: bool = False
    scope: Scope | None = None
    """Set for operations of the API alone."""
    objects: Mapping[str, str] = field(default_factory=dict)
    """What the request names, each by its kind in AccessWorld.objects."""
    finds: frozenset[str] = frozenset({"own"})
    absent: int = 404
    """The status for an object that is not there."""
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    """Fixed values of the address, where they are no tenant's object."""

    @property
    def actor(self) -> str:
        """The organisation whose requests are tried."""
        return ACTORS[self.capacity or Capacity.SELLER]

    @property
    def is_safe(self) -> bool:
        """Whether the request only reads."""
        return self.method == "GET"

    def __str__(self) -> str:
        """Name the row."""
        return f"{self.method} {self.endpoint}"


def _screen(
    capacity: Capacity | None,
    endpoint: str,
    method: str,
    allowed: frozenset[Role],
    gives: int = 200,
    *,
    finds: tuple[str, ...] = ("own",),
    **rest: Any,
) -> Row:
    known = {name: rest.pop(name) for name in ("query", "form", "body", "headers", "absent", "path") if name in rest}
    return Row(endpoint, method, gives, allowed, capacity=capacity, objects=rest, finds=frozenset(finds), **known)


def selling(endpoint: str, method: str, allowed: frozenset[Role], gives: int = 200, **rest: Any) -> Row:
    """State a screen of sellers."""
    return _screen(Capacity.SELLER, endpoint, method, allowed, gives, **rest)


def buying(endpoint: str, method: str, allowed: frozenset[Role], gives: int = 200, **rest: Any) -> Row:
    """State a screen of buyers."""
    return _screen(Capacity.BUYER, endpoint, method, allowed, gives, **rest)


def branding(endpoint: str, method: str, allowed: frozenset[Role], gives: int = 200, **rest: Any) -> Row:
    """State a screen of brand owners."""
    return _screen(Capacity.BRAND_OWNER, endpoint, method, allowed, gives, **rest)


def anywhere(endpoint: str, method: str, allowed: frozenset[Role] = EVERY_ROLE, gives: int = 200, **rest: Any) -> Row:
    """State a screen of the own organisation or person, whatever it acts as."""
    return _screen(None, endpoint, method, allowed, gives, **rest)


def public(endpoint: str, method: str, gives: int = 200, **rest: Any) -> Row:
    """State a page that strangers see too."""
    known = {name: rest.pop(name) for name in ("query", "form", "absent", "path") if name in rest}
    return Row(endpoint, method, gives, is_public=True, objects=rest, **known)


def api(
    name: str, method: str, scope: Scope, gives: int = 200, *, finds: tuple[str, ...] = ("own",), **rest: Any
) -> Row:
    """State an operation of the API: every client of an organisation in its capacity with the scope, and nobody else."""
    area = scope.value.partition(":")[0]
    capacity = {"selling": Capacity.SELLER, "buying": Capacity.BUYER, "brand": Capacity.BRAND_OWNER}[area]
    known = {key: rest.pop(key) for key in ("query", "body", "headers", "absent", "path") if key in rest}
    return Row(
        f"api.{name}", method, gives, capacity=capacity, scope=scope, objects=rest, finds=frozenset(finds), **known
    )


def tables() -> Iterator[tuple[str, tuple[Row, ...]]]:
    """Give every feature with its table."""
    from tests.access import matrix

    for module in pkgutil.iter_modules(matrix.__path__):
        yield module.name, importlib.import_module(f"tests.access.matrix.{module.name}").ROWS


def every_row() -> list[Row]:
    """Give all rows."""
    return [row for _, rows in tables() for row in rows]
