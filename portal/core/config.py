"""The settings of the portal: read from the environment once, checked at start, frozen afterwards."""

from __future__ import annotations

import os
import re
import secrets
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

PROJECT_FOLDER = Path(__file__).resolve().parents[2]


class SettingsError(Exception):
    """The environment cannot be used; the message holds one sentence for each wrong variable."""


def _setting(variable: str, default: str, parse: Callable[[str], Any], meaning: str, *, secret: bool = False) -> Any:
    """Declare one setting: its variable, its default as the operator would write it, its check and its meaning."""
    metadata = {"variable": variable, "default": default, "parse": parse, "meaning": meaning}
    return field(default_factory=lambda: parse(default), metadata=metadata, repr=not secret)


def _text(value: str) -> str:
    return value.strip()


def _folder(value: str) -> Path:
    folder = Path(value).expanduser()
    # A relative folder belongs to the project, so that commands find the same data from wherever they are typed.
    return folder if folder.is_absolute() else PROJECT_FOLDER / folder


def _folder_or_none(value: str) -> Path | None:
    return _folder(value) if value else None


def _file(value: str) -> Path | None:
    if not value:
        return None
    file = _folder(value)
    if not os.access(file, os.R_OK) or not file.is_file():
        raise ValueError("must be a file that can be read")
    return file


