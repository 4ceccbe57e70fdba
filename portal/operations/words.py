"""Work behind the screens in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from portal.accounts.audit_values import HANDLERS
from portal.core.models import FailureReason
from portal.operations.queries import JobState

STATES: Final[Mapping[str, Any]] = {
    JobState.WAITING: _l("Waiting"),
    JobState.RETRYING: _l("Tried again later"),
    JobState.RUNNING: _l("Running"),
    JobState.STALLED: _l("Stalled"),
    JobState.FAILED: _l("Failed"),
}
TONES: Final[Mapping[str, str]] = {
    JobState.FAILED: "danger",
    JobState.STALLED: "attention",
    JobState.RETRYING: "attention",
}
REASONS: Final[Mapping[str, Any]] = {
    FailureReason.MAIL_REFUSED: _l("The mail server refused it"),
    FailureReason.UNREACHABLE: _l("The server was not reached"),
    FailureReason.DATABASE: _l("The database refused it"),
    FailureReason.OTHER: _l("Unexpected error"),
}


def handler_label(handler: str) -> Any:
    """Give the name of a kind of work; one that this version does not know is named as it is."""
    return HANDLERS.get(handler, handler)
