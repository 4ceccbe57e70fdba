"""The own organisation by API: people, invitations, address, brand and log; of sellers and of buyers."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text

from tests.accounts.conftest import Mails
from tests.factories.audit import LOG
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

AREAS = [("selling", "north"), ("buying", "anna")]


def admin(seed: Seed, world: World, area: str, who: str) -> dict[str, str]:
    """Give the header of a client that may do nothing but administer its organisation."""
    return {"Authorization": f"Bearer {make_token(seed, getattr(world, who), f'{area}:admin')}"}


def audit(seed: Seed) -> list[tuple[Any, ...]]:
    """Give what was done."""
    rows = seed.run(text(f"select action, subject, before, after from {LOG} where not refused order by at"))
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(("area", "who"), AREAS)
def test_people_are_listed_and_change_their_role_and_state(
    client: FlaskClient, world: World, seed: Seed, area: str, who: str
) -> None:
    make_person(seed, "pia@example.com", (getattr(world, who), "viewer"), name="AA Pia")
    headers = admin(seed, world, area, who)
    path = f"/api/v1/{area}/people"
    first = client.get(f"{path}?limit=1", headers=headers).get_json()
    rest = client.get(f"{path}?limit=1&cursor={first['next_cursor']}", headers=headers).get_json()
    assert [(row["email"], row["role"]) for row in [*first["items"], *rest["items"]]] == [
        ("pia@example.com", "viewer"),
        (f"{who}@example.com", "admin"),
    ]
    changed = client.patch(f"{path}/pia@example.com", json={"role": "buyer"}, headers=headers).get_json()
    assert (changed["email"], changed["role"], changed["active"]) == ("pia@example.com", "buyer", True)
    changed = client.patch(f"{path}/pia@example.com", json={"active": False}, headers=headers).get_json()
    assert (changed["role"], changed["active"]) == ("buyer", False)
    again = {"role": "manager", "active": True}
    changed = client.patch(f"{path}/pia@example.com", json=again, headers=headers).get_json()
    assert (changed["role"], changed["active"]) == ("manager", True)
    assert client.patch(f"{path}/pia@example.com", json=again, headers=headers).status_code == 200
    assert [row[0] for row in audit(seed)] == [
        *("person.role_changed", "person.deactivated"),
        *("person.role_changed", "person.reactivated"),
    ]


@pytest.mark.parametrize(("area", "who"), AREAS)
def test_a_program_makes_no_administrator_and_changes_none(
    client: FlaskClient, world: World, seed: Seed, area: str, who: str
) -> None:
    headers = admin(seed, world, area, who)
    make_person(seed, "second@example.com", (getattr(world, who), "admin"))
    for body in ({"active": False}, {"role": "viewer"}):
        answer = client.patch(f"/api/v1/{area}/people/{who}@example.com", json=body, headers=headers)
        assert (answer.status_code, answer.get_json()["type"]) == (403, "/problems/role-too-high")
    invited = client.post(
        f"/api/v1/{area}/invitations", json={"email": "x@example.com", "role": "admin"}, headers=headers
    )
    assert invited.status_code == 422
    assert audit(seed) == []
    assert seed.run(text("select count(*) from audit_entry where refused"))[0][0] == 2


@pytest.mark.parametrize(("area", "who"), AREAS)
def test_an_administrators_invitation_is_not_sent_again_by_a_program(
    client: FlaskClient, world: World, seed: Seed, area: str, who: str
) -> None:
    browser = sign_in(seed, client.application.test_client(), world.people[who], getattr(world, who))
    browser.post("/organisation/people/invitations", data={"email": "chief@example.com", "role": "admin"})
    headers = admin(seed, world, area, who)
    [row] = client.get(f"/api/v1/{area}/invitations", headers=headers).get_json()["items"]
    assert row["role"] == "admin"
    answer = client.post(f"/api/v1/{area}/invitations/chief@example.com/send-again", headers=headers)
    assert (answer.status_code, answer.get_json()["type"]) == (403, "/problems/role-too-high")


@pytest.mark.parametrize(("area", "who"), AREAS)
def test_own_staff_are_invited_sent_again_and_withdrawn(
    client: FlaskClient, world: World, seed: Seed, mails: Mails, area: str, who: str
) -> None:
    headers, path = admin(seed, world, area, who), f"/api/v1/{area}/invitations"
    made = client.post(path, json={"email": "Pia@Example.com", "role": "viewer"}, headers=headers)
    assert made.status_code == 201
    assert [mail["To"] for mail in mails()] == ["pia@example.com"]
    again = client.post(f"{path}/pia@example.com/send-again", headers=headers).get_json()
    assert client.get(path, headers=headers).get_json() == {"items": [again], "next_cursor": None}
    assert client.delete(f"{path}/pia@example.com", headers=headers).status_code == 204
    assert client.get(path, headers=headers).get_json()["items"] == []
    taken = client.post(path, json={"email": f"{who}@example.com"}, headers=headers)
    assert (taken.status_code, taken.get_json()["type"]) == (409, "/problems/already-member")


@pytest.mark.parametrize(("area", "who"), AREAS)
def test_people_of_others_do_not_exist(client: FlaskClient, world: World, seed: Seed, area: str, who: str) -> None:
    headers = admin(seed, world, area, who)
    foreign = client.patch(f"/api/v1/{area}/people/clara@example.com", json={"active": False}, headers=headers)
    missing = client.patch(f"/api/v1/{area}/people/nobody@example.com", json={"active": False}, headers=headers)
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.get_json() | {"request_id": ""} == missing.get_json() | {"request_id": ""}


@pytest.mark.parametrize(("area", "who"), AREAS)
def test_other_scopes_see_the_organisation_but_not_its_people(
    client: FlaskClient, world: World, seed: Seed, area: str, who: str
) -> None:
    token = make_token(seed, getattr(world, who), f"{area}:read", f"{area}:write")
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get(f"/api/v1/{area}/organisation", headers=headers).get_json()["code"] == who.upper()
    for path in ("people", "invitations", "audit-entries"):
        assert client.get(f"/api/v1/{area}/{path}", headers=headers).status_code == 403
    assert client.patch(f"/api/v1/{area}/organisation", json={}, headers=headers).status_code == 403


@pytest.mark.parametrize(("area", "who"), AREAS)
def test_name_and_address_are_changed(client: FlaskClient, world: World, seed: Seed, area: str, who: str) -> None:
    headers = admin(seed, world, area, who)
    body = {"name": "New name", "email": "hello@example.com", "country": "AT"}
    row = client.patch(f"/api/v1/{area}/organisation", json=body, headers=headers).get_json()
    assert {name: row[name] for name in body} == body
    assert (row["city"], row["currency"], row["has_logo"]) == ("Berlin", "EUR", False)
    row = client.patch(f"/api/v1/{area}/organisation", json={"email": None}, headers=headers).get_json()
    assert (row["email"], row["name"]) == ("", "New name")
    assert client.patch(f"/api/v1/{area}/organisation", json={}, headers=headers).status_code == 200
    before = {"name": f"{who.upper()} name", "country": "DE", "email": ""}
    assert audit(seed) == [
        ("organisation.address_changed", who.upper(), before, body),
        ("organisation.address_changed", who.upper(), {"email": "hello@example.com"}, {"email": ""}),
    ]


def test_the_brand_is_changed_and_the_logo_taken_away(client: FlaskClient, world: World, seed: Seed) -> None:
    headers, path = admin(seed, world, "selling", "north"), "/api/v1/selling/organisation/brand"
    picture = io.BytesIO()
    Image.new("RGB", (8, 4), "#1d5a43").save(picture, format="PNG")
    logo = b64encode(picture.getvalue()).decode()
    row = client.patch(path, json={"accent_colour": "#1D5A43", "logo": logo}, headers=headers).get_json()
    assert (row["accent_colour"], row["has_logo"]) == ("#1d5a43", True)
    assert client.get(f"/brand/{row['slug']}/logo").mimetype == "image/png"
    row = client.patch(path, json={"accent_colour": ""}, headers=headers).get_json()
    assert (row["accent_colour"], row["has_logo"]) == ("", True)
    row = client.patch(path, json={"logo": None}, headers=headers).get_json()
    assert row["has_logo"] is False
    assert [entry[3] for entry in audit(seed)] == [
        {"accent_colour": "#1d5a43", "logo": True},
        {"accent_colour": "", "logo": True},
        {"accent_colour": "", "logo": False},
    ]
    for wrong in ("no base64!", b64encode(b"no picture").decode()):
        answer = client.patch(path, json={"logo": wrong}, headers=headers)
        assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/unusable-picture")


def test_the_log_is_read_in_pages_and_by_action(client: FlaskClient, world: World, seed: Seed) -> None:
    headers = admin(seed, world, "selling", "north")
    for city in ("Bonn", "Kiel", "Ulm"):
        client.patch("/api/v1/selling/organisation", json={"city": city}, headers=headers)
    client.patch("/api/v1/selling/people/north@example.com", json={"active": False}, headers=headers)
    path = "/api/v1/selling/audit-entries?action=organisation.&limit=2"
    first = client.get(path, headers=headers).get_json()
    rest = client.get(f"{path}&cursor={first['next_cursor']}", headers=headers).get_json()
    assert [row["after"] for row in [*first["items"], *rest["items"]]] == [
        *({"city": "Ulm"}, {"city": "Kiel"}, {"city": "Bonn"}),
    ]
    assert (first["items"][0]["actor_name"], first["items"][0]["subject"]) == ("Test client", "NORTH")
    refused = client.get("/api/v1/selling/audit-entries?refused=yes", headers=headers).get_json()["items"]
    assert [(row["action"], row["refused"]) for row in refused] == [("api.refused", True)]
    # The log is its organisation's alone.
    other = admin(seed, world, "selling", "south")
    assert client.get("/api/v1/selling/audit-entries", headers=other).get_json()["items"] == []
