"""What the benchmarks stand on: a server of its own with durable settings, the data, the portal as shipped, the limit."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from benchmarks.client import Client
from benchmarks.data import FIRST_BUYER, PEOPLE, write_data
from benchmarks.sizes import Size
from portal.core import embedded, migration
from portal.core.config import PROJECT_FOLDER
from tenants.authentication import hash_token, new_token
from tenants.database_roles import conninfo, prepare_roles

PORTAL = ("gunicorn", "--no-control-socket", "-c", "deploy/gunicorn.conf.py", "app:app")
WORKER = ("flask", "--app", "app", "run-worker")
LIMIT = ("gunicorn", "--no-control-socket", "-c", "benchmarks/limit_gunicorn.py", "benchmarks.limit_app:app")
SCOPES = ["buying:read", "buying:write"]


@dataclass(frozen=True, slots=True)
class Ground:
    """Where everything is."""

    size: Size
    instance: Path
    admin_url: str
    port: int
    limit_port: int
    cookies: tuple[str, ...]
    """A signed session cookie of each person; person n buys for organisation FIRST_BUYER + n."""
    tokens: tuple[str, ...]
    """A bearer token of each buyer."""
    web: subprocess.Popen[bytes]
    processes: tuple[int, ...]
    """The database server, the portal's web server and the limit's."""

    @property
    def environment(self) -> dict[str, str]:
        """What a command of the portal needs to work with this database."""
        return {**os.environ, "DATABASE_URL": "", "INSTANCE": str(self.instance), "DEMO": "no"}

    @property
    def log(self) -> Path:
        """The log of the database server."""
        return self.instance / "postgres.log"

    def browser(self, number: int) -> Client:
        """Give a signed-in browser of client `number`."""
        client = Client(self.port, {"Accept": "text/html", "Accept-Language": "de"})
        client.set_cookie("kontor", self.cookies[number % PEOPLE])
        return client

    def program(self, number: int) -> Client:
        """Give a program with the token of client `number`'s organisation."""
        return Client(self.port, {"Authorization": f"Bearer {self.tokens[number % PEOPLE]}"})

    def limit(self) -> Client:
        """Give a client of the limit."""
        return Client(self.limit_port)

    def connect(self) -> psycopg.Connection[Any]:
        """Connect as the server's superuser, whom no wall binds."""
        return psycopg.connect(self.admin_url)


@contextmanager
def stand(size: Size, instance: Path) -> Iterator[Ground]:
    """Start the database, fill it unless it holds these data already, start portal and limit."""
    with embedded.hold(instance) as admin_url:
        database = _filled(admin_url, instance, size)
        cookies, tokens = _sign_in(database, instance)
        port, limit_port = _free_port(), _free_port()
        environment = {"INSTANCE": str(instance), "PORT": str(port), "DEMO": "no"}
        with (
            running("web", PORTAL, instance, environment) as web,
            running("limit", LIMIT, instance, {"LIMIT_PORT": str(limit_port), "LIMIT_DATABASE": database}) as limit,
        ):
            _wait(f"http://127.0.0.1:{port}/readyz", web)
            _wait(f"http://127.0.0.1:{limit_port}/rows", web)
            server = int((instance / "postgres" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
            processes = (server, web.pid, limit.pid)
            yield Ground(size, instance, database, port, limit_port, cookies, tokens, web, processes)


@contextmanager
def running(
    name: str, program: tuple[str, ...], instance: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of the portal beside us; its output goes into a log of the instance folder."""
    log = instance / "logs" / f"bench-{name}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *program],
            cwd=PROJECT_FOLDER,
            env={**os.environ, "DATABASE_URL": "", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _filled(admin_url: str, instance: Path, size: Size) -> str:
    """Give the superuser's address of the database with these data."""
    filled, wanted = instance / "bench_data", _fingerprint(size)
    database = psycopg.conninfo.make_conninfo(conninfo(admin_url), dbname=embedded.DATABASE)
    kept = filled.exists() and filled.read_text() == wanted
    if not kept:
        filled.unlink(missing_ok=True)
        with psycopg.connect(conninfo(admin_url), autocommit=True) as connection:
            connection.execute(f"drop database if exists {embedded.DATABASE} with (force)".encode())
    urls = prepare_roles(admin_url, instance / "database_passwords.json", database=embedded.DATABASE)
    migration.upgrade(urls.owner)
    if kept:
        return database
    started = time.perf_counter()
    write_data(database, size)
    print(f"wrote the data in {time.perf_counter() - started:.0f} s", flush=True)
    filled.write_text(wanted)
    return database


def _fingerprint(size: Size) -> str:
    digest = hashlib.sha256(repr(size).encode())
    digest.update((Path(__file__).parent / "data.py").read_bytes())
    return digest.hexdigest()


def _sign_in(database: str, instance: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give every buyer's person a session and every API client a token, as signing in would."""
    cookies, tokens = [], []
    with psycopg.connect(database) as connection:
        for person in range(1, PEOPLE + 1):
            cookies.append(session_cookie(connection, instance, person, FIRST_BUYER + person - 1))
            tokens.append(new_token())
            connection.execute(
                "insert into api_token (token_hash, client_id, scopes, expires_at)"
                " values (%s, %s, %s, now() + interval '1 day')",
                (hash_token(tokens[-1]), person, SCOPES),
            )
    return tuple(cookies), tuple(tokens)


def session_cookie(connection: psycopg.Connection[Any], instance: Path, person: int, organisation: int) -> str:
    """Start a session of the person in the organisation and give the cookie that a browser would have."""
    secret = instance / "secret_key"
    if not secret.exists():
        secret.touch(0o600)
        secret.write_text(new_token())
    signer = Flask(__name__)
    signer.secret_key = secret.read_text().strip()
    serializer = SecureCookieSessionInterface().get_signing_serializer(signer)
    if serializer is None:
        raise RuntimeError("no secret key")
    session = new_token()
    connection.execute(
        "insert into user_session (user_id, organisation_id, token_hash, expires_at)"
        " values (%s, %s, %s, now() + interval '1 day')",
        (person, organisation, hash_token(session)),
    )
    cookie: str = serializer.dumps({"token": session, "_permanent": True, "language": "de"})
    return cookie


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(url: str, web: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and web.poll() is None:
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise SystemExit(f"{url} did not answer; see the logs in the instance folder")
