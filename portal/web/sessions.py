"""The signed session cookie, read and written as Flask does."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class Sessions(SecureCookieSessionInterface):
    """Flask's own, with a serializer for each key rather than each use: making one tries it out, even without a cookie."""

    def __init__(self) -> None:
        self._made: tuple[Any, URLSafeTimedSerializer | None] = (None, None)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Give what signs with the application's present keys."""
        keys = (app.secret_key, tuple(app.config["SECRET_KEY_FALLBACKS"] or ()))
        made, serializer = self._made
        if made != keys:
            serializer = super().get_signing_serializer(app)
            self._made = (keys, serializer)
        return serializer


def signing_keys() -> list[str]:
    """Give the keys for a serializer of itsdangerous: all of them count, the last one signs."""
    return [*reversed(current_app.config["SECRET_KEY_FALLBACKS"] or ()), str(current_app.secret_key)]
