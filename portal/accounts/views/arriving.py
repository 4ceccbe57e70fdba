"""After the proof: the cookie, and on to where the person wanted to go."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, refresh

from portal.accounts.kept_forms import read_kept
from portal.accounts.login import DEVICE, keep_in_cookie
from portal.accounts.service.sessions import Browser, OpenedSession
from portal.web.headers import safe_target
from portal.web.problems import TooManyRequests
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


def too_many(refusal: TooManyRequests, page: ResponseReturnValue) -> ResponseReturnValue:
    """Answer with the page of a form that was sent too often."""
    response = make_response(page)
    response.headers.update(refusal.headers)
    return response


def wait_text(refusal: TooManyRequests) -> str:
    """Say how long to wait."""
    wait = -(-int(refusal.details.get("wait", 60)) // 60)
    return str(gettext("There were too many attempts. Please wait %(minutes)s min and try again.", minutes=wait))
