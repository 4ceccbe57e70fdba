"""A seller lists what it may see: its own products and those of organisations above it."""

from __future__ import annotations

from alembic import op

revision = "202611210011"
down_revision = "202611210010"
branch_labels = None
depends_on = None

# The key to the product cannot tell who is above whom, and foreign-key checks ignore row-level security.
LISTABLE = "seller_id = ctx_seller() and owner_id = any(ctx_owners())"


def upgrade() -> None:
    """Expand."""
    op.execute(f"alter policy portal_seller_insert_0 on article with check ({LISTABLE})")
    op.execute(f"alter policy portal_seller_update_0 on article with check ({LISTABLE})")


def downgrade() -> None:
    """Contract."""
    for verb in ("insert", "update"):
        op.execute(f"alter policy portal_seller_{verb}_0 on article with check (seller_id = ctx_seller())")
