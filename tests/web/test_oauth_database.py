"""The token endpoint and bearer tokens on the real tables, through the walls."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from tenants.authentication import hash_token
from tenants.token_models import ApiClient
from tests.factories.organisations import make_token
from tests.factories.seed import Seed
from tests.factories.world import World

SECRET = "s" * 43
CHECK = {"lines": [{"article": "none", "quantity": 1}]}


@pytest.fixture
def anna_client(seed: Seed, world: World) -> Any:
    return seed.add(
        ApiClient,
        organisation_id=world.anna.id,
        client_id="anna-till",
        secret_hash=hash_token(SECRET),
        scopes=["buying:read"],
        name="Till",
    )


def ask(client: FlaskClient, secret: str = SECRET) -> TestResponse:
    basic = base64.b64encode(f"anna-till:{secret}".encode()).decode()
    return client.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )


def price_check(client: FlaskClient, token: str, capacity: str = "buying") -> TestResponse:
    return client.post(f"/api/v1/{capacity}/price-checks", json=CHECK, headers={"Authorization": f"Bearer {token}"})


def test_a_client_acts_for_its_organisation_and_only_in_its_capacity(client: FlaskClient, anna_client: Any) -> None:
    token = ask(client).get_json()["access_token"]
    assert price_check(client, token).status_code == 200
    assert price_check(client, token, "selling").status_code == 401
    assert price_check(client, token + "x").status_code == 401
    assert ask(client, "wrong").status_code == 401


def test_only_the_hash_of_a_token_is_kept(client: FlaskClient, seed: Seed, anna_client: Any) -> None:
    token = ask(client).get_json()["access_token"]
    [kept] = seed.run(text("select token_hash, expires_at - now() as life, scopes from api_token"))
    assert kept.token_hash == hash_token(token)
    assert 3590 <= kept.life.total_seconds() <= 3600
    assert kept.scopes == ["buying:read"]


@pytest.mark.parametrize("whose", ["anna", "north"])
def test_tokens_die_with_the_organisation_or_the_one_above_it(
    client: FlaskClient, seed: Seed, world: World, anna_client: Any, whose: str
) -> None:
    token = ask(client).get_json()["access_token"]
    inactive = text("update organisation set status = 'inactive' where id = :id returning id")
    seed.run(inactive, {"id": getattr(world, whose).id})
    assert price_check(client, token).status_code == 401
    assert ask(client).status_code == 401


def test_tokens_die_with_their_client(client: FlaskClient, seed: Seed, anna_client: Any) -> None:
    token = ask(client).get_json()["access_token"]
    seed.run(text("update api_client set revoked_at = now() where id = :id returning id"), {"id": anna_client.id})
    assert price_check(client, token).status_code == 401
    assert ask(client).status_code == 401


def test_a_refused_attempt_is_in_the_audit_log(client: FlaskClient, seed: Seed, world: World) -> None:
    token = make_token(seed, world.anna, "buying:write")
    assert price_check(client, token).status_code == 403
    [entry] = seed.run(text("select * from audit_entry where action = 'api.refused'"))
    assert (entry.organisation_id, entry.subject, entry.refused) == (world.anna.id, "POST /buying/price-checks", True)
    assert entry.actor.startswith("client:")
