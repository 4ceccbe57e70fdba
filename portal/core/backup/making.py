"""Base backups: the whole database server as a tar file with its manifest, and beside it the keys that the data need.

<BACKUP_FOLDER>/base/20261122T103000Z/base.tar.gz, backup_manifest, about.json
<BACKUP_FOLDER>/wal/000000010000000000000003.gz      the log since the oldest base backup
<BACKUP_FOLDER>/keys/                                the newest secret key, sealing keys and database passwords
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import zlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg

from portal.core import embedded
from portal.core.backup.archiving import archive_now, switch_archiving_on
from portal.core.backup.errors import BackupError
from portal.core.config import Settings
from tenants.database_roles import conninfo

KEY_FILES: Final = ("secret_key", "sealing_key", "database_passwords.json")
"""What the instance folder holds that no database has: kept with each backup, mode 0600."""

_NAME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class BaseBackup:
    """One base backup."""

    name: str
    """When it was begun, UTC: `20261122T103000Z`."""
    finished_at: str
    """From this instant on (ISO 8601) the database can be restored with it."""
    server_version: int
    """PostgreSQL's number, as 180004."""
    first_segment: str
    """Of the log that it needs."""
    megabytes: int


def make_backup(settings: Settings, admin_url: str) -> BaseBackup:
    """Make a base backup of the running server and switch the archiving of its log on, where the server is the embedded one.

    Raises:
        BackupError: no folder is set, or the server's programs refused.
    """
    folder = backup_folder(settings)
    keep_keys(settings)
    if settings.is_embedded:
        _private(folder / "wal")
        embedded.give_to_server(folder / "wal")
        switch_archiving_on(admin_url, folder / "wal")
    begun = datetime.now(UTC)
    draft = folder / "base" / f".{begun:{_NAME}}"
    _private(draft)
    try:
        _run_program(
            settings, "pg_basebackup", "-d", conninfo(admin_url), "-D", str(draft), "--format=tar", "--gzip",
            "--wal-method=fetch", "--checkpoint=fast", "--manifest-checksums=SHA256", "--no-password",
        )  # fmt: skip
        backup = _about(draft, f"{begun:{_NAME}}", admin_url)
        (draft / "about.json").write_text(json.dumps(asdict(backup), indent=1))
        for file in draft.iterdir():
            file.chmod(0o600)
        draft.rename(draft.with_name(backup.name))
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    if settings.is_embedded:
        archive_now(admin_url, folder / "wal")
    return backup


def list_backups(folder: Path) -> list[BaseBackup]:
    """Give the finished base backups, the oldest first."""
    found = sorted((folder / "base").glob("[0-9]*/about.json"))
    return [BaseBackup(**json.loads(path.read_text())) for path in found]


def check_backup(settings: Settings, name: str) -> None:
    """Read a base backup through and compare every file with the checksum of its manifest.

    Raises:
        BackupError: there is none of that name, or it is damaged.
    """
    path = backup_folder(settings) / "base" / name
    if not (path / "about.json").exists():
        raise BackupError(f"There is no base backup {name}.")
    manifest = json.loads((path / "backup_manifest").read_text())
    wanted = {each["Path"]: each["Checksum"] for each in manifest["Files"]}
    try:
        with tarfile.open(path / "base.tar.gz") as archive:
            for member in archive:
                if member.name in wanted and wanted.pop(member.name) != _digest(archive, member):
                    raise BackupError(f"{name} is damaged: {member.name} is not as it was.")
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise BackupError(f"{name} is damaged: {error}.") from error
    if wanted:
        raise BackupError(f"{name} is damaged: {len(wanted)} files are missing.")


def _digest(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = archive.extractfile(member)
    return "" if file is None else hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def prune_backups(settings: Settings, keep: int) -> list[str]:
    """Remove all base backups but the newest `keep` and the log before them; gives the names of those removed."""
    folder = backup_folder(settings)
    backups = list_backups(folder)
    gone, left = backups[: max(len(backups) - keep, 0)], backups[-keep:]
    for backup in gone:
        shutil.rmtree(folder / "base" / backup.name)
    if left:
        for segment in (folder / "wal").glob("*.gz"):
            # Their names are in order; the history of a time line is small and kept.
            if len(segment.name) == len("0" * 24 + ".gz") and segment.name[8:24] < left[0].first_segment[8:24]:
                segment.unlink()
    return [backup.name for backup in gone]


def keep_keys(settings: Settings) -> None:
    """Copy what the instance folder holds and no database has: always the newest, as old sealing keys stand in it too."""
    folder = backup_folder(settings) / "keys"
    _private(folder)
    for name in KEY_FILES:
        source, draft = settings.instance / name, folder / f".{name}"
        if source.exists():
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(source.read_bytes())
                os.fsync(file.fileno())
            draft.replace(folder / name)


def backup_folder(settings: Settings) -> Path:
    """Give the folder of backups.

    Raises:
        BackupError: none is set.
    """
    if settings.backup_folder is None:
        raise BackupError("Set BACKUP_FOLDER to a folder on another disk first.")
    return settings.backup_folder.resolve()


def _private(folder: Path) -> None:
    """Make a folder of the backup folder, and that one where it is missing; one that is there keeps its mode."""
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise BackupError(f"The folder {folder} cannot be made: {error.strerror}.") from error


def _about(draft: Path, name: str, admin_url: str) -> BaseBackup:
    manifest = json.loads((draft / "backup_manifest").read_text())
    [first] = manifest["WAL-Ranges"][:1]
    with psycopg.connect(conninfo(admin_url), autocommit=True) as connection:
        row = connection.execute(
            "select now(), pg_walfile_name(%s::pg_lsn), current_setting('server_version_num')::integer",
            (first["Start-LSN"],),
        ).fetchone()
    if row is None:
        raise BackupError("The database server did not say what time it is.")
    finished_at, segment, version = row
    size = sum(file.stat().st_size for file in draft.iterdir())
    return BaseBackup(name, finished_at.astimezone(UTC).isoformat(), version, segment, size // 1_000_000)


def _run_program(settings: Settings, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs: those of the embedded server, or with a server of one's own those of the PATH."""
    path = str(embedded.programs_folder() / program) if settings.is_embedded else shutil.which(program)
    if path is None:
        raise BackupError(f"{program} is not on the PATH; install the client programs of your PostgreSQL.")
    done = subprocess.run([path, *arguments], capture_output=True, text=True, check=False, cwd="/")  # noqa: S603 - own arguments
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"status {done.returncode}"]
        raise BackupError(f"{program} failed: {lines[-1].strip().rstrip('.')}.")
