"""Coming in by an organisation's identity provider: who gets in, as what, how far, and how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.accounts.test_step_up import demand
from tests.factories.audit import LOG
from tests.factories.organisations import PASSWORD, make_person
from tests.factories.seed import Seed
from tests.factories.world import Organisation
from tests.identity.conftest import Provider, asked_for, at_provider, callback_of, come_in, connect, led_to

INVITEE = {"email": "new@example.com", "name": "Somebody", "role": "viewer"}


pytestmark = pytest.mark.shared_database


def membership(seed: Seed, organisation: Organisation, name: str) -> tuple[str, str] | None:
    """Give role and status of the person of that name at the organisation's domain."""
    rows = seed.run(
        text(
            "select m.role, m.status from membership m join user_account u on u.id = m.user_id"
            " where m.organisation_id = :organisation and u.email = :email"
        ),
        {"organisation": organisation.id, "email": address(name, organisation)},
    )
    return tuple(rows[0]) if rows else None


def address(name: str, organisation: Organisation) -> str:
    return f"{name}@{organisation.slug}.example"


def of(seed: Seed, organisation: Organisation, statement: str, **values: Any) -> list[Any]:
    """Run a statement about one organisation, `:id`."""
    return seed.run(text(statement), {"id": organisation.id, **values}) or []


def accounts(seed: Seed, organisation: Organisation) -> int:
    """Count the accounts at the organisation's domain."""
    found = of(seed, organisation, "select count(*) from user_account where email like :like and :id > 0",
               like=f"%@{organisation.slug}.example")  # fmt: skip
    return int(found[0][0])


def live_sessions(seed: Seed, organisation: Organisation) -> int:
    found = of(
        seed, organisation, "select count(*) from user_session where revoked_at is null and organisation_id = :id"
    )
    return int(found[0][0])


def grow_old(seed: Seed, organisation: Organisation) -> None:
    """Let all proofs be an hour old."""
    of(seed, organisation, "update user_session set proven_at = now() - interval '1 hour' where organisation_id = :id")


def log(seed: Seed, organisation: Organisation) -> list[tuple[Any, ...]]:
    """Give the organisation's log in order: action, subject, whether refused, what came after."""
    rows = of(
        seed,
        organisation,
        f"select action, subject, refused, after from {LOG} where organisation_id = :id order by at, action",
    )
    return [tuple(row) for row in rows]


def test_the_request_carries_all_that_binds_the_answer_to_it(
    client: FlaskClient, provider: Provider, north: Organisation
) -> None:
    first, second = (asked_for(client.get(f"/sso/{north.slug}")) for _ in range(2))
    assert first["redirect_uri"] == callback_of(north)
    assert (first["response_type"], first["client_id"]) == ("code", "kontor-at-canaille")
    assert first["scope"] == "openid email profile groups"
    assert first["code_challenge_method"] == "S256"
    assert len(first["code_challenge"]) == 43
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
    assert provider.asked.count("/.well-known/openid-configuration") == 1


