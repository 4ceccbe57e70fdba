"""A second factor that is demanded of administrators, at single sign-on: who manages by an own role is one to it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from tests.accounts.test_step_up import demand
from tests.factories.seed import Seed
from tests.factories.world import Organisation
from tests.identity.conftest import Provider, come_in

pytestmark = pytest.mark.shared_database

GIVEN = "update membership set role = 'viewer', own_role = 'DESK' where organisation_id = :id and role = 'manager'"
MADE = "insert into own_role values (:id, 'DESK', 'Desk', 'viewer', '{orders:view}')"
RAISED = "update own_role set permissions = '{orders:view,people:manage}' where organisation_id = :id"


def test_who_manages_by_an_own_role_needs_two_proofs_like_an_administrator(
    app: Flask, seed: Seed, provider: Provider, north: Organisation
) -> None:
    person = provider.person("nora", "Kontor Sales")
    assert come_in(app.test_client(), provider, north, person).status_code == 302
    for statement in ("delete from group_role where organisation_id = :id", MADE, GIVEN):
        seed.run(text(statement), {"id": north.id})
    demand(seed, north.id, "administrators")
    assert come_in(app.test_client(), provider, north, person).status_code == 302
    seed.run(text(RAISED), {"id": north.id})
    assert come_in(app.test_client(), provider, north, person).status_code == 403
