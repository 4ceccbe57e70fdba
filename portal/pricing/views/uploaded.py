"""Prices that come with a form as a file."""

from __future__ import annotations

from portal.core.uploads import MOST_BYTES, lines_of, read_list
from portal.pricing import words
from portal.web.uploads import uploaded_file


def uploaded_text(most_rows: int, most_bytes: int = MOST_BYTES) -> str:
    """Give the rows of the file as they could be pasted; nothing where there is none.

    Raises:
        FileRefused: the file cannot be read.
    """
    content = uploaded_file(most_bytes)
    if content is None:
        return ""
    found = read_list(content, most_rows=most_rows, most_bytes=most_bytes)
    if isinstance(found, str):
        return found
    first = next((row for row in found if row), [])
    is_plain = "net_price" in [str(cell).strip().lower() for cell in first]
    return lines_of(found, "." if is_plain else words.decimal_mark())
