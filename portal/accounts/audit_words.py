"""What the entries of the audit log are called in the reader's language."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

_LABELS = {
    "account.code_refused": _l("Account code refused"),
    "account.created": _l("Account created"),
    "account.details_changed": _l("Account details changed"),
    "account.reactivated": _l("Account reactivated"),
    "account.stopped": _l("Ordering stopped for an account"),
    "account.suspended": _l("Account suspended"),
    "account.terms_changed": _l("Terms changed"),
    "api.refused": _l("Call of the API refused"),
    "invitation.accepted": _l("Invitation accepted"),
    "invitation.sent": _l("Invitation sent"),
    "invitation.withdrawn": _l("Invitation withdrawn"),
    "organisation.address_changed": _l("Address changed"),
    "organisation.brand_changed": _l("Brand changed"),
    "password.changed": _l("Password changed"),
    "password.reset": _l("Password set by a link"),
    "person.deactivated": _l("Person deactivated"),
    "person.reactivated": _l("Person reactivated"),
    "person.role_changed": _l("Role changed"),
    "screen.refused": _l("Page refused"),
    "session.opened": _l("Sign-in"),
    "session.revoked": _l("Session ended"),
}


def action_label(action: str) -> str:
    """Give an action in words; one that no feature has named stands as it is."""
    return str(_LABELS.get(action, action))
