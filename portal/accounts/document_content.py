"""What an uploaded document is: told by its content, never by its name; only what shows itself safely is taken."""

from __future__ import annotations

from typing import ClassVar, Final

from tenants.errors import InvalidInput

MOST_BYTES: Final = 5 * 1024 * 1024
_SIGNS: Final = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
ENDINGS: Final = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


class DocumentRefused(InvalidInput):
    """The file is too large, or neither a PDF nor a PNG or JPEG picture; `reason` says which."""

    code: ClassVar[str] = "document-refused"


def document_type(content: bytes) -> str:
    """Give the media type.

    Raises:
        DocumentRefused: it is too large or of another kind.
    """
    if len(content) > MOST_BYTES:
        raise DocumentRefused("The file is too large: at most 5 MB.", reason="too-large")
    found = next((media for sign, media in _SIGNS.items() if content.startswith(sign)), None)
    if found is None:
        raise DocumentRefused("The file is neither a PDF nor a PNG or JPEG picture.", reason="kind")
    return found
