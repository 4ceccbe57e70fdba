"""The worker's part: messages are written from events, and mailed as people choose."""

from __future__ import annotations

from flask import Flask
from flask_babel import force_locale, gettext

from portal.core.i18n import offered_language
from portal.core.mail import MailBrand, send_mail
from portal.core.outbox import Event, subscribe, subscribe_group
from portal.core.recurring import recurring
from portal.notices.kinds import KINDS
from portal.notices.service import (
    MAIL_EVERY_SECONDS,
    ORDER_KINDS,
    ORGANISATION_KINDS,
    mail_due,
    write_notices,
)
from portal.web.headers import public_link
from tenants.principal import Principal


def register(_app: Flask) -> None:
    """Hear of what people are told."""
    subscribe_group({*ORDER_KINDS, *ORGANISATION_KINDS}, "write_notices", write_notices)
    recurring("mailing messages", MAIL_EVERY_SECONDS, mail_due)
    subscribe("NoticesDue", "mail_notices", mail_notices)


def mail_notices(_principal: Principal, event: Event) -> None:
    """Send a person its messages in one mail."""
    locale = offered_language(event.payload["locale"])
    with force_locale(locale):
        told = [KINDS[each["kind"]].words(each["facts"]) for each in event.payload["notices"]]
        label = str(gettext("Open the inbox"))
    context = {
        "name": event.payload["name"],
        "organisation": event.payload["organisation"],
        "told": told,
        "act_url": public_link("notices.show"),
        "act_label": label,
        "choices_url": public_link("notices.show_choices"),
    }
    brand = MailBrand.from_payload(event.payload["brand"])
    send_mail(event.payload["email"], "notices", context, locale=locale, organisation=brand, event_id=event.id)
