"""What features hang into the shell without editing each other: navigation entries and home cards.

A feature calls `navigation.add(...)` and `home_cards.add(...)` when its blueprint is registered. Adding the same key again
replaces it, so that several applications in one process (tests) do no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

Label = Any
"""A string or flask-babel's `lazy_gettext(...)`, which becomes the reader's language when it is shown."""


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """One line of the left column."""

    capacity: Capacity
    group: Label
    label: Label
    endpoint: str
    icon: str
    permission: Permission
    order: int
    badge: Callable[[Principal], int] | None = None
    """Counts what waits behind the entry; shown when above zero."""
    covers: tuple[str, ...] = ()
    """Blueprints whose pages belong to the entry though their addresses do not lie below its own."""


@dataclass(slots=True)
class Navigation:
    """All entries of all features."""

    entries: dict[tuple[Capacity, str], NavigationEntry] = field(default_factory=dict)

    def add(
        self,
        capacity: Capacity,
        group: Label,
        label: Label,
        endpoint: str,
        icon: str,
        permission: Permission,
        order: int,
        badge: Callable[[Principal], int] | None = None,
        covers: tuple[str, ...] = (),
    ) -> None:
        """Hang an entry into the column of a capacity; a group stands where its first entry's `order` puts it."""
        entry = NavigationEntry(capacity, group, label, endpoint, icon, permission, order, badge, covers)
        self.entries[capacity, endpoint] = entry

    def entries_for(self, principal: Principal) -> list[NavigationEntry]:
        """Give the entries the principal may open in its capacity, in order."""
        own = (e for e in self.entries.values() if e.capacity is principal.capacity and principal.may(e.permission))
        return sorted(own, key=lambda entry: (entry.order, entry.endpoint))


@dataclass(frozen=True, slots=True)
class HomeCard:
    """One card of a home page: what it loads and the template that shows it (given `card` and `data`)."""

    capacity: Capacity
    key: str
    order: int
    permission: Permission
    load: Callable[[Principal], Mapping[str, Any] | None]
    """Gives the template's data, or None when the card has nothing to say and stays away."""
    template: str


@dataclass(slots=True)
class HomeCards:
    """All cards of all features."""

    cards: dict[tuple[Capacity, str], HomeCard] = field(default_factory=dict)

    def add(
        self,
        capacity: Capacity,
        key: str,
        order: int,
        permission: Permission,
        load: Callable[[Principal], Mapping[str, Any] | None],
        template: str,
    ) -> None:
        """Put a card on the home page of a capacity."""
        self.cards[capacity, key] = HomeCard(capacity, key, order, permission, load, template)

    def load_for(self, principal: Principal) -> list[tuple[HomeCard, Mapping[str, Any]]]:
        """Load the cards the principal may see, in order, leaving out those with nothing to say."""
        own = (c for c in self.cards.values() if c.capacity is principal.capacity and principal.may(c.permission))
        loaded = ((card, card.load(principal)) for card in sorted(own, key=lambda card: (card.order, card.key)))
        return [(card, data) for card, data in loaded if data is not None]


navigation = Navigation()
home_cards = HomeCards()
