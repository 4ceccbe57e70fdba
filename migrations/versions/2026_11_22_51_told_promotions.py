"""That a promotion started, and that nothing of its caps is left, is told once by the worker."""

from __future__ import annotations

from alembic import op

revision = "202611220051"
down_revision = "202611220050"
branch_labels = None
depends_on = None

W = "portal_worker"
COLUMNS = ("start_told_at", "used_up_told_at")


def upgrade() -> None:
    """Expand. What runs already is nothing new."""
    op.execute(f"alter table promotion {', '.join(f'add column {name} timestamptz' for name in COLUMNS)}")
    op.execute("alter table promotion no force row level security")
    op.execute("update promotion set start_told_at = now() where coalesce(valid_from, '-infinity') <= current_date")
    op.execute("alter table promotion force row level security")
    op.execute(f"grant update ({', '.join(COLUMNS)}) on promotion to {W}")
    op.execute(f"create policy {W}_update on promotion for update to {W} using (true) with check (true)")


def downgrade() -> None:
    """Contract."""
    op.execute(f"drop policy {W}_update on promotion")
    op.execute(f"alter table promotion {', '.join(f'drop column {name}' for name in COLUMNS)}")
