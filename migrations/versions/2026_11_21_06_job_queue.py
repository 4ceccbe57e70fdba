"""The job queue's tables and functions, as procrastinate 3.10 ships them; the worker's alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import op

revision = "202611210006"
down_revision = "202611210005"
branch_labels = None
depends_on = None

SCHEMA = Path(__file__).with_name("procrastinate_3_10.sql")
TABLES = (
    "procrastinate_jobs",
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
)


def upgrade() -> None:
    """Expand."""
    # Straight to the driver: the functions hold colons and percent signs that are nobody's parameters.
    driver: Any = op.get_bind().connection.driver_connection
    driver.execute(SCHEMA.read_text(encoding="utf-8"), prepare=False)
    for table in TABLES:
        op.execute(f"grant select, insert, update, delete on {table} to portal_worker")
    op.execute("grant usage, select on all sequences in schema public to portal_worker")


def downgrade() -> None:
    """Refuse: jobs that wait would be lost."""
    raise NotImplementedError("let the worker finish, then drop the procrastinate_ objects by hand")
