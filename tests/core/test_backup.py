"""Backups: any instant since the first one comes back, with its rows, walls, roles and an unbroken audit log."""

from __future__ import annotations

import random
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from flask import Flask
from psycopg.conninfo import make_conninfo

from deploy.restore import main as restore_command
from portal.application import create_app
from portal.core import embedded, migration
from portal.core.backup.archiving import archive_now
from portal.core.backup.errors import BackupError
from portal.core.backup.making import check_backup, keep_keys, list_backups, make_backup, prune_backups
from portal.core.backup.restoring import restore
from portal.core.config import Settings
from tenants.database_roles import conninfo, prepare_roles
from tenants.models import AuditEntry
from tests.factories.audit import chain
from tests.factories.organisations import make_organisation
from tests.factories.seed import Seed
from tests.soak import FULL

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("backup")]

DRILLS = 20 if FULL else 1
KEYS = {"secret_key", "sealing_key", "database_passwords.json"}


@dataclass(slots=True)
class Portal:
    """A portal that is backed up, and what it held when."""

    settings: Settings
    admin_url: str
    app: Flask
    seed: Seed
    points: list[tuple[datetime, int]]

    @property
    def backups(self) -> Path:
        """The backup folder."""
        assert self.settings.backup_folder is not None
        return self.settings.backup_folder

    def work(self) -> None:
        """Add an organisation and an entry of its log, chain and seal it, and remember the instant after it."""
        own = make_organisation(self.seed, f"M{len(self.points)}", "manufacturer")
        self.seed.add(AuditEntry, organisation_id=own.id, id=uuid4(), actor="operator", action="account.created")
        chain(self.app)
        with psycopg.connect(make_conninfo(self.admin_url, dbname=embedded.DATABASE)) as connection:
            row = connection.execute("select clock_timestamp(), (select count(*) from organisation)").fetchone()
        assert row is not None
        self.points.append((row[0], row[1]))


@pytest.fixture(scope="module")
def portal(server: Any, new_instance: Callable[[], Path]) -> Iterator[Portal]:
    base = new_instance()
    settings = Settings.from_environ({"INSTANCE": str(base / "portal"), "BACKUP_FOLDER": str(base / "backup")})
    with embedded.hold(settings.instance) as admin_url:
        urls = prepare_roles(admin_url, settings.passwords_file, database=embedded.DATABASE)
        _copy_template(server, admin_url)
        with Seed(urls.loader) as seed:
            made = Portal(settings, admin_url, create_app(settings, urls, TESTING=True), seed, [])
            made.work()
            make_backup(settings, admin_url)
            for _ in range(2 + DRILLS):
                made.work()
            archive_now(admin_url, made.backups / "wal")
            yield made


