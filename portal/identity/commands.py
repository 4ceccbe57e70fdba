"""`flask single-sign-on`: what an operator does when an organisation cannot help itself."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from portal.accounts.commands import ORGANISATION
from portal.accounts.service.set_up import SetUpRefused
from portal.identity.rules import read_domain
from portal.identity.service import set_up as service

single_sign_on = AppGroup("single-sign-on", help="Identity providers of organisations.")


@single_sign_on.command("approve-domain")
@ORGANISATION
@click.option("--domain", required=True, help="Of the organisation's e-mail addresses.")
def approve_domain(organisation: str, domain: str) -> None:
    """Take a domain as proven without a DNS record: the operator knows whose it is."""
    name = read_domain(domain)
    if name is None:
        raise click.ClickException(f"{domain} is not a domain.")
    try:
        service.approve_domain(current_app.extensions["role_urls"].loader, organisation, name)
    except SetUpRefused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{name} belongs to {organisation}.")


@single_sign_on.command("stop-demanding")
@ORGANISATION
def stop_demanding(organisation: str) -> None:
    """Let people of an organisation in by password again, when its provider and all its keyholders are out of reach."""
    try:
        service.stop_demanding(current_app.extensions["role_urls"].loader, organisation)
    except SetUpRefused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{organisation} lets its people in by password again.")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(single_sign_on)
