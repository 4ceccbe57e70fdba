"""A seller's price groups: all of them, one with its accounts, accounts moved from one into another."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from portal.accounts.errors import PriceGroupInUse, UnknownAccounts, UnknownPriceGroup
from portal.accounts.forms import trimmed
from portal.accounts.group_uses import find_uses
from portal.accounts.queries.accounts import AccountFilter, count_accounts, list_accounts, list_price_groups, sort_key
from portal.accounts.queries.price_groups import PriceGroupRow, find_group, get_group, list_groups
from portal.accounts.service import price_groups as service
from portal.web.api.paging import page_of, read_cursor, read_text_cursor
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.errors import NotFound
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

price_groups = Screens("price_groups", __name__, capacity=Capacity.SELLER, url_prefix="/selling/accounts/price-groups")

MOST_MOVED = 500
"""Accounts that are moved at once."""
_PAGE = 50
_ACCOUNTS = 200


class PriceGroupNameForm(FlaskForm):  # type: ignore[misc] # flask-wtf is untyped
    """What a price group is called."""

    name = StringField(
        _l("Name"),
        [
            DataRequired(message=_l("Please enter the name.")),
            Length(max=100, message=_l("Please use at most %(max)d characters.")),
        ],
        filters=[trimmed],
    )


class NewPriceGroupForm(PriceGroupNameForm):
    """A price group that does not exist yet."""

    code = StringField(
        _l("Code"),
        [
            DataRequired(message=_l("Please enter a code.")),
            Length(max=50, message=_l("Please use at most %(max)d characters.")),
        ],
        filters=[trimmed],
    )


@price_groups.screen("/", Permission.ACCOUNTS_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """List the price groups."""
    return _list(principal, NewPriceGroupForm())


@price_groups.screen("/", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def create(principal: Principal) -> ResponseReturnValue:
    """Make one."""
    form = NewPriceGroupForm()
    if form.validate_on_submit():
        if find_group(principal, form.code.data) is None:
            group = service.save_price_group(principal, form.code.data, form.name.data)
            flash(gettext("The price group %(name)s is made. Put accounts into it.", name=group.name), "success")
            return redirect(url_for("price_groups.show_one", code=group.code))
        form.code.errors = [gettext("You have a price group of this code already.")]
    return _list(principal, form), 422


@price_groups.screen("/of/<path:code>", Permission.ACCOUNTS_VIEW)
def show_one(principal: Principal, code: str) -> ResponseReturnValue:
    """Show one with its accounts and what is for it."""
    group = get_group(principal, code)
    return _page(principal, group, PriceGroupNameForm(name=group.name or group.code))


@price_groups.screen("/name/<path:code>", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def rename(principal: Principal, code: str) -> ResponseReturnValue:
    """Call it otherwise; its code stays."""
    group = get_group(principal, code)
    form = PriceGroupNameForm()
    if form.validate_on_submit():
        service.save_price_group(principal, code, form.name.data)
        flash(gettext("The price group is now called %(name)s.", name=form.name.data), "success")
        return redirect(url_for("price_groups.show_one", code=code))
    return _page(principal, group, form), 422


@price_groups.screen("/remove/<path:code>", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def remove(principal: Principal, code: str) -> ResponseReturnValue:
    """Remove it if nothing uses it; the page says what does."""
    try:
        service.remove_price_group(principal, code)
    except PriceGroupInUse:
        rollback_at_edge()
        flash(gettext("The price group stays: something uses it, as you see below."), "warning")
        return redirect(url_for("price_groups.show_one", code=code))
    flash(gettext("The price group %(code)s is removed.", code=code), "success")
    return redirect(url_for("price_groups.show"))


@price_groups.screen("/accounts", Permission.ACCOUNTS_MANAGE)
def choose_accounts(principal: Principal) -> ResponseReturnValue:
    """Show the accounts that are not in a group, to be put into it."""
    group = get_group(principal, request.args.get("into", ""))
    wanted = AccountFilter(
        q=request.args.get("q", "").strip()[:100],
        price_group=request.args.get("group", "")[:50],
        outside_group=group.code,
    )
    return render_template(
        "accounts/price_group_accounts.html",
        group=group,
        wanted=wanted,
        others=_others(principal, group),
        **_accounts(principal, wanted),
    )


@price_groups.screen("/accounts", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def move_accounts(principal: Principal) -> ResponseReturnValue:
    """Put the accounts that are ticked into a group, or into none."""
    codes, target = request.form.getlist("account")[:MOST_MOVED], request.form.get("target", "")
    back = request.form.get("group", "") or target
    if not codes:
        flash(gettext("Please tick the accounts to move."), "warning")
        return redirect(url_for("price_groups.show_one", code=back))
    try:
        done = service.move_accounts(principal, codes, target or None)
    except (UnknownAccounts, UnknownPriceGroup) as unknown:
        raise NotFound from unknown
    flash(
        ngettext(
            "%(num)s account moved. Its next order is priced anew.",
            "%(num)s accounts moved. Their next orders are priced anew.",
            done.moved,
        ),
        "success",
    )
    return redirect(url_for("price_groups.show_one", code=back))


def _list(principal: Principal, form: NewPriceGroupForm) -> str:
    after = read_text_cursor(request.args.get("cursor"))
    rows = list_groups(principal, limit=_PAGE + 1, after=after)
    page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.code,))
    return render_template("accounts/price_groups.html", page=page, form=form)


def _page(principal: Principal, group: PriceGroupRow, form: PriceGroupNameForm) -> str:
    return render_template(
        "accounts/price_group.html",
        group=group,
        form=form,
        others=_others(principal, group),
        uses=find_uses(principal, group.code),
        **_accounts(principal, AccountFilter(price_group=group.code)),
    )


def _others(principal: Principal, group: PriceGroupRow) -> list[tuple[str, str]]:
    return [(code, name or code) for code, name in list_price_groups(principal) if code != group.code]


def _accounts(principal: Principal, wanted: AccountFilter) -> dict[str, Any]:
    after = read_cursor(request.args.get("cursor"), 2)
    rows = list_accounts(principal, wanted, limit=_ACCOUNTS + 1, after=after)
    return {"page": page_of(rows, _ACCOUNTS, lambda row: row, sort_key), "total": count_accounts(principal, wanted)}