def _copy_template(server: Any, admin_url: str) -> None:
    """Bring the migrated template over: quicker than migrating once more."""
    programs, wanted = embedded.programs_folder(), make_conninfo(admin_url, dbname=embedded.DATABASE)
    template = make_conninfo(conninfo(server.admin_url), dbname=server.template)
    dump = subprocess.run([programs / "pg_dump", "-d", template], capture_output=True, check=True).stdout
    subprocess.run(
        [programs / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", wanted], input=dump, capture_output=True, check=True
    )


def test_twenty_drills(portal: Portal, capfd: pytest.CaptureFixture[str]) -> None:
    """One in the small size: back to a chosen instant, looked at as whoever restores would."""
    chosen = random.Random(20)
    for drill in range(DRILLS):
        at, organisations = chosen.choice(portal.points[1:-1])
        instance = portal.settings.instance.with_name(f"drill-{drill}")
        arguments = ["--from", str(portal.backups), "--to", str(instance), "--until", at.isoformat()]
        assert restore_command(arguments) == 0
        told = capfd.readouterr().out
        assert "BROKEN" not in told
        assert told.count(": intact; 1 entries, sealed up to 1, 0 not chained yet") == organisations
        with embedded.hold(instance) as admin_url:
            _assert_as_it_was(portal, instance, admin_url, organisations)


def _assert_as_it_was(portal: Portal, instance: Path, admin_url: str, organisations: int) -> None:
    urls = prepare_roles(admin_url, instance / "database_passwords.json", database=embedded.DATABASE)
    assert urls.app.partition("@")[0] == portal.app.extensions["role_urls"].app.partition("@")[0]
    assert _walls(admin_url) == _walls(portal.admin_url)
    assert migration.is_current(urls.owner)
    with psycopg.connect(conninfo(urls.loader)) as loader:
        assert loader.execute("select count(*) from organisation").fetchone() == (organisations,)
    with psycopg.connect(conninfo(urls.app)) as app:
        app.execute("set local role portal_seller")
        assert app.execute("select count(*) from organisation").fetchone() == (0,)
    with psycopg.connect(admin_url) as connection:
        settings = "select current_setting('archive_command'), current_setting('restore_command'), pg_is_in_recovery()"
        assert connection.execute(settings).fetchone() == ("/bin/true", "", False)
    for name in KEYS:
        assert (instance / name).read_bytes() == (portal.settings.instance / name).read_bytes()
        assert stat.S_IMODE((instance / name).stat().st_mode) == 0o600


def _walls(admin_url: str) -> list[tuple[Any, ...]]:
    """Read every table's walls, every policy and every right from the catalogue."""
    with psycopg.connect(make_conninfo(admin_url, dbname=embedded.DATABASE)) as connection:
        return [
            *connection.execute(
                "select relname, relrowsecurity, relforcerowsecurity, relowner::regrole::text, relacl::text"
                " from pg_class where relnamespace = 'public'::regnamespace order by 1"
            ).fetchall(),
            *connection.execute(
                "select tablename, policyname, roles::text, cmd, qual, with_check from pg_policies order by 1, 2"
            ).fetchall(),
            *connection.execute(
                "select rolname, rolsuper, rolbypassrls, rolcanlogin from pg_roles where rolname like 'portal%' order by 1"
            ).fetchall(),
        ]


def test_the_log_is_kept_at_the_latest_a_minute_after_a_write(portal: Portal) -> None:
    with psycopg.connect(portal.admin_url) as connection:
        assert connection.execute("show archive_timeout").fetchone() == ("1min",)
        assert connection.execute("select failed_count from pg_stat_archiver").fetchone() == (0,)


def test_a_backup_is_nobody_elses_to_read(portal: Portal) -> None:
    files = [path for path in portal.backups.rglob("*") if path.is_file()]
    assert {path.name for path in files if path.parent.name == "keys"} == KEYS
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) & 0o066 for path in portal.backups.rglob("*") if path.is_dir()} == {0}


def test_damage_is_told_before_it_is_needed(portal: Portal) -> None:
    [backup] = list_backups(portal.backups)
    check_backup(portal.settings, backup.name)
    tar = portal.backups / "base" / backup.name / "base.tar.gz"
    whole = tar.read_bytes()
    try:
        tar.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(BackupError, match=rf"^{backup.name} is damaged: "):
            check_backup(portal.settings, backup.name)
    finally:
        tar.write_bytes(whole)
    with pytest.raises(BackupError, match=r"^There is no base backup 2020\.$"):
        check_backup(portal.settings, "2020")


def test_what_cannot_be_restored_is_refused_in_one_sentence(portal: Portal) -> None:
    with pytest.raises(BackupError, match="is there already"):
        restore(portal.backups, portal.settings.instance)
    with pytest.raises(BackupError, match=r"^There is no base backup before that instant\.$"):
        restore(portal.backups, portal.settings.instance / "new", portal.points[0][0] - timedelta(days=1))
    with pytest.raises(BackupError, match=r"^There is no base backup\.$"):
        restore(portal.backups / "wal", portal.settings.instance / "new")
    with pytest.raises(BackupError, match=r"^Set BACKUP_FOLDER to a folder on another disk first\.$"):
        keep_keys(replace(portal.settings, backup_folder=None))


def test_the_log_before_the_oldest_base_backup_goes_with_those_before_it(tmp_path: Path, portal: Portal) -> None:
    settings = replace(portal.settings, backup_folder=tmp_path)
    (tmp_path / "wal").mkdir()
    for day, segment in ((1, "03"), (2, "05"), (3, "07")):
        folder = tmp_path / "base" / f"2026112{day}T000000Z"
        folder.mkdir(parents=True)
        (folder / "about.json").write_text(
            f'{{"name": "{folder.name}", "finished_at": "2026-11-2{day}T00:00:00+00:00", "server_version": 180004,'
            f' "first_segment": "0000000100000000000000{segment}", "megabytes": 1}}'
        )
    for name in (
        "000000010000000000000004",
        "000000010000000000000005",
        "000000020000000000000006",
        "00000002.history",
    ):
        (tmp_path / "wal" / f"{name}.gz").touch()
    assert prune_backups(settings, keep=2) == ["20261121T000000Z"]
    assert sorted(path.name for path in (tmp_path / "wal").iterdir()) == [
        *("000000010000000000000005.gz", "00000002.history.gz", "000000020000000000000006.gz"),
    ]
