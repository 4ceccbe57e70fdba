"""Row-level security on every table, one policy for each capacity, and the least rights for each role."""

from __future__ import annotations

from alembic import op

revision = "202611210002"
down_revision = "202611210001"
branch_labels = None
depends_on = None

CONTEXT = {
    "ctx_organisation": ("organisation_id", "bigint"),
    "ctx_root": ("root_id", "bigint"),
    "ctx_seller": ("seller_id", "bigint"),
    "ctx_buyer": ("buyer_id", "bigint"),
    "ctx_brand_owner": ("brand_owner_id", "bigint"),
    "ctx_owners": ("owner_ids", "bigint[]"),
    "ctx_price_lists": ("price_lists", "bigint[]"),
}

S, B, O, A = "portal_seller", "portal_buyer", "portal_brand_owner", "portal_auth"  # noqa: E741
L, W = "portal_loader", "portal_worker"
GATE, SEARCH, FIGURES, PLACEMENT = "portal_gate", "portal_search", "portal_figures", "portal_placement"
SELLER = "seller_id = ctx_seller()"
EDGE = "seller_id = ctx_seller() and buyer_id = ctx_buyer()"
MEMBER = "organisation_id = ctx_organisation()"
OWN_PRODUCTS = "owner_id = ctx_organisation()"
LISTABLE = "owner_id = any(ctx_owners())"
ALL = "true"
ADDRESS = "name, street, city, postal_code, country, locale, currency, time_zone, vat_id, gln, email"
BRAND = "accent_colour, logo, logo_type"

