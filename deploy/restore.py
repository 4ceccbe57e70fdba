"""Restore a backup into a new instance folder and prove it: `python -m deploy.restore --from FOLDER --to FOLDER [--until …]`.

It needs neither a portal nor a database that runs: only this version of the program (or the one that made the backup), the
backup folder, and room.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from portal.core.backup.errors import BackupError
from portal.core.backup.restoring import Restored, restore
from portal.core.config import PROJECT_FOLDER


def main(arguments: list[str]) -> int:
    """Restore, then walk the audit logs; gives the exit status."""
    asked = _parser().parse_args(arguments)
    instance = asked.to.resolve()
    try:
        restored = restore(asked.source.resolve(), instance, asked.until)
    except BackupError as error:
        print(error, file=sys.stderr)
        return 1
    print(_sentence(restored))
    return _verify_logs(instance)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.restore", description=__doc__)
    default = os.environ.get("BACKUP_FOLDER")
    parser.add_argument(
        "--from", dest="source", type=Path, default=default, required=not default, help="backup folder (BACKUP_FOLDER)"
    )
    parser.add_argument("--to", type=Path, required=True, help="the new instance folder; start with INSTANCE=<it>")
    parser.add_argument(
        "--until", type=_instant, metavar="INSTANT", help="2026-11-22T10:30:00+01:00; without it, all that is archived"
    )
    return parser


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError("say which time zone is meant, as in 2026-11-22T10:30:00+01:00")
    return instant


def _sentence(restored: Restored) -> str:
    upto = "" if restored.last_commit_at is None else f", log up to {restored.last_commit_at.isoformat()}"
    return (
        f"Restored from {restored.base}{upto}: "
        f"{restored.tables} tables behind their walls, {restored.policies} policies. The audit logs:"
    )


def _verify_logs(instance: Path) -> int:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "audit", "verify"],
        cwd=PROJECT_FOLDER,
        env={**kept, "INSTANCE": str(instance)},
        check=False,
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
