"""The screens of accounts: signing in, invitations, the own organisation, a seller's accounts."""

from __future__ import annotations

from flask import Flask

from portal.accounts.login import register_login
from portal.accounts.passwords import register_passwords
from portal.accounts.shell_parts import register_shell_parts
from portal.accounts.views.brands import brands
from portal.accounts.views.forgotten_password import forgotten_password
from portal.accounts.views.sign_in import sign_in
from portal.web.home import register_home


def register(app: Flask) -> None:
    """Bind the screens and fill the shell's parts."""
    register_passwords(app.config)
    register_login(app)
    register_shell_parts(app)
    register_home(app)
    for blueprint in (sign_in, forgotten_password, brands):
        app.register_blueprint(blueprint)
