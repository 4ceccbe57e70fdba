"""Acting on behalf of a retailer: begun at its account, ended at any page, seen by both."""

from __future__ import annotations

from flask import Flask, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.audit_words import actor_label
from portal.accounts.forms import ActForm
from portal.accounts.queries.accounts import AccountRow, get_account
from portal.accounts.queries.acting import list_acting
from portal.accounts.service.acting import MINUTES, CannotAct, begin_acting, end_acting, may_be_acted_for
from portal.web.api.paging import page_of, read_cursor
from portal.web.request_context import client_address, current_request_id
from portal.web.screens import Screens, signed_in_person
from tenants.authentication import Acting, SignedIn
from tenants.database import act_as, commit_at_edge, rollback_at_edge
from tenants.errors import NotFound
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

begin_screens = Screens("acting", __name__, capacity=Capacity.SELLER, url_prefix="/selling/accounts")
acting_screens = Screens("acted", __name__, url_prefix="/organisation/acting")

_PAGE = 50


def register_acting(app: Flask) -> None:
    """Bind the screens, and tell every page in whose name somebody works."""
    app.register_blueprint(begin_screens)
    app.register_blueprint(acting_screens)
    app.extensions["end_acting"] = _end_over
    app.add_template_global(_acting_now, "acting_now")


@begin_screens.screen("/<code>/act", Permission.ACCOUNTS_ACT)
def ask(principal: Principal, code: str) -> ResponseReturnValue:
    """Ask for the reason."""
    return _page(_account(principal, code), ActForm(formdata=None))


@begin_screens.screen("/<code>/act", Permission.ACCOUNTS_ACT, methods=["POST"], fresh=True)
def begin(principal: Principal, code: str) -> ResponseReturnValue:
    """Begin to work in the retailer's name."""
    account, form = _account(principal, code), ActForm()
    if not form.validate_on_submit():
        return _page(account, form), 422
    try:
        begin_acting(principal, account, form.reason.data)
    except CannotAct:
        rollback_at_edge()
        act_as(principal)
        flash(gettext("Nobody can act for this account now."), "danger")
        return redirect(url_for("accounts.show_one", code=code))
    return redirect(url_for("home_buying.show"))


@acting_screens.screen("", Permission.ORGANISATION_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show who acted in the own name, or in whose name the own people acted; the newest first."""
    after = read_cursor(request.args.get("cursor"), 2)
    rows = list_acting(principal, limit=_PAGE + 1, after=after)
    page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.began_at.isoformat(), row.id))
    return render_template("accounts/acting.html", page=page, actor_label=actor_label)


@acting_screens.personal("/end", methods=["POST"], while_acting=True)
def end(person: SignedIn) -> ResponseReturnValue:
    """Work in the own name again."""
    if person.acting is None:
        raise NotFound
    end_acting(person, address=client_address(), request_id=current_request_id())
    flash(gettext("You no longer act for %(name)s.", name=person.acting.name), "success")
    return redirect(url_for("accounts.show_one", code=person.acting.code))


def _account(principal: Principal, code: str) -> AccountRow:
    account = get_account(principal, code)
    if not may_be_acted_for(account):
        raise NotFound
    return account


def _page(account: AccountRow, form: ActForm) -> str:
    return render_template("accounts/act.html", account=account, form=form, minutes=MINUTES)


def _end_over() -> ResponseReturnValue:
    """The time is up: nothing that was sent is done, and the person is told."""
    person = signed_in_person()
    if person is None or person.acting is None:
        return redirect(url_for("home.show"))
    name = person.acting.name
    end_acting(person, address=client_address(), request_id=current_request_id())
    commit_at_edge()
    flash(
        gettext("Your time of acting for %(name)s is over. What you sent just now was not done.", name=name),
        "attention",
    )
    sells = person.current is not None and Capacity.SELLER in person.current.capacities
    return redirect(url_for("home_selling.show" if sells else "home.show"))


def _acting_now() -> Acting | None:
    person: SignedIn | None = g.get("person")
    return person.acting if person else None
