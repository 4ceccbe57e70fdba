"""What would have been sent: the mails in the instance folder, for development and demonstrations alone."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from flask import Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from portal.core.config import Settings
from portal.core.mail import mail_folder
from portal.web.request_context import client_address
from portal.web.screens import Screens
from tenants.errors import NotFound

mailbox = Screens("mailbox", __name__, url_prefix="/dev/mail")

_SHOWN = 50
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox allow-same-origin allow-popups allow-top-navigation"


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail in the folder."""

    name: str
    subject: str
    recipient: str
    sender: str
    written_at: datetime
    """On the clock of the organisation in whose name it went out, as the mail itself says, without a zone."""
    text: str


@mailbox.public("/")
def show() -> ResponseReturnValue:
    """List the newest mails with their text."""
    paths = sorted(_folder().glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
    return render_template("accounts/mailbox.html", mails=[_read(path) for path in paths[:_SHOWN]])


@mailbox.public("/<name>")
def show_html(name: str) -> ResponseReturnValue:
    """Show a mail as a mail reader would."""
    path = _folder() / f"{name}.eml"
    if not re.fullmatch(r"[0-9a-f]{32}", name) or not path.exists():
        raise NotFound
    html = _message(path).get_body(("html",))
    response = Response(html.get_content() if html else "", mimetype="text/html")
    response.headers["Content-Security-Policy"] = _MAIL_POLICY
    return response


def _folder() -> Path:
    """Mails hold links that open accounts: only a browser on this very machine sees them, and only where none is sent.

    Raises:
        NotFound: a mail server is set, the portal has a public address, or the browser is elsewhere.
    """
    settings: Settings = current_app.extensions["settings"]
    host = urlsplit(settings.public_url).hostname or ""
    is_local = host == "localhost" or _is_loopback(host)
    if settings.smtp_host or not is_local or not _is_loopback(client_address()) or "X-Forwarded-For" in request.headers:
        raise NotFound
    return mail_folder(settings)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _message(path: Path) -> EmailMessage:
    message: EmailMessage = message_from_bytes(path.read_bytes(), policy=policy.default)
    return message


def _read(path: Path) -> MailRow:
    message = _message(path)
    body = message.get_body(("plain",))
    return MailRow(
        name=path.stem,
        subject=str(message["Subject"]),
        recipient=str(message["To"]),
        sender=str(message["From"]),
        written_at=_written_at(message, path).replace(tzinfo=None),
        text=str(body.get_content()) if body else "",
    )


def _written_at(message: EmailMessage, path: Path) -> datetime:
    if message["Date"] is not None:
        return parsedate_to_datetime(str(message["Date"]))
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).astimezone()
