"""What can be wrong with the chain of an audit log, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

FLAWS: Mapping[str, Any] = {
    "link_missing": _l("A place in the chain is missing before this entry."),
    "entry_missing": _l("This entry was removed."),
    "entry_changed": _l("This entry was changed."),
    "names_changed": _l("The names that this entry holds were changed."),
    "seal_broken": _l("Up to this entry the chain was written anew, or its seal was changed."),
    "head_differs": _l("The chain is not the one that was noted elsewhere."),
    "outside": _l("An entry stands in no chain, although it was written more than an hour ago. Is the worker running?"),
}
"""What can be wrong with a chain, as the check says it."""


def flaw_label(flaw: str) -> str:
    """Say what is wrong with a chain."""
    return str(FLAWS[flaw])
