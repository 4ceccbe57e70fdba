"""Who gets what of messages."""

from __future__ import annotations

from tests.access.rows import ADMINS, EVERY_ROLE, Row, anywhere, public

ROWS: tuple[Row, ...] = (
    anywhere("notices.show", "GET"),
    anywhere("notices.open_one", "POST", ADMINS, 302, number="notice"),
    anywhere("notices.read_every", "POST", EVERY_ROLE, 302),
    anywhere("notices.show_choices", "GET"),
    anywhere("notices.change_choices", "POST", EVERY_ROLE, 302, form={"channel-order_placed": "both"}),
    public("unsubscribing.ask", "GET", 404, path={"token": "not-signed"}),
    public("unsubscribing.end", "POST", 404, path={"token": "not-signed"}),
)
