"""Mails: rendered in the recipient's language from `templates/mail/`, sent by SMTP or written to a folder.

A mail is a side effect of a committed fact, so it is sent by an outbox handler. Its Message-ID is made from the event's id
and the recipient: a handler that runs twice writes the same file, and a receiving server can drop the second copy.

A mail `invitation` has two templates: `invitation.txt` (on base/email.txt, with a block `subject`) and `invitation.html` (on
base/email.html). Both are given the context, `brand` (name, accent, logo_url) and `locale`.
"""

from __future__ import annotations

import hashlib
import os
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import current_app, render_template
from flask_babel import force_locale

from portal.core.brand_colours import accent_shades, read_colour
from portal.core.config import Settings
from portal.core.queries import find_mail_brand

_SECONDS = 20


@dataclass(frozen=True, slots=True)
class MailBrand:
    """In whose name a mail goes out; small enough to travel in an event's payload."""

    name: str = "Kontor"
    accent: str = ""
    """`#rrggbb` as the tenant chose it; empty: Kontor's own."""
    reply_to: str = ""
    logo_path: str = ""
    """Path of the logo on this portal; empty: the name stands for it."""
    time_zone: str = ""
    """Whose clock dates the mail, such as Europe/Berlin; empty: this machine's."""

    def as_payload(self) -> dict[str, str]:
        """Give it as JSON."""
        return asdict(self)

    @classmethod
    def from_payload(cls, payload: Mapping[str, str] | None) -> Self:
        """Read it from an event's payload."""
        return cls(**payload) if payload else cls()


def mail_brand(organisation_id: int) -> MailBrand:
    """Give the brand of an organisation that the open context (or the worker's own role) may see."""
    row = find_mail_brand(organisation_id)
    if row is None:
        return MailBrand()
    return MailBrand(
        row.name, row.accent_colour, row.email, f"/brand/{row.slug}/logo" if row.has_logo else "", row.time_zone
    )


def send_mail(
    to: str,
    template: str,
    context: Mapping[str, Any],
    *,
    locale: str,
    organisation: MailBrand | int,
    event_id: int | str,
    unsubscribe_url: str = "",
) -> str:
    """Render and send a mail; gives its Message-ID. Call it in an outbox handler.

    `locale` is the recipient's (`de`, `en`), `organisation` whose brand the mail bears (its id or its brand),
    `event_id` what makes the Message-ID the same when the handler runs again. `unsubscribe_url` takes a POST without anything
    else that ends mails of the kind (RFC 8058); empty for mails that nobody may do without.

    Raises:
        OSError, smtplib.SMTPException: the mail server did not take it; the job is tried again.
    """
    brand = organisation if isinstance(organisation, MailBrand) else mail_brand(organisation)
    message = _render(to, template, context, locale, brand, event_id)
    if unsubscribe_url:
        message["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    settings: Settings = current_app.extensions["settings"]
    if settings.smtp_host:
        _send(message, settings)
    else:
        _write(message, mail_folder(settings))
    return str(message["Message-ID"])


def mail_folder(settings: Settings) -> Path:
    """Give the folder of mails that were not sent because no mail server is set."""
    return settings.instance / "mail"


def _render(
    to: str, template: str, context: Mapping[str, Any], locale: str, brand: MailBrand, event_id: int | str
) -> EmailMessage:
    known = {**context, "brand": _shown_brand(brand), "locale": locale}
    with force_locale(locale):
        subject, text = _subject_and_text(template, known)
        html = render_template(f"mail/{template}.html", subject=subject, **known)
    settings: Settings = current_app.extensions["settings"]
    message = EmailMessage(policy=SMTP)
    message["Subject"] = " ".join(subject.split())
    message["From"] = _address(brand.name, settings.mail_from)
    message["To"] = _address("", to)
    if brand.reply_to:
        message["Reply-To"] = _address("", brand.reply_to)
    message["Date"] = format_datetime(_local_now(brand.time_zone))
    message["Message-ID"] = _message_id(event_id, to, template, settings.mail_from)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.strip() + "\n")
    message.add_alternative(html, subtype="html")
    return message


def _subject_and_text(template: str, known: dict[str, Any]) -> tuple[str, str]:
    values = dict(known)
    current_app.update_template_context(values)
    mail = current_app.jinja_env.get_template(f"mail/{template}.txt")
    subject = " ".join("".join(mail.blocks["subject"](mail.new_context(values))).split())
    return subject, mail.render({**values, "subject": subject})


def _shown_brand(brand: MailBrand) -> dict[str, str]:
    """White text stands on the accent, so it is a readable shade of it."""
    colour = read_colour(brand.accent)
    return {
        "name": brand.name,
        "accent": accent_shades(colour).day.accent if colour else "",
        "logo_url": current_app.config["PUBLIC_URL"] + brand.logo_path if brand.logo_path else "",
    }


def _address(name: str, address: str) -> Address:
    return Address(display_name=name, addr_spec=parseaddr(address)[1])


def _local_now(time_zone: str) -> datetime:
    return datetime.now(UTC).astimezone(ZoneInfo(time_zone) if time_zone else None)


def _message_id(event_id: int | str, to: str, template: str, sender: str) -> str:
    digest = hashlib.sha256(f"{event_id}:{template}:{to}".encode()).hexdigest()[:32]
    domain = parseaddr(sender)[1].rpartition("@")[2] or urlsplit(current_app.config["PUBLIC_URL"]).hostname
    return f"<{digest}@{domain}>"


def _send(message: EmailMessage, settings: Settings) -> None:
    context = ssl.create_default_context()
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.smtp_host, settings.smtp_port, timeout=_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=_SECONDS)
    with server:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        server.send_message(message)


def _write(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = str(message["Message-ID"]).strip("<>").partition("@")[0]
    draft = folder / f".{name}.{os.getpid()}"
    # Links in mails open accounts: nobody else on the machine may read them.
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(message.as_bytes())
    draft.replace(folder / f"{name}.eml")
