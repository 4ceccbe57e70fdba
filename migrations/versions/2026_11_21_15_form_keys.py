"""Receipts and baskets remember the forms that changed them: a form that is sent again adds nothing."""

from __future__ import annotations

from alembic import op

revision = "202611210015"
down_revision = "202611210014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    # What is committed before the index is built may be there already when an attempt was broken off in between.
    op.execute("alter table stock_movement add column if not exists form_key varchar")
    op.execute("alter table basket add column if not exists entered_keys text[] not null default '{}'")
    with op.get_context().autocommit_block():
        # Built beside the traffic: it waits for transactions that run, and holds up none.
        op.execute("set lock_timeout = 0")
        op.execute("drop index concurrently if exists uq_stock_movement_form_key")
        op.execute(
            "create unique index concurrently uq_stock_movement_form_key on stock_movement (seller_id, form_key)"
            " where form_key is not null"
        )
        op.execute("set lock_timeout = '1s'")


def downgrade() -> None:
    """Contract."""
    op.execute("alter table basket drop column entered_keys")
    op.execute("drop index uq_stock_movement_form_key")
    op.execute("alter table stock_movement drop column form_key")