def test_somebody_new_joins_in_the_mightiest_role_of_its_groups(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    person = provider.person("nora", "Kontor Store", "Kontor Sales", "Chess")
    answer = come_in(client, provider, north, person, "/selling/orders/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/selling/orders/")
    assert client.get("/selling/accounts/").status_code in {200, 308}
    assert client.get("/organisation/address").status_code == 403
    assert membership(seed, north, "nora") == ("manager", "active")
    nora = address("nora", north)
    [account] = of(
        seed, north, "select name, password_hash from user_account where email = :nora and :id > 0", nora=nora
    )
    assert tuple(account) == ("Nora Muster", "")
    assert log(seed, north) == [
        ("external_identity.linked", nora, False, None),
        ("person.joined", nora, False, {"role": "manager"}),
        ("session.opened", nora, False, {"proof": "single_sign_on"}),
        ("screen.refused", "GET /organisation/address", True, None),
    ]
    [row] = of(
        seed,
        north,
        "select provider_id, expires_at - created_at as life, proof from user_session where organisation_id = :id",
    )
    assert (row.provider_id, row.life, row.proof) == (north.id, timedelta(hours=12), "single_sign_on")


def test_groups_are_kept_in_step_and_end_the_membership_and_its_sessions(
    app: Flask, client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    person = provider.person("nora", "Kontor Sales")
    come_in(client, provider, north, person)
    provider.put(person, "Kontor Store")
    other = app.test_client()
    come_in(other, provider, north, person)
    assert membership(seed, north, "nora") == ("warehouse", "active")
    provider.put(person, "Chess")
    refused = come_in(app.test_client(), provider, north, person)
    assert (refused.status_code, "None of your groups" in refused.get_data(as_text=True)) == (403, True)
    assert membership(seed, north, "nora") == ("warehouse", "inactive")
    for browser in (client, other):
        assert browser.get("/selling/").headers["Location"].startswith("/sign-in")
    assert live_sessions(seed, north) == 0
    provider.put(person, "Kontor Sales")
    assert come_in(client, provider, north, person).status_code == 302
    assert membership(seed, north, "nora") == ("manager", "active")
    assert [row[0] for row in log(seed, north) if row[0].startswith("person.")] == [
        *("person.joined", "person.role_changed", "person.deactivated", "person.reactivated")
    ]


def test_whom_an_administrator_closed_out_no_group_brings_back(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    person = provider.person("nora", "Kontor Sales")
    come_in(client, provider, north, person)
    of(seed, north, "update membership set status = 'inactive' where organisation_id = :id and role = 'manager'")
    refused = come_in(client, provider, north, person)
    assert (refused.status_code, "closed the organisation to you" in refused.get_data(as_text=True)) == (403, True)
    assert membership(seed, north, "nora") == ("manager", "inactive")


def test_the_last_administrator_keeps_its_role_whatever_its_groups(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    chef = provider.person("chef", "Kontor Store", email=address("admin", north))
    assert come_in(client, provider, north, chef).status_code == 302
    assert membership(seed, north, "admin") == ("admin", "active")
    provider.put(chef)
    assert come_in(client, provider, north, chef).status_code == 302
    assert membership(seed, north, "admin") == ("admin", "active")
    make_person(seed, address("second", north), (north, "admin"))
    assert come_in(client, provider, north, chef).status_code == 403
    assert membership(seed, north, "admin") == ("admin", "inactive")


def test_without_roles_of_groups_the_provider_only_says_who_somebody_is(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    of(seed, north, "delete from group_role where organisation_id = :id")
    assert come_in(client, provider, north, provider.person("nora", "Kontor Admins")).status_code == 403
    assert accounts(seed, north) == 1
    make_person(seed, address("otto", north), (north, "buyer"))
    assert come_in(client, provider, north, provider.person("otto")).status_code == 302
    assert membership(seed, north, "otto") == ("buyer", "active")


def test_a_default_role_lets_in_who_is_in_no_named_group(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    of(seed, north, "update identity_provider set default_role = 'viewer' where organisation_id = :id")
    assert come_in(client, provider, north, provider.person("nora", "Chess")).status_code == 302
    assert membership(seed, north, "nora") == ("viewer", "active")


def test_only_a_verified_address_of_a_proven_domain_links(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    person, domain = provider.person("nora", "Kontor Admins"), provider.domain
    for email, verified, trusts in (
        ("nora@south.example", True, True),
        ("nora@gmail.com", True, True),
        ("", True, True),
        ("no address", True, True),
        (f"nora@{domain}", False, True),
        (f"nora@{domain}", None, False),
        (f"nora@{domain}", "yes", False),
        (f"nora@sub.{domain}", True, True),
        (f"nora@{domain}.evil.example", True, True),
        (f'"nora@{domain}"@evil.example', True, True),
    ):
        said = {"email": email, "groups": ["Kontor Admins"], "email_verified": verified}
        provider.change = lambda claims, _header, said=said: claims.update(said)
        of(
            seed,
            north,
            "update identity_provider set trusts_addresses = :trusts where organisation_id = :id",
            trusts=trusts,
        )
        refused = come_in(client, provider, north, person)
        assert (refused.status_code, "no verified e-mail address" in refused.get_data(as_text=True)) == (403, True), (
            said
        )
    assert accounts(seed, north) == 1
    assert of(seed, north, "select count(*) from external_identity where organisation_id = :id")[0][0] == 0


def test_a_domain_that_is_not_proven_counts_for_nothing(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    of(seed, north, "update email_domain set proven_at = null where organisation_id = :id")
    assert come_in(client, provider, north, provider.person("nora", "Kontor Sales")).status_code == 403


def test_an_account_of_another_organisation_is_never_taken(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation, south: Organisation
) -> None:
    """Another organisation's administrator happens to have an address of the domain: only an invitation brings it here."""
    victim = make_person(seed, address("vera", north), (south, "admin"))
    person = provider.person("vera", "Kontor Admins")
    refused = come_in(client, provider, north, person)
    assert (refused.status_code, "for an invitation" in refused.get_data(as_text=True)) == (403, True)
    assert of(seed, north, "select count(*) from external_identity where organisation_id = :id")[0][0] == 0
    assert membership(seed, north, "vera") is None
    seed.run(
        text("insert into membership (organisation_id, user_id, role) values (:north, :id, 'viewer')"),
        {"north": north.id, "id": victim.id},
    )
    assert come_in(client, provider, north, person).status_code == 302
    # In at north, as its groups say; but its provider says nothing about south.
    assert membership(seed, north, "vera") == ("admin", "active")
    page = client.get("/organisation/").get_data(as_text=True)
    assert (north.name in page, south.name in page) == (True, False)
    assert client.post("/switch", data={"choice": f"{south.slug}:seller"}).status_code == 404


def test_a_session_of_the_provider_changes_no_proof_of_the_person(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation, south: Organisation
) -> None:
    person = make_person(seed, address("vera", north), (south, "admin"), (north, "viewer"))
    elsewhere = client.application.test_client()
    elsewhere.post("/sign-in", data={"email": person.email, "password": PASSWORD})
    come_in(client, provider, north, provider.person("vera", "Kontor Sales"))
    page = client.get("/your-account/").get_data(as_text=True)
    assert ("Signed in by your organisation" in page, "Present password" in page) == (True, False)
    assert page.count("this device") == 1
    for method, path in (
        ("POST", "/your-account/password"),
        ("GET", "/your-account/second-factor/authenticator"),
        ("POST", "/your-account/second-factor/authenticator"),
        ("POST", "/your-account/second-factor/authenticator/remove"),
        ("POST", "/your-account/second-factor/recovery-codes"),
        ("GET", "/your-account/passkeys/new"),
        ("POST", "/your-account/passkeys/challenge"),
        ("POST", "/your-account/passkeys"),
    ):
        answer = client.open(path, method=method)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/your-account/"), path
    client.post("/your-account/sessions/end-others")
    assert elsewhere.get("/your-account/").status_code == 200
    [own] = seed.run(text("select id from user_session where user_id = :id and provider_id is null"), {"id": person.id})
    assert client.post(f"/your-account/sessions/{own.id}/end").status_code == 404


def test_an_address_that_was_given_to_somebody_new_does_not_bring_the_old_rights(
    app: Flask, client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    come_in(client, provider, north, provider.person("nora", "Kontor Admins"))
    successor = provider.person("nora2", "Kontor Store", email=address("nora", north))
    refused = come_in(app.test_client(), provider, north, successor)
    assert (refused.status_code, "under another account" in refused.get_data(as_text=True)) == (403, True)


def test_the_same_subject_of_another_organisations_issuer_is_somebody_else(
    app: Flask, client: FlaskClient, seed: Seed, provider: Provider, north: Organisation, south: Organisation
) -> None:
    """South's provider is the same server here, so issuer and subject are equal: the organisation still parts them."""
    connect(app, seed, provider, south, f"{south.slug}.example", default_role="viewer")
    person = provider.person("nora", "Kontor Admins")
    come_in(client, provider, north, person)
    refused = come_in(app.test_client(), provider, south, person)
    assert refused.status_code == 403
    assert membership(seed, south, "nora") is None


def test_a_second_factor_that_is_demanded_must_be_told_of(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    demand(seed, north.id, "everybody")
    person = provider.person("nora", "Kontor Sales")
    refused = come_in(client, provider, north, person)
    assert (refused.status_code, "does not say that it asked for one" in refused.get_data(as_text=True)) == (403, True)
    said: list[dict[str, Any]] = [{"amr": ["pwd", "mfa"]}, {"amr": ["pwd", "otp"]}, {"acr": "urn:two"}]
    of(seed, north, "update identity_provider set required_acr = 'urn:two' where organisation_id = :id")
    for claims in said:
        provider.change = lambda sent, _header, claims=claims: sent.update(claims)
        began = client.get(f"/sso/{north.slug}")
        assert asked_for(began)["acr_values"] == "urn:two"
        assert client.get(at_provider(provider, began.headers["Location"], person)).status_code == 302, claims
        client.post("/sign-out")
    for claims in ({"amr": ["pwd"]}, {"amr": ["pwd", "kba"]}, {"acr": "urn:one"}, {"amr": []}):
        provider.change = lambda sent, _header, claims=claims: sent.update(claims)
        assert come_in(client, provider, north, person).status_code == 403, claims
    provider.change = None
    of(seed, north, "update identity_provider set counts_as_two_proofs = true where organisation_id = :id")
    assert come_in(client, provider, north, person).status_code == 302
    assert client.get("/selling/").status_code == 200


def test_a_dangerous_act_sends_back_to_the_provider_with_what_was_typed(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    chef = provider.person("chef", "Kontor Admins")
    come_in(client, provider, north, chef)
    grow_old(seed, north)
    page = client.post("/organisation/people/invitations", data=INVITEE)
    body = page.get_data(as_text=True)
    assert (page.status_code, "Prove it at your organisation" in body, "Password" in body) == (401, True, False)
    kept = body.split('name="kept" value="')[1].split('"')[0]
    assert client.post("/confirm", data={"password": PASSWORD}).status_code == 200
    address = led_to(client.post("/confirm/provider", data={"kept": kept}))
    assert ("prompt=login" in address, "max_age=300" in address) == (True, True)
    back = at_provider(provider, address, provider.person("otto", "Kontor Admins"))
    assert "Somebody else signed in" in client.get(back).get_data(as_text=True)
    address = led_to(client.post("/confirm/provider", data={"kept": kept}))
    answer = client.get(at_provider(provider, address, chef))
    assert (answer.status_code, "new@example.com" in answer.get_data(as_text=True)) == (200, True)
    assert client.post("/organisation/people/invitations", data=INVITEE).status_code == 302


def test_a_proof_of_an_hour_ago_is_none_anew(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    chef = provider.person("chef", "Kontor Admins")
    come_in(client, provider, north, chef)
    grow_old(seed, north)
    for seconds in (None, 0, -3600, 3600):

        def change(claims: dict[str, Any], _header: dict[str, Any], seconds: int | None = seconds) -> None:
            claims.pop("auth_time", None)
            if seconds is not None:
                claims["auth_time"] = claims["iat"] + seconds if seconds else 0

        provider.change = change
        back = at_provider(provider, led_to(client.post("/confirm/provider")), chef)
        assert client.get(back).status_code == 502
    assert client.post("/organisation/people/invitations", data=INVITEE).status_code == 401


def test_leaving_ends_the_session_here_and_offers_to_leave_there(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    come_in(client, provider, north, provider.person("nora", "Kontor Sales"))
    answer = client.post("/sign-out")
    assert answer.headers["Location"] == f"/sso/{north.slug}/left"
    assert f"/sso/{north.slug}/leave" in client.get(answer.headers["Location"]).get_data(as_text=True)
    assert live_sessions(seed, north) == 0
    out = urlsplit(client.get(f"/sso/{north.slug}/leave").headers["Location"])
    assert f"{out.scheme}://{out.netloc}" == provider.issuer
    assert out.query == "client_id=kontor-at-canaille&post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Fsign-in"


def test_the_sign_in_pages_offer_it(
    client: FlaskClient, provider: Provider, north: Organisation, south: Organisation
) -> None:
    assert f"Sign in by {north.name}" in client.get(f"/w/{north.slug}/").get_data(as_text=True)
    assert "Sign in by N" not in client.get(f"/w/{south.slug}/").get_data(as_text=True)
    assert "/sign-in/organisation" in client.get("/sign-in").get_data(as_text=True)
    found = client.post("/sign-in/organisation", data={"email": f"Nora@{provider.domain.upper()}"}).get_data(
        as_text=True
    )
    assert f'content="0; url={provider.issuer}/oauth/authorize?' in found
    unknown = client.post("/sign-in/organisation", data={"email": "nora@nowhere.example"})
    assert (unknown.status_code, "Please use your password" in unknown.get_data(as_text=True)) == (422, True)
    for slug in (south.slug, "nobody"):
        assert client.get(f"/sso/{slug}").status_code == 404
