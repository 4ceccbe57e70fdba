"""The OAuth 2 endpoints and the screens of programs."""

from __future__ import annotations

from flask import Flask

from portal.oauth.views.consent import consent
from portal.oauth.views.endpoints import metadata, oauth
from portal.oauth.views.own_programs import own_programs
from portal.oauth.views.programs import programs


def register(app: Flask) -> None:
    """Bind the endpoints and screens."""
    if "csrf" in app.extensions:
        # Programs prove themselves by what no page of somebody else can send.
        app.extensions["csrf"].exempt(oauth)
    for blueprint in (oauth, metadata, consent, own_programs, programs):
        app.register_blueprint(blueprint)
