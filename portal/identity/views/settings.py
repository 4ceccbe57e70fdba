"""An organisation's provider, its domains and its groups, as its administrators set them up."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.forms import role_label
from portal.accounts.queries.organisation import get_own_organisation
from portal.identity.domain_records import record_name
from portal.identity.errors import CannotDemand, DomainTaken, NotProvenYet, UnusableProvider
from portal.identity.forms import DomainForm, GroupForm, ProviderDemandForm, ProviderForm
from portal.identity.queries.provisioning import list_tokens
from portal.identity.queries.settings import (
    find_provider,
    list_domains,
    list_group_roles,
    list_linked_people,
    list_possible_keyholders,
)
from portal.identity.rules import read_domain
from portal.identity.service import settings as service
from portal.identity.service.tokens import end_provisioning_token, make_provisioning_token
from portal.web.headers import public_link
from portal.web.screens import Screens, signed_in_person
from tenants.database import act_as, rollback_at_edge
from tenants.permissions import Permission, Role
from tenants.principal import Principal

provider_settings = Screens("provider_settings", __name__, url_prefix="/organisation/single-sign-on")

_MAY = Permission.ORGANISATION_MANAGE


@provider_settings.screen("/", _MAY)
def show(principal: Principal) -> ResponseReturnValue:
    """Show the connection, the domains, the groups and whom the provider has signed in."""
    return _page(principal)


@provider_settings.screen("/provider", _MAY, methods=["POST"], fresh=True)
def save(principal: Principal) -> ResponseReturnValue:
    """Keep the connection; the provider is asked who it is first."""
    form = ProviderForm()
    if form.validate_on_submit():
        try:
            service.save_provider(principal, form.settings(), form.client_secret.data or None, _own_session())
        except UnusableProvider as refusal:
            _try_again(principal)
            _say_why(form, refusal)
        else:
            flash(gettext("Saved. The provider answers as it should."), "success")
            return _back()
    return _page(principal, form=form), 422


@provider_settings.screen("/provider/remove", _MAY, methods=["POST"], fresh=True)
def remove(principal: Principal) -> ResponseReturnValue:
    """Take the connection away."""
    service.remove_provider(principal, _own_session())
    flash(gettext("The connection is removed. People sign in by their passwords again."), "success")
    return _back()


@provider_settings.screen("/demand", _MAY, methods=["POST"], fresh=True)
def change_demand(principal: Principal) -> ResponseReturnValue:
    """Let people in by the provider alone, or no longer."""
    form = ProviderDemandForm()
    try:
        service.change_demand(principal, is_demanded=form.is_demanded.data, keyholder_ids=form.keyholders.data or [])
    except CannotDemand:
        _try_again(principal)
        flash(
            gettext(
                "Somebody has to sign in by the provider first, and at least one administrator with a second factor has to keep a key."
            ),
            "error",
        )
    else:
        flash(gettext("Saved."), "success")
    return _back()


@provider_settings.screen("/domains", _MAY, methods=["POST"], fresh=True)
def add_domain(principal: Principal) -> ResponseReturnValue:
    """Name a domain of the organisation's e-mail addresses."""
    form = DomainForm()
    if form.validate_on_submit():
        service.add_domain(principal, read_domain(form.domain.data) or "")
        flash(gettext("Now add the record to the domain, then check it here."), "success")
        return _back()
    return _page(principal, domain_form=form), 422


@provider_settings.screen("/domains/<domain>/check", _MAY, methods=["POST"], fresh=True)
def check_domain(principal: Principal, domain: str) -> ResponseReturnValue:
    """Look for the record that proves the domain."""
    try:
        service.prove_domain(principal, domain)
    except NotProvenYet:
        _try_again(principal)
        flash(
            gettext(
                "The record of %(domain)s is not there yet. New records take up to a day to be seen.", domain=domain
            ),
            "error",
        )
    except DomainTaken:
        _try_again(principal)
        flash(gettext("Another organisation of this portal has proven %(domain)s.", domain=domain), "error")
    else:
        flash(gettext("%(domain)s is proven: its addresses are yours.", domain=domain), "success")
    return _back()


