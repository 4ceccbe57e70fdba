"""SCIM: an identity provider keeps the people and groups of one organisation, and reaches nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server
from sqlalchemy import text
from werkzeug.test import TestResponse

from portal.identity.models import ProvisioningToken
from tenants.authentication import hash_token, new_token
from tests.factories.organisations import make_person, sign_in
from tests.factories.seed import Seed
from tests.factories.world import Organisation
from tests.identity.conftest import Provider, come_in
from tests.identity.test_settings import AT, administrator
from tests.identity.test_signing_in import address, live_sessions, log, membership, of
from tests.soak import FULL

pytestmark = pytest.mark.shared_database

USER, GROUP = "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
Call = Callable[..., TestResponse]
WRONG = {Status.ERROR, Status.CRITICAL, Status.DEVIATION}


def token_of(seed: Seed, organisation: Organisation) -> str:
    token = new_token()
    seed.add(ProvisioningToken, organisation_id=organisation.id, token_hash=hash_token(token), expires_at="2100-01-01")
    return token


def caller(app: Flask, token: str) -> Call:
    """Give what sends one request as the provider."""

    def call(method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        return app.test_client().open(
            f"/scim/v2{path}",
            method=method,
            data=None if body is None else json.dumps(body),
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/scim+json",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )

    return call


@pytest.fixture
def scim(app: Flask, seed: Seed, north: Organisation) -> Call:
    """Call as north's provider."""
    return caller(app, token_of(seed, north))


def person(organisation: Organisation, name: str, **values: Any) -> dict[str, Any]:
    at = address(name, organisation)
    return {"schemas": [USER], "userName": at, "externalId": f"ext-{name}", "active": True,
            "name": {"givenName": name.title(), "familyName": "Muster"},
            "emails": [{"value": at, "type": "work", "primary": True}], **values}  # fmt: skip


