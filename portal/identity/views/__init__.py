"""The screens of single sign-on: coming in by a provider, and setting it up."""

from __future__ import annotations

from flask import Flask

from portal.identity.queries.sign_in import find_open_provider
from portal.identity.views.scim import scim
from portal.identity.views.settings import provider_settings
from portal.identity.views.signing_in import single_sign_on


def register(app: Flask) -> None:
    """Bind the screens, and tell the sign-in page whose own it can offer."""
    app.extensions["offers_single_sign_on"] = lambda slug: find_open_provider(slug) is not None
    app.register_blueprint(single_sign_on)
    app.register_blueprint(provider_settings)
    if "csrf" in app.extensions:
        # A bearer token cannot be sent by somebody else's page.
        app.extensions["csrf"].exempt(scim)
    app.register_blueprint(scim)
