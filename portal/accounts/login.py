"""Flask-Login over the session table: `current_user` is whoever the cookie's token stands for in this very request."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Request, g, session
from flask_login import LoginManager, UserMixin

from portal.core.i18n import LANGUAGE_KEY, OWN_LANGUAGE_KEY
from portal.web.screens import signed_in_person
from tenants.authentication import SignedIn

TOKEN = "token"  # noqa: S105 - the name of the key in the cookie
DEVICE = "device"
"""By what the browser is known again, whoever signs in; it outlives sessions."""
DEVICE_KNOWN_FOR = timedelta(days=400)
"""As long as browsers keep a cookie."""
DOOR = "door"
"""The slug of the page at which the person signs in, so that the next sign-in looks the same."""


class PersonInBrowser(UserMixin):  # type: ignore[misc] # flask-login is untyped
    """A signed-in person as Flask-Login knows it."""

    def __init__(self, person: SignedIn) -> None:
        self.person = person

    def get_id(self) -> str:
        """Give the session's id: what is revoked is nobody at once."""
        return str(self.person.session_id)


def register_login(app: Flask) -> None:
    """Set Flask-Login up; the cookie holds the session's token, everything else is in the table."""
    # The cookie outlives the session in it, which the table ends: by it the browser is known again.
    app.config["PERMANENT_SESSION_LIFETIME"] = DEVICE_KNOWN_FOR
    # The cookie changes when somebody signs in; sending it again with each page would only undo other tabs' changes.
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    manager = LoginManager()
    manager.login_view = "sign_in.show"
    manager.session_protection = None
    # No template asks for `current_user`: the shell has the principal.
    manager.init_app(app, add_context_processor=False)
    manager.request_loader(_load)


def _load(_request: Request) -> PersonInBrowser | None:
    person = signed_in_person()
    return PersonInBrowser(person) if person else None


def keep_in_cookie(token: str, own_language: str) -> None:
    """Start the browser's session afresh: of what was in the cookie before, device, door and chosen language are worth keeping.

    `own_language` is the person's. It is kept beside what was chosen in this browser, never as if it had been chosen:
    it must not follow the next person who signs in here.
    """
    kept = _of_the_browser()
    session.clear()
    session.permanent = True
    session.update(kept)
    session[TOKEN] = token
    session[OWN_LANGUAGE_KEY] = own_language
    # The form token of this request belongs to the session that just ended.
    g.pop("csrf_token", None)


def forget_cookie() -> None:
    """Leave nothing of the signed-in person in the cookie; chosen language and door belong to the browser."""
    kept = _of_the_browser()
    session.clear()
    session.permanent = DEVICE in kept
    session.update(kept)


def _of_the_browser() -> dict[str, str]:
    return {name: session[name] for name in (DEVICE, DOOR, LANGUAGE_KEY) if name in session}