def made(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code in {200, 201}, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json(force=True)
    return found


def done(answer: TestResponse) -> None:
    """Assert that a change was made; it is answered by nothing."""
    assert answer.status_code == 204, answer.get_data(as_text=True)


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def put_into(scim: Call, group: str, *people: dict[str, Any]) -> dict[str, Any]:
    members = [{"value": each["id"]} for each in people]
    return made(scim("POST", "/Groups", {"schemas": [GROUP], "displayName": group, "members": members}))


def test_a_person_works_here_in_the_role_of_its_groups_until_it_leaves(
    app: Flask, seed: Seed, scim: Call, north: Organisation
) -> None:
    nora = made(scim("POST", "/Users", person(north, "nora")))
    assert membership(seed, north, "nora") is None
    group = put_into(scim, "Kontor Sales", nora)
    assert membership(seed, north, "nora") == ("manager", "active")
    [user] = of(
        seed, north, "select u.* from user_account u where u.email = :at and :id > 0", at=address("nora", north)
    )
    assert (user.name, user.password_hash) == ("Nora Muster", "")
    browser = sign_in(seed, app.test_client(), user, north)
    assert browser.get("/selling/").status_code == 200
    # As Microsoft Entra says it.
    off = patch({"op": "Replace", "path": "active", "value": "False"})
    done(scim("PATCH", f"/Users/{nora['id']}", off))
    assert made(scim("GET", f"/Users/{nora['id']}"))["active"] is False
    assert membership(seed, north, "nora") == ("manager", "inactive")
    assert (browser.get("/selling/").status_code, live_sessions(seed, north)) == (302, 0)
    # As Okta says it.
    done(scim("PATCH", f"/Users/{nora['id']}", patch({"op": "replace", "value": {"active": True}})))
    assert membership(seed, north, "nora") == ("manager", "active")
    out = patch({"op": "remove", "path": f'members[value eq "{nora["id"]}"]'})
    done(scim("PATCH", f"/Groups/{group['id']}", out))
    assert membership(seed, north, "nora") == ("manager", "inactive")
    done(
        scim(
            "PATCH", f"/Groups/{group['id']}", patch({"op": "add", "path": "members", "value": [{"value": nora["id"]}]})
        )
    )
    assert membership(seed, north, "nora") == ("manager", "active")
    done(
        scim(
            "PATCH", f"/Groups/{group['id']}", patch({"op": "replace", "path": "displayName", "value": "Kontor Store"})
        )
    )
    assert membership(seed, north, "nora") == ("warehouse", "active")
    assert scim("DELETE", f"/Users/{nora['id']}").status_code == 204
    assert membership(seed, north, "nora") == ("warehouse", "inactive")
    assert scim("GET", f"/Users/{nora['id']}").status_code == 404
    acts = [entry[0] for entry in log(seed, north) if entry[0].startswith("person.")]
    assert acts == ["person.joined", "person.deactivated", "person.reactivated", "person.deactivated",
                    "person.reactivated", "person.role_changed", "person.deactivated"]  # fmt: skip


def test_who_has_an_account_elsewhere_or_another_domain_is_invited_and_never_taken(
    app: Flask, seed: Seed, scim: Call, north: Organisation, south: Organisation
) -> None:
    victim = make_person(seed, address("vera", north), (south, "admin"))
    vera = made(scim("POST", "/Users", person(north, "vera")))
    other = f"paul@{south.slug}.example"
    paul = made(scim("POST", "/Users", person(north, "paul", userName=other, emails=[{"value": other}])))
    put_into(scim, "Kontor Sales", vera, paul)
    assert membership(seed, north, "vera") is None
    assert seed.run(text("select count(*) from user_account where email = :other"), {"other": other})[0][0] == 0
    invited = of(seed, north, "select email, role, inviting_organisation_id from invitation where organisation_id = :id"
                              " and revoked_at is null")  # fmt: skip
    assert {tuple(row) for row in invited} == {
        (address("vera", north), "manager", north.id),
        (other, "manager", north.id),
    }
    # Both are answered alike: nothing tells who has an account somewhere.
    assert {*vera} == {*paul}
    seed.run(
        text("insert into membership (organisation_id, user_id, role) values (:id, :user, 'manager')"),
        {"id": north.id, "user": victim.id},
    )
    made(scim("GET", "/Users"))
    done(scim("PATCH", f"/Users/{vera['id']}", patch({"op": "replace", "path": "active", "value": False})))
    assert membership(seed, north, "vera") == ("manager", "inactive")
    [elsewhere] = of(seed, south, "select status from membership where organisation_id = :id and user_id = :user",
                     user=victim.id)  # fmt: skip
    assert elsewhere.status == "active"
    scim("DELETE", f"/Users/{paul['id']}")
    open_ones = of(seed, north, "select email from invitation where organisation_id = :id and revoked_at is null")
    assert open_ones == []


def test_who_works_here_already_is_found_and_not_made_twice(seed: Seed, scim: Call, north: Organisation) -> None:
    make_person(seed, address("otto", north), (north, "buyer"))
    make_person(seed, f"extern-{north.slug}@elsewhere.example", (north, "viewer"))
    found = made(scim("GET", f'/Users?filter=userName eq "{address("OTTO", north)}"'))
    assert [row["userName"] for row in found["Resources"]] == [address("otto", north)]
    assert scim("POST", "/Users", person(north, "otto")).status_code == 409
    names = {row["userName"] for row in made(scim("GET", "/Users"))["Resources"]}
    assert names == {address("otto", north), address("admin", north)}
    otto = found["Resources"][0]
    done(scim("PATCH", f"/Users/{otto['id']}", patch({"op": "add", "path": "externalId", "value": "o-1"})))
    assert membership(seed, north, "otto") == ("buyer", "active")
    by_id = made(scim("GET", '/Users?filter=externalId eq "o-1"'))
    assert (by_id["totalResults"], by_id["Resources"][0]["id"]) == (1, otto["id"])


def test_what_people_decide_here_stays_until_the_provider_changes_its_mind(
    seed: Seed, scim: Call, north: Organisation
) -> None:
    nora = made(scim("POST", "/Users", person(north, "nora")))
    put_into(scim, "Kontor Sales", nora)
    of(seed, north, "update membership set status = 'inactive' where organisation_id = :id and role = 'manager'")
    made(scim("PUT", f"/Users/{nora['id']}", person(north, "nora", displayName="N. Muster")))
    assert membership(seed, north, "nora") == ("manager", "inactive")


def test_the_last_administrator_stays(seed: Seed, scim: Call, north: Organisation) -> None:
    found = made(scim("GET", f'/Users?filter=userName eq "{address("admin", north)}"'))["Resources"][0]
    refused = scim("PATCH", f"/Users/{found['id']}", patch({"op": "replace", "path": "active", "value": False}))
    assert refused.status_code == 409
    assert scim("DELETE", f"/Users/{found['id']}").status_code == 409
    assert membership(seed, north, "admin") == ("admin", "active")
    assert made(scim("GET", f"/Users/{found['id']}"))["active"] is True


def test_with_scim_the_tokens_only_say_who_somebody_is(
    app: Flask, seed: Seed, scim: Call, provider: Provider, north: Organisation
) -> None:
    refused = come_in(app.test_client(), provider, north, provider.person("paula", "Kontor Admins"))
    assert refused.status_code == 403
    nora = made(scim("POST", "/Users", person(north, "nora")))
    put_into(scim, "Kontor Store", nora)
    browser = app.test_client()
    assert come_in(browser, provider, north, provider.person("nora", "Kontor Admins")).status_code == 302
    assert membership(seed, north, "nora") == ("warehouse", "active")
    done(scim("PATCH", f"/Users/{nora['id']}", patch({"op": "replace", "path": "active", "value": False})))
    assert browser.get("/selling/").status_code == 302
    assert come_in(browser, provider, north, provider.person("nora", "Kontor Admins")).status_code == 403


def test_another_organisations_people_are_not_there(
    app: Flask, seed: Seed, scim: Call, north: Organisation, south: Organisation
) -> None:
    nora = made(scim("POST", "/Users", person(north, "nora")))
    group = put_into(scim, "Kontor Sales", nora)
    foreign = caller(app, token_of(seed, south))
    missing = foreign("GET", "/Users/0b8a3f0e-3a43-4c55-9c3c-7f0f0c2f7a11").get_data()
    assert foreign("GET", f"/Users/{nora['id']}").get_data() == missing
    for method, path, body in (
        ("PUT", f"/Users/{nora['id']}", person(south, "nora")),
        ("PATCH", f"/Users/{nora['id']}", patch({"op": "replace", "path": "active", "value": False})),
        ("DELETE", f"/Users/{nora['id']}", None),
        ("GET", f"/Groups/{group['id']}", None),
        ("DELETE", f"/Groups/{group['id']}", None),
    ):
        assert foreign(method, path, body).status_code == 404, (method, path)
    assert foreign("POST", "/Groups", {"schemas": [GROUP], "displayName": "X", "members": [{"value": nora["id"]}]}).status_code == 400  # fmt: skip
    assert made(foreign("GET", "/Users"))["totalResults"] == 0
    assert made(foreign("GET", "/Groups"))["totalResults"] == 0
    assert made(foreign("POST", "/Users", person(south, "nora")))["userName"] == address("nora", south)


def test_pages_versions_and_refusals_are_as_the_standard_says(scim: Call, north: Organisation) -> None:
    people = [made(scim("POST", "/Users", person(north, f"p{number}"))) for number in range(3)]
    page = made(scim("GET", "/Users?startIndex=2&count=2"))
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (4, 2, 2)
    one = people[0]
    tag = one["meta"]["version"]
    assert scim("GET", f"/Users/{one['id']}", If_None_Match=tag).status_code == 304
    changed = person(north, "p0", displayName="Other")
    assert made(scim("PUT", f"/Users/{one['id']}", changed, If_Match=tag))["displayName"] == "Other"
    assert scim("PUT", f"/Users/{one['id']}", changed, If_Match=tag).status_code == 412
    bodies: tuple[Any, ...] = ("not json", [], {"schemas": [USER]}, {"schemas": [GROUP], "userName": "x"})
    for body in bodies:
        assert scim("POST", "/Users", body).status_code == 400, body
    assert scim("GET", "/Users?filter=userName zz 1").status_code == 400
    assert scim("POST", "/Users", {**person(north, "big"), "displayName": "x" * 1_100_000}).status_code == 413
    refused = scim("GET", "/Nothing")
    assert (refused.status_code, refused.content_type) == (404, "application/scim+json")
    assert refused.headers["Cache-Control"] == "no-store"


def test_tokens_are_made_shown_once_and_ended_by_an_administrator(app: Flask, seed: Seed, south: Organisation) -> None:
    browser, _ = administrator(app, seed, south)
    page = browser.post(f"{AT}/tokens").get_data(as_text=True)
    token = page.split("this once")[1].split('<code class="break">')[1].split("<")[0]
    assert made(caller(app, token)("GET", "/Users"))["totalResults"] == 0
    page = browser.get(f"{AT}/").get_data(as_text=True)
    assert token not in page
    [row] = of(seed, south, "select id, token_hash from provisioning_token where organisation_id = :id")
    assert row.token_hash == hash_token(token)
    assert browser.post(f"{AT}/tokens/{row.id}/end").status_code == 302
    refused = caller(app, token)("GET", "/Users")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Bearer realm="SCIM"')
    for wrong in ("", "x", "é", "a b"):
        assert caller(app, wrong)("GET", "/ServiceProviderConfig").status_code == 401
    acts = [entry[0] for entry in log(seed, south)]
    assert acts == ["provisioning_token.made", "provisioning_token.ended"]


@pytest.mark.soak
def test_the_standards_checker_finds_nothing(app: Flask, seed: Seed, south: Organisation) -> None:
    client = WSGISCIMClient(
        app.wsgi_app, "http://localhost:8000/scim/v2", headers={"Authorization": f"Bearer {token_of(seed, south)}"}
    )
    results = check_server(client, include_tags=None if FULL else {"discovery", "crud:create", "crud:delete"})
    wrong = [f"{each.status.name} {each.title}: {each.reason}" for each in results if each.status in WRONG]
    assert "\n".join(wrong) == ""
    assert len(results) > (30 if FULL else 10)
