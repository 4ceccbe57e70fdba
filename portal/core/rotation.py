"""`flask secrets`: new keys and passwords in place of those in the instance folder, without putting anybody out."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from portal.core.backup.making import keep_keys
from portal.core.config import Settings
from portal.core.connections import admin_database_url
from tenants.database_roles import DatabaseSetupError, rotate_passwords

rotation = AppGroup("secrets", help="New keys and passwords.")

_AFTER = "Reload the web servers and restart the workers now"


@rotation.command("rotate-secret-key")
@click.option("--forget-former", is_flag=True, help="Make no new one: from now on only the newest counts.")
def rotate_secret_key(*, forget_former: bool) -> None:
    """Sign cookies and links by a new key; what the former one signed counts until the next rotation."""
    settings = _settings("SECRET_KEY")
    former = settings.secret_key.split()
    keys = former[:1] if forget_former else [_new_key(), former[0]]
    _replace(settings.instance / "secret_key", keys)
    _keep(settings)
    meanwhile = "Whoever has a cookie of the former key signs in again" if forget_former else "Nobody is signed out"
    click.echo(f"{_AFTER}. {meanwhile}.")


@rotation.command("rotate-sealing-key")
def rotate_sealing_key() -> None:
    """Seal second factors, providers' secrets and the audit log by a new key; former ones go on opening what they sealed."""
    settings = _settings("SEALING_KEY")
    keys = [_new_key(), *settings.sealing_key.split()]
    _replace(settings.instance / "sealing_key", keys)
    _keep(settings)
    click.echo(f"{_AFTER}. {len(keys)} keys open; the newest seals.")


@rotation.command("rotate-database-passwords")
def rotate_database_passwords() -> None:
    """Give the portal's database roles new passwords; open connections go on, new ones need the new passwords."""
    settings = _settings()
    try:
        rotate_passwords(admin_database_url(settings), settings.passwords_file)
    except DatabaseSetupError as error:
        raise click.ClickException(str(error)) from error
    _keep(settings)
    click.echo(f"{_AFTER}: until then they live on the connections they have.")


def _settings(variable: str = "") -> Settings:
    if os.environ.get(variable, "").strip():
        raise click.ClickException(
            f"{variable} is given by the environment: put a new one before it there, with a blank."
        )
    settings: Settings = current_app.extensions["settings"]
    return settings


def _new_key() -> str:
    return secrets.token_urlsafe(48)


def _replace(path: Path, keys: list[str]) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(" ".join(keys))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _keep(settings: Settings) -> None:
    """A backup that is restored to an instant after the rotation needs the new keys."""
    if settings.backup_folder is not None:
        keep_keys(settings)
