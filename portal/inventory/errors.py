"""Refusals of stock."""

from __future__ import annotations

from typing import ClassVar

from tenants.errors import Conflict


class FormSentBefore(Conflict):
    """A form that adds to stock was sent a second time."""

    code: ClassVar[str] = "form-sent-before"
