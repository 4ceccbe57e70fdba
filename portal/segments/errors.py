"""Refusals of segments."""

from __future__ import annotations

from typing import ClassVar

from tenants.errors import Conflict


class SegmentInUse(Conflict):
    """A campaign is for the segment."""

    code: ClassVar[str] = "segment-in-use"
