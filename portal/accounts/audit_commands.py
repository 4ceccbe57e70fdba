"""`flask audit`: whether the audit logs are as they were written."""

from __future__ import annotations

import click
import psycopg
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import create_engine

from portal.accounts.audit_seals import Head
from portal.accounts.queries.audit_chain import ChainReport, list_logs, walk_chain
from portal.accounts.service.set_up import SetUpRefused, find_organisation
from tenants.database_roles import RoleUrls, conninfo

audit = AppGroup("audit", help="The audit logs.")

_NOBODY = "0 (signing in)"


class _HeadType(click.ParamType[Head]):
    """`ORGANISATION:POSITION:HASH`, as the worker logs it."""

    name = "head"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        """Read it."""
        try:
            organisation, position, digest = value.split(":")
            return Head(int(organisation), int(position), bytes.fromhex(digest))
        except ValueError:
            self.fail(f"{value} is not ORGANISATION:POSITION:HASH.", param, ctx)


@audit.command("verify")
@click.option(
    "--organisation", metavar="CODE", help="One alone: CODE, or ROOT/CODE where several trees have that code."
)
@click.option(
    "--head", "heads", multiple=True, type=_HeadType(), help="A head that the worker logged; may be repeated."
)
def verify(organisation: str | None, heads: tuple[Head, ...]) -> None:
    """Walk the chains of all organisations and name the first broken entry of each; ends with 1 if there is one."""
    urls: RoleUrls = current_app.extensions["role_urls"]
    engine = create_engine(urls.loader, hide_parameters=True)
    broken = 0
    with engine.begin() as connection:
        wanted = _wanted(urls.loader, organisation)
        for organisation_id, code in list_logs(connection):
            if wanted not in {None, organisation_id}:
                continue
            kept = [head for head in heads if head.organisation_id == organisation_id]
            report = walk_chain(connection, organisation_id, kept)
            broken += not report.is_intact
            click.echo(f"{code or _NOBODY}: {_sentence(report)}")
    engine.dispose()
    if broken:
        raise click.ClickException(f"{broken} of the logs are not as they were written.")


def _wanted(loader_url: str, organisation: str | None) -> int | None:
    if organisation is None:
        return None
    try:
        with psycopg.connect(conninfo(loader_url)) as loader:
            return find_organisation(loader, organisation)
    except SetUpRefused as error:
        raise click.ClickException(str(error)) from error


def _sentence(report: ChainReport) -> str:
    counts = f"{report.entries} entries, sealed up to {report.sealed_position}, {report.waiting} not chained yet"
    if report.broken is None:
        return f"intact; {counts}"
    where = "outside the chain" if report.broken.position is None else f"at {report.broken.position}"
    return f"BROKEN {where}: {report.broken.flaw}, entry {report.broken.entry_id}; {counts}"