def _number(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            number = lowest - 1
        if not lowest <= number <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return number

    return parse


def _yes_or_no(value: str) -> bool:
    if value.lower() not in {"yes", "no"}:
        raise ValueError("must be yes or no")
    return value.lower() == "yes"


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.lower() not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value.lower()

    return parse


def _database_url(value: str) -> str:
    if not value:
        return ""
    scheme, separator, rest = value.partition("://")
    if not separator or scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise ValueError("must look like postgresql://user:password@host:5432/database")
    url = f"postgresql://{rest}"
    try:
        conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ValueError(f"cannot be read: {str(error).strip().splitlines()[0]}") from error
    return url


def _public_url(value: str) -> str:
    if not value:
        return ""
    parts = urllib.parse.urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("must look like https://portal.example.com, without a path")
    return f"{parts.scheme}://{parts.netloc}"


def _secret_key(value: str) -> str:
    if value and len(value) < 32:  # noqa: PLR2004 - the sentence below says what it is
        raise ValueError("must have at least 32 characters")
    return value


def _secret_keys(value: str) -> str:
    keys = value.split()
    for key in keys:
        try:
            _secret_key(key)
        except ValueError as error:
            raise ValueError(f"{error}, each of several" if len(keys) > 1 else str(error)) from error
    return value


def _token(value: str) -> str:
    if value and not re.fullmatch(r"[\x21-\x7e]{16,}", value):
        raise ValueError("must have at least 16 visible ASCII characters")
    return value


def _hosts(value: str) -> frozenset[str]:
    hosts = value.lower().split()
    if not all(re.fullmatch(r"[a-z0-9.:-]+", host) for host in hosts):
        raise ValueError("must be names of hosts, separated by blanks")
    return frozenset(hosts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator may choose; docs/operations.md holds the same table and a test compares them."""

    instance: Path = _setting(  # noqa: RUF009 - it returns a dataclass field
        "INSTANCE",
        "instance",
        _folder,
        "Folder of everything the portal keeps outside the database: embedded server, passwords, keys, files, logs. "
        "A relative folder starts at the project.",
    )
    host: str = _setting("HOST", "127.0.0.1", _text, "Address to listen on; 0.0.0.0 listens on all of the machine's.")
    port: int = _setting("PORT", "8000", _number(1, 65535), "Port to listen on.")
    database_url: str = _setting(
        "DATABASE_URL",
        "",
        _database_url,
        "Administrative connection to a PostgreSQL 16 or newer (`postgresql://user:password@host:5432/database`). "
        "Empty: the embedded server. The portal derives the connections of its own roles from it.",
        secret=True,
    )
    secret_key: str = _setting(
        "SECRET_KEY",
        "",
        _secret_keys,
        "Signs cookies and links, at least 32 characters; several, separated by blanks: the first signs, all count. "
        "Empty: made once and kept in `<INSTANCE>/secret_key`.",
        secret=True,
    )
    sealing_key: str = _setting(
        "SEALING_KEY",
        "",
        _secret_keys,
        "Encrypts what the database keeps and the portal must read again: secrets of authenticator apps and of "
        "identity providers. At least 32 "
        "characters; several, separated by blanks: the first encrypts, all decrypt. Empty: made once and kept in "
        "`<INSTANCE>/sealing_key`.",
        secret=True,
    )
    public_url: str = _setting(
        "PUBLIC_URL",
        "",
        _public_url,
        "Address people type, used in mails and links. With https, cookies are marked Secure. "
        "Empty: `http://localhost:<PORT>`.",
    )
    trusted_proxies: int = _setting(
        "TRUSTED_PROXIES",
        "0",
        _number(0, 10),
        "How many proxies in front of the portal set X-Forwarded-For; without them it is ignored. "
        "Host and X-Forwarded-Host, -Proto and -Port never count: PUBLIC_URL says both.",
    )
    web_processes: int = _setting("WEB_PROCESSES", "2", _number(1, 256), "Processes of the web server.")
    web_threads: int = _setting("WEB_THREADS", "4", _number(1, 256), "Threads (and database connections) of each.")
    smtp_host: str = _setting(
        "SMTP_HOST", "", _text, "Mail server. Empty: mails are written to `<INSTANCE>/mail` and nothing is sent."
    )
    smtp_port: int = _setting("SMTP_PORT", "587", _number(1, 65535), "Port of the mail server.")
    smtp_security: str = _setting(
        "SMTP_SECURITY",
        "starttls",
        _one_of("starttls", "tls", "none"),
        "Encryption towards the mail server: starttls, tls or none.",
    )
    smtp_user: str = _setting("SMTP_USER", "", _text, "User at the mail server. Empty: no authentication.")
    smtp_password: str = _setting("SMTP_PASSWORD", "", _text, "Password at the mail server.", secret=True)
    mail_from: str = _setting("MAIL_FROM", "kontor@localhost", _text, "Sender of the portal's mails.")
    log_level: str = _setting(
        "LOG_LEVEL",
        "info",
        _one_of("debug", "info", "warning", "error"),
        "Least urgent log line to write: debug, info, warning or error.",
    )
    access_log: bool = _setting("ACCESS_LOG", "yes", _yes_or_no, "Log one line for each request (yes or no).")
    demo: bool = _setting(
        "DEMO",
        "yes",
        _yes_or_no,
        "At the first `make run`, load the demo channel into an embedded server that holds no organisation (yes or no).",
    )
    rate_limit_api: int = _setting(
        "RATE_LIMIT_API",
        "20000",
        _number(1, 100_000_000),
        "API calls a minute for each API client, over all processes; 429 beyond.",
    )
    rate_limit_organisation: int = _setting(
        "RATE_LIMIT_ORGANISATION",
        "60000",
        _number(1, 100_000_000),
        "API calls a minute for all programs of an organisation together, over all processes; 429 beyond.",
    )
    breached_passwords: Path | None = _setting(  # noqa: RUF009 - it returns a dataclass field
        "BREACHED_PASSWORDS",
        "",
        _file,
        "File of breached passwords that nobody may choose: SHA-1 hashes in hexadecimal, one a line, sorted, as the "
        "downloader of Have I Been Pwned writes them. Empty: only the 40,000 most frequent ones, which come with the portal.",
    )
    private_issuers: frozenset[str] = _setting(
        "PRIVATE_ISSUERS",
        "",
        _hosts,
        "Hosts of identity providers, separated by blanks, that may have private addresses (a Keycloak in the own network). "
        "All others must be public ones.",
    )
    metrics_token: str = _setting(
        "METRICS_TOKEN",
        "",
        _token,
        "Who sends it as `Authorization: Bearer`, at least 16 characters, may read `/metrics` from anywhere. "
        "Empty: only who asks from the machine itself, and not through a proxy, may.",
        secret=True,
    )

    backup_folder: Path | None = _setting(  # noqa: RUF009 - it returns a dataclass field
        "BACKUP_FOLDER",
        "",
        _folder_or_none,
        "Folder in which `flask backup` keeps base backups, the database's log and the keys: on another disk, mode 0700. "
        "Empty: nothing is backed up.",
    )

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings; an empty variable counts as not set.

        Raises:
            SettingsError: one sentence for each variable that cannot be used, or the instance folder cannot be made.
        """
        values: dict[str, Any] = {}
        wrong: list[str] = []
        for setting in fields(cls):
            variable, default = setting.metadata["variable"], setting.metadata["default"]
            text = environ.get(variable, "").strip() or default
            try:
                values[setting.name] = setting.metadata["parse"](text)
            except ValueError as error:
                wrong.append(f"{variable} {error}.")
        if wrong:
            raise SettingsError("\n".join(wrong))
        _prepare_instance(values["instance"])
        values["secret_key"] = values["secret_key"] or _kept_secret(values["instance"] / "secret_key")
        values["sealing_key"] = values["sealing_key"] or _kept_secret(values["instance"] / "sealing_key")
        values["public_url"] = values["public_url"] or f"http://localhost:{values['port']}"
        return cls(**values)

    @property
    def is_embedded(self) -> bool:
        """Tell whether the portal runs its own database server."""
        return not self.database_url

    @property
    def is_secure(self) -> bool:
        """Tell whether people reach the portal over TLS."""
        return self.public_url.startswith("https://")

    @property
    def passwords_file(self) -> Path:
        """The passwords of the portal's database roles."""
        return self.instance / "database_passwords.json"


def settings_table() -> str:
    """Give the documented table of docs/operations.md, in Markdown."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for setting in fields(Settings):
        default = f"`{setting.metadata['default']}`" if setting.metadata["default"] else "empty"
        rows.append(f"| `{setting.metadata['variable']}` | {default} | {setting.metadata['meaning']} |")
    return "\n".join(rows)


def _prepare_instance(instance: Path) -> None:
    try:
        instance.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"The folder {instance} (INSTANCE) cannot be made: {error.strerror}.") from error
    if not os.access(instance, os.W_OK | os.X_OK):
        raise SettingsError(f"The folder {instance} (INSTANCE) is not writable.")


def _kept_secret(path: Path) -> str:
    """Read the secret, or make it once; of two processes that start together the second takes the first one's."""
    try:
        if not path.exists():
            draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text().strip()
    except OSError as error:
        raise SettingsError(f"{path} cannot be used: {error.strerror}.") from error
