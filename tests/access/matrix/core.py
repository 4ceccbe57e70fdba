"""Who gets what of the ground: health and static files."""

from __future__ import annotations

from tests.access.rows import Row, public

ROWS: tuple[Row, ...] = (
    public("health.healthz", "GET"),
    public("health.readyz", "GET"),
    public("health.metrics", "GET"),
    public("static", "GET", 404, path={"filename": "nothing-there"}),
)
