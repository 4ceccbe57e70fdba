"""Setting a provider up: the connection, domains, groups, the demand and its keyholders."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row, text

from portal.accounts.models import Authenticator
from portal.accounts.sealing import unseal
from portal.identity.models import EmailDomain, IdentityProvider
from portal.identity.service.set_up import approve_domain, stop_demanding
from tests.factories.organisations import PASSWORD, make_person, sign_in
from tests.factories.seed import Seed
from tests.factories.world import Organisation
from tests.identity.conftest import CLIENT_ID, CLIENT_SECRET, Provider, allow_redirect, callback_of, come_in, make_place
from tests.identity.test_signing_in import accounts, address, live_sessions, log, membership, of

pytestmark = pytest.mark.shared_database

AT = "/organisation/single-sign-on"


def administrator(app: Flask, seed: Seed, place: Organisation) -> tuple[FlaskClient, Row[object]]:
    """Give the browser of the place's administrator, and the person."""
    [person] = seed.run(text("select * from user_account where email = :email"), {"email": address("admin", place)})
    return sign_in(seed, app.test_client(), person, place), person


def settings(provider: Provider, **values: str) -> dict[str, str]:
    known = {
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "is_enabled": "y",
        "default_role": "",
    }
    return {**known, "groups_claim": "groups", "trusts_addresses": "y", **values}


def test_from_nothing_to_the_first_sign_in(
    app: Flask, client: FlaskClient, seed: Seed, provider: Provider, name_server: dict[str, str], south: Organisation
) -> None:
    browser, _ = administrator(app, seed, south)
    domain = provider.domain = f"{south.slug}.example"
    page = browser.get(f"{AT}/").get_data(as_text=True)
    assert callback_of(south) in page
    allow_redirect(provider, callback_of(south))
    assert browser.post(f"{AT}/provider", data=settings(provider)).status_code == 302
    [row] = of(seed, south, "select * from identity_provider where organisation_id = :id")
    with app.app_context():
        assert (CLIENT_SECRET.encode() in row.sealed_secret, unseal(row.sealed_secret)) == (False, CLIENT_SECRET)
    assert CLIENT_SECRET not in browser.get(f"{AT}/").get_data(as_text=True)
    assert browser.post(f"{AT}/domains", data={"domain": f"@{domain.upper()}"}).status_code == 302
    page = browser.get(f"{AT}/").get_data(as_text=True)
    record = re.findall(r"kontor-domain-verification=[\w-]{32}", page)[0]
    browser.post(f"{AT}/domains/{domain}/check")
    name_server[f"_kontor-challenge.{domain}"] = record[:-1]
    browser.post(f"{AT}/domains/{domain}/check")
    assert of(seed, south, "select proven_at from email_domain where organisation_id = :id")[0][0] is None
    name_server[f"_kontor-challenge.{domain}"] = record
    browser.post(f"{AT}/domains/{domain}/check")
    assert of(seed, south, "select proven_at from email_domain where organisation_id = :id")[0][0] is not None
    assert browser.post(f"{AT}/groups", data={"group": "Kontor Sales", "role": "manager"}).status_code == 302
    assert come_in(client, provider, south, provider.person("nora", "Kontor Sales")).status_code == 302
    page = browser.get(f"{AT}/").get_data(as_text=True)
    assert ("works" in page, "Nora Muster" in page) == (True, True)
    assert [entry[:2] for entry in log(seed, south)] == [
        ("identity_provider.changed", provider.issuer),
        ("email_domain.named", domain),
        ("email_domain.proven", domain),
        ("group_role.changed", "Kontor Sales"),
        ("external_identity.linked", address("nora", south)),
        ("person.joined", address("nora", south)),
        ("session.opened", address("nora", south)),
    ]
    assert CLIENT_SECRET not in str(log(seed, south))


