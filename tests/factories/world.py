"""The world in which isolation is tested: two trees, and one shop with accounts at two wholesalers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from tests.factories.organisations import make_organisation, make_person
from tests.factories.seed import Seed

Organisation = Row[Any]


@dataclass(frozen=True, slots=True)
class World:
    """Everybody in it. `north`, `south` belong to manufacturer `acme`, `west` to `zenit`."""

    acme: Organisation
    zenit: Organisation
    north: Organisation
    south: Organisation
    west: Organisation
    sub: Organisation
    """A sub-distributor below north."""
    anna: Organisation
    bruno: Organisation
    """Retailers of north."""
    branch: Organisation
    """A branch of anna: buys from north."""
    clara: Organisation
    shop_south: Organisation
    """Retailers of south; shop_south and shop_west are the same people's shop at two wholesalers."""
    dora: Organisation
    shop_west: Organisation
    people: dict[str, Row[Any]]
    """By organisation code, in lower case: an admin each; `shop` works in shop_south and shop_west."""


def build_world(seed: Seed) -> World:
    """Make it and commit it."""
    acme = make_organisation(seed, "ACME", "manufacturer")
    zenit = make_organisation(seed, "ZENIT", "manufacturer")
    north = make_organisation(seed, "NORTH", "wholesaler", acme)
    south = make_organisation(seed, "SOUTH", "wholesaler", acme)
    west = make_organisation(seed, "WEST", "wholesaler", zenit)
    sub = make_organisation(seed, "SUB", "wholesaler", north)
    anna = make_organisation(seed, "ANNA", "retailer", north)
    bruno = make_organisation(seed, "BRUNO", "retailer", north)
    branch = make_organisation(seed, "BRANCH", "retailer", anna)
    clara = make_organisation(seed, "CLARA", "retailer", south)
    shop_south = make_organisation(seed, "SHOP-S", "retailer", south)
    dora = make_organisation(seed, "DORA", "retailer", west)
    shop_west = make_organisation(seed, "SHOP-W", "retailer", west)
    people = {
        row.code.lower(): make_person(seed, f"{row.code.lower()}@example.com", (row, "admin"))
        for row in (acme, zenit, north, south, west, sub, anna, bruno, branch, clara, dora)
    }
    people["shop"] = make_person(seed, "shop@example.com", (shop_south, "admin"), (shop_west, "admin"))
    return World(acme, zenit, north, south, west, sub, anna, bruno, branch, clara, shop_south, dora, shop_west, people)
