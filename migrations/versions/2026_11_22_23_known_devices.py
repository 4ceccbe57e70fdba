"""Browsers that a person has signed in from: another one is told of, and nobody's guessing locks these out."""

from __future__ import annotations

from alembic import op

revision = "202611220023"
down_revision = "202611220022"
branch_labels = None
depends_on = None

TABLE = """
create table known_device (
    user_id bigint not null constraint fk_known_device_user_id references user_account (id),
    device_hash bytea not null,
    created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    constraint pk_known_device primary key (user_id, device_hash)
);
"""


def upgrade() -> None:
    """Expand."""
    op.execute(TABLE)
    for role in ("portal_auth", "portal_loader"):
        op.execute(f"grant select, insert, update, delete on known_device to {role}")
        for verb in ("select", "insert", "update", "delete"):
            using = " using (true)" if verb != "insert" else ""
            check = " with check (true)" if verb in {"insert", "update"} else ""
            op.execute(f"create policy {role}_{verb} on known_device for {verb} to {role}{using}{check}")
    op.execute("alter table known_device enable row level security")
    op.execute("alter table known_device force row level security")
    op.execute("alter table user_session add column device_hash bytea")


def downgrade() -> None:
    """Contract."""
    op.execute("alter table user_session drop column device_hash")
    op.execute("drop table known_device")
