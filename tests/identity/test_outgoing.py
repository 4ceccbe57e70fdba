"""Requests to identity providers go to public addresses alone, follow nobody and end soon."""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from urllib3.connection import HTTPSConnection

from portal.identity import outgoing
from portal.identity.errors import ProviderFailed
from portal.identity.outgoing import MOST_BYTES, check_address, fetch_json

pytestmark = pytest.mark.shared_database


@pytest.fixture
def in_production(app: Flask) -> Iterator[None]:
    """Let the portal be reached over TLS."""
    before = app.extensions["settings"]
    app.extensions["settings"] = dataclasses.replace(before, public_url="https://portal.example")
    yield
    app.extensions["settings"] = before


@pytest.mark.usefixtures("in_production")
def test_only_https_addresses_of_hosts_are_asked(app: Flask) -> None:
    with app.app_context():
        for address in (
            *(
                "http://login.example",
                "http://localhost",
                "http://127.0.0.1:8080",
                "ftp://login.example",
                "login.example",
            ),
            *("https://", "https://user@login.example", "https://user:word@login.example", "https://login.example/#a"),
            *(
                "https://login.example:99999",
                "https://login.example/a b",
                "https://lögin.example",
                "file:///etc/passwd",
            ),
            "https://login.example/\n",
        ):
            with pytest.raises(ProviderFailed):
                check_address(address)
        assert check_address("https://login.example:8443/a?b=c").port == 8443


@pytest.mark.usefixtures("in_production")
def test_private_addresses_are_never_connected_to(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[object] = []
    monkeypatch.setattr(outgoing, "_read", lambda *arguments: connected.append(arguments))
    private = (
        *(
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "ff02::1", "::"),
    )
    with app.app_context():
        for address in private:
            for found in ([address], ["93.184.216.34", address]):
                rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in found]
                monkeypatch.setattr(socket, "getaddrinfo", lambda *_, rows=rows, **__: rows)
                with pytest.raises(ProviderFailed, match="not a public address"):
                    fetch_json("https://login.example/.well-known/openid-configuration")
    assert connected == []


@pytest.mark.usefixtures("in_production")
def test_the_checked_address_is_the_one_connected_to(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that answers differently the second time gains nothing: it is asked once."""
    asked: list[str] = []
    used: list[tuple[str, str]] = []

    def resolve(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]

    def read(connection: Any, path: str, _form: Any, headers: dict[str, str]) -> tuple[int, bytes]:
        used.append((connection.host, headers["Host"]))
        assert (connection.server_hostname, connection.assert_hostname) == ("login.example", "login.example")
        return 200, b'{"a": 1}'

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(outgoing, "_read", read)
    monkeypatch.setattr(HTTPSConnection, "connect", lambda _connection: None)
    with app.app_context():
        assert fetch_json("https://login.example/x") == {"a": 1}
    assert (asked, used) == (["login.example"], [("93.184.216.34", "login.example")])


def test_the_operator_may_name_hosts_of_the_own_network(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    before = app.extensions["settings"]
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    monkeypatch.setattr(outgoing, "_read", lambda *_: (200, b"{}"))
    monkeypatch.setattr(HTTPSConnection, "connect", lambda _connection: None)
    app.extensions["settings"] = dataclasses.replace(before, private_issuers=frozenset({"keycloak.intern"}))
    try:
        with app.app_context():
            assert fetch_json("https://keycloak.intern/x") == {}
            with pytest.raises(ProviderFailed, match="not a public address"):
                fetch_json("https://other.intern/x")
    finally:
        app.extensions["settings"] = before


@pytest.fixture
def answering() -> Iterator[Callable[..., str]]:
    """Give a function that answers one request with these bytes, each piece after a pause, and gives its address."""
    threads: list[threading.Thread] = []

    def start(*pieces: bytes, pause: float = 0) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        port = server.getsockname()[1]

        def serve() -> None:
            with server, server.accept()[0] as peer:
                peer.recv(65536)
                for piece in pieces:
                    try:
                        peer.sendall(piece)
                    except OSError:
                        return
                    time.sleep(pause)

        threads.append(threading.Thread(target=serve, daemon=True))
        threads[-1].start()
        return f"http://127.0.0.1:{port}/x"

    yield start
    for thread in threads:
        thread.join(20)


def test_what_is_not_one_small_json_object_is_refused(app: Flask, answering: Callable[..., str]) -> None:
    def head(status: str = "200 OK", **more: str) -> bytes:
        lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in more.items())]
        return ("\r\n".join([*lines, "Connection: close", "", ""])).encode()

    with app.app_context():
        assert fetch_json(answering(head() + b'{"issuer": "x"}')) == {"issuer": "x"}
        for answer in (
            head("302 Found", Location="http://127.0.0.1:9/") + b"{}",
            head("404 Not Found") + b"{}",
            head() + b"[]",
            head() + b"<html>",
            head() + b'{"a": "' + b"a" * MOST_BYTES + b'"}',
            b"not HTTP at all\r\n\r\n",
            b"",
        ):
            with pytest.raises(ProviderFailed):
                fetch_json(answering(answer))


def test_an_answer_that_drips_is_cut_off(
    app: Flask, answering: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "MOST_SECONDS", 0.5)
    with app.app_context():
        for pieces in ((b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 60), (b"HTTP/1.1 200 OK\r\n\r\n", *[b" "] * 60)):
            began = time.monotonic()
            with pytest.raises(ProviderFailed):
                fetch_json(answering(*pieces, pause=0.25))
            assert time.monotonic() - began < 10
