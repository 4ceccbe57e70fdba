"""A real identity provider (Canaille) on loopback, an organisation that signs in by it, and a name server for its domain."""

from __future__ import annotations

import html
import json
import os
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import dns.flags
import dns.message
import dns.resolver
import dns.rrset
import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import text
from werkzeug.test import TestResponse

from portal.accounts.sealing import seal
from portal.identity.models import EmailDomain, GroupRole, IdentityProvider
from portal.identity.provider_client import ALGORITHMS
from tests.factories.organisations import make_organisation, make_person
from tests.factories.seed import Seed
from tests.factories.world import Organisation

Change = Callable[[dict[str, Any], dict[str, Any]], None]
CLIENT_ID, CLIENT_SECRET = "kontor-at-canaille", "a secret of the client, as long as any"


@dataclass
class Provider:
    """The running provider: who has an account there, and what is done to its tokens on the way."""

    server: Any
    jwks: list[dict[str, Any]]
    change: Change | None = None
    """Changes claims and header of the next ID tokens before they are signed again."""
    sign: Callable[[dict[str, Any], dict[str, Any]], str] | None = None
    """Signs them in place of the provider."""
    asked: list[str] = field(default_factory=list)
    domain: str = ""
    """Of the addresses of its people."""

    @property
    def issuer(self) -> str:
        return str(self.server.url).rstrip("/")

    @property
    def key(self) -> RSAKey:
        return RSAKey.import_key(self.jwks[0])

    def person(self, name: str, *groups: str, email: str | None = None) -> Any:
        """Add an account, in these groups."""
        with self.server.app.app_context():
            models, backend = self.server.models, self.server.backend
            known = backend.get(models.User, user_name=name)
            person = known or models.User(
                user_name=name,
                given_name=name.title(),
                family_name="Muster",
                formatted_name=f"{name.title()} Muster",
                emails=[email or f"{name}@{self.domain}"],
                password="not used here",
            )
            backend.save(person)
        self.put(person, *groups)
        return person

    def put(self, person: Any, *groups: str) -> None:
        """Let the person be in these groups and no others."""
        with self.server.app.app_context():
            models, backend = self.server.models, self.server.backend
            for group in backend.query(models.Group):
                members = [member for member in group.members if member.id != person.id]
                group.members = members
                backend.save(group)
            for name in groups:
                group = backend.get(models.Group, display_name=name) or models.Group(display_name=name, members=[])
                group.members = [*group.members, person]
                backend.save(group)

    def rotate_key(self) -> None:
        """Sign with another key from now on, as providers do."""
        key = RSAKey.generate_key(2048)
        key.ensure_kid()
        self.jwks[:] = [key.as_dict(private=True)]

    def reset(self) -> None:
        """Be honest again."""
        self.change = self.sign = None
        self.server.logged_user = None
        self.asked.clear()

    def as_altered(self, token: str) -> str:
        """Give the token after what this test does to it."""
        if self.change is None and self.sign is None:
            return token
        decoded = jwt.decode(token, self.key, algorithms=ALGORITHMS)
        claims, header = dict(decoded.claims), dict(decoded.header)
        if self.change is not None:
            self.change(claims, header)
        return self.sign(header, claims) if self.sign else jwt.encode(header, claims, self.key, algorithms=ALGORITHMS)


class _Between:
    """Stands before the provider's application and changes what its token endpoint answers."""

    def __init__(self, application: Any, provider: Provider) -> None:
        self.application = application
        self.provider = provider

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.provider.asked.append(environ["PATH_INFO"])
        if environ["PATH_INFO"] != "/oauth/token":
            return self.application(environ, start_response)
        sent: list[Any] = []
        body = b"".join(self.application(environ, lambda *arguments: sent.extend(arguments[:2])))
        answer = json.loads(body)
        if "id_token" in answer:
            answer["id_token"] = self.provider.as_altered(answer["id_token"])
        body = json.dumps(answer).encode()
        headers = [(name, value) for name, value in sent[1] if name.lower() != "content-length"]
        start_response(sent[0], [*headers, ("Content-Length", str(len(body)))])
        return [body]


@pytest.fixture(scope="session")
def canaille() -> Iterator[Provider]:
    """Run the provider in a thread for the tests of this folder."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from canaille import create_app
        from canaille.backends import Backend
        from pytest_iam import Server

        key = RSAKey.generate_key(2048)
        key.ensure_kid()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        jwks = [key.as_dict(private=True)]
        app = create_app(
            config={
                "TESTING": True,
                "ENV_FILE": None,
                "SECRET_KEY": "of the provider" * 3,
                "WTF_CSRF_ENABLED": False,
                "PREFERRED_URL_SCHEME": "http",
                "SERVER_NAME": f"localhost:{port}",
                "CANAILLE": {
                    "DATABASE": "memory",
                    "JAVASCRIPT": False,
                    "ACL": {"DEFAULT": {"PERMISSIONS": ["use_oidc"]}},
                    "LOGGING": {"version": 1, "disable_existing_loggers": False},
                },
                "CANAILLE_OIDC": {"ACTIVE_JWKS": jwks, "TRUSTED_DOMAINS": ["localhost"]},
            }
        )
    server = Server(app, port, Backend.instance)
    provider = Provider(server, app.config["CANAILLE_OIDC"]["ACTIVE_JWKS"])
    app.wsgi_app = _Between(app.wsgi_app, provider)
    thread = threading.Thread(target=server.httpd.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.httpd.shutdown()
    server.httpd.server_close()
    thread.join(10)


@pytest.fixture
def provider(canaille: Provider, app: Flask) -> Iterator[Provider]:
    """Give the provider with the portal registered, and nobody signed in."""
    app.extensions.pop("identity_providers", None)
    with canaille.server.app.app_context():
        models, backend = canaille.server.models, canaille.server.backend
        for model in (models.AuthorizationCode, models.Token, models.Consent, models.Group, models.User, models.Client):
            for row in backend.query(model):
                backend.delete(row)
        client = models.Client(
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            client_name="Kontor",
            redirect_uris=[],
            grant_types=["authorization_code"],
            response_types=["code"],
            token_endpoint_auth_method="client_secret_basic",
            scope=["openid", "email", "profile", "groups"],
            client_uri="http://localhost:8000",
        )
        backend.save(client)
        client.audience = [client]
        backend.save(client)
    canaille.reset()
    yield canaille
    canaille.reset()


def allow_redirect(provider: Provider, *addresses: str) -> None:
    """Register redirect addresses at the provider."""
    with provider.server.app.app_context():
        models, backend = provider.server.models, provider.server.backend
        client = backend.get(models.Client, client_id=CLIENT_ID)
        client.redirect_uris = [*client.redirect_uris, *addresses]
        backend.save(client)


def callback_of(organisation: Organisation) -> str:
    """Give the organisation's redirect address."""
    return f"http://localhost:8000/sso/{organisation.slug}/callback"


