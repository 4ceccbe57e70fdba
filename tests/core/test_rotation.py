"""New keys: what the former ones signed and sealed counts on, and a backup gets the new ones at once."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, session
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import ValidationError

from portal.accounts.sealing import SealBroken, seal, unseal
from portal.application import _configuration
from portal.core.config import Settings
from portal.web.api.paging import InvalidCursor, read_cursor, write_cursor

OLD = "former-key-of-this-portal-" + "x" * 32


@pytest.fixture
def kept(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Let the portal have keys of its own in a folder, and a backup folder."""
    (tmp_path / "secret_key").write_text(OLD)
    (tmp_path / "sealing_key").write_text(OLD)
    settings = Settings.from_environ({"INSTANCE": str(tmp_path), "BACKUP_FOLDER": str(tmp_path / "backup")})
    take(app, settings, monkeypatch)
    return settings


def take(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the application work with these settings, as after a reload."""
    monkeypatch.setitem(app.extensions, "settings", settings)
    for name, value in _configuration(settings, app.extensions["role_urls"]).items():
        if "SECRET" in name:
            monkeypatch.setitem(app.config, name, value)


def read_again(settings: Settings) -> Settings:
    return Settings.from_environ({"INSTANCE": str(settings.instance), "BACKUP_FOLDER": str(settings.backup_folder)})


def run(app: Flask, *arguments: str) -> str:
    result = app.test_cli_runner().invoke(args=["secrets", *arguments])
    return f"{result.exit_code} {result.output}"


def test_what_the_former_key_signed_counts_until_it_is_forgotten(
    app: Flask, kept: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.test_client().get("/sign-in")
    with app.test_request_context("/"):
        cursor, form = write_cursor(("a", 1)), generate_csrf()
        cookie = app.session_interface.get_signing_serializer(app).dumps({"token": "t"})  # type: ignore[attr-defined]
        raw = dict(session)
    told = run(app, "rotate-secret-key")
    assert told == "0 Reload the web servers and restart the workers now. Nobody is signed out.\n"
    take(app, renewed := read_again(kept), monkeypatch)
    newest, former = renewed.secret_key.split()
    assert (former, len(newest)) == (OLD, 64)
    with app.test_request_context("/") as context:
        context.session.update(raw)
        assert read_cursor(cursor, 2) == ("a", 1)
        validate_csrf(form)
        assert app.session_interface.get_signing_serializer(app).loads(cookie) == {"token": "t"}  # type: ignore[attr-defined]
    told = run(app, "rotate-secret-key", "--forget-former")
    assert told.endswith("Whoever has a cookie of the former key signs in again.\n")
    take(app, read_again(kept), monkeypatch)
    with app.test_request_context("/") as context:
        context.session.update(raw)
        with pytest.raises(InvalidCursor):
            read_cursor(cursor, 2)
        with pytest.raises(ValidationError):
            validate_csrf(form)


def test_what_the_former_key_sealed_is_opened_and_the_new_one_seals(
    app: Flask, kept: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        sealed = seal("secret of an app")
    assert run(app, "rotate-sealing-key").endswith("2 keys open; the newest seals.\n")
    take(app, renewed := read_again(kept), monkeypatch)
    with app.app_context():
        assert unseal(sealed) == "secret of an app"
        later = seal("another")
    take(app, replace(renewed, sealing_key=OLD), monkeypatch)
    with app.app_context(), pytest.raises(SealBroken):
        unseal(later)


def test_a_backup_has_the_new_keys_and_nobody_else_does(app: Flask, kept: Settings) -> None:
    run(app, "rotate-secret-key")
    run(app, "rotate-sealing-key")
    assert kept.backup_folder is not None
    for name in ("secret_key", "sealing_key"):
        here, there = kept.instance / name, kept.backup_folder / "keys" / name
        assert here.read_text() == there.read_text() != OLD
        assert {stat.S_IMODE(path.stat().st_mode) for path in (here, there)} == {0o600}


def test_keys_of_the_environment_are_changed_there(app: Flask, kept: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALING_KEY", "k" * 32)
    assert run(app, "rotate-sealing-key") == (
        "1 Error: SEALING_KEY is given by the environment: put a new one before it there, with a blank.\n"
    )
    assert (kept.instance / "sealing_key").read_text() == OLD
