"""A sample of mutants, each of which the tests of this folder must notice."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.access.mutate import ROOT, TESTS
from tests.conftest import Server
from tests.soak import FULL


@pytest.mark.soak
@pytest.mark.parametrize("kind", sorted(TESTS) if FULL else ["policy"])
def test_the_suite_notices_when_a_wall_is_gone(kind: str, server: Server) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.access.mutate",
        "--kind",
        kind,
        "--sample",
        "10" if FULL else "1",
        "--instance",
    ]
    done = subprocess.run([*command, str(server.instance)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
