"""What is assigned to a price group, which only other features know."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from flask import Flask, current_app

from tenants.permissions import Permission
from tenants.principal import Principal

_NAME = "uses_of_price_groups"


class Use(NamedTuple):
    """Something that is for a price group."""

    code: str
    name: str


Find = Callable[[Principal, str], Sequence[Use]]


def uses_by(app: Flask, kind: str, find: Find) -> None:
    """Let a feature answer for what it assigns: `find` is given the seller's principal and the group's code."""
    app.extensions.setdefault(_NAME, {})[kind] = find


def find_uses(principal: Principal, code: str) -> Mapping[str, Sequence[Use]]:
    """Give by kind (`price_lists`, `promotions`, `segments`) what is assigned to the group; nothing to who sees no prices."""
    if not principal.may(Permission.PRICES_VIEW):
        return {}
    finders: Mapping[str, Find] = current_app.extensions[_NAME]
    return {kind: find(principal, code) for kind, find in finders.items()}
