"""`flask api-client create` and `flask user create`."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.accounts.passwords import verify_password
from tests.factories.organisations import make_organisation
from tests.factories.seed import Seed
from tests.factories.world import World

SCOPES = (
    "buying:read buying:write buying:admin selling:read selling:write selling:admin brand:read brand:admin brand:write"
)
CREATE_CLIENT = ["api-client", "create", "--organisation"]


def create_user(code: str, email: str, role: str = "buyer") -> list[str]:
    return ["user", "create", "--organisation", code, "--email", email, "--role", role, "--password-stdin"]


def test_a_client_gets_a_token_with_what_is_printed(app: Flask, client: FlaskClient, world: World) -> None:
    outcome = app.test_cli_runner().invoke(
        args=[*CREATE_CLIENT, world.north.code, "--scope", "selling:read buying:read"]
    )
    assert outcome.exit_code == 0
    printed = json.loads(outcome.stdout)
    assert set(printed) == {"client_id", "client_secret"}
    basic = b64encode(f"{printed['client_id']}:{printed['client_secret']}".encode()).decode()
    answer = client.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )
    assert answer.status_code == 200
    assert set(answer.get_json()["scope"].split()) == {"buying:read", "selling:read"}


@pytest.mark.parametrize(
    ("code", "scope", "sentence"),
    [
        ("NOPE", "buying:read", "There is no organisation NOPE."),
        ("NORTH", "everything", f"Scopes are: {SCOPES}."),
        ("NORTH", " ", f"Scopes are: {SCOPES}."),
    ],
)
def test_wrong_clients_are_refused_in_one_sentence(
    app: Flask, seed: Seed, code: str, scope: str, sentence: str
) -> None:
    north = make_organisation(seed, "NORTH", "manufacturer")
    make_organisation(seed, "SHOP", "retailer", make_organisation(seed, "WHOLE", "wholesaler", north))
    outcome = app.test_cli_runner().invoke(args=[*CREATE_CLIENT, code, "--scope", scope])
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (1, "", f"Error: {sentence}\n")
    assert seed.run(text("select count(*) from api_client"))[0][0] == 0


@pytest.mark.parametrize(
    ("code", "scope", "sentence"),
    [
        (
            *("NORTH", "buying:read buying:write selling:read"),
            "NORTH is a manufacturer, to which these scopes give nothing: buying:read, buying:write.\n",
        ),
        ("SHOP", "buying:read selling:read", "SHOP is a retailer, to which these scopes give nothing: selling:read.\n"),
        ("WHOLE", "brand:read", "WHOLE is a wholesaler, to which these scopes give nothing: brand:read.\n"),
        ("WHOLE", "buying:read selling:read", ""),
    ],
)
def test_scopes_that_give_nothing_are_named_beside_the_answer(
    app: Flask, seed: Seed, code: str, scope: str, sentence: str
) -> None:
    north = make_organisation(seed, "NORTH", "manufacturer")
    make_organisation(seed, "SHOP", "retailer", make_organisation(seed, "WHOLE", "wholesaler", north))
    outcome = app.test_cli_runner().invoke(args=[*CREATE_CLIENT, code, "--scope", scope])
    assert (outcome.exit_code, outcome.stderr) == (0, sentence)
    assert set(json.loads(outcome.stdout)) == {"client_id", "client_secret"}
    [(kept,)] = seed.run(text("select scopes from api_client"))
    assert sorted(kept) == sorted(scope.split())


def test_a_code_of_two_trees_is_named_with_its_root(app: Flask, seed: Seed) -> None:
    for root in ("ACME", "ZENIT"):
        make_organisation(seed, "SHOP", "wholesaler", make_organisation(seed, root, "manufacturer"))
    outcome = app.test_cli_runner().invoke(args=[*CREATE_CLIENT, "SHOP", "--scope", "buying:read"])
    assert outcome.stderr == ("Error: Several trees have an organisation SHOP; say which one: ACME/SHOP, ZENIT/SHOP.\n")
    assert app.test_cli_runner().invoke(args=[*CREATE_CLIENT, "ZENIT/SHOP", "--scope", "buying:read"]).exit_code == 0


def test_a_person_is_made_and_made_again_with_another_password(app: Flask, seed: Seed) -> None:
    make_organisation(seed, "ACME", "manufacturer")
    run = app.test_cli_runner()
    assert run.invoke(args=create_user("ACME", "Eva@acme.example"), input="tall-blue-horse\n").exit_code == 0
    again = run.invoke(args=create_user("ACME", "eva@acme.example", "admin"), input="small-red-house")
    assert json.loads(again.stdout) == {"organisation": "ACME", "email": "eva@acme.example", "role": "admin"}
    [(email, password_hash, role)] = seed.run(
        text("select u.email, u.password_hash, m.role from user_account u join membership m on m.user_id = u.id")
    )
    assert (email, role) == ("eva@acme.example", "admin")
    with app.app_context():
        assert verify_password(password_hash, "small-red-house")


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("eva@acme.example", "short", "Please use at least 8 characters."),
        ("eva@acme.example", "password1", "This password is on the lists that are tried first. Please choose another."),
        ("eva", "tall-blue-horse", "eva is not an e-mail address."),
    ],
)
def test_wrong_people_are_refused_in_one_sentence(
    app: Flask, seed: Seed, email: str, password: str, sentence: str
) -> None:
    make_organisation(seed, "ACME", "manufacturer")
    outcome = app.test_cli_runner().invoke(args=create_user("ACME", email), input=password)
    assert (outcome.exit_code, outcome.stderr) == (1, f"Error: {sentence}\n")
