"""Refusals of co-funding."""

from __future__ import annotations

from typing import ClassVar

from tenants.errors import Conflict


class FundingAnswered(Conflict):
    """The offer was accepted, declined or withdrawn already."""

    code: ClassVar[str] = "funding-answered"


class NothingToClaim(Conflict):
    """Nothing was shipped that is not claimed already."""

    code: ClassVar[str] = "nothing-to-claim"


class ClaimNotReady(Conflict):
    """The claim stands where this step cannot follow."""

    code: ClassVar[str] = "claim-not-ready"
