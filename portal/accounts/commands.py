"""`flask api-client` and `flask user`: what an operator sets up before anybody can sign in, or helps out with."""

from __future__ import annotations

import json
import sys

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import create_engine

from portal.accounts.audit_commands import audit
from portal.accounts.models import RequestKind
from portal.accounts.passwords import check_password_rules, hash_password
from portal.accounts.service.person_answers import answer_request
from portal.accounts.service.person_requests import ask_as_operator
from portal.accounts.service.set_up import SetUpRefused, create_api_client, create_person, reset_second_factor
from tenants.database_roles import RoleUrls
from tenants.permissions import Role, Scope

api_client = AppGroup("api-client", help="Programs that use the API.")
user = AppGroup("user", help="People, for set-up and tests.")

ORGANISATION = click.option(
    "--organisation", required=True, metavar="CODE", help="CODE, or ROOT/CODE where several trees have that code."
)
EMAIL = click.option("--email", required=True)


@api_client.command("create")
@ORGANISATION
@click.option("--scope", required=True, metavar="SCOPES", help=f"Separated by blanks: {' '.join(Scope)}.")
@click.option("--name", default="", help="What people call the program.")
def create_client(organisation: str, scope: str, name: str) -> None:
    """Make an API client and print its id and secret as JSON; the secret is shown this once."""
    unknown = [word for word in scope.split() if word not in set(Scope)]
    if unknown or not scope.split():
        raise click.ClickException(f"Scopes are: {' '.join(Scope)}.")
    scopes = [one for one in Scope if one in scope.split()]
    try:
        client = create_api_client(current_app.extensions["role_urls"].loader, organisation, scopes, name)
    except SetUpRefused as error:
        raise click.ClickException(str(error)) from error
    if client.note:
        click.echo(client.note, err=True)
    click.echo(json.dumps({"client_id": client.client_id, "client_secret": client.client_secret}))


@user.command("create")
@ORGANISATION
@click.option("--email", required=True)
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--name", default="")
@click.option(
    "--password-stdin", is_flag=True, required=True, expose_value=False, help="Read the password from standard input."
)
def create_user(organisation: str, email: str, role: str, name: str) -> None:
    """Make a person, or give a known one this role and password."""
    email = email.strip().lower()
    if email.count("@") != 1 or any(character.isspace() for character in email):
        raise click.ClickException(f"{email} is not an e-mail address.")
    password = sys.stdin.readline().rstrip("\r\n")
    problem = check_password_rules(password, email, name)
    if problem is not None:
        raise click.ClickException(problem)
    try:
        create_person(
            current_app.extensions["role_urls"].loader, organisation, email, Role(role), name, hash_password(password)
        )
    except SetUpRefused as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps({"organisation": organisation, "email": email, "role": role}))


@user.command("reset-second-factor")
@click.option("--email", required=True)
def reset_factor(email: str) -> None:
    """Take a person's authenticator app, passkeys and recovery codes away, and end its sessions: for who lost all of them."""
    try:
        places = reset_second_factor(current_app.extensions["role_urls"].loader, email.strip().lower())
    except SetUpRefused as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps({"email": email.strip().lower(), "organisations": places}))


@user.command("export")
@EMAIL
def export_person(email: str) -> None:
    """Print everything that is kept about a person as JSON."""
    click.echo(_answer(email, RequestKind.EXPORT))


@user.command("erase")
@EMAIL
@click.confirmation_option(prompt="Erase this person everywhere? This cannot be undone.")
def erase_person(email: str) -> None:
    """Erase a person everywhere: orders and logs keep a number."""
    _answer(email, RequestKind.ERASURE)
    click.echo(json.dumps({"erased": email.strip().lower()}))


def _answer(email: str, kind: RequestKind) -> str:
    """Ask, and answer at once instead of waiting for the worker."""
    urls: RoleUrls = current_app.extensions["role_urls"]
    try:
        number = ask_as_operator(urls.loader, email.strip().lower(), kind)
    except SetUpRefused as error:
        raise click.ClickException(str(error)) from error
    engine = create_engine(urls.worker, hide_parameters=True)
    with engine.begin() as connection:
        content = answer_request(connection, number)
    engine.dispose()
    return content


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(audit)
    app.cli.add_command(api_client)
    app.cli.add_command(user)
