"""The inbox of a person, and how it wants to be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.routing import BuildError

from portal.notices.kinds import KINDS, Facts
from portal.notices.models import Channel, Rhythm
from portal.notices.queries import list_choices, list_notices
from portal.notices.service import choose, open_notice, read_all
from portal.notices.unsubscribing import unsubscribing
from portal.web.api.paging import page_of, read_cursor
from portal.web.screens import Screens, signed_in_person, signed_in_principal
from portal.web.shell import Inbox, ShellSources
from tenants.authentication import SignedIn
from tenants.database import act_as, rollback_at_edge
from tenants.errors import NotFound
from tenants.principal import Principal

notices = Screens("notices", __name__, url_prefix="/messages")

_PAGE = 50
CHANNEL_LABELS = {
    Channel.INBOX: _l("Inbox"),
    Channel.MAIL: _l("Mail"),
    Channel.BOTH: _l("Inbox and mail"),
    Channel.NONE: _l("Not at all"),
}
RHYTHM_LABELS = {
    Rhythm.AT_ONCE: _l("at once"),
    Rhythm.DAILY: _l("daily at 7"),
    Rhythm.WEEKLY: _l("Mondays at 7"),
}


@dataclass(frozen=True, slots=True)
class _Shown:
    id: int
    label: str
    words: str
    leads: bool
    created_at: datetime
    is_unread: bool


def register(app: Flask) -> None:
    """Bind the screens and fill the bar's inbox."""
    app.register_blueprint(notices)
    app.register_blueprint(unsubscribing)
    # The links of mails are proof enough, and a mail program that follows one has nothing else (RFC 8058).
    app.extensions["csrf"].exempt(unsubscribing)
    sources: ShellSources = app.extensions["shell"]
    sources.inbox = _inbox


@notices.personal("")
def show(person: SignedIn) -> ResponseReturnValue:
    """List the own messages in the present organisation, the newest first."""
    only_unread = request.args.get("unread") == "yes"
    rows = list_notices(
        person,
        _place(person),
        limit=_PAGE + 1,
        after=read_cursor(request.args.get("cursor"), 1),
        only_unread=only_unread,
    )
    page = page_of(
        rows,
        _PAGE,
        lambda row: _Shown(
            row.id,
            str(KINDS[row.kind].label),
            KINDS[row.kind].words(row.facts),
            bool(link_of(row.kind, row.facts)),
            row.created_at,
            row.read_at is None,
        ),
        lambda row: (row.id,),
    )
    _show_as_principal()
    return render_template("notices/inbox.html", page=page, only_unread=only_unread, unread=person.unread_notices)


@notices.personal("/<int:number>/open", methods=["POST"])
def open_one(person: SignedIn, number: int) -> ResponseReturnValue:
    """Mark a message as read and go where it leads."""
    opened = open_notice(person, _place(person), number)
    if opened is None:
        raise NotFound
    return redirect(link_of(opened.kind, opened.facts) or url_for("notices.show"))


@notices.personal("/read", methods=["POST"])
def read_every(person: SignedIn) -> ResponseReturnValue:
    """Mark all messages as read."""
    read_all(person, _place(person))
    return redirect(url_for("notices.show"))


@notices.personal("/choices")
def show_choices(person: SignedIn) -> ResponseReturnValue:
    """Show how the person is told, by kind."""
    place = person.current
    chosen = list_choices(person, _place(person))
    kinds = [
        kind
        for kind in KINDS.values()
        if place and place.role in kind.roles and kind.capacities & set(place.capacities)
    ]
    _show_as_principal()
    return render_template(
        "notices/choices.html", kinds=kinds, chosen=chosen, channels=CHANNEL_LABELS, rhythms=RHYTHM_LABELS
    )


@notices.personal("/choices", methods=["POST"])
def change_choices(person: SignedIn) -> ResponseReturnValue:
    """Keep how the person is told; what is not among the choices stays as it was."""
    choices = {}
    for key in KINDS:
        channel, rhythm = request.form.get(f"channel-{key}"), request.form.get(f"rhythm-{key}", Rhythm.AT_ONCE)
        if channel in set(Channel) and rhythm in set(Rhythm):
            choices[key] = Channel(channel), Rhythm(rhythm)
    choose(person, _place(person), choices)
    flash(gettext("Saved."), "success")
    return redirect(url_for("notices.show_choices"))


def link_of(kind: str, facts: Facts) -> str:
    """Give where a message leads, or nothing."""
    known = KINDS[kind]
    arguments = {name: facts[name] for name in known.arguments}
    try:
        return url_for(known.endpoint, **arguments) if known.endpoint else ""
    except BuildError:
        return ""


def _place(person: SignedIn) -> int:
    if person.current is None:
        raise NotFound
    return person.current.organisation_id


def _inbox(_principal: Principal) -> Inbox | None:
    person = signed_in_person()
    if person is None or person.acting is not None:
        return None
    return Inbox(person.unread_notices, url_for("notices.show"))


def _show_as_principal() -> None:
    """What was read belongs to the person; the frame around it is shown to the principal, in a transaction of its own."""
    rollback_at_edge()
    act_as(None)
    signed_in_principal(None)
