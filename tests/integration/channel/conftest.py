"""A loader into the test's own database."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask

from tests.integration.channel.folders import Loader


@pytest.fixture
def loader(app: Flask, tmp_path: Path) -> Loader:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return Loader(app.extensions["role_urls"].loader, tmp_path, cheap.hash)
