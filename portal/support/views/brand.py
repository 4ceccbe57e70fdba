"""The manufacturer's side: cases that wholesalers passed up."""

from __future__ import annotations

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.views.served_documents import served_document
from portal.core.idempotency import new_key
from portal.support import words
from portal.support.errors import CaseClosed
from portal.support.forms import MessageForm
from portal.support.queries.cases import get_case, get_case_attachment, list_case_messages, list_cases
from portal.support.rules import CaseState, Side
from portal.support.service.cases import answer_case
from portal.support.views.posted import PAGE, posted_once, posted_words
from portal.web.api.paging import page_of, read_cursor
from portal.web.refused_forms import accepts
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

brand_support = Screens("brand_support", __name__, capacity=Capacity.BRAND_OWNER, url_prefix="/brand/support")


@brand_support.screen("/", Permission.SUPPORT_VIEW)
def show_all(principal: Principal) -> ResponseReturnValue:
    """List the cases, those last written to first."""
    state = CaseState(request.args["state"]) if request.args.get("state") in set(CaseState) else None
    after = read_cursor(request.args.get("cursor"), 2)
    rows = list_cases(principal, state=state, after=after, limit=PAGE + 1)
    return render_template(
        "support/cases.html",
        page=page_of(rows, PAGE, lambda row: row, lambda row: (row.last_at.isoformat(), row.case_number)),
        state=state.value if state else "",
        words=words,
    )


@brand_support.screen("/<case_number>", Permission.SUPPORT_VIEW)
def show(principal: Principal, case_number: str) -> ResponseReturnValue:
    """Show a case with what was written, the newest first."""
    return _page(principal, case_number, MessageForm(formdata=None))


@brand_support.screen("/<case_number>", Permission.SUPPORT_MANAGE, methods=["POST"])
def write(principal: Principal, case_number: str) -> ResponseReturnValue:
    """Answer the wholesaler."""
    form = MessageForm()
    said = posted_words(form)
    once = posted_once(principal, said)
    try:
        if form.validate_on_submit() and accepts(form, lambda: answer_case(principal, case_number, said, once)):
            flash(_("The wholesaler has your answer."), "success")
            return redirect(url_for("brand_support.show", case_number=case_number), HTTPStatus.SEE_OTHER)
    except CaseClosed:
        rollback_at_edge()
        form.blame("text", _("The wholesaler has closed this case meanwhile."))
    return _page(principal, case_number, form), 422


@brand_support.screen("/<case_number>/attachments/<digest>", Permission.SUPPORT_VIEW)
def read_attachment(principal: Principal, case_number: str, digest: str) -> ResponseReturnValue:
    """Give a file to be saved."""
    return served_document(get_case_attachment(principal, case_number, digest))


def _page(principal: Principal, number: str, form: MessageForm) -> str:
    case = get_case(principal, number)
    rows = list_case_messages(principal, case, after=read_cursor(request.args.get("cursor"), 2), limit=PAGE + 1)
    return render_template(
        "support/case.html",
        case=case,
        page=page_of(rows, PAGE, lambda row: row, lambda row: (row.at.isoformat(), row.id)),
        form=form,
        idempotency_key=request.form.get("idempotency_key") or new_key(),
        words=words,
        own_side=Side.OWNER,
    )
