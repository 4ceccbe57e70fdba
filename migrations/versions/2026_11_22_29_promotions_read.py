"""The worker reads promotions: what was sold during one is not taken for base demand."""

from __future__ import annotations

from alembic import op

revision = "202611220029"
down_revision = "202611220028"
branch_labels = None
depends_on = None

WORKER = "portal_worker"
READ = ("promotion", "promotion_scope")


def upgrade() -> None:
    """Expand."""
    for table in READ:
        op.execute(f"grant select on {table} to {WORKER}")
        op.execute(f"create policy {WORKER}_select on {table} for select to {WORKER} using (true)")


def downgrade() -> None:
    """Contract."""
    for table in READ:
        op.execute(f"drop policy {WORKER}_select on {table}")
        op.execute(f"revoke select on {table} from {WORKER}")
