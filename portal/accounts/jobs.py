"""Mails that follow from acts on accounts; their events carry everything, so that the worker reads nothing."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import force_locale, gettext

from portal.accounts.tokens import INVITATION, PASSWORD_RESET, link_token
from portal.core.i18n import offered_language
from portal.core.mail import MailBrand, send_mail
from portal.core.outbox import Event, subscribe
from portal.web.headers import public_link
from tenants.principal import Principal


def register(_app: Flask) -> None:
    """Hear of invitations and forgotten passwords."""
    subscribe("InvitationSent", "mail_invitation", mail_invitation)
    subscribe("PasswordResetRequested", "mail_password_reset", mail_password_reset)


def mail_invitation(_principal: Principal, event: Event) -> None:
    """Send the link with which the invited person comes aboard."""
    token = link_token(INVITATION, event.payload["nonce"])
    with force_locale(offered_language(event.payload["locale"])):
        label = str(gettext("Accept the invitation"))
    context = {
        **{name: event.payload[name] for name in ("name", "organisation", "invited_by", "inviting_organisation")},
        "act_url": public_link("invitations.accept", token=token),
        "act_label": label,
    }
    _send(event, "invitation", context)


def mail_password_reset(_principal: Principal, event: Event) -> None:
    """Send the link with which a person chooses a new password."""
    token = link_token(PASSWORD_RESET, event.payload["nonce"])
    with force_locale(offered_language(event.payload["locale"])):
        label = str(gettext("Choose a new password"))
    context = {
        "name": event.payload["name"],
        "act_url": public_link("forgotten_password.choose", token=token),
        "act_label": label,
    }
    _send(event, "password_reset", context)


def _send(event: Event, template: str, context: dict[str, Any]) -> None:
    send_mail(
        event.payload["email"],
        template,
        context,
        locale=offered_language(event.payload["locale"]),
        organisation=MailBrand.from_payload(event.payload["brand"]),
        event_id=event.id,
    )
