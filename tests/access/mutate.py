"""Takes walls away one at a time and checks that the tests notice: `python -m tests.access.mutate [--sample N] [--kind K]`.

Kinds: `policy` (a policy of a capacity lets every row through), `permission` (a screen asks for the least permission there
is), `require` (a service asks for no permission), `condition` (a query forgets the tenant). Each mutant is a copy of the
project, or of the database, with one change; it is killed when the tests of its wall fail. Survivors are named, and end the
command with 1.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tenants.permissions import ROLE_PERMISSIONS, Permission

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("app.py", "portal", "tenants", "templates", "static", "migrations", "tests", "pyproject.toml")
LEAST = "Permission.ORGANISATION_VIEW"
TESTS = {
    "policy": ("test_row_security_alone.py",),
    "permission": ("test_matrix.py",),
    "require": ("test_services_ask.py", "test_matrix.py"),
    "condition": ("test_queries_alone.py", "test_query_layer_alone.py", "test_matrix.py"),
}
SECONDS = 900

# What a mutation looks for, and what it leaves in its place.
_SCREEN = re.compile(r"(\.screen\([^)]*?)(Permission\.\w+|\bVIEW\b|\bPLACE\b|\bMANAGE\b|\bSHIP\b)(?=[,)])")
_REQUIRE = re.compile(r"(?m)^(\s*)principal\.require\([^\n]*\)$")
_ORM = re.compile(
    r"\w+\.(?:seller_id|buyer_id|organisation_id|owner_id|inviting_organisation_id|wholesaler_id) == (?=[a-z])"
)
_SQL = re.compile(r"\b\w+\.(?:seller_id|buyer_id|organisation_id|owner_id|wholesaler_id) = (?=:)(:\w+)")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: in a file at a place, or as a statement to the database."""

    kind: str
    name: str
    path: Path | None = None
    start: int = 0
    end: int = 0
    text: str = ""


def mutants() -> list[Mutant]:
    """Give every mutant."""
    found = list(_policies())
    for path in sorted((ROOT / "portal").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        found += _in_file(path, source)
    return found


def _policies() -> Iterator[Mutant]:
    """A policy is known by its table, role and verb; each is made true where it has a condition."""
    tables = re.findall(r'__tablename__ = "(\w+)"', "".join(p.read_text() for p in _models()))
    for table in sorted(set(tables)):
        for role in ("portal_seller", "portal_buyer", "portal_brand_owner"):
            for verb in ("SELECT", "INSERT", "UPDATE", "DELETE"):
                yield Mutant("policy", f"{table} {role} {verb}", text=f"{table},{role},{verb}")


def _models() -> list[Path]:
    return [ROOT / "tenants" / "models.py", *sorted((ROOT / "portal").glob("*/models.py"))]


def _in_file(path: Path, source: str) -> Iterator[Mutant]:
    where = path.relative_to(ROOT)

    def mutant(kind: str, start: int, end: int, text: str) -> Mutant:
        line = source.count("\n", 0, start) + 1
        return Mutant(kind, f"{where}:{line} {source[start:end].strip()!r}", where, start, end, text)

    for match in _SCREEN.finditer(source):
        # What every role may do anyway makes no difference.
        if match[2] != LEAST and not _is_everybodys(match[2], source):
            yield mutant("permission", match.start(2), match.end(2), LEAST)
    for match in _REQUIRE.finditer(source):
        yield mutant("require", match.start(), match.end(), f"{match[1]}assert principal")
    if "queries" in path.parts or path.stem in {"queries", "service"} or "service" in path.parts:
        for match in _ORM.finditer(source):
            # A column compared with itself is true of every row; Python takes the first of the two for the whole.
            column = match[0].removesuffix(" == ")
            yield mutant("condition", match.start(), match.end(), f"{column} == {column} or ")
        for match in _SQL.finditer(source):
            yield mutant("condition", match.start(), match.end(), f"{match[1]} = {match[1]}")


def _is_everybodys(written: str, source: str) -> bool:
    """Tell whether every role holds the permission, which may be written by a short name of its module."""
    if not written.startswith("Permission."):
        for names, values in re.findall(r"(?m)^([A-Z, ]+) = (Permission\.\w+(?:, Permission\.\w+)*)$", source):
            known = dict(zip(names.split(", "), values.split(", "), strict=False))
            written = known.get(written, written)
    permission = Permission.__members__.get(written.removeprefix("Permission."))
    return permission is not None and all(permission in held for held in ROLE_PERMISSIONS.values())


def run(mutant: Mutant, folder: Path, instance: Path) -> str:
    """Give `killed`, `survived`, or `none` where there is no such policy."""
    environment = {**os.environ, "TEST_INSTANCE": str(instance), "PYTHONDONTWRITEBYTECODE": "1"}
    original = ""
    if mutant.path is None:
        environment["MUTATED_POLICY"] = mutant.text
    else:
        original = (folder / mutant.path).read_text(encoding="utf-8")
        changed = original[: mutant.start] + mutant.text + original[mutant.end :]
        (folder / mutant.path).write_text(changed, encoding="utf-8")
    try:
        tests = [f"tests/access/{name}" for name in TESTS[mutant.kind]]
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    finally:
        if mutant.path is not None:
            (folder / mutant.path).write_text(original, encoding="utf-8")
    if "no such policy" in done.stdout:
        return "none"
    return "survived" if done.returncode == 0 else "killed"


def tell(line: str) -> None:
    """Print a line at once: a run takes long."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Try the mutants and name the survivors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="try so many, chosen by --seed; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=sorted(TESTS), default=None)
    parser.add_argument("--instance", default=str(ROOT / "instance" / "tests"))
    chosen = parser.parse_args()
    tried = [mutant for mutant in mutants() if chosen.kind in (None, mutant.kind)]
    random.Random(chosen.seed).shuffle(tried)
    counts = {"killed": 0, "survived": 0, "none": 0}
    with tempfile.TemporaryDirectory(prefix="kontor-mutants-") as name:
        folder = Path(name)
        for part in COPIED:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, folder / part)
        for mutant in tried:
            if chosen.sample and counts["killed"] + counts["survived"] >= chosen.sample:
                break
            outcome = run(mutant, folder, Path(chosen.instance))
            counts[outcome] += 1
            if outcome != "none":
                tell(f"{outcome}: {mutant.kind} {mutant.name}")
    total = counts["killed"] + counts["survived"]
    tell(f"{counts['killed']} of {total} killed")
    return 1 if counts["survived"] else 0


if __name__ == "__main__":
    sys.exit(main())
