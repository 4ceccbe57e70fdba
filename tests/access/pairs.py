"""What a row of the parity tables says; the tables themselves are in `parity/`, one a feature.

    "POST desk.confirm": by("confirm_order"),
    "GET stock.counts": without(FORM),

reads: what the screen `desk.confirm` does, the operation `confirm_order` does for programs; and `stock.counts` has none, for
that reason. `by` names all operations that it takes together to do what the screen does. What shows figures of several
features is paired with the operation of each.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass

SIGNING_IN = "a person proves who it is; programs have tokens"
OWN_SESSION = "a person's own browser sessions and password, which programs do not have"
OWN_DATA = "a person's right to what is kept about itself, which it uses itself; its organisation's part has operations"
OWN_INBOX = "a person's own messages and how it wants to be told; programs read what they tell of itself"
OWN_FACTORS = "what proves a person beside the password; a program that could change it would be a way around it"
OF_PEOPLE_ALONE = "what protects people's sign-ins is decided by a person who has just proven who it is"
OF_PROGRAMS = "a program that made programs or tokens would be a way around its own scopes and its own end"
ACTING = "a person works in a retailer's name after proving who it is; a program of the seller acts as the seller alone"
READERS_CHOICE = "how this browser shows pages: language, theme"
FORM = (
    "a form to fill in: what can be sent stands in the API's document, and the screen that takes it has its operation"
)
LOOK = "what a page looks like: style sheet, logo, preview"
FOR_MACHINES = "made for programs already: the API's own pages, tokens, health, files"
DEVELOPMENT = "mails that were not sent, on the developer's own machine alone"


@dataclass(frozen=True, slots=True)
class Pair:
    """The operations that do the same as a screen, or why there is none."""

    operations: tuple[str, ...] = ()
    reason: str = ""


def by(*operations: str) -> Pair:
    """Name the operations that together do what the screen does."""
    return Pair(operations=operations)


def without(reason: str) -> Pair:
    """Say why no operation does what the screen does."""
    return Pair(reason=reason)


Table = dict[str, Pair]
"""By "METHOD endpoint"."""


def tables() -> Iterator[tuple[str, Table]]:
    """Give every feature with its table."""
    from tests.access import parity

    for module in pkgutil.iter_modules(parity.__path__):
        yield module.name, importlib.import_module(f"tests.access.parity.{module.name}").SCREENS
