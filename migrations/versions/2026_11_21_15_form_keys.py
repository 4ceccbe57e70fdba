"""Receipts and baskets remember the forms that changed them: a form that is sent again adds nothing."""

from __future__ import annotations

from alembic import op

revision = "202611210015"
down_revision = "202611210014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.execute("alter table stock_movement add column form_key varchar")
    op.execute(
        "create unique index uq_stock_movement_form_key on stock_movement (seller_id, form_key)"
        " where form_key is not null"
    )
    op.execute("alter table basket add column entered_keys text[] not null default '{}'")


def downgrade() -> None:
    """Contract."""
    op.execute("alter table basket drop column entered_keys")
    op.execute("drop index uq_stock_movement_form_key")
    op.execute("alter table stock_movement drop column form_key")
