"""Refusals of loyalty."""

from __future__ import annotations

from typing import ClassVar

from tenants.errors import Conflict, InvalidInput


class RewardsRefused(InvalidInput):
    """Rewards do not go with the order, and nothing was ordered; `errors` points at each with its reason."""

    code: ClassVar[str] = "rewards-refused"


class ProgrammeNotReady(Conflict):
    """There is no programme yet, or its state does not allow this; `state` says which it has."""

    code: ClassVar[str] = "programme-not-ready"
