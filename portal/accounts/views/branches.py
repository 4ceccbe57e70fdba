"""Where a shop hangs: moved below another shop of the seller, or made independent."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField

from portal.accounts.errors import CannotMove
from portal.accounts.queries.accounts import AccountRow, get_account, list_branches, list_places
from portal.accounts.queries.people import list_people
from portal.accounts.service.branches import move_shop
from portal.accounts.views.accounts import accounts
from tenants.database import rollback_at_edge
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal


class PlaceForm(FlaskForm):  # type: ignore[misc] # flask-wtf is untyped
    """Whose branch a shop is to be."""

    parent_code = SelectField(_l("Branch of"), validate_choice=False)


@accounts.screen("/<code>/place", Permission.ACCOUNTS_MANAGE, methods=["GET", "POST"])
def move(principal: Principal, code: str) -> ResponseReturnValue:
    """Ask below which shop, and move it there."""
    account = get_account(principal, code)
    form = PlaceForm(parent_code=account.parent_code or "")
    if form.validate_on_submit():
        try:
            moved = move_shop(principal, code, form.parent_code.data)
        except (CannotMove, NotFound):
            rollback_at_edge()
            form.parent_code.errors = [gettext("It cannot be a branch of this shop. Please choose another one.")]
        else:
            flash(_said(moved), "success")
            return redirect(url_for("accounts.show_one", code=code))
    places = [(shop, f"{name} ({shop})") for shop, name in list_places(principal, account)]
    form.parent_code.choices = [("", gettext("None, it is independent")), *places]
    page = render_template(
        "accounts/place.html",
        form=form,
        account=account,
        places=places,
        branches=list_branches(principal, account.buyer_id),
        people=sum(person.active for person in list_people(principal, account.buyer_id)),
    )
    return page, 422 if form.is_submitted() else 200


def _said(moved: AccountRow) -> str:
    if moved.parent_code:
        return str(gettext("%(name)s is a branch of %(shop)s.", name=moved.name, shop=moved.parent_code))
    return str(gettext("%(name)s is independent.", name=moved.name))
