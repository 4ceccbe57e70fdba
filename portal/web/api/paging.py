"""Paging by cursor: a list is read in the order of a unique sort key, each page says where the next one starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar, Generic, TypeVar

from flask import request
from itsdangerous import BadData, URLSafeSerializer

from portal.web.api.fields import ApiAnswer
from portal.web.sessions import signing_keys
from tenants.errors import Refusal

Row = TypeVar("Row")
Item = TypeVar("Item")
KeyPart = str | int
"""Dates and decimals travel as text; the query function that made the key reads them back."""


class InvalidCursor(Refusal):
    """The cursor is not one that this list gave out."""

    code: ClassVar[str] = "invalid-cursor"
    status: ClassVar[int] = 422


class Page(ApiAnswer, Generic[Item]):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None


def page_of(
    rows: Sequence[Row],
    limit: int,
    item: Callable[[Row], Item],
    key: Callable[[Row], Sequence[KeyPart | date | Decimal]],
) -> Page[Item]:
    """Give a page from up to `limit + 1` rows: the row too many says that there is a next page and is not shown.

    `item` turns a row into what is shown, `key` gives its unique sort key.
    """
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(items=[item(row) for row in shown], next_cursor=write_cursor(key(shown[-1])) if more else None)


def read_cursor(text: str | None, parts: int) -> tuple[KeyPart, ...] | None:
    """Give the sort key of the last row of the page before, None for the first page.

    Cursors are signed, so the parts have the types they were written with. `parts` is the length of the key.

    Raises:
        InvalidCursor: the text is no cursor of this list.
    """
    if not text:
        return None
    try:
        key = _signer().loads(text)
    except BadData as error:
        raise InvalidCursor("Use a next_cursor of this list.", errors=[_ERROR]) from error
    if not isinstance(key, list) or len(key) != parts:
        raise InvalidCursor("Use a next_cursor of this list.", errors=[_ERROR])
    return tuple(key)


def read_text_cursor(text: str | None) -> str | None:
    """Give the key of a list that is read by one text, as `read_cursor` does; None for the first page.

    Raises:
        InvalidCursor: the text is no cursor of this list.
    """
    key = read_cursor(text, 1)
    return str(key[0]) if key else None


_ERROR = {"parameter": "cursor", "detail": "Not a cursor of this list."}


def write_cursor(key: Sequence[KeyPart | date | Decimal]) -> str:
    """Give the cursor of the page that starts after a sort key; `page_of` does it for lists read row by row."""
    text: str | bytes = _signer().dumps([part if isinstance(part, str | int) else str(part) for part in key])
    return text if isinstance(text, str) else text.decode()


def _signer() -> URLSafeSerializer:
    # The route is part of the salt: a cursor of one list means nothing to another.
    rule = request.url_rule.rule if request.url_rule else ""
    return URLSafeSerializer(signing_keys(), salt=f"cursor {rule}")
