"""A seller's accounts: list, new account, account page, branches, people aboard."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, gettext

from portal.accounts.errors import AlreadyMember, CodeTaken, RoleTooHigh
from portal.accounts.export import ACCOUNT_HEAD, account_cells
from portal.accounts.forms import DetailsForm, InviteForm, NewAccountForm, TermsForm, role_choices, role_label
from portal.accounts.open_orders import OpenOrders, count_open_orders, find_last_orders
from portal.accounts.queries.accounts import (
    SORTS,
    AccountFilter,
    AccountRow,
    AccountState,
    Presence,
    count_accounts,
    get_account,
    list_accounts,
    list_branches,
    list_price_groups,
    sort_key,
)
from portal.accounts.queries.organisation import get_own_organisation
from portal.accounts.queries.people import list_invitations, list_people
from portal.accounts.rules import grantable_roles
from portal.accounts.service import accounts as service
from portal.accounts.service.acting import may_be_acted_for
from portal.accounts.service.invitations import InvitedInto, Invitee, invite, send_again, withdraw
from portal.web.api.paging import page_of, read_cursor
from portal.web.csv_file import csv_answer
from portal.web.rate_limits import count
from portal.web.screens import Screens
from tenants.audit import record_refusal
from tenants.database import rollback_at_edge
from tenants.models import OrganisationKind
from tenants.permissions import Capacity, Permission, Role
from tenants.principal import Principal

accounts = Screens("accounts", __name__, capacity=Capacity.SELLER, url_prefix="/selling/accounts")

EXPORTS = ("120/hour", "exports of accounts")
_PAGE = 50
_MOST_EXPORTED = 100_000
_CURRENCIES = ("EUR", "CHF", "GBP", "USD", "DKK", "NOK", "SEK", "PLN", "CZK", "HUF", "RON", "BGN")


@accounts.screen("/", Permission.ACCOUNTS_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """List the accounts, a page at a time."""
    wanted = _filter()
    after = read_cursor(request.args.get("cursor"), 2)
    page = page_of(list_accounts(principal, wanted, limit=_PAGE + 1, after=after), _PAGE, lambda row: row, sort_key)
    return render_template(
        "accounts/accounts.html",
        page=page,
        wanted=wanted,
        total=count_accounts(principal, wanted),
        groups=list_price_groups(principal),
        states=_state_labels(),
        presences=presence_labels(),
        last_orders=find_last_orders(principal, [row.buyer_id for row in page.items]),
    )


@accounts.screen("/accounts.csv", Permission.ACCOUNTS_VIEW)
def export(principal: Principal) -> ResponseReturnValue:
    """Give the filtered list as CSV."""
    count(*EXPORTS, principal.actor)
    rows = list_accounts(principal, _filter(), limit=_MOST_EXPORTED)
    ordered = find_last_orders(principal, [row.buyer_id for row in rows])
    table = (account_cells(row, principal.currency, ordered.get(row.buyer_id)) for row in rows)
    return csv_answer("accounts", ACCOUNT_HEAD, table)


@accounts.screen("/new", Permission.ACCOUNTS_MANAGE, methods=["GET", "POST"])
def create(principal: Principal) -> ResponseReturnValue:
    """Bring a buyer aboard: organisation, terms and first invitation in one act."""
    own = get_own_organisation(principal)
    usual = service.usual_kind(OrganisationKind(own.kind))
    form = NewAccountForm(
        present=own.country,
        kind=usual.value,
        country=own.country or "DE",
        locale=own.locale[:2],
        currency=own.currency,
        parent_code=request.args.get("branch_of", ""),
        person_role=grantable_roles(principal)[0].value,
    )
    _fill_choices(principal, form, usual)
    if form.validate_on_submit():
        try:
            account = service.create_account(principal, _command(form))
        except CodeTaken as taken:
            record_refusal(principal, "account.code_refused", form.code.data)
            rollback_at_edge()
            text = gettext(
                "This code cannot be used. %(code)s can, or leave it empty.", code=taken.details["suggestion"]
            )
            form.code.errors = [text]
        except RoleTooHigh:
            rollback_at_edge()
            form.person_role.errors = [gettext("You cannot grant a role that may do more than your own.")]
        else:
            flash(_welcome(account, form.person_email.data), "success")
            return redirect(url_for("accounts.show_one", code=account.code))
    page = render_template("accounts/new_account.html", form=form, groups=list_price_groups(principal), own=own)
    return page, 422 if form.is_submitted() else 200


@accounts.screen("/<code>/", Permission.ACCOUNTS_VIEW)
def show_one(principal: Principal, code: str) -> ResponseReturnValue:
    """Show one account with its people and branches."""
    return _account_page(principal, get_account(principal, code))


@accounts.screen("/<code>/terms", Permission.ACCOUNTS_MANAGE, methods=["GET", "POST"])
def edit_terms(principal: Principal, code: str) -> ResponseReturnValue:
    """Agree other terms."""
    account = get_account(principal, code)
    limit = account.credit_limit
    form = TermsForm(
        customer_number=account.customer_number,
        price_group=account.price_group or "",
        payment_terms_days="" if account.payment_terms_days is None else str(account.payment_terms_days),
        credit_limit="" if limit is None else format_decimal(limit, format="0.00"),
    )
    if form.validate_on_submit():
        service.change_terms(principal, code, form.terms())
        flash(gettext("The terms of %(name)s are saved.", name=account.name), "success")
        return redirect(url_for("accounts.show_one", code=code))
    page = render_template("accounts/terms.html", form=form, account=account, groups=list_price_groups(principal))
    return page, 422 if form.is_submitted() else 200


@accounts.screen("/<code>/details", Permission.ACCOUNTS_MANAGE, methods=["GET", "POST"])
def edit_details(principal: Principal, code: str) -> ResponseReturnValue:
    """Correct name and address."""
    account = get_account(principal, code)
    form = DetailsForm(present=account.country, obj=account)
    if form.validate_on_submit():
        service.change_details(principal, code, service.Details(**form.details()))
        flash(gettext("The details of %(name)s are saved.", name=form.name.data), "success")
        return redirect(url_for("accounts.show_one", code=code))
    page = render_template("accounts/details.html", form=form, account=account)
    return page, 422 if form.is_submitted() else 200


@accounts.screen("/<code>/state", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def change_state(principal: Principal, code: str) -> ResponseReturnValue:
    """Stop ordering, suspend, or let everything go on."""
    wanted = request.form.get("state", "")
    account = get_account(principal, code)
    if wanted in set(AccountState) - {AccountState.CLOSED}:
        account = service.change_state(principal, code, AccountState(wanted))
        flash(
            {
                AccountState.ACTIVE: gettext("%(name)s can order again.", name=account.name),
                AccountState.STOPPED: gettext("%(name)s can look, but no longer order.", name=account.name),
                AccountState.SUSPENDED: gettext("%(name)s is suspended. Nobody of it gets in.", name=account.name),
            }[account.state],
            "success",
        )
    return redirect(url_for("accounts.show_one", code=code))


@accounts.screen("/<code>/close", Permission.ACCOUNTS_MANAGE, methods=["POST"], fresh=True)
def close(principal: Principal, code: str) -> ResponseReturnValue:
    """End the trading edge: nobody of the buyer has a right left, its orders stay."""
    account = service.change_state(principal, code, AccountState.CLOSED)
    flash(gettext("%(name)s is closed. Its orders stay readable here.", name=account.name), "success")
    return redirect(url_for("accounts.show_one", code=code))


@accounts.screen("/<code>/invitations", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def invite_person(principal: Principal, code: str) -> ResponseReturnValue:
    """Invite a person into a buyer."""
    account = get_account(principal, code)
    form = InviteForm(principal)
    if form.validate_on_submit():
        invitee = Invitee(form.email.data, form.name.data or "", Role(form.role.data))
        try:
            invite(principal, _into(account), invitee)
        except AlreadyMember:
            rollback_at_edge()
            form.email.errors = [gettext("This person works there already.")]
        else:
            flash(gettext("The invitation to %(email)s is on its way.", email=form.email.data), "success")
            return redirect(url_for("accounts.show_one", code=code))
    return _account_page(principal, account, form), 422


@accounts.screen("/<code>/invitations/<int:number>/send-again", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def resend_invitation(principal: Principal, code: str, number: int) -> ResponseReturnValue:
    """Send an invitation again; the old link ends."""
    email = send_again(principal, _into(get_account(principal, code)), number)
    flash(gettext("A new invitation to %(email)s is on its way; the old link has ended.", email=email), "success")
    return redirect(url_for("accounts.show_one", code=code))


@accounts.screen("/<code>/invitations/<int:number>/withdraw", Permission.ACCOUNTS_MANAGE, methods=["POST"])
def withdraw_invitation(principal: Principal, code: str, number: int) -> ResponseReturnValue:
    """End an invitation."""
    email = withdraw(principal, get_account(principal, code).buyer_id, number)
    flash(gettext("The invitation to %(email)s is withdrawn.", email=email), "success")
    return redirect(url_for("accounts.show_one", code=code))


def _account_page(principal: Principal, account: AccountRow, form: InviteForm | None = None) -> str:
    people = list_people(principal, account.buyer_id)
    may_manage = principal.may(Permission.ACCOUNTS_MANAGE)
    return render_template(
        "accounts/account.html",
        account=account,
        state=_state_labels()[account.state],
        people=people,
        last_order=find_last_orders(principal, [account.buyer_id]).get(account.buyer_id),
        working=sum(person.active for person in people),
        invitations=list_invitations(principal, account.buyer_id),
        branches=list_branches(principal, account.buyer_id),
        open_orders=count_open_orders(principal, account.buyer_id) if may_manage else OpenOrders(),
        form=form or InviteForm(principal),
        role_label=role_label,
        own=get_own_organisation(principal),
        may_act=principal.may(Permission.ACCOUNTS_ACT) and may_be_acted_for(account),
    )


def _filter() -> AccountFilter:
    sort = request.args.get("sort", "name")
    state = request.args.get("state", "")
    presence = request.args.get("presence", "")
    return AccountFilter(
        q=request.args.get("q", "").strip()[:100],
        state=state if state in set(AccountState) else "",
        price_group=request.args.get("group", "")[:100],
        sort=sort if sort.removeprefix("-") in SORTS else "name",
        presence=frozenset({Presence(presence)}) if presence in set(Presence) else frozenset(),
    )


def presence_labels() -> dict[str, str]:
    """Say how far a buyer has come aboard."""
    return {
        Presence.UNINVITED: gettext("Not invited"),
        Presence.INVITED: gettext("Invited"),
        Presence.EXPIRED: gettext("Invitation expired"),
        Presence.ABOARD: gettext("Aboard"),
    }


def _state_labels() -> dict[str, str]:
    return {
        AccountState.ACTIVE: gettext("Active"),
        AccountState.STOPPED: gettext("Ordering stopped"),
        AccountState.SUSPENDED: gettext("Suspended"),
        AccountState.CLOSED: gettext("Closed"),
    }


def _fill_choices(principal: Principal, form: NewAccountForm, usual: OrganisationKind) -> None:
    kinds = {
        OrganisationKind.RETAILER: gettext("Retailer"),
        OrganisationKind.WHOLESALER: gettext("Sub-distributor")
        if usual is OrganisationKind.RETAILER
        else gettext("Wholesaler"),
    }
    form.kind.choices = sorted(((kind.value, label) for kind, label in kinds.items()), key=lambda c: c[0] != usual)
    shops = list_accounts(principal, AccountFilter(), limit=_MOST_EXPORTED)
    form.parent_code.choices = [("", gettext("None, it is independent"))] + [
        (shop.code, f"{shop.name} ({shop.code})") for shop in shops if shop.kind == OrganisationKind.RETAILER
    ]
    form.currency.choices = [(code, code) for code in sorted({principal.currency, *_CURRENCIES})]
    form.person_role.choices = role_choices(principal)


def _command(form: NewAccountForm) -> service.CreateAccount:
    first = form.person_email.data
    return service.CreateAccount(
        details=service.Details(**form.details(), currency=form.currency.data),
        code=form.code.data or "",
        kind=OrganisationKind(form.kind.data),
        parent_code=form.parent_code.data or "",
        terms=form.terms(),
        first_person=Invitee(first, form.person_name.data or "", Role(form.person_role.data)) if first else None,
    )


def _welcome(account: AccountRow, invited: str | None) -> str:
    name = account.name
    if invited:
        return str(gettext("%(name)s is set up; the invitation to %(email)s is on its way.", name=name, email=invited))
    return str(gettext("%(name)s is set up. Invite a person, so that somebody can order.", name=name))


def _into(account: AccountRow) -> InvitedInto:
    return InvitedInto(account.buyer_id, account.name, account.locale)
