"""What a wholesaler shares: agreements and their versions, proposals and its answers, and withdrawal."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.analytics.agreement_models import ProposalStatus
from portal.analytics.agreement_text import document_of, named_grants
from portal.analytics.models import Grant
from portal.analytics.queries.access import list_access
from portal.analytics.queries.agreements import (
    Partner,
    Proposal,
    find_open_proposal,
    get_document,
    get_partner,
    list_proposals,
    list_versions,
)
from portal.analytics.queries.grant_examples import get_example
from portal.analytics.queries.sharing import Agreement, find_agreement, list_agreements
from portal.analytics.rules import Version, covered_on
from portal.analytics.service.agreements import Answer, ProposalOver, answer
from portal.analytics.service.sharing import AgreementEnded, withdraw
from portal.analytics.views.access_words import access_words
from portal.analytics.views.grants import GrantWords, grant_words
from portal.analytics.views.window import reader_language
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

sharing = Screens("sharing", __name__, capacity=Capacity.SELLER, url_prefix="/selling/sharing")
_NEWEST_LOOKS = 5
LONGEST_TEXT = 1000
_NUMBER = re.compile("[0-9]{1,9}")


class Shown(NamedTuple):
    """An agreement with what each grant shows in words, and its versions."""

    agreement: Agreement
    grants: list[GrantWords]
    versions: list[Version]


@sharing.screen("/", Permission.FIGURES_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show what waits for an answer, every agreement grant by grant, and the newest looks."""
    shown = []
    for agreement in list_agreements(principal):
        example = get_example(principal, agreement.brand_owner_id, reader_language())
        given = agreement.grants if agreement.in_force else []
        partner = get_partner(principal, agreement.brand_owner)
        words = grant_words(given, example, agreement.brand_owner_name)
        shown.append(Shown(agreement, words, list_versions(principal, partner)))
    return render_template(
        "analytics/sharing.html",
        shown=shown,
        proposals=list_proposals(principal, status=ProposalStatus.OPEN),
        looks=list_access(principal, limit=_NEWEST_LOOKS),
        words=access_words,
        named_grants=named_grants,
    )


@sharing.screen("/<brand_owner>/proposal", Permission.FIGURES_VIEW)
def show_proposal(principal: Principal, brand_owner: str) -> ResponseReturnValue:
    """Show what is asked, each item with what it would show of the own figures."""
    partner = get_partner(principal, brand_owner)
    proposal = find_open_proposal(principal, brand_owner)
    if proposal is None:
        flash(gettext("Nothing waits for an answer here: it was answered or taken back."), "info")
        return redirect(url_for("sharing.show"))
    return _proposal_page(principal, partner, proposal)


@sharing.screen("/<brand_owner>/answer", Permission.ORGANISATION_MANAGE, methods=["POST"])
def send_answer(principal: Principal, brand_owner: str) -> ResponseReturnValue:
    """Accept the chosen grants, or decline."""
    partner = get_partner(principal, brand_owner)
    try:
        version = answer(principal, brand_owner, _answer())
    except ProposalOver:
        rollback_at_edge()
        flash(gettext("Nothing waits for an answer here: it was answered or taken back."), "info")
    except InvalidInput as refused:
        rollback_at_edge()
        proposal = find_open_proposal(principal, brand_owner)
        if proposal is None:
            raise
        return _proposal_page(principal, partner, proposal, _refusal(refused)), 422
    else:
        text = gettext("The agreement is in force.") if version else gettext("The proposal is declined.")
        flash(text, "success")
    return redirect(url_for("sharing.show"), 303)


@sharing.screen("/<brand_owner>/versions/<int:version>", Permission.FIGURES_VIEW)
def show_version(principal: Principal, brand_owner: str, version: int) -> ResponseReturnValue:
    """Show a version as the document it is, in both languages."""
    partner = get_partner(principal, brand_owner)
    return version_page(principal, partner, version, wholesaler=principal.organisation_name, brand_owner=partner.name)


