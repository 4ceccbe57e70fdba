"""The manufacturer's page of queues, outbox and mails, and its card on the home page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from portal.operations.queries import TROUBLED, JobState, get_overview, list_jobs
from portal.operations.service import discard_job, retry_failed_jobs, retry_job
from portal.operations.words import REASONS, STATES, TONES, handler_label
from portal.web.api.paging import page_of, read_cursor
from portal.web.navigation import home_cards, navigation
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

operations = Screens("operations", __name__, capacity=Capacity.BRAND_OWNER, url_prefix="/brand/operations")

_MANAGE = Permission.OPERATIONS_MANAGE
_PAGE = 50


@operations.screen("/", _MANAGE)
def show(principal: Principal) -> ResponseReturnValue:
    """Show how work behind the screens is doing, and each job that is in trouble."""
    overview = get_overview(principal)
    handlers = [kind.handler for kind in overview.kinds]
    state, handler = request.args.get("state", ""), request.args.get("handler", "")
    rows = list_jobs(
        principal,
        states=[JobState(state)] if state in TROUBLED else TROUBLED,
        handler=handler if handler in handlers else None,
        limit=_PAGE + 1,
        after=read_cursor(request.args.get("cursor"), 2),
    )
    return render_template(
        "operations/operations.html",
        overview=overview,
        page=page_of(rows, _PAGE, lambda row: row, lambda row: (row.occurred_at.isoformat(), row.code)),
        troubled=TROUBLED,
        wanted={"state": state, "handler": handler},
        labels={"handler": handler_label, "states": STATES, "tones": TONES, "reasons": REASONS},
    )


@operations.screen("/jobs/<code>/retry", _MANAGE, methods=["POST"])
def retry(principal: Principal, code: str) -> ResponseReturnValue:
    """Try one job again now."""
    retry_job(principal, code)
    flash(gettext("The job is in the queue again."), "success")
    return redirect(url_for("operations.show"), 303)


@operations.screen("/kinds/<handler>/retry", _MANAGE, methods=["POST"])
def retry_kind(principal: Principal, handler: str) -> ResponseReturnValue:
    """Try all failed jobs of a kind again."""
    count = retry_failed_jobs(principal, handler)
    if count:
        text = ngettext("%(num)s job is in the queue again.", "%(num)s jobs are in the queue again.", count)
        flash(text, "success")
    else:
        flash(gettext("Nothing of this kind has failed any more."), "info")
    return redirect(url_for("operations.show"), 303)


@operations.screen("/jobs/<code>/discard", _MANAGE, methods=["POST"])
def discard(principal: Principal, code: str) -> ResponseReturnValue:
    """Give one failed job up."""
    discard_job(principal, code)
    flash(gettext("The job is given up."), "success")
    return redirect(url_for("operations.show"), 303)


def load_trouble(principal: Principal) -> Mapping[str, Any] | None:
    """Give what is wrong, or None when nothing is."""
    overview = get_overview(principal)
    failed, waiting = overview.count(JobState.FAILED), overview.events + overview.count(JobState.WAITING)
    is_idle = not overview.workers and waiting
    return {"failed": failed, "waiting": waiting, "is_idle": is_idle} if failed or is_idle else None


def register(app: Flask) -> None:
    """Bind the screens and hang them into the shell."""
    app.register_blueprint(operations)
    owner = Capacity.BRAND_OWNER
    navigation.add(owner, _l("Platform"), _l("Operations"), "operations.show", "network", _MANAGE, 80)
    home_cards.add(owner, "operations", 5, _MANAGE, load_trouble, "operations/_card_trouble.html")
