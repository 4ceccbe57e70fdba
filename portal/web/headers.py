"""Security headers, and what the address line and proxies may say.

Links, cookies and redirects follow PUBLIC_URL alone: the Host header and X-Forwarded-Host, -Proto and -Port of a
request are replaced before anything reads them, so forging them changes nothing. X-Forwarded-For is believed for as
many proxies as TRUSTED_PROXIES says, and only for the caller's address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.web.request_context import current_request_id, is_api_request
from portal.web.sessions import Sessions

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CONTENT_SECURITY_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def _policy_text(directives: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in directives.items())


_USUAL_POLICY: Final = _policy_text(CONTENT_SECURITY_POLICY)
# Answers that are not pages load nothing at all.
_NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"

PERMISSIONS_POLICY: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)
_ALWAYS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", PERMISSIONS_POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_ONE_YEAR: Final = 31_536_000
_FORWARDED: Final = (
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_SSL",
    "HTTP_X_ORIGINAL_URL",
    "HTTP_X_REWRITE_URL",
    "HTTP_X_HTTP_METHOD_OVERRIDE",
    "HTTP_FORWARDED",
)


class PublicAddress:
    """WSGI middleware: every request has the host and scheme of PUBLIC_URL, whatever its headers say."""

    def __init__(self, application: WSGIApplication, public_url: str) -> None:
        parts = urlsplit(public_url)
        self._application = application
        self._scheme = parts.scheme
        self._host = parts.netloc
        self._name = parts.hostname or "localhost"
        self._port = str(parts.port or (443 if parts.scheme == "https" else 80))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Replace what came and go on."""
        for name in _FORWARDED:
            environ.pop(name, None)
        environ["HTTP_HOST"] = self._host
        environ["SERVER_NAME"] = self._name
        environ["SERVER_PORT"] = self._port
        environ["wsgi.url_scheme"] = self._scheme
        return self._application(environ, start_response)


def register_headers(app: Flask) -> None:
    """Set the headers, cookie flags and address rules; reads PUBLIC_URL and TRUSTED_PROXIES of the configuration."""
    public_url = app.config["PUBLIC_URL"]
    is_secure = public_url.startswith("https://")
    app.config.update(
        # A `__Host-` cookie cannot be set or overwritten by a sibling domain; browsers take it over TLS alone.
        SESSION_COOKIE_NAME="__Host-kontor" if is_secure else "kontor",
        SESSION_COOKIE_SECURE=is_secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_DOMAIN=None,
        PREFERRED_URL_SCHEME="https" if is_secure else "http",
    )
    app.session_interface = Sessions()
    application: Any = PublicAddress(app.wsgi_app, public_url)
    if app.config.get("TRUSTED_PROXIES", 0):
        application = ProxyFix(
            application, x_for=app.config["TRUSTED_PROXIES"], x_proto=0, x_host=0, x_port=0, x_prefix=0
        )
    app.wsgi_app = application  # type: ignore[method-assign]
    app.after_request(_set_headers)


def public_link(endpoint: str, **values: Any) -> str:
    """Give an absolute address for mails and documents, built on PUBLIC_URL inside and outside of requests."""
    parts = urlsplit(current_app.config["PUBLIC_URL"])
    adapter = current_app.url_map.bind(parts.netloc, url_scheme=parts.scheme)
    return adapter.build(endpoint, values, force_external=True)


def allow_in_policy(directive: str, source: str) -> None:
    """Let this one response load from one more source (the scan page: `script-src`, `'wasm-unsafe-eval'`)."""
    g.setdefault("policy_additions", []).append((directive, source))


def safe_target(target: str | None, otherwise: str) -> str:
    r"""Give a path of our own to go on to after a form, `otherwise` for anything that leads elsewhere.

    Only absolute paths count; `//host`, `/\host` and control characters, which browsers read as another host, do not.
    """
    if target and re.fullmatch(r"/(?![/\\])[^\x00-\x20\x7f\\]*", target):
        return target
    return otherwise


def _set_headers(response: Response) -> Response:
    headers = response.headers
    # Nobody else sets these, so they need no looking for; it is done for every answer of the portal.
    headers.extend(_ALWAYS)
    headers["X-Request-Id"] = current_request_id()
    if "Content-Security-Policy" not in headers:
        headers.add("Content-Security-Policy", _policy(response))
    if request.is_secure:
        headers.add("Strict-Transport-Security", f"max-age={_ONE_YEAR}")
    if "Cache-Control" not in headers and request.endpoint != "static":
        # Almost every page is priced or personal. What may be kept says so itself; nothing is kept by oversight.
        headers.add("Cache-Control", "no-store")
    return response


def _policy(response: Response) -> str:
    if response.mimetype != "text/html" or is_api_request():
        return _NOTHING
    if "policy_additions" not in g:
        return _USUAL_POLICY
    directives = dict(CONTENT_SECURITY_POLICY)
    for directive, source in g.policy_additions:
        directives[directive] = f"{directives[directive]} {source}"
    return _policy_text(directives)
