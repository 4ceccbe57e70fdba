"""Why a program or token cannot be made."""

from __future__ import annotations

from typing import ClassVar

from tenants.errors import Conflict


class TooManyPrograms(Conflict):
    """There are as many programs or tokens as there may be; end one first."""

    code: ClassVar[str] = "too-many-programs"
