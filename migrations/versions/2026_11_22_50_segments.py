"""Segments: a seller's rules over its own accounts, and their walls."""

from __future__ import annotations

from alembic import op

revision = "202611220050"
down_revision = "202611220049"
branch_labels = None
depends_on = None

S, L = "portal_seller", "portal_loader"
SELLER = "seller_id = ctx_seller()"

TABLES = """
create table segment (
    seller_id bigint not null constraint fk_segment_seller_id references organisation (id),
    code varchar not null,
    name varchar not null,
    rhythms text[] not null default '{}',
    category varchar not null default '',
    bought boolean,
    category_days integer not null default 90,
    created_at timestamptz not null default now(),
    constraint pk_segment primary key (seller_id, code),
    constraint ck_segment_category_days check (category_days between 1 and 730),
    constraint ck_segment_category check ((category = '') = (bought is null))
);
create table segment_group (
    seller_id bigint not null,
    segment_code varchar not null,
    price_group varchar not null,
    constraint pk_segment_group primary key (seller_id, segment_code, price_group),
    constraint fk_segment_group_seller_id_segment_code foreign key (seller_id, segment_code)
        references segment (seller_id, code) on delete cascade,
    constraint fk_segment_group_seller_id_price_group foreign key (seller_id, price_group)
        references price_group (seller_id, code)
);
create index ix_segment_group_price_group on segment_group (seller_id, price_group);
create table segment_account (
    seller_id bigint not null,
    segment_code varchar not null,
    buyer_id bigint not null,
    constraint pk_segment_account primary key (seller_id, segment_code, buyer_id),
    constraint fk_segment_account_seller_id_segment_code foreign key (seller_id, segment_code)
        references segment (seller_id, code) on delete cascade,
    constraint fk_segment_account_seller_id_buyer_id foreign key (seller_id, buyer_id)
        references trading_account (seller_id, buyer_id)
);
"""
# Buyers never learn by which rules they are sorted.
WALLS = {
    "segment": [
        (S, "select", SELLER),
        (S, "insert", SELLER),
        (S, "update (name, rhythms, category, bought, category_days)", SELLER),
        (S, "delete", SELLER),
    ],
    "segment_group": [(S, "select", SELLER), (S, "insert", SELLER), (S, "delete", SELLER)],
    "segment_account": [(S, "select", SELLER), (S, "insert", SELLER), (S, "delete", SELLER)],
}


def upgrade() -> None:
    """Expand."""
    op.execute(TABLES)
    for table, rows in WALLS.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        everything = [(L, verb, "true") for verb in ("select", "insert", "update", "delete")]
        for role, right, condition in [*rows, *everything]:
            verb = right.partition(" ")[0]
            using = f" using ({condition})" if verb != "insert" else ""
            check = f" with check ({condition})" if verb in {"insert", "update"} else ""
            op.execute(f"grant {right} on {table} to {role}")
            op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")


def downgrade() -> None:
    """Contract."""
    for table in reversed(WALLS):
        op.execute(f"drop table {table}")
