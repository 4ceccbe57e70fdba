"""After the proof: the cookie, and on to where the person wanted to go."""

from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import refresh

from portal.accounts.kept_forms import read_kept
from portal.accounts.login import DEVICE, keep_in_cookie
from portal.accounts.service.sessions import Browser, OpenedSession
from portal.web.headers import safe_target
from portal.web.request_context import client_address, current_request_id
from tenants.authentication import new_token


def this_browser() -> Browser:
    """Give where this request comes from; a browser without a token of its own gets one."""
    device = session.setdefault(DEVICE, new_token())
    return Browser(client_address(), request.headers.get("User-Agent", ""), current_request_id(), device)


def arrive(opened: OpenedSession, target: str | None, kept: str | None) -> ResponseReturnValue:
    """Enter with the new session: back to the form that was kept, the page that was asked for, or home."""
    keep_in_cookie(opened.token, opened.locale)
    refresh()  # What is said from here on is in the person's language.
    form = read_kept(kept)
    if form is not None:
        return render_template("accounts/kept_form.html", kept=form, confirmed=False)
    return redirect(safe_target(target, url_for("home.show")))
