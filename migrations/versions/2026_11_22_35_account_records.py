"""What a seller keeps about a buyer: addresses, contacts, documents, notes, tasks and delivery days, with their walls."""

from __future__ import annotations

from alembic import op

revision = "202611220035"
down_revision = "202611220034"
branch_labels = None
depends_on = None

S, B, L, PLACEMENT = "portal_seller", "portal_buyer", "portal_loader", "portal_placement"
SELLER = "seller_id = ctx_seller()"
EDGE = "seller_id = ctx_seller() and buyer_id = ctx_buyer()"
ALL = "select, insert, update, delete"
# What a row is about stays: its key and its two sides are no one's to change.
CHANGED = {
    "account_address": "kind, name, street, postal_code, city, country, is_usual",
    "account_contact": "name, position, email, phone",
    "account_document": "title, content_type, content, size_bytes, is_shared",
    "account_note": "kind, text, happened_on",
    "account_task": "kind, text, due_on, assignee_id, done_at, done_by",
}
PLACE_ORDER = (
    "place_order(jsonb, bigint[], numeric[], numeric[], numeric[], numeric[], jsonb, jsonb, text, text, bytea, text)"
)

_COMMON = """
    seller_id BIGINT NOT NULL,
    buyer_id BIGINT NOT NULL,
    {key} VARCHAR NOT NULL,
    CONSTRAINT pk_{table} PRIMARY KEY (seller_id, buyer_id, {key}),
    CONSTRAINT fk_{table}_seller_id FOREIGN KEY(seller_id) REFERENCES organisation (id),
    CONSTRAINT fk_{table}_buyer_id FOREIGN KEY(buyer_id) REFERENCES organisation (id),
    CONSTRAINT fk_{table}_seller_id_buyer_id FOREIGN KEY(seller_id, buyer_id) REFERENCES trading_account (seller_id, buyer_id)
"""
COLUMNS = {
    "account_address": """
    kind VARCHAR(20) DEFAULT 'ship_to' NOT NULL,
    name VARCHAR NOT NULL,
    street VARCHAR DEFAULT '' NOT NULL,
    postal_code VARCHAR DEFAULT '' NOT NULL,
    city VARCHAR DEFAULT '' NOT NULL,
    country VARCHAR DEFAULT '' NOT NULL,
    is_usual BOOLEAN DEFAULT 'false' NOT NULL,
    CONSTRAINT ck_account_address_addresskind CHECK (kind IN ('ship_to', 'bill_to'))
""",
    "account_contact": """
    name VARCHAR NOT NULL,
    position VARCHAR DEFAULT '' NOT NULL,
    email VARCHAR DEFAULT '' NOT NULL,
    phone VARCHAR DEFAULT '' NOT NULL
""",
    "account_document": """
    title VARCHAR NOT NULL,
    content_type VARCHAR NOT NULL,
    content BYTEA NOT NULL,
    size_bytes INTEGER NOT NULL,
    is_shared BOOLEAN DEFAULT 'false' NOT NULL,
    added_by VARCHAR DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL
""",
    "account_note": """
    kind VARCHAR(20) DEFAULT 'note' NOT NULL,
    text VARCHAR NOT NULL,
    happened_on DATE NOT NULL,
    author VARCHAR DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT ck_account_note_notekind CHECK (kind IN ('note', 'call', 'email', 'visit', 'meeting'))
""",
    "account_task": """
    kind VARCHAR(20) DEFAULT 'follow_up' NOT NULL,
    text VARCHAR NOT NULL,
    due_on DATE NOT NULL,
    assignee_id BIGINT,
    created_by VARCHAR DEFAULT '' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    done_by VARCHAR DEFAULT '' NOT NULL,
    CONSTRAINT fk_account_task_assignee_id FOREIGN KEY(assignee_id) REFERENCES user_account (id),
    CONSTRAINT ck_account_task_taskkind CHECK (kind IN ('follow_up', 'visit')),
    CONSTRAINT ck_account_task_done_by_somebody CHECK ((done_at is null) = (done_by = ''))
""",
}
INDEXES = """
create unique index uq_account_address_usual on account_address (seller_id, buyer_id, kind) where is_usual;
create index ix_account_note_happened on account_note (seller_id, buyer_id, happened_on, key);
create index ix_account_task_open on account_task (seller_id, due_on, key) where done_at is null;
"""

# Contacts, notes and tasks have no policy for buyers: what a seller writes down about them is none of theirs.
WALLS = {
    "account_address": [(S, ALL, SELLER), (B, ALL, EDGE), (PLACEMENT, "select", SELLER)],
    "account_contact": [(S, ALL, SELLER)],
    "account_document": [(S, ALL, SELLER), (B, "select", f"{EDGE} and is_shared")],
    "account_note": [(S, ALL, SELLER)],
    "account_task": [(S, ALL, SELLER)],
}

# An order goes to the address it names (no order where that is gone), else to the usual one, else to the buyer's own.
_ADDRESS = """(select jsonb_build_object('name', a.name, 'street', a.street, 'postal_code', a.postal_code,
                                   'city', a.city, 'country', a.country)
         from account_address a
         where a.seller_id = v_seller and a.buyer_id = v_buyer and a.kind = 'ship_to' and {which})"""
PLACING = {
    "(p_order ->> 'requested_on')::date, v_edge.ship_to,": f"""(p_order ->> 'requested_on')::date,
        case when p_order ->> 'ship_to' is null then coalesce({_ADDRESS.format(which="a.is_usual")}, v_edge.ship_to)
             else {_ADDRESS.format(which="a.key = p_order ->> 'ship_to'")} end,""",
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
    for table, columns in COLUMNS.items():
        key = "digest" if table == "account_document" else "key"
        op.execute(f"create table {table} ({_COMMON.format(table=table, key=key)}, {columns})")
    op.execute(INDEXES)
    for table, rows in WALLS.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        for role, verbs, condition in [*rows, (L, ALL, "true")]:
            rights = verbs if role == L else verbs.replace("update", f"update ({CHANGED[table]})")
            op.execute(f"grant {rights} on {table} to {role}")
            for verb in verbs.split(", "):
                using = f" using ({condition})" if verb != "insert" else ""
                check = f" with check ({condition})" if verb in {"insert", "update"} else ""
                op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")
    op.execute("alter table trading_account add column delivery_days smallint[] not null default '{}'")
    op.execute("grant select (delivery_days) on trading_account to portal_buyer")
    _change(PLACE_ORDER, PLACING)


def downgrade() -> None:
    """Contract."""
    _change(PLACE_ORDER, {new: old for old, new in PLACING.items()})
    op.execute("alter table trading_account drop column delivery_days")
    for table in COLUMNS:
        op.execute(f"drop table {table}")
