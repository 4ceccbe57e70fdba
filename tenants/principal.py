"""Who acts, for which organisation, in which capacity: the first argument of every service and query function."""

from __future__ import annotations

from dataclasses import dataclass, field

from tenants.errors import PermissionDenied
from tenants.permissions import Capacity, Permission, Role


@dataclass(frozen=True, slots=True)
class Principal:
    """One acting party in one capacity; built by `tenants.authentication`, for jobs and commands too."""

    organisation_id: int
    organisation_code: str
    organisation_name: str
    root_id: int
    capacity: Capacity
    permissions: frozenset[Permission]
    currency: str
    """The seller's currency (ISO 4217): what every amount of this principal's trade is in."""
    time_zone: str
    """The seller's time zone (IANA name): what says which day "today" is."""
    locale: str
    actor: str
    """`user:12`, `client:3` or `job`: who acts, for audit entries, baskets and idempotency keys."""
    actor_name: str
    seller_id: int | None = None
    """The seller whose trade data are touched: the organisation itself as seller, its one seller as buyer."""
    buyer_id: int | None = None
    """The organisation itself as buyer, otherwise None."""
    owner_ids: tuple[int, ...] = ()
    """Organisations whose products the seller may list: itself and its ancestors."""
    price_list_ids: tuple[int, ...] = ()
    """As buyer: candidate price lists and the lists they are derived from; the database policy uses them."""
    candidate_lists: tuple[tuple[int, int], ...] = ()
    """As buyer: today's candidate price lists in deciding order, each with its level (1 account, 2 group, 3 everyone)."""
    user_id: int | None = None
    role: Role | None = None
    own_role: str = ""
    """Code of the own role of its organisation that a person has instead of the built-in one."""
    role_permissions: frozenset[Permission] = frozenset()
    """Of a person: what its role carries, whatever the way it came; the bound of what it may grant."""
    organisation_kind: str = ""
    address: str = ""
    """Network address the request came from, for audit entries."""
    request_id: str = ""
    session_id: int | None = None
    """The browser session of a person, for audit entries."""
    program: str = ""
    """The program by which a person acts, for audit entries: `client:3` or `personal_token:4`."""
    actor_organisation_id: int | None = None
    """Where the person belongs, if it acts on behalf of the organisation."""
    seller_name: str = ""
    scopes: frozenset[str] = field(default_factory=frozenset)

    @property
    def caller(self) -> str:
        """Who sends the requests, by which they are counted and their keys kept apart: a person by each program for itself."""
        return f"{self.actor} {self.program}" if self.program else self.actor

    def may(self, permission: Permission) -> bool:
        """Tell whether the permission is held."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Refuse when the permission is not held.

        Raises:
            PermissionDenied: the permission is missing.
        """
        if permission not in self.permissions:
            raise PermissionDenied(permission)

    def selling(self) -> int:
        """Give the seller's id, refusing any capacity but seller.

        Raises:
            PermissionDenied: the principal does not act as a seller.
        """
        if self.capacity is not Capacity.SELLER or self.seller_id is None:
            raise PermissionDenied(Capacity.SELLER)
        return self.seller_id

    def buying(self) -> tuple[int, int]:
        """Give (seller id, buyer id), refusing any capacity but buyer.

        Raises:
            PermissionDenied: the principal does not act as a buyer.
        """
        if self.capacity is not Capacity.BUYER or self.seller_id is None or self.buyer_id is None:
            raise PermissionDenied(Capacity.BUYER)
        return self.seller_id, self.buyer_id

    def trading_seller(self) -> int:
        """Give the seller's id on either side of the edge.

        Raises:
            PermissionDenied: the principal acts on no trading edge.
        """
        if self.seller_id is None:
            raise PermissionDenied(Capacity.SELLER)
        return self.seller_id

    def owning(self) -> int:
        """Give the brand owner's id, refusing any capacity but brand owner.

        Raises:
            PermissionDenied: the principal does not act as a brand owner.
        """
        if self.capacity is not Capacity.BRAND_OWNER:
            raise PermissionDenied(Capacity.BRAND_OWNER)
        return self.organisation_id
