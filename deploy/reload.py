"""Let a running gunicorn take over a new version without dropping a request: `python -m deploy.reload MASTER`.

A second master starts beside the first one on the same open socket, with the program and settings as they are now. Once its
processes stand, the first one finishes what it has and goes. If the second does not come up, the first goes on serving.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

START_LIMIT_SECONDS = 90
END_LIMIT_SECONDS = 60
_STEP_SECONDS = 0.1
_PARENT = 1
"""Place of the parent's number in /proc/<pid>/stat, behind the name."""


def main(arguments: list[str]) -> int:
    """Give 0 when the new master serves alone."""
    old = int(arguments[0])
    workers = _children(old)
    os.kill(old, signal.SIGUSR2)
    new = _successor(old, workers)
    if new is None:
        print("The new version does not start, so the former one goes on; its log says why.", file=sys.stderr)
        return 1
    _tell_systemd(f"MAINPID={new}\nREADY=1")
    os.kill(old, signal.SIGTERM)
    deadline = time.monotonic() + END_LIMIT_SECONDS
    while _is_alive(old):
        if time.monotonic() > deadline:
            print(f"The former master {old} does not end; the new one, {new}, serves.", file=sys.stderr)
            return 1
        time.sleep(_STEP_SECONDS)
    print(new)
    return 0


def _successor(old: int, workers: set[int]) -> int | None:
    """Wait for the master that the old one starts beside its workers, and for the new one's own processes."""
    deadline = time.monotonic() + START_LIMIT_SECONDS
    seen: int | None = None
    while time.monotonic() < deadline:
        for child in _children(old) - workers:
            if _children(child):
                return child
            seen = child
        if seen is not None and not _is_alive(seen):
            return None
        time.sleep(_STEP_SECONDS)
    return None


def _children(parent: int) -> set[int]:
    return {
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if (state := _state(folder)) and int(state[_PARENT]) == parent
    }


def _is_alive(process: int) -> bool:
    state = _state(Path(f"/proc/{process}"))
    return bool(state) and state[0] != "Z"


def _state(folder: Path) -> list[str]:
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _tell_systemd(message: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(message.encode(), "\0" + address[1:] if address.startswith("@") else address)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
