"""Mails that follow from acts on accounts; their events carry everything, so that the worker reads nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import force_locale, gettext

from portal.accounts.audit_words import action_label
from portal.accounts.devices import device_words
from portal.accounts.service import person_answers, retention
from portal.accounts.service.audit_chain import EVERY_SECONDS, chain_entries
from portal.accounts.tokens import INVITATION, PASSWORD_RESET, link_token
from portal.core.i18n import offered_language
from portal.core.mail import MailBrand, send_mail
from portal.core.outbox import Event, subscribe
from portal.core.recurring import recurring
from portal.web.formatting import date_text
from portal.web.headers import public_link
from tenants.principal import Principal


def register(_app: Flask) -> None:
    """Hear of acting for others, invitations, passwords, new devices and second factors; chain the audit log; answer requests."""
    recurring("chaining the audit log", EVERY_SECONDS, chain_entries)
    recurring("answering people's requests", person_answers.EVERY_SECONDS, person_answers.answer_requests)
    recurring("forgetting in time", retention.EVERY_SECONDS, retention.forget)
    subscribe("ActingBegan", "mail_acting", mail_acting)
    subscribe("InvitationSent", "mail_invitation", mail_invitation)
    subscribe("NewDeviceSignedIn", "mail_new_device", mail_new_device)
    subscribe("PasswordResetRequested", "mail_password_reset", mail_password_reset)
    subscribe("SecondFactorChanged", "mail_second_factor", mail_second_factor)


def mail_acting(_principal: Principal, event: Event) -> None:
    """Tell an administrator of a retailer that somebody works in its name."""
    with force_locale(offered_language(event.payload["locale"])):
        label = str(gettext("Who acted for you"))
    names = ("name", "organisation", "person", "actor_organisation", "reason", "minutes")
    context = {
        **{name: event.payload[name] for name in names},
        "act_url": public_link("acted.show"),
        "act_label": label,
    }
    send_from_event(event, "acting", context)


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
    send_from_event(event, "invitation", context)


def mail_new_device(_principal: Principal, event: Event) -> None:
    """Tell a person that somebody signed in as it in a browser it has not used before."""
    with force_locale(offered_language(event.payload["locale"])):
        context = {**alert_context(event), "device": device_words(event.payload["user_agent"])}
    send_from_event(event, "new_device", context)


def mail_second_factor(_principal: Principal, event: Event) -> None:
    """Tell a person what was done about its second factor."""
    with force_locale(offered_language(event.payload["locale"])):
        context = {**alert_context(event), "change": str(action_label(event.payload["action"]))}
    send_from_event(event, "second_factor", context)


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
    send_from_event(event, "password_reset", context)


def alert_context(event: Event) -> dict[str, Any]:
    """Give what a mail about something that happened to a person's access tells: who, where, when, and where to look."""
    zone = ZoneInfo(event.payload["brand"]["time_zone"] or "UTC")
    at = datetime.fromisoformat(event.payload["at"]).astimezone(zone).replace(tzinfo=None)
    return {
        **{name: event.payload[name] for name in ("name", "organisation", "address")},
        "when": f"{date_text(at)}, {at:%H:%M}",
        "act_url": public_link("your_account.show"),
        "act_label": str(gettext("Your account")),
    }


def send_from_event(event: Event, template: str, context: dict[str, Any]) -> None:
    """Send the mail to the event's person, in its language and the brand that the event carries."""
    send_mail(
        event.payload["email"],
        template,
        context,
        locale=offered_language(event.payload["locale"]),
        organisation=MailBrand.from_payload(event.payload["brand"]),
        event_id=event.id,
    )
