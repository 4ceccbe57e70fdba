"""The seller's desk: what customers ask, answers and notes, and what is passed up to the manufacturer."""

from __future__ import annotations

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.views.served_documents import served_document
from portal.core.idempotency import new_key
from portal.support import words
from portal.support.errors import CustomerGone, NotShared
from portal.support.forms import AnswerForm, PassUpForm
from portal.support.queries.cases import find_grants
from portal.support.queries.requests import RequestRow, get_attachment, get_request, list_messages
from portal.support.rules import SELLERS_STATES, RequestState, Side
from portal.support.service.answering import Answer, PassUp, answer, pass_up
from portal.support.views.posted import PAGE, posted_once, posted_words, requests_page
from portal.web.api.paging import page_of, read_cursor
from portal.web.refused_forms import accepts
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

support = Screens("support", __name__, capacity=Capacity.SELLER, url_prefix="/selling/support")
_SEE = HTTPStatus.SEE_OTHER


@support.screen("/", Permission.SUPPORT_VIEW)
def show_all(principal: Principal) -> ResponseReturnValue:
    """List what customers ask, those last written to first."""
    return requests_page(principal, "support/requests.html")


@support.screen("/<request_number>", Permission.SUPPORT_VIEW)
def show(principal: Principal, request_number: str) -> ResponseReturnValue:
    """Show a request with answers, notes and what the manufacturer said, the newest first."""
    return _page(principal, request_number)


@support.screen("/<request_number>", Permission.SUPPORT_MANAGE, methods=["POST"])
def write(principal: Principal, request_number: str) -> ResponseReturnValue:
    """Answer, note, or say where it stands."""
    form = AnswerForm()
    _offer(form, get_request(principal, request_number))
    said = posted_words(form)
    is_silent = not said.text.strip() and not said.attachment
    state = RequestState(form.state.data) if form.state.data in set(RequestState) else None
    command = Answer(None if is_silent else said, bool(form.is_internal.data), state)
    once = posted_once(principal, said, form.is_internal.data, form.state.data)
    try:
        if form.validate_on_submit() and accepts(form, lambda: answer(principal, request_number, command, once)):
            flash(_("The note is kept.") if command.is_internal and not is_silent else _("Saved."), "success")
            return redirect(url_for("support.show", request_number=request_number), _SEE)
    except CustomerGone:
        rollback_at_edge()
        form.blame("text", _("Who asked buys elsewhere by now and can no longer be answered."))
    return _page(principal, request_number, form), 422


@support.screen("/<request_number>/pass-up", Permission.SUPPORT_MANAGE, methods=["POST"], endpoint="pass_up")
def pass_on(principal: Principal, request_number: str) -> ResponseReturnValue:
    """Show the manufacturer what was written for it, and nothing else."""
    form = PassUpForm(prefix="up")
    said = posted_words(form)
    command = PassUp(said, form.article.data, bool(form.names_retailer.data))
    once = posted_once(principal, said, form.names_retailer.data)
    try:
        if form.validate_on_submit() and accepts(form, lambda: pass_up(principal, request_number, command, once)):
            flash(_("The manufacturer has it, and answers here."), "success")
            return redirect(url_for("support.show", request_number=request_number), _SEE)
    except NotShared as refused:
        rollback_at_edge()
        form.blame("text", words.NOT_SHARED[refused.details["grant"]])
    return _page(principal, request_number, up=form), 422


@support.screen("/<request_number>/attachments/<digest>", Permission.SUPPORT_VIEW)
def read_attachment(principal: Principal, request_number: str, digest: str) -> ResponseReturnValue:
    """Give a file to be saved."""
    return served_document(get_attachment(principal, request_number, digest))


def _offer(form: AnswerForm, asked: RequestRow) -> None:
    states = list(SELLERS_STATES)
    if asked.state not in states:
        states.insert(0, asked.state)
    labels = words.STATES[Capacity.SELLER]
    form.offer([(each.value, labels[each]) for each in states])


def _page(principal: Principal, number: str, form: AnswerForm | None = None, up: PassUpForm | None = None) -> str:
    asked = get_request(principal, number)
    usual = RequestState.WAITING if asked.state is RequestState.OPEN else asked.state
    if form is None:
        form = AnswerForm(formdata=None, state=usual.value)
        _offer(form, asked)
    after = read_cursor(request.args.get("cursor"), 3)
    rows = list_messages(principal, asked, after=after, limit=PAGE + 1)
    is_top = principal.root_id == principal.organisation_id
    return render_template(
        "support/request.html",
        asked=asked,
        page=page_of(rows, PAGE, lambda row: row, lambda row: (row.at.isoformat(), row.part, row.id)),
        form=form,
        up=up or PassUpForm(formdata=None, prefix="up", article=asked.article_number or ""),
        grants=frozenset() if is_top else find_grants(principal, principal.root_id),
        is_top=is_top,
        idempotency_key=request.form.get("idempotency_key") or new_key(),
        words=words,
        own_side=Side.SELLER,
    )
