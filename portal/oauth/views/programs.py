"""The programs of the own organisation, and what its people gave to programs, for who manages it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.accounts.queries.organisation import get_own_organisation
from portal.oauth.errors import TooManyPrograms
from portal.oauth.forms import ProgramForm
from portal.oauth.queries.programs import ClientRow, get_client, list_accesses, list_clients
from portal.oauth.service import clients as service
from portal.oauth.words import KIND_WORDS, SHORT_SCOPE_WORDS
from portal.web.api.paging import page_of, read_cursor
from portal.web.headers import public_link
from portal.web.screens import Screens
from tenants.authentication import capacities_of
from tenants.database import rollback_at_edge
from tenants.errors import NotFound
from tenants.permissions import SCOPE_CAPACITY, Permission, Scope
from tenants.principal import Principal
from tenants.token_models import ClientKind

programs = Screens("programs", __name__, url_prefix="/organisation/programs")

_MAY = Permission.ORGANISATION_MANAGE
_PAGE = 50


@programs.screen("/", _MAY)
def show(principal: Principal) -> ResponseReturnValue:
    """List the programs, and what people gave to programs."""
    rows = list_accesses(principal, limit=_PAGE + 1, after=read_cursor(request.args.get("cursor"), 3))
    page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.created_at.isoformat(), row.kind, row.id))
    return render_template(
        "oauth/programs.html",
        own=get_own_organisation(principal),
        clients=list_clients(principal),
        page=page,
        kinds=KIND_WORDS,
        scope_words=SHORT_SCOPE_WORDS,
    )


@programs.screen("/new", _MAY)
def new(principal: Principal) -> ResponseReturnValue:
    """Show the form of a new program."""
    return _form_page(principal, ProgramForm(formdata=None))


@programs.screen("/new", _MAY, methods=["POST"], fresh=True)
def create(principal: Principal) -> ResponseReturnValue:
    """Make a program and show its secret, this once."""
    form = ProgramForm()
    form.offer(_offered(principal))
    if not form.validate_on_submit():
        return _form_page(principal, form), 422
    try:
        client_id, secret = service.create_client(principal, ClientKind(form.kind.data), form.settings())
    except TooManyPrograms:
        rollback_at_edge()
        flash(gettext("There are too many programs. Please end one first."), "error")
        return _form_page(principal, form), 409
    return _client_page(principal, get_client(principal, client_id), secret=secret, is_new=True)


@programs.screen("/<client_id>", _MAY)
def edit(principal: Principal, client_id: str) -> ResponseReturnValue:
    """Show one program with its form."""
    return _client_page(principal, get_client(principal, client_id))


@programs.screen("/<client_id>", _MAY, methods=["POST"], fresh=True)
def change(principal: Principal, client_id: str) -> ResponseReturnValue:
    """Change a program; what it loses counts for its tokens at once."""
    client = get_client(principal, client_id)
    form = ProgramForm()
    form.kind.data = client.kind.value
    form.offer(_offered(principal))
    if not form.validate_on_submit():
        return _client_page(principal, client, form=form), 422
    service.change_client(principal, client_id, form.settings())
    flash(gettext("Saved."), "success")
    return redirect(url_for("programs.edit", client_id=client_id))


@programs.screen("/<client_id>/secret", _MAY, methods=["POST"], fresh=True)
def renew_secret(principal: Principal, client_id: str) -> ResponseReturnValue:
    """Give the program another secret and show it, this once."""
    secret = service.renew_secret(principal, client_id)
    return _client_page(principal, get_client(principal, client_id), secret=secret)


@programs.screen("/<client_id>/end", _MAY, methods=["POST"], fresh=True)
def end(principal: Principal, client_id: str) -> ResponseReturnValue:
    """End a program with all its tokens."""
    name = get_client(principal, client_id).name
    service.end_client(principal, client_id)
    flash(gettext("%(name)s has ended, with all its tokens.", name=name), "success")
    return redirect(url_for("programs.show"))


@programs.screen("/given/<kind>/<int:number>/end", _MAY, methods=["POST"], fresh=True)
def end_access(principal: Principal, kind: str, number: int) -> ResponseReturnValue:
    """End what one of the own people gave to a program."""
    if kind not in {"grant", "token"}:
        raise NotFound
    service.end_access(principal, kind, number)
    flash(gettext("That access has ended."), "success")
    return redirect(url_for("programs.show"))


def _offered(principal: Principal) -> tuple[Scope, ...]:
    is_root = principal.organisation_id == principal.root_id
    capacities = capacities_of(get_own_organisation(principal).kind, has_seller=not is_root)
    return tuple(scope for scope in Scope if SCOPE_CAPACITY[scope] in capacities)


def _form_page(principal: Principal, form: ProgramForm) -> str:
    form.offer(_offered(principal))
    return render_template("oauth/new_program.html", own=get_own_organisation(principal), form=form)


def _client_page(
    principal: Principal, client: ClientRow, *, form: ProgramForm | None = None, secret: str = "", is_new: bool = False
) -> str:
    if form is None:
        form = ProgramForm(
            formdata=None,
            kind=client.kind.value,
            name=client.name,
            scopes=client.scopes,
            redirect_uris="\n".join(client.redirect_uris),
        )
        form.offer(_offered(principal))
    return render_template(
        "oauth/program.html",
        own=get_own_organisation(principal),
        client=client,
        form=form,
        secret=secret,
        is_new=is_new,
        kinds=KIND_WORDS,
        token_url=public_link("oauth.issue_token"),
        metadata_url=public_link("oauth_metadata.describe_server"),
    )
