"""A basket keeps what could not be read, and how each line is stated."""

from __future__ import annotations

from alembic import op

revision = "202611210008"
down_revision = "202611210007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.execute("alter table basket add column unread_lines jsonb not null default '[]'")
    op.execute("alter table basket_line add column in_packaging boolean not null default false")


def downgrade() -> None:
    """Contract."""
    op.execute("alter table basket_line drop column in_packaging")
    op.execute("alter table basket drop column unread_lines")
