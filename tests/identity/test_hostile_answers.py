"""Answers that must let nobody in: forged, borrowed, repeated, too old, or from somebody else."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.factories.organisations import make_token
from tests.factories.seed import Seed
from tests.factories.world import Organisation
from tests.identity.conftest import CLIENT_SECRET, Provider, at_provider, come_in, connect, make_place
from tests.identity.test_signing_in import live_sessions, log

pytestmark = pytest.mark.shared_database


def changed(back: str, **values: str | None) -> str:
    """Give the way back with other parameters; None takes one away."""
    parts = urlsplit(back)
    known = {name: found[0] for name, found in parse_qs(parts.query).items()}
    return (
        f"{parts.path}?{urlencode({name: value for name, value in {**known, **values}.items() if value is not None})}"
    )


def way_back(client: FlaskClient, provider: Provider, organisation: Organisation, name: str = "nora") -> str:
    """Begin, sign in at the provider, and give the way back without going it."""
    began = client.get(f"/sso/{organisation.slug}")
    return at_provider(provider, began.headers["Location"], provider.person(name, "Kontor Admins"))


def test_tokens_that_were_made_for_something_else_count_for_nothing(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    person = provider.person("nora", "Kontor Admins")
    lies: dict[str, Callable[[dict[str, Any]], Any]] = {
        "another nonce": lambda claims: claims.update(nonce="another"),
        "no nonce": lambda claims: claims.pop("nonce"),
        "another audience": lambda claims: claims.update(aud="somebody-else"),
        "no audience": lambda claims: claims.update(aud=[]),
        "two audiences, for the other": lambda claims: claims.update(aud=["kontor-at-canaille", "other"], azp="other"),
        "two audiences, for nobody": lambda claims: claims.update(aud=["kontor-at-canaille", "other"], azp=None),
        "only authorised": lambda claims: claims.update(aud="other", azp="kontor-at-canaille"),
        "another issuer": lambda claims: claims.update(iss="https://evil.example"),
        "no issuer": lambda claims: claims.pop("iss"),
        "no subject": lambda claims: claims.pop("sub"),
        "an empty subject": lambda claims: claims.update(sub=""),
        "expired": lambda claims: claims.update(exp=claims["iat"] - 61, iat=claims["iat"] - 3600),
        "no end": lambda claims: claims.pop("exp"),
        "from the future": lambda claims: claims.update(iat=claims["iat"] + 600),
        "not yet valid": lambda claims: claims.update(nbf=claims["iat"] + 600),
        "of another access token": lambda claims: claims.update(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    }
    for name, lie in lies.items():
        provider.change = lambda claims, _header, lie=lie: lie(claims)
        assert come_in(client, provider, north, person).status_code == 502, name
    assert live_sessions(seed, north) == 0
    assert {entry[:3] for entry in log(seed, north)} == {("session.opened", "", True)}
    # Clocks differ: half a minute is forgiven.
    provider.change = lambda claims, _header: claims.update(exp=claims["iat"] - 30, iat=claims["iat"] + 30)
    assert come_in(client, provider, north, person).status_code == 302


def plain(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Give a token that nobody signed."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
    return f"{parts[0]}.{parts[1]}."


def by_word(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """Give a token signed with a shared key, as no library would with a public one."""
    signed = plain(header, claims).rstrip(".")
    mark = hmac.digest(key, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def test_signatures_of_anybody_else_count_for_nothing(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    person = provider.person("nora", "Kontor Admins")
    stranger = RSAKey.generate_key(2048)
    honest = jwt.encode
    forgeries: dict[str, Callable[[dict[str, Any], dict[str, Any]], str]] = {
        "none": lambda header, claims: plain({**header, "alg": "none"}, claims),
        "None": lambda header, claims: plain({**header, "alg": "None"}, claims),
        "signed with the public key": lambda header, claims: by_word(
            {**header, "alg": "HS256"}, claims, provider.key.as_pem(private=False)
        ),
        "signed with the client's secret": lambda header, claims: by_word(
            {**header, "alg": "HS256"}, claims, CLIENT_SECRET.encode()
        ),
        "a stranger's key of the same name": lambda header, claims: honest(
            {**header, "alg": "RS256"}, claims, stranger
        ),
        "a key it brings along": lambda header, claims: honest(
            {"alg": "RS256", "jwk": stranger.as_dict(private=False)}, claims, stranger
        ),
        "an unknown key": lambda header, claims: honest({"alg": "RS256", "kid": "unknown"}, claims, stranger),
        "no token": lambda _header, _claims: "",
        "half a token": lambda _header, _claims: "e30.e30",
    }
    for name, forge in forgeries.items():
        provider.sign = forge
        assert come_in(client, provider, north, person).status_code == 502, name
    assert live_sessions(seed, north) == 0


def test_keys_that_the_provider_published_since_are_looked_up(
    client: FlaskClient, provider: Provider, north: Organisation
) -> None:
    person = provider.person("nora", "Kontor Admins")
    assert come_in(client, provider, north, person).status_code == 302
    assert come_in(client, provider, north, person).status_code == 302
    assert provider.asked.count("/oauth/jwks.json") == 1
    provider.rotate_key()
    assert come_in(client, provider, north, person).status_code == 302
    assert provider.asked.count("/oauth/jwks.json") == 2


def test_an_answer_is_heard_once_in_the_browser_that_asked(
    app: Flask, client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    back = way_back(client, provider, north)
    assert app.test_client().get(back).status_code == 400  # somebody else's browser
    other = app.test_client()
    other.get(f"/sso/{north.slug}")
    assert other.get(back).status_code == 400  # which asked something else
    assert client.get(changed(back, state="another")).status_code == 400
    assert client.get(back).status_code == 400  # the state is used up by the wrong answer
    back = way_back(client, provider, north)
    assert client.get(back).status_code == 302
    assert client.get(back).status_code == 400
    # The same code with a new request: the provider knows it was used, and the verifier is another one.
    began = parse_qs(urlsplit(client.get(f"/sso/{north.slug}").headers["Location"]).query)
    assert client.get(changed(back, state=began["state"][0])).status_code == 502
    assert live_sessions(seed, north) == 1


def test_a_stolen_code_is_worth_nothing_in_another_request(
    app: Flask, client: FlaskClient, provider: Provider, north: Organisation
) -> None:
    """PKCE: the code belongs to the browser whose request carried the challenge."""
    stolen = parse_qs(urlsplit(way_back(client, provider, north)).query)["code"][0]
    thief = app.test_client()
    began = parse_qs(urlsplit(thief.get(f"/sso/{north.slug}").headers["Location"]).query)
    answer = thief.get(f"/sso/{north.slug}/callback?" + urlencode({"code": stolen, "state": began["state"][0],
                                                                   "iss": provider.issuer}))  # fmt: skip
    assert answer.status_code == 502


def test_an_answer_from_another_provider_is_refused(
    app: Flask, client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    for issuer in ("https://evil.example", "", f"{provider.issuer}/"):
        assert client.get(changed(way_back(client, provider, north), iss=issuer)).status_code == 502, issuer
    # This provider says that it always names itself.
    metadata = app.extensions["identity_providers"][provider.issuer].metadata
    expected = 502 if metadata.names_itself else 302
    assert client.get(changed(way_back(client, provider, north), iss=None)).status_code == expected
    # One organisation's answer is nothing at another's address.
    south = make_place(seed)
    connect(app, seed, provider, south, f"{south.slug}.example", default_role="admin")
    back = way_back(client, provider, north)
    assert client.get(back.replace(north.slug, south.slug)).status_code == 400
    assert live_sessions(seed, south) == 0


def test_what_the_provider_refuses_lets_nobody_in(client: FlaskClient, provider: Provider, north: Organisation) -> None:
    back = way_back(client, provider, north)
    denied = client.get(changed(back, code=None, error="access_denied"))
    assert (denied.status_code, "did not let you in" in denied.get_data(as_text=True)) == (403, True)
    assert client.get(changed(way_back(client, provider, north), code=None)).status_code == 502


def test_groups_that_were_left_out_take_nothing_away(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    person = provider.person("nora", "Kontor Admins")
    come_in(client, provider, north, person)
    for claims in ({"hasgroups": True}, {"_claim_names": {"groups": "src1"}}):
        provider.put(person)
        provider.change = lambda sent, _header, claims=claims: sent.update(claims)
        refused = come_in(client, provider, north, person)
        assert (refused.status_code, "so many groups" in refused.get_data(as_text=True)) == (403, True)
    assert live_sessions(seed, north) == 1


def test_a_provider_that_is_down_locks_nobody_out_of_the_page(
    client: FlaskClient, seed: Seed, provider: Provider, north: Organisation
) -> None:
    from sqlalchemy import text

    seed.run(
        text("update identity_provider set issuer = 'http://127.0.0.1:9' where organisation_id = :id"), {"id": north.id}
    )
    answer = client.get(f"/sso/{north.slug}")
    assert (answer.status_code, "cannot be reached" in answer.get_data(as_text=True)) == (502, True)
    assert client.get(f"/w/{north.slug}/").status_code == 200


def test_programs_are_not_concerned(app: Flask, seed: Seed, north: Organisation) -> None:
    token = make_token(seed, north, "selling:admin")
    answer = app.test_client().get("/api/v1/selling/single-sign-on", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["provider"]["client_id"] == "kontor-at-canaille"
    assert "secret" not in answer.get_data(as_text=True)
    assert answer.json["groups"] == [
        {"group": "Kontor Admins", "role": "admin"},
        {"group": "Kontor Sales", "role": "manager"},
        {"group": "Kontor Store", "role": "warehouse"},
    ]
    assert [row["status"] for row in answer.json["domains"]] == ["proven"]
