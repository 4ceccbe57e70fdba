"""The project's own rules, read from the code itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400
LONGEST_PACKAGE_FILE = 60
"""Docstring, registration and what a split feature offers by its old name."""

MAY_COMMIT = {
    "tenants/database.py": "the edge: one commit a request",
    "tenants/audit.py": "refusals are written in a transaction of their own",
    "portal/core/outbox.py": "the dispatcher claims events in transactions of its own",
    "portal/integration/channel/": "one transaction a file of a channel folder",
    "portal/integration/demo/": "loads the same way",
}
MAY_SELECT = {
    "portal/application.py": "asks the database whether it answers",
    "portal/core/dispatcher.py": "claims events of every tenant as the worker",
    "portal/integration/": "loads and generates channels as the loader",
    "tenants/": "the kernel: who somebody is, before anybody is a principal",
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
DATABASE_LIBRARIES = {"sqlalchemy", "psycopg", "flask_sqlalchemy"}


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Give (module, name) of everything the file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from ((node.module, alias.name) for alias in node.names)


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))


def belongs_to(path: Path, *parts: str) -> bool:
    """Tell whether the file is such a part of a feature: `views.py` or a module in `views/`."""
    return path.stem in parts or path.parent.name in parts


def test_no_file_is_longer_than_one_can_keep_in_mind() -> None:
    files = [*python_files("portal", "tenants", "tests", "deploy"), *(ROOT / "static" / "js").rglob("*.js")]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_package_files_hold_no_work() -> None:
    files = [path for path in python_files("portal", "tenants") if path.name == "__init__.py"]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > LONGEST_PACKAGE_FILE} == {}


def test_no_module_is_a_drawer_for_everything() -> None:
    names = {name_of(path): {path.stem, *path.relative_to(ROOT).parts} for path in python_files("portal", "tenants")}
    assert [name for name, parts in names.items() if parts & FORBIDDEN_NAMES] == []


def test_only_the_edge_commits() -> None:
    committing = {
        name_of(path)
        for path in python_files("portal", "tenants")
        for call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"
    }
    assert [name for name in sorted(committing) if not name.startswith(tuple(MAY_COMMIT))] == []


def test_only_queries_and_what_a_service_reads_to_write_select() -> None:
    offending = [
        f"{name_of(path)}:{call.lineno}"
        for path in python_files("portal", "tenants")
        if not belongs_to(path, "queries", "service") and not name_of(path).startswith(tuple(MAY_SELECT))
        for call in calls(path)
        if is_select(call)
    ]
    assert offending == []


def is_select(call: ast.Call) -> bool:
    """Tell whether `select(…)` or `text("select …")` is called."""
    if not isinstance(call.func, ast.Name) or call.func.id not in {"select", "text"}:
        return False
    first = call.args[0] if call.args else None
    words = str(first.value).strip().lower() if isinstance(first, ast.Constant) else ""
    return call.func.id == "select" or words.startswith(("select", "with"))


@pytest.mark.parametrize("part", ["views", "api", "forms"])
def test_screens_and_api_reach_the_database_through_queries_and_services_alone(part: str) -> None:
    offending = [
        f"{name_of(path)} imports {module}.{name}"
        for path in python_files("portal")
        if belongs_to(path, part) and "core" not in path.parts
        for module, name in imports(path)
        if module.partition(".")[0] in DATABASE_LIBRARIES or (module, name) == ("tenants.database", "db")
    ]
    assert offending == []


def test_rules_are_pure_calculation() -> None:
    offending = [
        f"{name_of(path)} imports {module}"
        for path in python_files("portal")
        if belongs_to(path, "rules")
        for module, _ in imports(path)
        if module.partition(".")[0] in DATABASE_LIBRARIES | {"flask"} or module == "tenants.database"
    ]
    assert offending == []


def test_relationships_are_never_loaded_by_surprise() -> None:
    offending = [
        f"{name_of(path)}:{call.lineno}"
        for path in python_files("portal", "tenants")
        for call in calls(path)
        if isinstance(call.func, ast.Name)
        and call.func.id == "relationship"
        and not any(
            keyword.arg == "lazy" and isinstance(keyword.value, ast.Constant) and keyword.value.value == "raise"
            for keyword in call.keywords
        )
    ]
    assert offending == []


def test_suppressions_carry_their_reason() -> None:
    offending = [
        f"{name_of(path)}:{number}"
        for path in python_files("portal", "tenants", "deploy")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "# noqa" in line and " - " not in line.partition("# noqa")[2]
    ]
    assert offending == []
