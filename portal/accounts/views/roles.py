"""The roles of the own organisation: built-in ones, and those that it makes from permissions."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from portal.accounts.errors import RoleExists, RoleInUse, RoleTooHigh, UnknownRole, UnusableValue
from portal.accounts.forms import role_label, role_word_choices, trimmed
from portal.accounts.permission_words import PERMISSION_WORDS
from portal.accounts.queries.roles import OwnRoleRow, get_own_role, list_own_roles
from portal.accounts.rules import may_give
from portal.accounts.service import roles as service
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.permissions import KIND_PERMISSIONS, ROLE_PERMISSIONS, Permission, Role, known_permissions
from tenants.principal import Principal

roles = Screens("roles", __name__, url_prefix="/organisation/people/roles")
_LONGEST_NAME, _LONGEST_CODE = 60, 40


class RoleForm(FlaskForm):  # type: ignore[misc] # flask-wtf is untyped
    """What a role is called and whose messages its people get."""

    name = StringField(
        _l("Name"),
        [
            DataRequired(message=_l("Please enter the name.")),
            Length(max=_LONGEST_NAME, message=_l("Please use at most %(max)d characters.")),
        ],
        filters=[trimmed],
    )
    like_role = SelectField(_l("Messages like"), [InputRequired(_l("Please choose a role."))])

    def __init__(self, **values: object) -> None:
        super().__init__(**values)
        self.like_role.choices = [(role.value, role_label(role)) for role in Role if role is not Role.ADMIN]


class NewRoleForm(RoleForm):
    """A role that does not exist yet."""

    code = StringField(
        _l("Code"),
        [
            DataRequired(message=_l("Please enter a code.")),
            Length(max=_LONGEST_CODE, message=_l("Please use at most %(max)d characters.")),
            Regexp(r"^[\w.-]+$", message=_l("Please use letters, digits, dots, hyphens and underscores only.")),
        ],
        filters=[trimmed],
    )


@roles.screen("/", Permission.PEOPLE_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """List the roles and what each may."""
    there = KIND_PERMISSIONS[principal.organisation_kind]
    built_in = [(role_label(role), [p for p in Permission if p in ROLE_PERMISSIONS[role] & there]) for role in Role]
    return render_template(
        "accounts/roles.html",
        built_in=built_in,
        own_roles=list_own_roles(principal),
        all_of_kind=len(there),
        words=PERMISSION_WORDS,
        permissions=list(Permission),
        role_label=role_label,
    )


@roles.screen("/new", Permission.PEOPLE_MANAGE)
def new(principal: Principal) -> ResponseReturnValue:
    """Show the form of a new role."""
    return _page(principal, NewRoleForm(like_role=Role.VIEWER.value), None, frozenset())


@roles.screen("/new", Permission.PEOPLE_MANAGE, methods=["POST"], fresh=True)
def create(principal: Principal) -> ResponseReturnValue:
    """Make a role."""
    form = NewRoleForm()
    if form.validate_on_submit() and _save(principal, form, form.code.data, only_new=True):
        flash(gettext("The role %(name)s is made. Give it to people.", name=form.name.data), "success")
        return redirect(url_for("roles.show"))
    return _page(principal, form, None, _ticked()), 422


@roles.screen("/of/<code>", Permission.PEOPLE_MANAGE)
def edit(principal: Principal, code: str) -> ResponseReturnValue:
    """Show a role of the own organisation."""
    role = get_own_role(principal, code)
    return _page(principal, RoleForm(name=role.name, like_role=role.like_role.value), role, role.permissions)


@roles.screen("/of/<code>", Permission.PEOPLE_MANAGE, methods=["POST"], fresh=True)
def change(principal: Principal, code: str) -> ResponseReturnValue:
    """Change what it may: for all who have it, with their next click."""
    role, form = get_own_role(principal, code), RoleForm()
    if form.validate_on_submit() and _save(principal, form, code):
        flash(gettext("The role %(name)s is saved; it holds for everybody who has it.", name=form.name.data), "success")
        return redirect(url_for("roles.show"))
    return _page(principal, form, role, _ticked()), 422


@roles.screen("/remove/<code>", Permission.PEOPLE_MANAGE, methods=["POST"], fresh=True)
def remove(principal: Principal, code: str) -> ResponseReturnValue:
    """Remove a role; who has it gets the one that is named."""
    try:
        service.remove_role(principal, code, request.form.get("successor", ""))
    except (RoleInUse, UnknownRole):
        return _refused(gettext("Somebody has this role: please choose the one that follows it."), code)
    except RoleTooHigh:
        return _refused(gettext("You cannot grant a role that may do more than your own."), code)
    flash(gettext("The role is removed."), "success")
    return redirect(url_for("roles.show"))


def _ticked() -> frozenset[Permission]:
    return known_permissions(request.form.getlist("permission"))


def _save(principal: Principal, form: RoleForm, code: str, *, only_new: bool = False) -> bool:
    command = service.SaveRole(code, form.name.data, _ticked(), Role(form.like_role.data))
    try:
        service.save_role(principal, command, only_new=only_new)
    except RoleExists:
        form["code"].errors = [gettext("You have a role of this code already.")]
    except RoleTooHigh:
        form.name.errors = [gettext("You cannot make a role that may do more than your own.")]
    except UnusableValue as refused:
        texts = {
            "code": gettext("Please choose another code: a built-in role has it, or there are too many roles."),
            "permissions": gettext("One of these permissions is of no use in your organisation."),
        }
        (form.code if refused.details["field"] == "code" else form.name).errors = [texts[refused.details["field"]]]
    else:
        return True
    rollback_at_edge()
    return False


def _refused(text: str, code: str) -> ResponseReturnValue:
    rollback_at_edge()
    flash(text, "error")
    return redirect(url_for("roles.edit", code=code))


def _page(principal: Principal, form: RoleForm, role: OwnRoleRow | None, ticked: frozenset[Permission]) -> str:
    there = KIND_PERMISSIONS[principal.organisation_kind]
    return render_template(
        "accounts/role.html",
        form=form,
        role=role,
        ticked=ticked,
        words=PERMISSION_WORDS,
        offered=[(each, may_give(principal, frozenset({each}))) for each in Permission if each in there],
        successors=[(word, label) for word, label in role_word_choices(principal) if role is None or word != role.code],
    )
