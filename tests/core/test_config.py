from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from portal.core.config import PROJECT_FOLDER, Settings, SettingsError, settings_table

URL = "postgresql://admin:secret-of-admin@db.example.com:5432/kontor"


def read(tmp_path: Path, **environ: str) -> Settings:
    return Settings.from_environ({"INSTANCE": str(tmp_path / "instance"), **environ})


def test_defaults_serve_on_one_machine_with_the_embedded_server(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert (settings.host, settings.port, settings.web_processes, settings.web_threads) == ("127.0.0.1", 8000, 2, 4)
    assert settings.is_embedded
    assert settings.public_url == "http://localhost:8000"
    assert not settings.is_secure
    assert settings.trusted_proxies == 0
    assert settings.passwords_file == tmp_path / "instance" / "database_passwords.json"


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert read(tmp_path, PORT="", DATABASE_URL=" ").port == 8000


def test_a_relative_instance_folder_starts_at_the_project() -> None:
    assert Settings(instance=Settings.__dataclass_fields__["instance"].metadata["parse"]("somewhere")).instance == (
        PROJECT_FOLDER / "somewhere"
    )


def test_every_wrong_variable_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, PORT="80a", DATABASE_URL="mysql://x/y", WEB_PROCESSES="0", DEMO="perhaps")
    assert str(refused.value).splitlines() == [
        "PORT must be a whole number from 1 to 65535.",
        "DATABASE_URL must look like postgresql://user:password@host:5432/database.",
        "WEB_PROCESSES must be a whole number from 1 to 256.",
        "DEMO must be yes or no.",
    ]


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_all_usual_spellings_of_a_database_url_are_taken(tmp_path: Path, scheme: str) -> None:
    assert read(tmp_path, DATABASE_URL=URL.replace("postgresql", scheme)).database_url == URL


@pytest.mark.parametrize("url", ["portal.example.com", "ftp://portal.example.com", "https://example.com/portal"])
def test_a_public_url_without_scheme_or_with_a_path_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match=r"^PUBLIC_URL must look like https://portal.example.com, without a path.$"):
        read(tmp_path, PUBLIC_URL=url)


def test_https_makes_the_portal_secure(tmp_path: Path) -> None:
    assert read(tmp_path, PUBLIC_URL="https://portal.example.com/").public_url == "https://portal.example.com"
    assert read(tmp_path, PUBLIC_URL="https://portal.example.com/").is_secure


def test_the_secret_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) == 64
    assert stat.S_IMODE((tmp_path / "instance" / "secret_key").stat().st_mode) == 0o600
    assert sorted(path.name for path in (tmp_path / "instance").iterdir()) == ["sealing_key", "secret_key"]


def test_the_sealing_key_is_made_once_and_may_be_several(tmp_path: Path) -> None:
    assert read(tmp_path).sealing_key == read(tmp_path).sealing_key != read(tmp_path).secret_key
    assert stat.S_IMODE((tmp_path / "instance" / "sealing_key").stat().st_mode) == 0o600
    assert read(tmp_path, SEALING_KEY=f"{'n' * 32} {'o' * 32}").sealing_key == f"{'n' * 32} {'o' * 32}"
    with pytest.raises(SettingsError, match=r"^SEALING_KEY must have at least 32 characters, each of several.$"):
        read(tmp_path, SEALING_KEY=f"{'n' * 32} short")


def test_a_short_secret_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^SECRET_KEY must have at least 32 characters.$"):
        read(tmp_path, SECRET_KEY="short")


def test_a_file_of_breached_passwords_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "breached").write_text("")
    assert read(tmp_path, BREACHED_PASSWORDS=str(tmp_path / "breached")).breached_passwords == tmp_path / "breached"
    with pytest.raises(SettingsError, match=r"^BREACHED_PASSWORDS must be a file that can be read.$"):
        read(tmp_path, BREACHED_PASSWORDS=str(tmp_path / "elsewhere"))


def test_secrets_do_not_appear_in_logs(tmp_path: Path) -> None:
    text = repr(
        read(tmp_path, DATABASE_URL=URL, SECRET_KEY="k" * 32, SMTP_PASSWORD="secret-of-mail", SEALING_KEY="k" * 32)
    )
    assert "secret-of" not in text
    assert "kkkk" not in text


def test_an_instance_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        SettingsError, match=r"^The folder .*/file/instance \(INSTANCE\) cannot be made: Not a directory.$"
    ):
        Settings.from_environ({"INSTANCE": str(tmp_path / "file" / "instance")})


def test_the_operations_guide_holds_the_table_of_the_settings() -> None:
    guide = (PROJECT_FOLDER / "docs" / "operations.md").read_text(encoding="utf-8")
    documented = re.search(r"<!-- settings -->\n(.*?)\n<!-- /settings -->", guide, re.DOTALL)
    assert documented is not None
    assert documented.group(1) == settings_table()
