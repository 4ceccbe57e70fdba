"""What a start does not wait for: libraries that only commands, migrations or the worker need."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict

from alembic.script import ScriptDirectory
from flask import Flask

from portal.core import migration
from portal.core.config import PROJECT_FOLDER

LOADED = "import json, sys; print(json.dumps([name for name in json.loads(sys.argv[1]) if name in sys.modules]))"


def loaded_after(statement: str, names: list[str], *arguments: str) -> list[str]:
    """Give which of the modules a fresh Python has loaded after the statement."""
    command = [sys.executable, "-c", f"{statement}\n{LOADED}", json.dumps(names), *arguments]
    done = subprocess.run(command, cwd=PROJECT_FOLDER, capture_output=True, text=True, check=True, timeout=60)
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_launcher_needs_neither_the_application_nor_what_migrates() -> None:
    names = ["deploy.launch", "alembic", "sqlalchemy", "flask", "portal.application"]
    assert loaded_after("import deploy.launch", names) == ["deploy.launch"]


def test_a_web_process_loads_no_command_and_makes_no_document(app: Flask) -> None:
    statement = """
import json, os, sys
from portal.application import create_app
from portal.core.config import Settings
from portal.web.api import blueprint
from tenants.database_roles import RoleUrls
def refuse(_):
    raise AssertionError("the document is made when somebody asks for it")
blueprint.openapi_document = refuse
create_app(Settings.from_environ({"INSTANCE": sys.argv[3], "SECRET_KEY": "test" * 10}), RoleUrls(**json.loads(sys.argv[2])))
"""
    names = [
        "portal.application",
        "alembic",
        "procrastinate",
        "portal.integration.commands",
        "portal.integration.demo",
        "scim2_models",
    ]
    urls, instance = json.dumps(asdict(app.extensions["role_urls"])), str(app.extensions["settings"].instance)
    assert loaded_after(statement, names, urls, instance) == ["portal.application"]


def test_the_commands_are_there_when_one_is_asked_for(app: Flask) -> None:
    said = app.test_cli_runner().invoke(args=["--help"]).output
    for name in ("analytics", "api-client", "channel", "demo", "run-worker", "user"):
        assert f"\n  {name} " in said


def test_the_newest_revision_is_the_one_alembic_names() -> None:
    script = ScriptDirectory(str(migration.MIGRATIONS_FOLDER))
    assert migration.newest_revision() == script.get_current_head()