def test_a_proven_domain_is_nobody_elses(
    app: Flask, seed: Seed, provider: Provider, name_server: dict[str, str], north: Organisation, south: Organisation
) -> None:
    browser, _ = administrator(app, seed, south)
    browser.post(f"{AT}/domains", data={"domain": provider.domain})
    token = of(seed, south, "select token from email_domain where organisation_id = :id")[0][0]
    name_server[f"_kontor-challenge.{provider.domain}"] = f"kontor-domain-verification={token}"
    browser.post(f"{AT}/domains/{provider.domain}/check")
    assert "Another organisation of this portal has proven" in browser.get(f"{AT}/").get_data(as_text=True)
    assert of(seed, south, "select proven_at from email_domain where organisation_id = :id")[0][0] is None
    assert browser.post(f"{AT}/domains/{provider.domain}/remove").status_code == 302
    assert of(seed, north, "select count(*) from email_domain where organisation_id = :id")[0][0] == 1


def test_what_cannot_be_used_is_said_at_its_field(
    app: Flask, seed: Seed, provider: Provider, south: Organisation
) -> None:
    browser, _ = administrator(app, seed, south)
    for values, words in (
        ({"issuer": f"{provider.issuer}/"}, "calls itself by another name"),
        ({"issuer": "http://127.0.0.1:9"}, "The provider cannot be used"),
        ({"issuer": "http://login.example"}, "must begin with https://"),
        ({"issuer": "javascript:alert(1)"}, "An issuer looks like"),
        ({"client_secret": ""}, "Please enter the client"),
        ({"client_id": ""}, "Please enter the client id"),
    ):
        answer = browser.post(f"{AT}/provider", data=settings(provider, **values))
        assert (answer.status_code, words in answer.get_data(as_text=True)) == (422, True), values
    for domain in ("example", "a b.example", "north.example/x"):
        assert browser.post(f"{AT}/domains", data={"domain": domain}).status_code == 422
    assert of(seed, south, "select count(*) from identity_provider where organisation_id = :id")[0][0] == 0


