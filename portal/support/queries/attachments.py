"""What is told of a file that came with a message."""

from __future__ import annotations

from typing import NamedTuple


class AttachmentRow(NamedTuple):
    """A file with its content."""

    digest: str
    content_type: str
    content: bytes

    @property
    def title(self) -> str:
        """Give what it is saved as: never a name that somebody else chose."""
        return f"attachment-{self.digest[:8]}"
