"""The session cookie is Flask's own; what signs it follows the application's keys."""

from __future__ import annotations

from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from portal.web.sessions import Sessions


def test_the_cookie_is_the_one_that_flask_signs_and_reads() -> None:
    app = Flask(__name__)
    app.secret_key = "first key"
    own, flasks = Sessions().get_signing_serializer(app), SecureCookieSessionInterface().get_signing_serializer(app)
    assert own is not None
    assert flasks is not None
    assert flasks.loads(own.dumps({"token": "Grün"})) == {"token": "Grün"}
    assert own.loads(flasks.dumps({"token": "Grün"})) == {"token": "Grün"}


def test_it_is_made_once_for_each_key() -> None:
    app, sessions = Flask(__name__), Sessions()
    assert sessions.get_signing_serializer(app) is None
    app.secret_key = "first key"
    first = sessions.get_signing_serializer(app)
    assert first is not None
    assert sessions.get_signing_serializer(app) is first
    signed = first.dumps({"token": "a"})
    app.secret_key, app.config["SECRET_KEY_FALLBACKS"] = "second key", ["first key"]
    second = sessions.get_signing_serializer(app)
    assert second is not None
    assert second is not first
    assert second.loads(signed) == {"token": "a"}
