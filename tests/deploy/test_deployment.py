"""The files to deploy with: what can check them does, and they agree with the program and with each other."""

from __future__ import annotations

import configparser
import json
import re
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from portal.core.config import PROJECT_FOLDER, Settings

DEPLOY = PROJECT_FOLDER / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("kontor-*"))
SECTIONS = {"Unit", "Service", "Install", "Timer"}


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return parser


@pytest.mark.needs("systemd")
def test_systemd_takes_the_units_as_they_are(tmp_path: Path) -> None:
    for path in UNITS:
        text = path.read_text().replace("/opt/kontor", str(PROJECT_FOLDER)).replace("=kontor\n", "=root\n")
        (tmp_path / path.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / path.name) for path in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    # What the machine's own units leave to complain about is not ours.
    assert [line for line in done.stderr.splitlines() if "kontor" in line] == []


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_run_what_there_is_without_rights_of_their_own(path: Path) -> None:
    found = unit(path)
    assert set(found.sections()) <= SECTIONS
    if path.suffix == ".timer":
        assert (path.with_suffix(".service")).exists()
        return
    service = found["Service"]
    assert (service["User"], service["NoNewPrivileges"], service["ProtectSystem"], service["UMask"]) == (
        *("kontor", "yes", "strict", "0077"),
    )
    programs = re.findall(r"^Exec\w+=/opt/kontor/(\S+)", path.read_text(), re.MULTILINE)
    assert programs
    assert all((PROJECT_FOLDER / program).exists() for program in programs)


def test_the_environment_of_the_units_is_one_the_portal_takes(tmp_path: Path) -> None:
    lines = (DEPLOY / "systemd" / "environment.example").read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    settings = Settings.from_environ({**environ, "INSTANCE": str(tmp_path)})
    assert settings.is_secure
    assert settings.trusted_proxies == 1
    # Where the units may write.
    assert environ["INSTANCE"] == "/var/lib/kontor"
    assert unit(DEPLOY / "systemd" / "kontor-backup.service")["Service"]["ReadWritePaths"] == environ["BACKUP_FOLDER"]


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_proxies_pass_to_the_portals_port_drop_claimed_addresses_and_hide_the_figures(name: str) -> None:
    text = (DEPLOY / "proxy" / name).read_text()
    assert text.count("{") == text.count("}")
    assert "127.0.0.1:8000" in text
    assert "/metrics" in text
    assert re.search(r"X-Forwarded-For (\$remote_addr;|\{remote_host\})", text)
    # As large as the portal itself takes.
    assert re.search(r"(client_max_body_size|max_size) 16m", text, re.IGNORECASE)


def test_the_image_has_all_the_program_needs_and_does_not_run_as_root() -> None:
    text = (DEPLOY / "container" / "Containerfile").read_text()
    copied = [word for line in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE) for word in line.split()]
    assert all((PROJECT_FOLDER / name).exists() for name in copied)
    assert {"app.py", "portal", "tenants", "templates", "static", "migrations", "deploy", "requirements.txt"} <= set(
        copied
    )
    allowed = (PROJECT_FOLDER / ".dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in copied} <= set(allowed)
    assert allowed[0] == "*"
    assert re.findall(r"^USER (\w+)$", text, re.MULTILINE) == ["kontor"]


def test_the_containers_are_given_settings_there_are() -> None:
    text = (DEPLOY / "container" / "compose.yaml").read_text()
    given = re.findall(r"^      ([A-Z_]+): ", text[text.index("&environment") :], re.MULTILINE)
    assert given == ["DATABASE_URL", "PUBLIC_URL", "TRUSTED_PROXIES"]
    assert set(given) <= {field.metadata["variable"] for field in Settings.__dataclass_fields__.values()}
    assert text.count("environment: *environment") == 2


def test_the_dashboard_asks_for_figures_there_are(app: Flask) -> None:
    app.test_client().get("/sign-in")
    told = app.test_client().get("/metrics").text
    known = set(re.findall(r"^(kontor_\w+)", told, re.MULTILINE))
    dashboard = json.loads((DEPLOY / "grafana" / "kontor.json").read_text())
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\bkontor_\w+", target["expr"])
    }
    assert len(asked) >= 8
    assert asked - known == set()
    alerts = (DEPLOY / "grafana" / "alerts.yaml").read_text()
    expressions = re.findall(r"^ +expr: (.+)$", alerts, re.MULTILINE)
    assert len(expressions) == alerts.count("- alert: ") == 6
    assert {name for expression in expressions for name in re.findall(r"\bkontor_\w+", expression)} <= known
