"""Framework agreements and the order lines placed under them, with their walls; placing an order writes the latter."""

from __future__ import annotations

from alembic import op

revision = "202611220042"
down_revision = "202611220041"
branch_labels = None
depends_on = None

S, B, L, W, PLACEMENT = "portal_seller", "portal_buyer", "portal_loader", "portal_worker", "portal_placement"
SELLER = "seller_id = ctx_seller()"
EDGE = "seller_id = ctx_seller() and buyer_id = ctx_buyer()"
PLACE_ORDER = (
    "place_order(jsonb, bigint[], numeric[], numeric[], numeric[], numeric[], jsonb, jsonb, text, text, bytea, text)"
)

TABLES = """
CREATE TABLE framework_agreement (
    seller_id BIGINT NOT NULL,
    code VARCHAR NOT NULL,
    buyer_id BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE NOT NULL,
    agreed_quantity NUMERIC(14, 3),
    agreed_amount NUMERIC(16, 4),
    warn_days INTEGER DEFAULT '30' NOT NULL,
    warn_percent INTEGER DEFAULT '80' NOT NULL,
    document_digest VARCHAR,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    end_warned_at TIMESTAMP WITH TIME ZONE,
    use_warned_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_framework_agreement PRIMARY KEY (seller_id, code),
    CONSTRAINT uq_framework_agreement_seller_id_buyer_id_code UNIQUE (seller_id, buyer_id, code),
    CONSTRAINT fk_framework_agreement_seller_id_buyer_id FOREIGN KEY(seller_id, buyer_id) REFERENCES trading_account (seller_id, buyer_id),
    CONSTRAINT fk_framework_agreement_seller_id_code FOREIGN KEY(seller_id, code) REFERENCES price_list (seller_id, code),
    CONSTRAINT fk_framework_agreement_seller_id_buyer_id_document_digest FOREIGN KEY(seller_id, buyer_id, document_digest) REFERENCES account_document (seller_id, buyer_id, digest),
    CONSTRAINT ck_framework_agreement_window CHECK (valid_from <= valid_to),
    CONSTRAINT ck_framework_agreement_one_measure CHECK (num_nonnulls(agreed_quantity, agreed_amount) = 1),
    CONSTRAINT ck_framework_agreement_agreed_positive CHECK (agreed_quantity > 0 or agreed_amount > 0),
    CONSTRAINT ck_framework_agreement_warnings CHECK (warn_days >= 0 and warn_percent between 1 and 100)
);
CREATE INDEX ix_framework_agreement_ends ON framework_agreement (seller_id, valid_to, code);
CREATE INDEX ix_framework_agreement_unwarned ON framework_agreement (valid_to) WHERE end_warned_at is null;
CREATE TABLE agreement_call_off (
    seller_id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    line INTEGER NOT NULL,
    buyer_id BIGINT NOT NULL,
    agreement_code VARCHAR NOT NULL,
    CONSTRAINT pk_agreement_call_off PRIMARY KEY (seller_id, order_id, line),
    CONSTRAINT fk_agreement_call_off_seller_id_buyer_id_agreement_code FOREIGN KEY(seller_id, buyer_id, agreement_code) REFERENCES framework_agreement (seller_id, buyer_id, code),
    CONSTRAINT fk_agreement_call_off_seller_id_order_id_line FOREIGN KEY(seller_id, order_id, line) REFERENCES order_line (seller_id, order_id, line)
);
CREATE INDEX ix_agreement_call_off_agreement ON agreement_call_off (seller_id, agreement_code, order_id, line);
"""

# Whom it is with and what it is called stay; what was called off is written with the order and by nobody else.
CHANGED = "name, valid_from, valid_to, agreed_quantity, agreed_amount, warn_days, warn_percent, document_digest, end_warned_at"
WALLS = {
    "framework_agreement": [
        (S, "select", SELLER),
        (S, "insert", SELLER),
        (S, f"update ({CHANGED})", SELLER),
        (B, "select", EDGE),
        (W, "select", "true"),
        (W, "update (end_warned_at, use_warned_at)", "true"),
        (PLACEMENT, "select", SELLER),
    ],
    "agreement_call_off": [
        (S, "select", SELLER),
        (B, "select", EDGE),
        (W, "select", "true"),
        (PLACEMENT, "insert", SELLER),
    ],
}

# The list that decided a line is told to the seller alone, by its code, which is the agreement's.
PLACING = {
    """
    insert into order_event (seller_id, order_id, buyer_id, kind, actor, actor_name)""": """
    if exists (select from framework_agreement f
               where f.seller_id = v_seller and f.buyer_id = v_buyer
                 and f.valid_from <= v_edge.placed_on and v_edge.placed_on < f.valid_to) then
        insert into agreement_call_off (seller_id, order_id, line, buyer_id, agreement_code)
        select v_seller, v_order, e.line, v_buyer, f.code
        from jsonb_array_elements(p_seller_explanations) with ordinality as e (explanation, line)
        join framework_agreement f on f.seller_id = v_seller and f.buyer_id = v_buyer
             and f.code = e.explanation #>> '{decided,list,code}'
             and f.valid_from <= v_edge.placed_on and v_edge.placed_on < f.valid_to;
    end if;

    insert into order_event (seller_id, order_id, buyer_id, kind, actor, actor_name)""",
}


def _change(function: str, changes: dict[str, str]) -> None:
    # Only its owner, which the schema's owner may become, replaces a function.
    op.execute(f"set local role {PLACEMENT}")
    for old, new in changes.items():
        op.execute(f"""
            do $change$
            declare
                written text := pg_get_functiondef('{function}'::regprocedure);
            begin
                if strpos(written, $old${old}$old$) = 0 then
                    raise exception '{function} is not what this migration changes: %', $old${old}$old$;
                end if;
                execute replace(written, $old${old}$old$, $new${new}$new$);
            end $change$
        """)
    op.execute("reset role")


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
    _change(PLACE_ORDER, PLACING)


def downgrade() -> None:
    """Contract."""
    _change(PLACE_ORDER, {new: old for old, new in PLACING.items()})
    for table in reversed(WALLS):
        op.execute(f"drop table {table}")
