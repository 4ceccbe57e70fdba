"""What a person loses, its programs lose at once; what an organisation comes to demand holds for them too."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from tenants.models import Proof
from tenants.token_models import ClientKind
from tests.factories.organisations import PASSWORD, make_person, sign_in
from tests.factories.programs import make_client, make_grant, make_personal_token
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.oauth.conftest import Program, error_of, make_program, place_order, price_check

pytestmark = pytest.mark.shared_database

_OWN = "organisation_id = (select id from organisation where code = 'ANNA')"


def test_a_role_that_a_person_loses_its_programs_lose(app: Flask, program: Program, seed: Seed, world: World) -> None:
    tokens = [program.allowed()["access_token"], make_personal_token(seed, world.anna, world.people["anna"])[1]]
    assert [place_order(program.machine, token) for token in tokens] == [422, 422]
    seed.run(text("update membership set role = 'viewer' where user_id = :id"), {"id": world.people["anna"].id})
    assert [place_order(program.machine, token) for token in tokens] == [403, 403]
    assert [price_check(program.machine, token) for token in tokens] == [200, 200]


@pytest.mark.parametrize(
    "lost",
    [
        f"update membership set status = 'inactive' where {_OWN}",
        "update user_account set status = 'inactive' where email = 'anna@example.com'",
        "update organisation set status = 'inactive' where code = 'ANNA'",
        "update organisation set status = 'inactive' where code = 'NORTH'",
        "update api_grant set expires_at = now(); update personal_token set expires_at = now()",
        "update api_grant set revoked_at = now(); update personal_token set revoked_at = now()",
        "insert into sign_in_policy (organisation_id, second_factor) values (:own, 'everybody')",
    ],
)
def test_whoever_no_longer_gets_in_has_no_program_that_does(
    program: Program, seed: Seed, world: World, lost: str
) -> None:
    got, own = program.allowed(), make_personal_token(seed, world.anna, world.people["anna"])[1]
    assert [price_check(program.machine, token) for token in (got["access_token"], own)] == [200, 200]
    for statement in lost.split("; "):
        seed.run(text(statement), {"own": world.anna.id} if ":own" in statement else None)
    assert [price_check(program.machine, token) for token in (got["access_token"], own)] == [401, 401]
    assert program.refresh(got["refresh_token"]).status_code in {400, 401}


def test_two_proofs_hold_where_two_are_demanded(app: Flask, seed: Seed, world: World) -> None:
    seed.run(
        text(
            "insert into sign_in_policy (organisation_id, second_factor) values (:id, 'administrators')"
            " on conflict (organisation_id) do update set second_factor = 'administrators'"
        ),
        {"id": world.anna.id},
    )
    admin, buyer = world.people["anna"], make_person(seed, f"b{seed.number()}@example.com", (world.anna, "buyer"))
    tokens = {
        "one": make_personal_token(seed, world.anna, admin)[1],
        "two": make_personal_token(seed, world.anna, admin, proof=Proof.PASSKEY)[1],
        "of a buyer": make_personal_token(seed, world.anna, buyer)[1],
    }
    got = {name: price_check(app.test_client(), token) for name, token in tokens.items()}
    assert got == {"one": 401, "two": 200, "of a buyer": 200}


def test_what_a_providers_session_gave_ends_with_the_provider(app: Flask, seed: Seed, world: World) -> None:
    token = make_personal_token(
        seed, world.anna, world.people["anna"], proof=Proof.SINGLE_SIGN_ON, provider_id=world.anna.id
    )[1]
    assert price_check(app.test_client(), token) == 401
    seed.run(
        text(
            "insert into identity_provider (organisation_id, issuer, client_id, sealed_secret, is_enabled)"
            " values (:id, 'https://login.example', 'kontor', '', true) on conflict (organisation_id)"
            " do update set is_enabled = true"
        ),
        {"id": world.anna.id},
    )
    assert price_check(app.test_client(), token) == 200
    seed.run(text("update identity_provider set is_enabled = false"))
    assert price_check(app.test_client(), token) == 401


def test_who_is_let_in_again_begins_with_nothing(program: Program, app: Flask, seed: Seed, world: World) -> None:
    buyer = make_person(seed, f"again{seed.number()}@example.com", (world.anna, "buyer"))
    grant = make_grant(seed, make_client(seed, world.anna), buyer)
    token = make_personal_token(seed, world.anna, buyer)[1]
    assert price_check(app.test_client(), token) == 200
    for act in ("deactivate", "reactivate"):
        assert program.browser.post(f"/organisation/people/{buyer.id}/{act}").status_code == 302
    assert price_check(app.test_client(), token) == 401
    [(ended,)] = seed.run(text("select revoked_at is not null from api_grant where id = :id"), {"id": grant.id})
    assert ended


def test_a_new_password_ends_what_was_given_to_programs(app: Flask, seed: Seed, world: World) -> None:
    person = make_person(seed, f"pass{seed.number()}@example.com", (world.anna, "admin"))
    browser = sign_in(seed, app.test_client(), person, world.anna)
    token = make_personal_token(seed, world.anna, person)[1]
    new = "another horse battery staple"
    form = {"old_password": PASSWORD, "password": new, "password_again": new}
    assert browser.post("/your-account/password", data=form).status_code == 302
    assert price_check(app.test_client(), token) == 401


def test_who_works_elsewhere_gives_nothing_to_the_former_organisations_programs(
    app: Flask, seed: Seed, world: World
) -> None:
    """Somebody works for two organisations: what it allows counts where it works at that moment."""
    client = make_client(seed, world.shop_south)
    browser = sign_in(seed, app.test_client(), world.people["shop"], world.shop_west)
    program = Program(client, browser, app.test_client(use_cookies=False))
    assert program.ask().status_code == 400
    program.browser = sign_in(seed, app.test_client(), world.people["shop"], world.shop_south)
    token = program.allowed()["access_token"]
    assert price_check(program.machine, token) == 200
    seed.run(text("update membership set status = 'inactive' where organisation_id = :id"), {"id": world.shop_south.id})
    assert price_check(program.machine, token) == 401
    assert error_of(program.tokens("x"))[0] == 400


def test_keys_of_several_programs_of_a_person_are_kept_apart(app: Flask, seed: Seed, world: World) -> None:
    """The same idempotency key of two programs of one person names two requests."""
    one = make_program(app, seed, world, ClientKind.WEB)
    tokens = [one.allowed()["access_token"], make_personal_token(seed, world.anna, world.people["anna"])[1]]
    for token, quantity in zip(tokens, (1, 2), strict=True):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "same"}
        body = {"lines": [{"article": "none", "quantity": quantity}]}
        answer = one.machine.post("/api/v1/buying/orders", json=body, headers=headers)
        assert answer.get_json(force=True)["type"] != "/problems/idempotency-key-reused"