def test_another_connection_ends_what_the_former_opened(
    app: Flask, client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    browser, _ = administrator(app, seed, north)
    come_in(client, provider, north, provider.person("nora", "Kontor Sales"))
    assert browser.post(f"{AT}/provider", data=settings(provider, client_secret="")).status_code == 302
    assert client.get("/selling/").status_code == 200
    assert browser.post(f"{AT}/provider", data=settings(provider, client_id="another")).status_code == 302
    assert client.get("/selling/").status_code == 302
    assert browser.get("/selling/").status_code == 200
    assert of(seed, north, "select worked_at from identity_provider where organisation_id = :id")[0][0] is None
    browser.post(f"{AT}/provider", data=settings(provider))
    come_in(client, provider, north, provider.person("nora", "Kontor Sales"))
    assert browser.post(f"{AT}/provider/remove").status_code == 302
    assert client.get("/selling/").status_code == 302
    assert live_sessions(seed, north) == 1
    assert client.get(f"/sso/{north.slug}").status_code == 404
    assert membership(seed, north, "nora") == ("manager", "active")


def test_an_undone_link_is_made_anew(
    app: Flask, client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    browser, _ = administrator(app, seed, north)
    come_in(client, provider, north, provider.person("nora", "Kontor Sales"))
    [nora] = of(seed, north, "select user_id from external_identity where organisation_id = :id")
    assert browser.post(f"{AT}/people/{nora.user_id}/unlink").status_code == 302
    assert client.get("/selling/").status_code == 302
    successor = provider.person("nora2", "Kontor Store", email=address("nora", north))
    assert come_in(client, provider, north, successor).status_code == 302
    assert membership(seed, north, "nora") == ("warehouse", "active")
    assert accounts(seed, north) == 2


def demand(app: Flask, seed: Seed, provider: Provider, north: Organisation) -> tuple[FlaskClient, int]:
    """Let the provider be demanded, with the administrator as keyholder; gives its browser and id."""
    browser, person = administrator(app, seed, north)
    refused = browser.post(f"{AT}/demand", data={"is_demanded": "y", "keyholders": str(person.id)})
    assert refused.status_code == 302
    assert "has to sign in by the provider first" in browser.get(f"{AT}/").get_data(as_text=True)
    come_in(app.test_client(), provider, north, provider.person("nora", "Kontor Sales"))
    browser.post(f"{AT}/demand", data={"is_demanded": "y", "keyholders": str(person.id)})
    assert of(seed, north, "select is_demanded from identity_provider where organisation_id = :id")[0][0] is False
    seed.add(Authenticator, user_id=person.id, sealed_secret=b"", last_counter=0)
    browser.post(f"{AT}/demand", data={"is_demanded": "y"})
    assert of(seed, north, "select is_demanded from identity_provider where organisation_id = :id")[0][0] is False
    browser.post(f"{AT}/demand", data={"is_demanded": "y", "keyholders": str(person.id)})
    assert of(seed, north, "select is_demanded from identity_provider where organisation_id = :id")[0][0] is True
    return browser, int(person.id)


def test_where_it_is_demanded_nothing_is_shown_to_who_came_another_way(
    app: Flask, client: FlaskClient, seed: Seed, provider: Provider, north: Organisation, south: Organisation
) -> None:
    browser, chief = demand(app, seed, provider, north)
    make_person(seed, address("otto", north), (north, "admin"), (south, "viewer"))
    client.post(f"/w/{north.slug}/", data={"email": address("otto", north), "password": PASSWORD})
    for path in ("/selling/", "/organisation/", "/your-account/", "/your-account/second-factor/authenticator"):
        assert client.get(path).headers["Location"].startswith("/single-sign-on?next=")
    assert client.post("/your-account/passkeys/challenge").headers["Location"] == "/single-sign-on"
    page = client.get("/single-sign-on?next=/selling/").get_data(as_text=True)
    assert ("its own sign-in alone" in page, f"{south.slug}:seller" in page) == (True, True)
    client.post("/switch", data={"choice": f"{south.slug}:seller"})
    assert client.get("/selling/").status_code == 200
    # A second factor alone is no key: it has to be a named administrator's.
    seed.run(text("update user_session set proof = 'passkey' where provider_id is null"))
    client.post("/switch", data={"choice": f"{north.slug}:seller"})
    assert client.get("/selling/").status_code == 302
    assert browser.get("/selling/").status_code == 200
    seed.run(text("update membership set role = 'manager' where user_id = :id"), {"id": chief})
    assert browser.get("/selling/").status_code == 302
    assert come_in(client, provider, north, provider.person("otto", "Kontor Sales"), "/selling/").status_code == 302
    assert client.get("/selling/").status_code == 200


def test_another_issuer_has_to_prove_itself_before_it_is_demanded(
    app: Flask, seed: Seed, provider: Provider, north: Organisation
) -> None:
    browser, _ = demand(app, seed, provider, north)
    seed.run(
        text("update identity_provider set issuer = 'https://former.example' where organisation_id = :id"),
        {"id": north.id},
    )
    seed.run(text("update user_session set proof = 'passkey' where organisation_id = :id"), {"id": north.id})
    assert browser.post(f"{AT}/provider", data=settings(provider)).status_code == 302
    [row] = of(seed, north, "select is_demanded, keyholder_ids from identity_provider where organisation_id = :id")
    assert tuple(row) == (False, [])


def test_the_operator_helps_an_organisation_that_locked_itself_out(
    app: Flask, seed: Seed, provider: Provider, north: Organisation
) -> None:
    demand(app, seed, provider, north)
    loader = app.extensions["role_urls"].loader
    stop_demanding(loader, north.code)
    approve_domain(loader, north.code, "intern.example")
    assert of(seed, north, "select is_demanded from identity_provider where organisation_id = :id")[0][0] is False
    domains = of(seed, north, "select domain from email_domain where organisation_id = :id and proven_at is not null")
    assert {row.domain for row in domains} == {f"{north.slug}.example", "intern.example"}


def test_what_another_organisation_set_up_is_not_there(app: Flask, seed: Seed, north: Organisation) -> None:
    other = make_place(seed, "admin")
    seed.add(IdentityProvider, organisation_id=other.id, issuer="https://x.example", client_id="x", sealed_secret=b"")
    seed.add(EmailDomain, organisation_id=other.id, domain=f"{other.slug}.example", token="x")
    browser, _ = administrator(app, seed, make_place(seed, "admin"))
    for path in (f"domains/{other.slug}.example/check", f"domains/{other.slug}.example/remove", "provider/remove",
                 "people/1/unlink"):  # fmt: skip
        assert browser.post(f"{AT}/{path}").status_code == 404, path
    assert browser.post(f"{AT}/demand").status_code == 404
    assert browser.post(f"{AT}/groups/remove", data={"group": "Kontor Sales"}).status_code == 404
    assert other.slug not in browser.get(f"{AT}/").get_data(as_text=True)
