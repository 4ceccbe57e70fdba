"""What a wholesaler or retailer gets back: its own figures beside those of all who are compared."""

from __future__ import annotations

from alembic import op

revision = "202611220060"
down_revision = "202611220059"
branch_labels = None
depends_on = None

SELLER, BUYER, WORKER, LOADER = "portal_seller", "portal_buyer", "portal_worker", "portal_loader"
WRITE = "select, insert, update, delete"

TABLES = """
create table benchmark (
    seller_id bigint not null, buyer_id bigint not null, measure varchar not null, until_on date not null,
    own_figure numeric(20, 4) not null, common_figure numeric(20, 2), member_count integer not null,
    constraint pk_benchmark primary key (seller_id, buyer_id, measure, until_on));
create index ix_benchmark_buyer on benchmark (buyer_id, until_on);
create table benchmark_state (
    seller_id bigint not null, audience varchar not null, until_on date not null,
    written_at timestamptz not null default now(),
    constraint pk_benchmark_state primary key (seller_id, audience, until_on));
"""
WALLS = {
    # A wholesaler's own rows among those of its manufacturer's channel; a retailer's among those of its wholesaler.
    "benchmark": (
        (SELLER, "select", "buyer_id = ctx_seller()"),
        (BUYER, "select", "seller_id = ctx_seller() and buyer_id = ctx_buyer()"),
        (WORKER, WRITE, "true"),
        (LOADER, WRITE, "true"),
    ),
    "benchmark_state": ((WORKER, WRITE, "true"), (LOADER, WRITE, "true")),
}


def upgrade() -> None:
    """Expand."""
    op.execute(TABLES)
    for table, rows in WALLS.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        for role, verbs, condition in rows:
            op.execute(f"grant {verbs} on {table} to {role}")
            for verb in verbs.split(", "):
                using = f" using ({condition})" if verb != "insert" else ""
                check = f" with check ({condition})" if verb in {"insert", "update"} else ""
                op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")


def downgrade() -> None:
    """Refuse: comparisons are written once and would not come out the same."""
    raise NotImplementedError("restore a backup instead")
