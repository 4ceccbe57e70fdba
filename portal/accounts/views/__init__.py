"""The screens of accounts: signing in, invitations, the own organisation, a seller's accounts."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from portal.accounts.login import register_login
from portal.accounts.passwords import register_passwords
from portal.accounts.shell_parts import register_shell_parts
from portal.accounts.views.account_screens import accounts, own_addresses, price_groups, tasks
from portal.accounts.views.acting import register_acting
from portal.accounts.views.audit import audit_log
from portal.accounts.views.brands import brands
from portal.accounts.views.forgotten_password import forgotten_password
from portal.accounts.views.invitations import invitations
from portal.accounts.views.mailbox import mailbox
from portal.accounts.views.organisation import organisation
from portal.accounts.views.passkeys import passkeys
from portal.accounts.views.people import people
from portal.accounts.views.person_data import own_data, person_data, record_of_processing
from portal.accounts.views.roles import roles
from portal.accounts.views.second_factor import second_factor
from portal.accounts.views.second_step import second_step
from portal.accounts.views.sign_in import sign_in
from portal.accounts.views.your_account import your_account
from portal.web.home import register_home
from portal.web.navigation import navigation
from tenants.permissions import Capacity, Permission

_BLUEPRINTS = (
    *(sign_in, second_step, second_factor, passkeys, forgotten_password, invitations, your_account),
    *(own_data, person_data, record_of_processing),
    *(accounts, price_groups, tasks, own_addresses, people, roles, organisation, audit_log, brands, mailbox),
)
_LAST = 900


def register(app: Flask) -> None:
    """Bind the screens and fill the shell's parts."""
    register_passwords(app.config)
    register_login(app)
    register_shell_parts(app)
    register_home(app)
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    register_acting(app)
    navigation.add(Capacity.SELLER, _l("Sell"), _l("Accounts"), "accounts.show", "people", Permission.ACCOUNTS_VIEW, 40)
    group, may_see = _l("Organisation"), Permission.ORGANISATION_VIEW
    for capacity in Capacity:
        navigation.add(capacity, group, _l("People"), "people.show", "person", Permission.PEOPLE_VIEW, _LAST)
        settings = (_l("Settings"), "organisation.show", "settings")
        navigation.add(capacity, group, *settings, may_see, _LAST + 1, covers=("own_addresses",))
