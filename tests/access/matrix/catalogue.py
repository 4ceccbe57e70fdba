"""Who gets what of the catalogue."""

from __future__ import annotations

from tests.access.rows import EVERY_ROLE, Row, anywhere

ROWS: tuple[Row, ...] = (
    # What the manufacturer above describes, those below it may list, so they see its pictures.
    anywhere("catalogue.picture", "GET", EVERY_ROLE, digest="picture", finds=("own", "parent")),
)
