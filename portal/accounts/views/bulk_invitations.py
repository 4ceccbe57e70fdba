"""Many buyers invited at once: who has not come aboard, with the address each invitation goes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from portal.accounts.forms import role_choices
from portal.accounts.queries.accounts import (
    AccountFilter,
    AccountState,
    Presence,
    count_accounts,
    list_accounts,
    list_price_groups,
    sort_key,
)
from portal.accounts.rules import grantable_roles
from portal.accounts.service.bulk_invitations import AccountInvitation, Answer, invite_many
from portal.accounts.views.accounts import accounts, presence_labels
from portal.web.api.paging import page_of, read_cursor
from tenants.permissions import Permission, Role
from tenants.principal import Principal

_PAGE = 200
_NOT_ABOARD = frozenset({Presence.UNINVITED, Presence.EXPIRED})


@dataclass(slots=True)
class Typed:
    """What stands in the form, and what is wrong with it, by the account's code."""

    emails: dict[str, str] = field(default_factory=dict)
    chosen: set[str] = field(default_factory=set)
    errors: dict[str, str] = field(default_factory=dict)
    role: str = ""


@accounts.screen("/invitations", Permission.ACCOUNTS_MANAGE, methods=["GET", "POST"])
def invite_many_accounts(principal: Principal) -> ResponseReturnValue:
    """Invite one person into each of the accounts that are ticked."""
    if request.method == "GET":
        return _page(principal, Typed(role=grantable_roles(principal)[0].value))
    typed = _typed()
    wanted = [AccountInvitation(code, typed.emails[code], "", Role(typed.role)) for code in sorted(typed.chosen)]
    wanted = [each for each in wanted if each.code not in typed.errors]
    answers = {each.code: answer for each, answer in zip(wanted, invite_many(principal, wanted), strict=True)}
    typed.errors |= {code: _answer_text(answer) for code, answer in answers.items() if answer is not Answer.INVITED}
    sent = sum(answer is Answer.INVITED for answer in answers.values())
    if sent:
        flash(ngettext("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", sent), "success")
    if not typed.chosen:
        flash(gettext("Please tick whom to invite."), "warning")
    if typed.errors:
        return _page(principal, typed), 422
    return redirect(url_for(".invite_many_accounts", **_kept()))


def _typed() -> Typed:
    form = request.form
    codes = {name.removeprefix("email-") for name in form if name.startswith("email-")}
    typed = Typed({code: form[f"email-{code}"].strip() for code in codes}, role=form.get("role", ""))
    if typed.role not in set(Role):
        typed.role = Role.VIEWER.value
    typed.chosen = {code for code in codes if f"invite-{code}" in form}
    for code in typed.chosen:
        if not _is_address(typed.emails[code]):
            typed.errors[code] = str(gettext("This is not an e-mail address. It looks like name@example.com."))
    return typed


def _is_address(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _page(principal: Principal, typed: Typed) -> str:
    chosen = request.args.get("presence", "")
    wanted = AccountFilter(
        q=request.args.get("q", "").strip()[:100],
        state=AccountState.ACTIVE.value,
        price_group=request.args.get("group", "")[:100],
        presence=frozenset({Presence(chosen)}) if chosen in _NOT_ABOARD else _NOT_ABOARD,
    )
    after = read_cursor(request.args.get("cursor"), 2)
    page = page_of(list_accounts(principal, wanted, limit=_PAGE + 1, after=after), _PAGE, lambda row: row, sort_key)
    labels = presence_labels()
    return render_template(
        "accounts/bulk_invitations.html",
        page=page,
        total=count_accounts(principal, wanted),
        typed=typed,
        wanted=wanted,
        presences=[(each.value, labels[each]) for each in (Presence.UNINVITED, Presence.EXPIRED)],
        chosen=chosen,
        groups=list_price_groups(principal),
        roles=role_choices(principal),
        kept=_kept(),
    )


def _kept() -> dict[str, Any]:
    return {name: request.args[name] for name in ("q", "presence", "group", "cursor") if request.args.get(name)}


def _answer_text(answer: Answer) -> str:
    texts = {
        Answer.ALREADY_INVITED: gettext("An invitation to this address is open already."),
        Answer.ALREADY_ABOARD: gettext("This person works there already."),
        Answer.NO_ADDRESS: gettext("Please enter the e-mail address."),
        Answer.SUSPENDED: gettext("This account is suspended."),
        Answer.UNKNOWN: gettext("This account is no longer yours."),
        Answer.LATER: gettext("Too many invitations within an hour. Please try again later."),
    }
    return str(texts[answer])
