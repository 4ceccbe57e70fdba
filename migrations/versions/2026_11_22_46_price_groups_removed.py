"""Sellers remove price groups that nothing uses."""

from __future__ import annotations

from alembic import op

revision = "202611220046"
down_revision = "202611220045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.execute("grant delete on price_group to portal_seller")
    op.execute(
        "create policy portal_seller_delete on price_group for delete to portal_seller using (seller_id = ctx_seller())"
    )


def downgrade() -> None:
    """Contract."""
    op.execute("drop policy portal_seller_delete on price_group")
    op.execute("revoke delete on price_group from portal_seller")
