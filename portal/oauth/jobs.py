"""What is given to programs in a person's name is told to the person by mail."""

from __future__ import annotations

from flask import Flask
from flask_babel import force_locale, gettext

from portal.accounts.audit_words import action_label
from portal.accounts.jobs import alert_context, send_from_event
from portal.core.i18n import offered_language
from portal.core.outbox import Event, subscribe
from portal.web.headers import public_link
from tenants.principal import Principal

_ACTIONS = {
    "ProgramAllowed": "grant.given",
    "ProgramTokenReused": "grant.reuse_detected",
    "PersonalTokenMade": "personal_token.created",
}


def register(_app: Flask) -> None:
    """Hear of grants, tokens and what was used twice."""
    for kind in _ACTIONS:
        subscribe(kind, "mail_program", mail_program)


def mail_program(_principal: Principal, event: Event) -> None:
    """Tell a person what a program got, or lost, in its name."""
    with force_locale(offered_language(event.payload["locale"])):
        context = {
            **alert_context(event),
            "change": str(action_label(_ACTIONS[event.kind])),
            "program": event.payload["program"],
            "was_reused": event.kind == "ProgramTokenReused",
            "act_url": public_link("own_programs.show"),
            "act_label": str(gettext("Programs that act for you")),
        }
    send_from_event(event, "program", context)
