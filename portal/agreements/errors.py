"""Refusals of framework agreements."""

from __future__ import annotations

from typing import ClassVar

from tenants.errors import Conflict


class AgreementBegun(Conflict):
    """The agreement has begun: it can be ended, and no longer changed."""

    code: ClassVar[str] = "agreement-begun"
