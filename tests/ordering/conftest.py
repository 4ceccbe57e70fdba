"""Who orders, approves and sells what waits for an approver."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Row

from tests.factories.approvals import (
    limit,
)
from tests.factories.organisations import make_person
from tests.factories.placing import sell
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def saw(seed: Seed, world: World) -> Row[Any]:
    """Let north sell a saw for 10.00, and anna's people order 50.00 alone."""
    limit(seed, world.anna, "50")
    return sell(seed, world.north, "SAW", "10.00", on_hand=100)


@pytest.fixture
def paula(seed: Seed, world: World) -> Row[Any]:
    """Give anna's buyer."""
    return make_person(seed, "paula@anna.example", (world.anna, "buyer"), name="Paula")


@pytest.fixture
def alex(seed: Seed, world: World) -> Row[Any]:
    """Give anna's approver."""
    return make_person(seed, "alex@anna.example", (world.anna, "approver"), name="Alex")
