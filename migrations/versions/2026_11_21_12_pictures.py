"""Pictures are asked for by what they contain."""

from __future__ import annotations

from alembic import op

revision = "202611210012"
down_revision = "202611210011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.execute("create index ix_product_picture_digest on product_picture (owner_id, digest)")


def downgrade() -> None:
    """Contract."""
    op.execute("drop index ix_product_picture_digest")
