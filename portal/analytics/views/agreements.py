"""The brand owner's side of agreements: where it stands with each wholesaler, and what it proposes."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.analytics.agreement_text import grant_names, grant_shows, named_grants
from portal.analytics.models import Grant
from portal.analytics.queries.agreements import (
    Partner,
    Standing,
    get_partner,
    list_proposals,
    list_standings,
    list_versions,
)
from portal.analytics.rules import newest_on
from portal.analytics.service.agreements import MOST_NOTICE_DAYS, ProposalOver, Propose, propose, take_back
from portal.analytics.views.sharing import LONGEST_TEXT, read_day, read_whole, version_page
from portal.web.api.paging import page_of, read_text_cursor
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.errors import InvalidInput
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

agreements = Screens("agreements", __name__, capacity=Capacity.BRAND_OWNER, url_prefix="/brand/agreements")
_PAGE = 50


@agreements.screen("/", Permission.CHANNEL_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show every wholesaler of the channel, with what it shares and what waits for its answer."""
    after = read_text_cursor(request.args.get("cursor"))
    rows = list_standings(principal, limit=_PAGE + 1, after=after or "")
    return render_template(
        "analytics/agreements.html",
        page=page_of(rows, _PAGE, lambda row: row, _position),
        named_grants=named_grants,
    )


@agreements.screen("/<wholesaler>", Permission.CHANNEL_VIEW)
def show_one(principal: Principal, wholesaler: str) -> ResponseReturnValue:
    """Show the agreement with a wholesaler: what is in force, all versions and proposals, and a form for the next."""
    return _page(principal, get_partner(principal, wholesaler))


@agreements.screen("/<wholesaler>/propose", Permission.ORGANISATION_MANAGE, methods=["POST"])
def send_proposal(principal: Principal, wholesaler: str) -> ResponseReturnValue:
    """Propose an agreement; it shows nothing until it is accepted."""
    partner = get_partner(principal, wholesaler)
    try:
        propose(principal, wholesaler, _proposal())
    except InvalidInput as refused:
        rollback_at_edge()
        return _page(principal, partner, _refusal(refused)), 422
    except ProposalOver:
        rollback_at_edge()
        flash(gettext("Another proposal was made at the same moment."), "info")
    else:
        flash(gettext("The proposal is sent. %(name)s gets a mail and answers here.", name=partner.name), "success")
    return redirect(url_for("agreements.show_one", wholesaler=wholesaler), 303)


@agreements.screen("/<wholesaler>/take-back", Permission.ORGANISATION_MANAGE, methods=["POST"])
def end_proposal(principal: Principal, wholesaler: str) -> ResponseReturnValue:
    """Take the open proposal back."""
    try:
        take_back(principal, wholesaler)
    except ProposalOver:
        rollback_at_edge()
        flash(gettext("This proposal was answered or taken back before."), "info")
    else:
        flash(gettext("The proposal is taken back."), "success")
    return redirect(url_for("agreements.show_one", wholesaler=wholesaler), 303)


@agreements.screen("/<wholesaler>/versions/<int:version>", Permission.CHANNEL_VIEW)
def show_version(principal: Principal, wholesaler: str, version: int) -> ResponseReturnValue:
    """Show a version as the document it is, in both languages."""
    partner = get_partner(principal, wholesaler)
    return version_page(principal, partner, version, wholesaler=partner.name, brand_owner=principal.organisation_name)


def _page(principal: Principal, partner: Partner, error: str = "") -> str:
    versions = list_versions(principal, partner)
    proposals = list_proposals(principal, partner=partner.code)
    newest = newest_on(versions, partner.today)
    wanted = set(request.form.getlist("grant")) if error else set(newest.grants if newest else [Grant.UNITS.value])
    names, shows = grant_names(), grant_shows()
    return render_template(
        "analytics/agreement.html",
        partner=partner,
        versions=versions,
        newest=newest,
        proposals=proposals,
        open_proposal=next((one for one in proposals if one.is_open), None),
        grants=[(grant.value, names[grant], shows[grant], grant.value in wanted) for grant in Grant],
        typed=request.form,
        error=error,
        named_grants=named_grants,
        most_notice_days=MOST_NOTICE_DAYS,
    )


def _proposal() -> Propose:
    known = set(Grant)
    return Propose(
        grants=[Grant(one) for one in request.form.getlist("grant") if one in known],
        starts_on=read_day("starts_on"),
        notice_days=read_whole("notice_days") if request.form.get("notice_days") else 0,
        message=request.form.get("message", "").strip()[:LONGEST_TEXT],
    )


def _refusal(refused: InvalidInput) -> str:
    pointer = refused.details["errors"][0]["pointer"]
    texts = {
        "/grants": gettext("Choose at least one item to ask for."),
        "/notice_days": gettext("Past figures can stay in view for 0 to %(days)s days.", days=MOST_NOTICE_DAYS),
    }
    return str(texts.get(pointer, gettext("The first day lies between 2000 and a year from today.")))


def _position(row: Standing) -> tuple[str]:
    return (row.code,)
