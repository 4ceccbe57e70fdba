"""People of the own organisation: roles, deactivation, and what nobody may do to those above."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.accounts.test_second_factor import give_app
from tests.factories.audit import LOG
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World


def membership(seed: Seed, email: str) -> tuple[str, str]:
    """Give role and status of a person that works in one organisation."""
    [row] = seed.run(
        text(
            "select m.role, m.status from membership m join user_account u on u.id = m.user_id where u.email = :email"
        ),
        {"email": email},
    )
    return row.role, row.status


def test_a_changed_role_counts_at_the_next_request(app: Flask, world: World, seed: Seed) -> None:
    admin = sign_in(seed, app.test_client(), world.people["north"], world.north)
    person = make_person(seed, "pia@example.com", (world.north, "viewer"))
    pia = sign_in(seed, app.test_client(), person, world.north)
    assert pia.get("/selling/accounts/new").status_code == 403
    assert admin.post(f"/organisation/people/{person.id}/role", data={"role": "manager"}).status_code == 302
    assert pia.get("/selling/accounts/new").status_code == 200
    [entry] = seed.run(text(f"select subject, before, after from {LOG} where action = 'person.role_changed'"))
    assert tuple(entry) == ("pia@example.com", {"role": "viewer"}, {"role": "manager"})


def test_a_deactivated_person_is_out_at_the_next_request_and_works_on_elsewhere(
    app: Flask, world: World, seed: Seed
) -> None:
    admin = sign_in(seed, app.test_client(), world.people["north"], world.north)
    person = make_person(seed, "pia@example.com", (world.north, "viewer"))
    both = make_person(seed, "both@example.com", (world.north, "viewer"), (world.south, "viewer"))
    browsers = [sign_in(seed, app.test_client(), who, world.north) for who in (person, both)]
    for who in (person, both):
        assert admin.post(f"/organisation/people/{who.id}/deactivate").status_code == 302
    assert browsers[0].get("/selling/").headers["Location"].startswith("/sign-in")
    page = browsers[1].get("/selling/").get_data(as_text=True)
    assert "SOUTH name" in page
    assert "NORTH name" not in page
    assert admin.post(f"/organisation/people/{person.id}/reactivate").status_code == 302
    assert browsers[0].get("/selling/").status_code == 200


def test_the_last_administrator_stays(app: Flask, world: World, seed: Seed) -> None:
    own = world.people["north"]
    admin = sign_in(seed, app.test_client(), own, world.north)
    admin.post(f"/organisation/people/{own.id}/deactivate")
    admin.post(f"/organisation/people/{own.id}/role", data={"role": "viewer"})
    assert "This is the last administrator" in admin.get("/organisation/people/").get_data(as_text=True)
    assert membership(seed, "north@example.com") == ("admin", "active")
    make_person(seed, "second@example.com", (world.north, "admin"))
    admin.post(f"/organisation/people/{own.id}/role", data={"role": "viewer"})
    assert membership(seed, "north@example.com") == ("viewer", "active")


def test_foreign_people_are_not_found(app: Flask, world: World, seed: Seed) -> None:
    admin = sign_in(seed, app.test_client(), world.people["north"], world.north)
    for who in ("anna", "south", "clara", "acme"):
        number = world.people[who].id
        for path, data in (("role", {"role": "viewer"}), ("deactivate", {}), ("reactivate", {})):
            assert admin.post(f"/organisation/people/{number}/{path}", data=data).status_code == 404
        assert membership(seed, f"{who}@example.com") == ("admin", "active")


@pytest.mark.parametrize("role", ["manager", "buyer", "approver", "warehouse", "viewer"])
def test_only_administrators_manage_people(app: Flask, world: World, seed: Seed, role: str) -> None:
    person = make_person(seed, "pia@example.com", (world.anna, role))
    client = sign_in(seed, app.test_client(), person, world.anna)
    number = world.people["anna"].id
    assert client.get("/organisation/people/").status_code == (200 if role == "manager" else 403)
    for path in (f"{number}/role", f"{number}/deactivate", f"{number}/reactivate", "invitations"):
        assert client.post(f"/organisation/people/{path}", data={"role": "viewer"}).status_code == 403
    assert membership(seed, "anna@example.com") == ("admin", "active")


@pytest.mark.parametrize("who", ["acme", "north", "anna"])
def test_every_kind_of_organisation_invites_its_own_people(app: Flask, world: World, seed: Seed, who: str) -> None:
    client = sign_in(seed, app.test_client(), world.people[who], getattr(world, who))
    data = {"email": "pia@example.com", "name": "Pia", "role": "manager"}
    assert client.post("/organisation/people/invitations", data=data).status_code == 302
    assert "pia@example.com" in client.get("/organisation/people/").get_data(as_text=True)
    [row] = seed.run(text("select id, organisation_id, inviting_organisation_id from invitation"))
    assert row.organisation_id == row.inviting_organisation_id == getattr(world, who).id
    assert client.post(f"/organisation/people/invitations/{row.id}/withdraw").status_code == 302
    assert (
        "pia@example.com"
        not in client.get("/organisation/people/")
        .get_data(as_text=True)
        .split("</main>")[0]
        .split("withdrawn", maxsplit=1)[-1]
    )


def test_a_sellers_invitation_is_not_the_buyers_to_withdraw(app: Flask, world: World, seed: Seed) -> None:
    north = sign_in(seed, app.test_client(), world.people["north"], world.north)
    north.post("/selling/accounts/ANNA/invitations", data={"email": "x@example.com", "role": "viewer"})
    [row] = seed.run(text("select id from invitation"))
    south = sign_in(seed, app.test_client(), world.people["south"], world.south)
    assert south.post(f"/selling/accounts/CLARA/invitations/{row.id}/withdraw").status_code == 404
    assert south.post(f"/organisation/people/invitations/{row.id}/withdraw").status_code == 404
    assert north.post(f"/selling/accounts/BRUNO/invitations/{row.id}/withdraw").status_code == 404
    assert north.post(f"/selling/accounts/ANNA/invitations/{row.id}/withdraw").status_code == 302


def test_administrators_see_who_of_their_own_people_has_a_second_factor(
    app: Flask, world: World, seed: Seed, client: FlaskClient
) -> None:
    give_app(app, seed, world, "north")
    give_app(app, seed, world, "anna")
    make_person(seed, "pia@example.com", (world.north, "viewer"))
    paul = make_person(seed, "paul@example.com", (world.north, "warehouse"))
    seed.run(
        text("insert into passkey (user_id, credential_id, public_key, sign_count) values (:user, 'a', 'b', 0)"),
        {"user": paul.id},
    )
    admin = sign_in(seed, app.test_client(), world.people["north"], world.north)
    page = admin.get("/organisation/people/").text
    told = re.findall(r'data-label="Second factor"><span class="badge \w+">([\w ]+)</span>', page)
    mails = re.findall(r'data-label="E-mail address">([^<]+)<', page)
    assert dict(zip(mails, told, strict=True)) == {
        "north@example.com": "Set up",
        "paul@example.com": "Set up",
        "pia@example.com": "None",
    }
    headers = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    own = client.get("/api/v1/selling/people", headers=headers).get_json()["items"]
    assert {row["email"]: row["has_second_factor"] for row in own} == {
        "north@example.com": True,
        "paul@example.com": True,
        "pia@example.com": False,
    }
    # Of a customer's people it is none of the seller's business, and those who manage nobody are told nothing.
    customers = client.get("/api/v1/selling/accounts/ANNA/people", headers=headers).get_json()["items"]
    assert [(row["email"], row["has_second_factor"]) for row in customers] == [("anna@example.com", None)]
    viewer = sign_in(seed, app.test_client(), paul, world.north).get("/organisation/people/")
    assert "Second factor" not in viewer.text
