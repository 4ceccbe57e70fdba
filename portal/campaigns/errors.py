"""Refusals of campaigns."""

from __future__ import annotations

from typing import ClassVar

from tenants.errors import Conflict


class CampaignReleased(Conflict):
    """The campaign was released: it can be ended, and no longer changed or removed."""

    code: ClassVar[str] = "campaign-released"


class CampaignNotReady(Conflict):
    """Its segment holds nobody now, it is about no article that can be shown, or its last day is over."""

    code: ClassVar[str] = "campaign-not-ready"