@sharing.screen("/<brand_owner>/withdraw", Permission.ORGANISATION_MANAGE, methods=["POST"])
def end(principal: Principal, brand_owner: str) -> ResponseReturnValue:
    """Withdraw the agreement from today on."""
    try:
        done = withdraw(principal, brand_owner)
    except AgreementEnded:
        rollback_at_edge()
        flash(gettext("This agreement was withdrawn before."), "info")
    else:
        text = (
            gettext("The agreement is withdrawn. Nothing new is shown; past figures are out of view on the agreed day.")
            if done.hidden_on > done.withdrawn_on
            else gettext("The agreement is withdrawn. Nothing of yours is shown any more.")
        )
        flash(text, "success")
    return redirect(url_for("sharing.show"), 303)


def version_page(
    principal: Principal, partner: Partner, version: int, *, wholesaler: str, brand_owner: str
) -> ResponseReturnValue:
    """Show a version in the words in which it was accepted; one that came in without words is put into today's.

    Raises:
        NotFound: there is no such version.
    """
    kept = get_document(principal, partner, version)
    [found] = list_versions(principal, partner, version)
    texts = document_of(found, kept, brand_owner, wholesaler)
    return render_template(
        "analytics/agreement_document.html",
        version=found,
        partner=partner,
        texts={language: text.split("\n\n") for language, text in texts.items()},
    )


def agreement_of(principal: Principal, brand_owner: str) -> Agreement:
    """Give the agreement with a brand owner (its code).

    Raises:
        NotFound: there is none.
    """
    agreement = find_agreement(principal, brand_owner)
    if agreement is None:
        raise NotFound
    return agreement


def _proposal_page(principal: Principal, partner: Partner, proposal: Proposal, error: str = "") -> str:
    example = get_example(principal, partner.id, reader_language())
    versions = list_versions(principal, partner)
    present = covered_on(versions, partner.today)
    chosen = set(request.form.getlist("grant")) if error else set(proposal.grants)
    return render_template(
        "analytics/proposal.html",
        proposal=proposal,
        partner=partner,
        grants=[one for one in grant_words(chosen, example, partner.name) if one.key in proposal.grants],
        ends=named_grants(set(present) - set(proposal.grants)),
        starts_on=request.form.get("starts_on") if error else proposal.starts_on or partner.today,
        notice_days=request.form.get("notice_days") if error else proposal.notice_days,
        reason=request.form.get("reason", ""),
        error=error,
    )


def _answer() -> Answer:
    declines = request.form.get("act") == "decline"
    known = set(Grant)
    return Answer(
        number=read_whole("number"),
        grants=[] if declines else [Grant(one) for one in request.form.getlist("grant") if one in known],
        starts_on=None if declines else read_day("starts_on"),
        notice_days=read_whole("notice_days") if request.form.get("notice_days") and not declines else None,
        reason=request.form.get("reason", "").strip()[:LONGEST_TEXT],
    )


def read_day(name: str) -> date | None:
    """Read a day of the form; empty: None.

    Raises:
        InvalidInput: it is no day.
    """
    typed = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError as error:
        raise InvalidInput(errors=[{"pointer": f"/{name}", "detail": "is no day"}]) from error


def read_whole(name: str) -> int:
    """Read a whole number of the form.

    Raises:
        InvalidInput: it is none.
    """
    typed = request.form.get(name, "").strip()
    if _NUMBER.fullmatch(typed) is None:
        raise InvalidInput(errors=[{"pointer": f"/{name}", "detail": "is no number"}])
    return int(typed)


def _refusal(refused: InvalidInput) -> str:
    pointer = refused.details["errors"][0]["pointer"]
    texts = {
        "/starts_on": gettext("The first day cannot be before the present version began, nor more than a year ahead."),
        "/notice_days": gettext("Past figures stay in view for no more days than proposed."),
    }
    return str(texts.get(pointer, gettext("More was granted than is asked for.")))
