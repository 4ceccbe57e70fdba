"""A customer's own requests."""

from __future__ import annotations

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.views.served_documents import served_document
from portal.core.idempotency import new_key
from portal.support import words
from portal.support.forms import MessageForm, RequestForm
from portal.support.queries.requests import get_attachment, get_request, list_messages
from portal.support.rules import Side
from portal.support.service.asking import OpenRequest, open_request, reply
from portal.support.views.posted import PAGE, posted_once, posted_words, requests_page
from portal.web.api.paging import page_of, read_cursor
from portal.web.refused_forms import accepts
from portal.web.screens import Screens
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

own_support = Screens("own_support", __name__, capacity=Capacity.BUYER, url_prefix="/buying/support")
_SEE = HTTPStatus.SEE_OTHER


@own_support.screen("/", Permission.SUPPORT_VIEW)
def show_all(principal: Principal) -> ResponseReturnValue:
    """List the own requests, those last written to first."""
    return requests_page(principal, "support/own_requests.html")


@own_support.screen("/new", Permission.SUPPORT_ASK, methods=["GET", "POST"], endpoint="open")
def open_one(principal: Principal) -> ResponseReturnValue:
    """Ask the seller, about an own order, an article, or neither."""
    named = {name: request.args.get(name, "")[:100] for name in ("kind", "order_number", "article", "serial_number")}
    form = RequestForm(**named)
    if form.validate_on_submit():
        said = posted_words(form)
        fields = (form.subject.data, form.order_number.data, form.article.data, form.serial_number.data)
        command = OpenRequest(form.chosen_kind, fields[0], said, *fields[1:])
        once = posted_once(principal, said, form.kind.data, *fields)
        made = []
        if accepts(form, lambda: made.append(open_request(principal, command, once))):
            flash(_("%(seller)s has your request and answers here.", seller=principal.seller_name), "success")
            return redirect(url_for("own_support.show", request_number=made[0].request_number), _SEE)
    key = request.form.get("idempotency_key") or new_key()
    page = render_template("support/request_form.html", form=form, idempotency_key=key)
    return page, 422 if form.is_submitted() else 200


@own_support.screen("/<request_number>", Permission.SUPPORT_VIEW)
def show(principal: Principal, request_number: str) -> ResponseReturnValue:
    """Show a request with what was written, the newest first."""
    return _page(principal, request_number, MessageForm(formdata=None))


@own_support.screen("/<request_number>", Permission.SUPPORT_ASK, methods=["POST"])
def write(principal: Principal, request_number: str) -> ResponseReturnValue:
    """Write on, or say that it is solved."""
    form = MessageForm()
    solved = request.form.get("act") == "solved"
    said = posted_words(form)
    is_silent = solved and not said.text.strip() and not said.attachment
    once = posted_once(principal, said, solved)
    given = None if is_silent else said
    if form.validate_on_submit() and accepts(
        form, lambda: reply(principal, request_number, given, once, solved=solved)
    ):
        flash(_("Thank you. The request is solved.") if solved else _("Your message is sent."), "success")
        return redirect(url_for("own_support.show", request_number=request_number), _SEE)
    return _page(principal, request_number, form), 422


@own_support.screen("/<request_number>/attachments/<digest>", Permission.SUPPORT_VIEW)
def read_attachment(principal: Principal, request_number: str, digest: str) -> ResponseReturnValue:
    """Give a file to be saved."""
    return served_document(get_attachment(principal, request_number, digest))


def _page(principal: Principal, number: str, form: MessageForm) -> str:
    asked = get_request(principal, number)
    after = read_cursor(request.args.get("cursor"), 3)
    rows = list_messages(principal, asked, after=after, limit=PAGE + 1)
    return render_template(
        "support/own_request.html",
        asked=asked,
        page=page_of(rows, PAGE, lambda row: row, lambda row: (row.at.isoformat(), row.part, row.id)),
        form=form,
        idempotency_key=request.form.get("idempotency_key") or new_key(),
        words=words,
        own_side=Side.BUYER,
    )
