"""Refusals of handovers."""

from __future__ import annotations

from typing import ClassVar

from tenants.errors import Conflict, InvalidInput, PermissionDenied


class CannotHandOver(InvalidInput):
    """The shop is none that can be handed over, or the receiver no other wholesaler of the channel; `errors` says which."""

    code: ClassVar[str] = "cannot-hand-over"


class HandoverEnded(Conflict):
    """It was ended, answered or is too old, or there is none."""

    code: ClassVar[str] = "handover-ended"


class HandoverChanged(Conflict):
    """The shop or its branches are others than when it was proposed; it must be proposed again."""

    code: ClassVar[str] = "handover-changed"


class PartialConsent(PermissionDenied):
    """Who works for one of the wholesalers too, and a program, cannot consent for the shop."""

    code: ClassVar[str] = "partial-consent"
