"""What retailers report as sold, with what it said before each correction."""

from __future__ import annotations

from alembic import op

revision = "202611220066"
down_revision = "202611220065"
branch_labels = None
depends_on = None

S, B, W, L = "portal_seller", "portal_buyer", "portal_worker", "portal_loader"
SELLER = "seller_id = ctx_seller()"
EDGE = "seller_id = ctx_seller() and buyer_id = ctx_buyer()"
# Nobody reports for the product of an owner that is not above the seller.
LISTABLE = " and coalesce(owner_id = any(ctx_owners()), true)"
WRITTEN = "update (quantity, owner_id, product_id, units, source, reported_at)"

TABLES = """
create table sell_out (
    seller_id bigint not null, buyer_id bigint not null, gtin varchar not null, sold_on date not null,
    quantity numeric(14, 3) not null, owner_id bigint, product_id bigint, units numeric(20, 3),
    source varchar not null, reported_at timestamptz not null default now(),
    constraint pk_sell_out primary key (seller_id, buyer_id, gtin, sold_on),
    constraint fk_sell_out_seller_id_buyer_id foreign key (seller_id, buyer_id) references trading_account (seller_id, buyer_id),
    constraint fk_sell_out_owner_id_product_id foreign key (owner_id, product_id) references product (owner_id, id));
create index ix_sell_out_day on sell_out (seller_id, sold_on, buyer_id, gtin);
create index ix_sell_out_unknown on sell_out (seller_id, gtin) where product_id is null;
create table former_sell_out (
    seller_id bigint not null, buyer_id bigint not null, gtin varchar not null, sold_on date not null,
    id uuid not null default gen_random_uuid(), quantity numeric(14, 3) not null, source varchar not null,
    reported_at timestamptz not null, replaced_at timestamptz not null default now(),
    constraint pk_former_sell_out primary key (seller_id, buyer_id, gtin, sold_on, id));
"""
WALLS = {
    "sell_out": [
        (S, "select", SELLER),
        (S, "insert", SELLER),
        (S, WRITTEN, SELLER),
        (B, "select", EDGE),
        (B, "insert", EDGE),
        (B, WRITTEN, EDGE),
        (W, "select", "true"),
        (W, "update (owner_id, product_id, units)", "true"),
        *((L, verb, "true") for verb in ("select", "insert", "update", "delete")),
    ],
    "former_sell_out": [
        (S, "select", SELLER),
        (S, "insert", SELLER),
        (B, "select", EDGE),
        (B, "insert", EDGE),
        (W, "select", "true"),
        *((L, verb, "true") for verb in ("select", "insert", "update", "delete")),
    ],
}


def upgrade() -> None:
    """Expand."""
    op.execute(TABLES)
    for table, rows in WALLS.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        for role, right, condition in rows:
            verb = right.partition(" ")[0]
            op.execute(f"grant {right} on {table} to {role}")
            using = f" using ({condition})" if verb != "insert" else ""
            owners = LISTABLE if table == "sell_out" and role in {S, B} else ""
            check = f" with check ({condition}{owners})" if verb in {"insert", "update"} else ""
            op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")
    # The worker takes what was kept aside once a packaging bears its GTIN.
    op.execute(f"grant select on packaging to {W}")
    op.execute(f"create policy {W}_select on packaging for select to {W} using (true)")


def downgrade() -> None:
    """Refuse: what retailers reported would be lost."""
    raise NotImplementedError("restore a backup instead")