def connect(app: Flask, seed: Seed, provider: Provider, organisation: Organisation, domain: str, **values: Any) -> None:
    """Let the organisation sign in by the provider addresses of that domain."""
    allow_redirect(provider, callback_of(organisation))
    with app.app_context():
        sealed = seal(CLIENT_SECRET)
    seed.add(
        IdentityProvider,
        organisation_id=organisation.id,
        issuer=provider.issuer,
        client_id=CLIENT_ID,
        sealed_secret=sealed,
        **{"trusts_addresses": True, **values},
    )
    seed.add(EmailDomain, organisation_id=organisation.id, domain=domain, token="x")
    seed.run(text("update email_domain set proven_at = now() where domain = :domain"), {"domain": domain})


def make_place(seed: Seed, *roles: str) -> Organisation:
    """Add a wholesaler, alone in its channel, with a person in each role."""
    code = f"N{uuid4().hex[:10]}"
    maker = make_organisation(seed, f"M{code}", "manufacturer", slug=f"m{code.lower()}")
    place = make_organisation(seed, code, "wholesaler", maker, slug=code.lower())
    for role in roles:
        make_person(seed, f"{role}@{place.slug}.example", (place, role))
    return place


@pytest.fixture
def north(app: Flask, seed: Seed, provider: Provider) -> Organisation:
    """Give an organisation with a provider, its domain proven, three groups with roles and an administrator."""
    place = make_place(seed, "admin")
    provider.domain = f"{place.slug}.example"
    connect(app, seed, provider, place, provider.domain)
    for group, role in (("Kontor Admins", "admin"), ("Kontor Sales", "manager"), ("Kontor Store", "warehouse")):
        seed.add(GroupRole, organisation_id=place.id, group_name=group, role=role)
    return place


@pytest.fixture
def south(seed: Seed) -> Organisation:
    """Give an organisation without a provider."""
    return make_place(seed, "admin")


def led_to(page: TestResponse) -> str:
    """Give where the page leads that is shown after a form."""
    return html.unescape(page.get_data(as_text=True).split('content="0; url=')[1].split('"')[0])


def at_provider(provider: Provider, address: str, person: Any) -> str:
    """Sign in at the provider where the portal sent the browser; gives path and query of the way back."""
    assert address.startswith(provider.issuer + "/")
    with provider.server.app.app_context():
        # Kept in memory, it finds codes by their client alone: there must be one.
        for code in provider.server.backend.query(provider.server.models.AuthorizationCode):
            provider.server.backend.delete(code)
    provider.server.login(person)
    parts = urlsplit(address)
    browser = provider.server.app.test_client()
    gone = browser.get(f"{parts.path}?{parts.query}", base_url=provider.issuer)
    if gone.headers.get("Location", "").startswith("/auth/"):
        # It asks the person, although it knows it; who then comes back has just been asked.
        gone = browser.get(f"{parts.path}?{parts.query}", base_url=provider.issuer)
    provider.server.logout()
    assert gone.status_code == 302, gone.get_data(as_text=True)
    back = urlsplit(gone.headers["Location"])
    assert back.netloc == "localhost:8000", gone.headers["Location"]
    return f"{back.path}?{back.query}"


def come_in(
    client: FlaskClient, provider: Provider, organisation: Organisation, person: Any, target: str = ""
) -> TestResponse:
    """Sign in by the provider; gives what the portal answers to its answer."""
    began = client.get(f"/sso/{organisation.slug}", query_string={"next": target} if target else None)
    return client.get(at_provider(provider, began.headers["Location"], person))


def asked_for(answer: TestResponse) -> dict[str, str]:
    """Give the parameters that the portal sends to the provider."""
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


@pytest.fixture
def name_server(app: Flask) -> Iterator[dict[str, str]]:
    """Run a name server on loopback that knows these TXT records alone."""
    records: dict[str, str] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                wire, peer = server.recvfrom(4096)
                if not wire:
                    return
                query = dns.message.from_wire(wire)
                reply = dns.message.make_response(query)
                reply.flags |= dns.flags.RA
                name = query.question[0].name
                record = records.get(name.to_text(omit_final_dot=True))
                if record is not None:
                    reply.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", f'"{record}"'))
                server.sendto(reply.to_wire(), peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = server.getsockname()[1]
        app.config["DNS_RESOLVER"] = resolver
        yield records
        app.config.pop("DNS_RESOLVER")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"", server.getsockname())
        thread.join(10)