# table -> [(role, verbs, row condition)]; a verb may name columns. No row, no right.
WALLS: dict[str, list[tuple[str, str, str]]] = {
    "organisation": [
        (GATE, "select", ALL),
        (S, "select", "id = any(ctx_owners())"),
        (S, "select", SELLER),
        (S, "insert", "seller_id = ctx_seller() and root_id = ctx_root()"),
        (S, f"update ({ADDRESS}, {BRAND})", "id = ctx_organisation()"),
        (S, f"update ({ADDRESS}, {BRAND}, status)", SELLER),
        (B, "select", "id = ctx_organisation()"),
        (B, "select", "id = ctx_seller()"),
        (B, f"update ({ADDRESS}, {BRAND})", "id = ctx_organisation()"),
        (O, "select", "id = ctx_organisation()"),
        (O, "select", "root_id = ctx_brand_owner() and kind = 'wholesaler'"),
        (A, "select", ALL),
        (W, "select", ALL),
        (FIGURES, "select", ALL),
        (PLACEMENT, "select", ALL),
    ],
    "price_group": [(S, "select, insert, update", SELLER)],
    "trading_account": [
        (GATE, "select", ALL),
        (S, "select, insert, update", SELLER),
        (B, "select (seller_id, buyer_id, customer_number, payment_terms_days, status, created_at)", EDGE),
        (PLACEMENT, "select", SELLER),
    ],
    "user_account": [(GATE, "select", ALL), (A, "select, insert, update", ALL), (W, "select", ALL)],
    "membership": [
        (GATE, "select", ALL),
        (S, "select, update (role, status)", MEMBER),
        (B, "select, update (role, status)", MEMBER),
        (O, "select, update (role, status)", MEMBER),
        (A, "select, insert, update", ALL),
        (W, "select", ALL),
    ],
    "invitation": [
        (role, "select, insert, update (revoked_at)", "inviting_organisation_id = ctx_organisation()")
        for role in (S, B, O)
    ]
    + [(A, "select, update", ALL), (W, "select", ALL)],
    "user_session": [(GATE, "select, update (last_seen_at)", ALL), (A, "select, insert, update", ALL)],
    "password_reset": [(A, "select, insert, update", ALL)],
    "api_client": [(role, "select, insert, update (name, revoked_at)", MEMBER) for role in (S, B, O)]
    + [(A, "select, update (last_used_at)", ALL), (GATE, "select, update (last_used_at)", ALL)],
    "api_token": [(GATE, "select", ALL), (A, "select, insert, delete", ALL)],
    "audit_entry": [(role, "select, insert", MEMBER) for role in (S, B, O)] + [(A, "insert", ALL), (W, "insert", ALL)],
    "product": [
        (S, "select", LISTABLE),
        (S, "insert, update", OWN_PRODUCTS),
        (B, "select", LISTABLE),
        (O, "select", "owner_id = ctx_brand_owner()"),
        (W, "select", ALL),
        (SEARCH, "select", ALL),
        (FIGURES, "select", ALL),
        (PLACEMENT, "select", ALL),
    ],
    **{
        table: [
            (S, "select", LISTABLE),
            (S, "insert, update, delete", OWN_PRODUCTS),
            (B, "select", LISTABLE),
            (O, "select", "owner_id = ctx_brand_owner()"),
            (SEARCH, "select", ALL),
        ]
        for table in ("product_picture", "category_name", "packaging")
    },
    "article": [
        (S, "select, insert, update", SELLER),
        (B, "select", SELLER),
        (W, "select", ALL),
        (SEARCH, "select", SELLER),
        (PLACEMENT, "select", SELLER),
    ],
    "pricing_policy": [(S, "select, insert, update", SELLER), (B, "select", SELLER)],
    "price_list": [
        (GATE, "select", ALL),
        (S, "select, insert, update", SELLER),
        (B, "select", "seller_id = ctx_seller() and id = any(ctx_price_lists())"),
    ],
    "price_entry": [
        (S, "select, insert, update, delete", SELLER),
        (B, "select", "seller_id = ctx_seller() and price_list_id = any(ctx_price_lists())"),
    ],
    "price_assignment": [(GATE, "select", ALL), (S, "select, insert, delete", SELLER)],
    "warehouse": [(S, "select, insert, update", SELLER), (PLACEMENT, "select", SELLER)],
    "stock_level": [(S, "select, insert, update", SELLER), (PLACEMENT, "select, update", SELLER)],
    "stock_movement": [(S, "select, insert", SELLER), (PLACEMENT, "select, insert", SELLER)],
    "basket": [(B, "select, insert, update, delete", EDGE)],
    "basket_line": [(B, "select, insert, update, delete", EDGE)],
    "sales_order": [
        (S, "select, update (status)", SELLER),
        (B, "select", EDGE),
        (W, "select", ALL),
        (PLACEMENT, "select, insert, update", SELLER),
    ],
    "order_line": [
        (S, "select, update (cancelled_quantity, shipped_quantity)", SELLER),
        (B, "select", EDGE),
        (W, "select", ALL),
        (PLACEMENT, "select, insert, update", SELLER),
    ],
    "order_line_explanation": [(S, "select", SELLER), (PLACEMENT, "insert", SELLER)],
    "allocation": [
        (S, "select, insert, update, delete", SELLER),
        (PLACEMENT, "select, insert, update, delete", SELLER),
    ],
    "order_event": [
        (S, "select, insert", SELLER),
        (B, "select", EDGE),
        (W, "select", ALL),
        (PLACEMENT, "insert", SELLER),
    ],
    "shipment": [(S, "select, insert", SELLER), (B, "select", EDGE), (W, "select", ALL)],
    "shipment_line": [(S, "select, insert", SELLER), (B, "select", EDGE), (W, "select", ALL)],
    "outbox_event": [
        (S, "insert", SELLER),
        (B, "insert", SELLER),
        (O, "insert", "seller_id = ctx_organisation()"),
        (A, "insert", ALL),
        (PLACEMENT, "insert", SELLER),
        (W, "select, insert, update, delete", ALL),
    ],
    "sharing_agreement": [
        (O, "select", "brand_owner_id = ctx_brand_owner()"),
        (S, "select, insert, update", "wholesaler_id = ctx_seller()"),
        (W, "select", ALL),
        (FIGURES, "select", ALL),
    ],
}


def upgrade() -> None:
    """Expand."""
    for name, (setting, kind) in CONTEXT.items():
        op.execute(
            f"create function {name}() returns {kind} language sql stable parallel safe"
            f" as $$ select nullif(current_setting('app.{setting}', true), '')::{kind} $$"
        )
    op.execute("revoke all on all tables in schema public from public")
    for table, rows in WALLS.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        for number, (role, verbs, condition) in enumerate([*rows, (L, "select, insert, update, delete", ALL)]):
            op.execute(f"grant {verbs} on {table} to {role}")
            for verb in _verbs(verbs):
                op.execute(_policy(table, f"{role}_{verb}_{number}", verb, role, condition))
    # Order placement updates hot rows: room on the page keeps those updates off the indexes.
    op.execute("alter table stock_level set (fillfactor = 70)")


def _verbs(verbs: str) -> list[str]:
    bare = verbs
    while "(" in bare:
        start, end = bare.index("("), bare.index(")")
        bare = bare[:start] + bare[end + 1 :]
    return [verb.strip() for verb in bare.split(",")]


def _policy(table: str, name: str, verb: str, role: str, condition: str) -> str:
    using = f" using ({condition})" if verb != "insert" else ""
    check = f" with check ({condition})" if verb in {"insert", "update"} else ""
    return f"create policy {name} on {table} for {verb} to {role}{using}{check}"


def downgrade() -> None:
    """Refuse: the tables never stand without their walls."""
    raise NotImplementedError("drop the database instead")
