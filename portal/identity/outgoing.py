"""Requests to identity providers: to checked addresses alone, without redirects, small and soon over.

An administrator of any organisation names the host. So what it resolves to is checked, and that very address is connected to.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import SplitResult, urlencode, urlsplit

from flask import current_app
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from portal.core.config import Settings
from portal.identity.errors import ProviderFailed

MOST_BYTES: Final = 512 * 1024
MOST_SECONDS: Final = 4.0
_LONGEST: Final = 2000
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 behind IPv6 (RFC 6052)."""


def check_address(url: str) -> SplitResult:
    """Give the parts of an address that may be asked: https, or http on this machine where the portal runs so itself.

    Raises:
        ProviderFailed: it may not.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ProviderFailed("the address cannot be read") from error
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise ProviderFailed("the address cannot be read")
    if not parts.hostname or parts.username is not None or parts.password is not None or parts.fragment:
        raise ProviderFailed("the address must have a host, and neither user nor fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_developers(parts.hostname)):
        raise ProviderFailed("the address must begin with https://")
    return parts


def fetch_json(
    url: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Give the JSON object at the address; with `form` it is posted.

    Raises:
        ProviderFailed: the address may not be asked, does not answer in time or answers something else.
    """
    status, body = _fetch(url, form, {"Accept": "application/json", **(headers or {})})
    if status != 200:  # noqa: PLR2004 - HTTP status
        raise ProviderFailed(f"{url} answered {status}")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProviderFailed(f"{url} did not answer JSON") from error
    if not isinstance(found, dict):
        raise ProviderFailed(f"{url} did not answer a JSON object")
    return found


def _fetch(url: str, form: Mapping[str, str] | None, headers: dict[str, str]) -> tuple[int, bytes]:
    parts = check_address(url)
    assert parts.hostname is not None  # noqa: S101 - just checked
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _checked(parts.hostname, port)
    connection: HTTPConnection
    if parts.scheme == "https":
        connection = HTTPSConnection(
            address,
            port,
            timeout=MOST_SECONDS,
            ssl_context=ssl.create_default_context(),
            server_hostname=parts.hostname,
            assert_hostname=parts.hostname,
        )
    else:
        connection = HTTPConnection(address, port, timeout=MOST_SECONDS)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # The timeout of a socket begins anew with each byte; this one ends whatever is going on.
    sockets: list[Any] = []
    end = threading.Timer(MOST_SECONDS, _cut, (connection, sockets))
    end.start()
    try:
        connection.connect()
        sockets.append(connection.sock)
        return _read(connection, path, form, {**headers, "Host": parts.netloc, "Accept-Encoding": "identity"})
    except (HTTPError, HTTPException, OSError) as error:
        raise ProviderFailed(f"{url}: {error}") from error
    finally:
        end.cancel()
        connection.close()


def _read(
    connection: HTTPConnection, path: str, form: Mapping[str, str] | None, headers: dict[str, str]
) -> tuple[int, bytes]:
    if form is None:
        connection.request("GET", path, headers=headers, preload_content=False)
    else:
        headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, body=urlencode(form), headers=headers, preload_content=False)
    response = connection.getresponse()
    body = response.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise ProviderFailed("the answer is too large")
    return response.status, body


def _cut(connection: HTTPConnection, sockets: list[Any]) -> None:
    """End it while it connects, or once connected, when the connection may have let go of its socket already."""
    for each in sockets or [connection.sock]:
        with contextlib.suppress(OSError, TypeError):
            # Of the plain socket: TLS would wait for the other side.
            socket.socket.shutdown(each, socket.SHUT_RDWR)


def _checked(host: str, port: int) -> str:
    """Give the first of the host's addresses; none of them may be private."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ProviderFailed(f"{host} is not found") from error
    addresses = [str(row[4][0]) for row in found]
    settings: Settings = current_app.extensions["settings"]
    if host not in settings.private_issuers and not _is_developers(host) and not all(map(_is_public, addresses)):
        raise ProviderFailed(f"{host} is not a public address")
    return addresses[0]


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if address in _TRANSLATED:
            within = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if within:
            return _is_public(str(within))
    return address.is_global and not address.is_multicast


def _is_developers(host: str) -> bool:
    """Tell whether it is this machine, while the portal itself is reached on it and without TLS: at development."""
    here = {"localhost", "127.0.0.1", "::1"}
    settings: Settings = current_app.extensions["settings"]
    own = urlsplit(settings.public_url)
    return host in here and own.scheme == "http" and own.hostname in here