@provider_settings.screen("/domains/<domain>/remove", _MAY, methods=["POST"], fresh=True)
def remove_domain(principal: Principal, domain: str) -> ResponseReturnValue:
    """Forget a domain."""
    service.remove_domain(principal, domain)
    flash(gettext("%(domain)s is forgotten.", domain=domain), "success")
    return _back()


@provider_settings.screen("/groups", _MAY, methods=["POST"], fresh=True)
def set_group(principal: Principal) -> ResponseReturnValue:
    """Give a group of the provider a role."""
    form = GroupForm()
    if form.validate_on_submit():
        service.set_group_role(principal, form.group.data, Role(form.role.data))
        flash(gettext("Saved. It counts from each member's next sign-in on."), "success")
        return _back()
    return _page(principal, group_form=form), 422


@provider_settings.screen("/groups/remove", _MAY, methods=["POST"], fresh=True)
def remove_group(principal: Principal) -> ResponseReturnValue:
    """Let a group mean nothing any more."""
    service.remove_group_role(principal, request.form.get("group", ""))
    flash(gettext("Saved. It counts from each member's next sign-in on."), "success")
    return _back()


@provider_settings.screen("/people/<int:number>/unlink", _MAY, methods=["POST"], fresh=True)
def unlink(principal: Principal, number: int) -> ResponseReturnValue:
    """Forget by which subject the provider knows a person."""
    email = service.unlink_person(principal, number)
    flash(gettext("%(email)s is linked anew at the next sign-in.", email=email), "success")
    return _back()


@provider_settings.screen("/tokens", _MAY, methods=["POST"], fresh=True)
def make_token(principal: Principal) -> ResponseReturnValue:
    """Make a token for SCIM and show it, this once."""
    return _page(principal, new_token=make_provisioning_token(principal))


@provider_settings.screen("/tokens/<int:number>/end", _MAY, methods=["POST"], fresh=True)
def end_token(principal: Principal, number: int) -> ResponseReturnValue:
    """End a token."""
    end_provisioning_token(principal, number)
    flash(gettext("The token has ended."), "success")
    return _back()


def _page(
    principal: Principal,
    *,
    new_token: str = "",
    form: ProviderForm | None = None,
    domain_form: DomainForm | None = None,
    group_form: GroupForm | None = None,
) -> str:
    own, provider = get_own_organisation(principal), find_provider(principal)
    return render_template(
        "identity/settings.html",
        own=own,
        provider=provider,
        domains=list_domains(principal),
        record_name=record_name,
        groups=list_group_roles(principal),
        linked=list_linked_people(principal),
        keyholders=list_possible_keyholders(principal) if provider else [],
        form=form or ProviderForm(formdata=None, **_values(provider)),
        domain_form=domain_form or DomainForm(formdata=None),
        group_form=group_form or GroupForm(formdata=None, role=Role.VIEWER.value),
        redirect_uri=public_link("single_sign_on.come_back", slug=own.slug),
        sign_in_url=public_link("single_sign_on.begin", slug=own.slug),
        role_label=role_label,
        tokens=list_tokens(principal),
        new_token=new_token,
        scim_url=public_link("scim.serve", path="Users").removesuffix("/Users"),
    )


def _values(provider: Any) -> dict[str, Any]:
    if provider is None:
        return {"groups_claim": "groups", "is_enabled": True, "default_role": ""}
    return {"obj": provider}


def _say_why(form: ProviderForm, refusal: UnusableProvider) -> None:
    if refusal.details.get("field") == "client_secret":
        form.client_secret.errors = [gettext("Please enter the client's secret.")]
    else:
        form.issuer.errors = [
            gettext("The provider cannot be used: %(reason)s.", reason=str(refusal.message).rstrip("."))
        ]


def _own_session() -> int | None:
    person = signed_in_person()
    return person.session_id if person else None


def _back() -> ResponseReturnValue:
    return redirect(url_for("provider_settings.show"))


def _try_again(principal: Principal) -> None:
    rollback_at_edge()
    act_as(principal)
