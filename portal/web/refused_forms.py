"""What a form does with a refusal, the same on every screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tenants.database import rollback_at_edge
from tenants.errors import InvalidInput


class RefusableForm(Protocol):
    """A form that knows the field of each error of a command."""

    def take_refusal(self, refusal: InvalidInput) -> None:
        """Put each error to its field."""


def accepts(form: RefusableForm, act: Callable[[], object]) -> bool:
    """Do what the form asks for. A refusal undoes the whole act, stands at the form's fields, and gives False."""
    try:
        act()
    except InvalidInput as refusal:
        rollback_at_edge()
        form.take_refusal(refusal)
        return False
    return True
