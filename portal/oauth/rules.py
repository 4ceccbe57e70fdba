"""Pure rules: which addresses a person may be sent back to, and which scopes a person can give."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from tenants.authentication import capacities_of
from tenants.permissions import SCOPE_CAPACITY, SCOPE_PERMISSIONS, Permission, Scope
from tenants.token_models import ClientKind

MOST_REDIRECT_URIS: Final = 10
LONGEST_REDIRECT_URI: Final = 500
_CHARACTERS: Final = re.compile(r"[A-Za-z0-9._~:/?@&+=%\[\]-]+")
"""What may stand in an address, without what would mean something in a header (`;` `,` `'`) or begins a fragment."""
_HOST: Final = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_PRIVATE_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
"""A domain of the program's maker, the other way round (RFC 8252, section 7.1)."""
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})


def is_redirect_uri(text: str, kind: ClientKind) -> bool:
    """Tell whether a program of that kind may have people sent back there.

    A web application: https to a named host. One on people's devices also: http to the machine itself by its number, or a
    scheme of its own (RFC 8252, section 7). Never a fragment, a name and password, or steps upwards.
    """
    if len(text) > LONGEST_REDIRECT_URI or _CHARACTERS.fullmatch(text) is None:
        return False
    parts = _split(text)
    if parts is None or parts.username is not None or parts.password is not None or ".." in parts.path:
        return False
    if parts.scheme == "https":
        return _HOST.fullmatch(parts.hostname or "") is not None and parts.netloc == parts.netloc.lower()
    if kind is not ClientKind.NATIVE:
        return False
    if parts.scheme == "http":
        return _is_loopback(parts)
    return _PRIVATE_SCHEME.fullmatch(parts.scheme) is not None and not parts.netloc and parts.path.startswith("/")


def fits_redirect_uri(asked: str, registered: Iterable[str]) -> bool:
    """Tell whether the address is one of the registered ones, letter by letter.

    On the machine itself any port counts, because the program takes one that is free (RFC 8252, section 7.3).
    """
    return any(asked == known or _is_same_but_port(asked, known) for known in registered)


def origin_of(redirect_uri: str) -> str:
    """Give scheme, host and port of a registered address, as a content security policy names them."""
    parts = urlsplit(redirect_uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def givable_scopes(
    wanted: Iterable[str], permissions: frozenset[Permission], kind: str, *, has_seller: bool
) -> tuple[Scope, ...]:
    """Give those of the wanted scopes of which a person with the permissions, in an organisation of that kind, has anything."""
    asked, capacities = set(wanted), capacities_of(kind, has_seller=has_seller)
    return tuple(
        scope
        for scope in Scope
        if scope.value in asked and SCOPE_CAPACITY[scope] in capacities and SCOPE_PERMISSIONS[scope] & permissions
    )


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _is_loopback(parts: SplitResult) -> bool:
    try:
        return str(ip_address(parts.hostname or "")) in _LOOPBACK
    except ValueError:
        return False


def _is_same_but_port(asked: str, known: str) -> bool:
    there, here = _split(asked), _split(known)
    if there is None or here is None or here.scheme != "http" or not _is_loopback(here):
        return False
    if there.port == 0 or not re.fullmatch(r"(127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", there.netloc):
        return False
    return (there.scheme, there.hostname, there.path, there.query) == (
        here.scheme,
        here.hostname,
        here.path,
        here.query,
    ) and "#" not in asked
