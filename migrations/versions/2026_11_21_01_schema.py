"""The first tables: organisations, catalogue, prices, stock, orders, outbox, sharing agreements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import UserDefinedType

revision = "202611210001"
down_revision = None
branch_labels = None
depends_on = None


class TransactionId(UserDefinedType[str]):
    """PostgreSQL's `xid8`."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Give the column's type in DDL."""
        return "xid8"


def upgrade() -> None:  # noqa: PLR0915 - one table after another
    """Expand."""
    op.create_table(
        "audit_entry",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), server_default="", nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), server_default="", nullable=False),
        sa.Column("refused", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("address", sa.String(), server_default="", nullable=False),
        sa.Column("request_id", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_organisation_id_at", "audit_entry", ["organisation_id", "at"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("root_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("seller_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_ids", sa.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "manufacturer",
                "wholesaler",
                "retailer",
                name="organisationkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("street", sa.String(), server_default="", nullable=False),
        sa.Column("city", sa.String(), server_default="", nullable=False),
        sa.Column("postal_code", sa.String(), server_default="", nullable=False),
        sa.Column("country", sa.String(), server_default="", nullable=False),
        sa.Column("locale", sa.String(), server_default="en", nullable=False),
        sa.Column("currency", sa.String(), server_default="EUR", nullable=False),
        sa.Column("time_zone", sa.String(), server_default="UTC", nullable=False),
        sa.Column("vat_id", sa.String(), server_default="", nullable=False),
        sa.Column("gln", sa.String(), server_default="", nullable=False),
        sa.Column("email", sa.String(), server_default="", nullable=False),
        sa.Column("accent_colour", sa.String(), server_default="", nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("logo_type", sa.String(), server_default="", nullable=False),
        sa.Column(
            "status",
            sa.Enum("active", "inactive", name="status", native_enum=False, create_constraint=True, length=20),
            server_default="active",
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["organisation.id"], name=op.f("fk_organisation_parent_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["organisation.id"], name=op.f("fk_organisation_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("root_id", "code", name=op.f("uq_organisation_root_id_code")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisation_slug")),
    )
    op.create_index("ix_organisation_parent_id", "organisation", ["parent_id"], unique=False)
    op.create_index("ix_organisation_seller_id", "organisation", ["seller_id"], unique=False)
    op.create_table(
        "outbox_event",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "transaction_id",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor", sa.String(), server_default="", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("seller_id", "id", name=op.f("pk_outbox_event")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column("locale", sa.String(), server_default="", nullable=False),
        sa.Column("password_hash", sa.String(), server_default="", nullable=False),
        sa.Column(
            "status",
            sa.Enum("active", "inactive", name="status", native_enum=False, create_constraint=True, length=20),
            server_default="active",
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_user_account_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    op.create_table(
        "api_client",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_api_client_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_client")),
        sa.UniqueConstraint("client_id", name=op.f("uq_api_client_client_id")),
    )
    op.create_index("ix_api_client_organisation_id", "api_client", ["organisation_id"], unique=False)
    op.create_table(
        "category_name",
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), server_default="", nullable=False),
        sa.Column("name_de", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_category_name_owner_id")),
        sa.PrimaryKeyConstraint("owner_id", "path", name=op.f("pk_category_name")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("inviting_organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("invited_by", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "manager",
                "buyer",
                "approver",
                "warehouse",
                "viewer",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["inviting_organisation_id"], ["organisation.id"], name=op.f("fk_invitation_inviting_organisation_id")
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_invitation_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index("ix_invitation_organisation_id", "invitation", ["organisation_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "manager",
                "buyer",
                "approver",
                "warehouse",
                "viewer",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum("active", "inactive", name="status", native_enum=False, create_constraint=True, length=20),
            server_default="active",
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id")),
        sa.PrimaryKeyConstraint("organisation_id", "user_id", name=op.f("pk_membership")),
    )
    op.create_index("ix_membership_user_id", "membership", ["user_id"], unique=False)
    op.create_table(
        "password_reset",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_password_reset_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_reset_token_hash")),
    )
    op.create_table(
        "price_group",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["organisation.id"], name=op.f("fk_price_group_seller_id")),
        sa.PrimaryKeyConstraint("seller_id", "code", name=op.f("pk_price_group")),
    )
    op.create_table(
        "price_list",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), server_default="100", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("base_list_id", sa.BigInteger(), nullable=True),
        sa.Column("adjustment_percent", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("adjustment_amount", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("decimals", sa.Integer(), nullable=True),
        sa.Column(
            "status",
            sa.Enum("active", "inactive", name="status", native_enum=False, create_constraint=True, length=20),
            server_default="active",
            nullable=False,
        ),
        sa.CheckConstraint("base_list_id <> id", name=op.f("ck_price_list_not_its_own_base")),
        sa.ForeignKeyConstraint(
            ["seller_id", "base_list_id"],
            ["price_list.seller_id", "price_list.id"],
            name=op.f("fk_price_list_seller_id_base_list_id"),
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["organisation.id"], name=op.f("fk_price_list_seller_id")),
        sa.PrimaryKeyConstraint("seller_id", "id", name=op.f("pk_price_list")),
        sa.UniqueConstraint("seller_id", "code", name=op.f("uq_price_list_seller_id_code")),
    )
    op.create_table(
        "pricing_policy",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "price_strategy",
            sa.Enum("first", "lowest", name="pricestrategy", native_enum=False, create_constraint=True, length=20),
            server_default="first",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["organisation.id"], name=op.f("fk_pricing_policy_seller_id")),
        sa.PrimaryKeyConstraint("seller_id", name=op.f("pk_pricing_policy")),
    )
    op.create_table(
        "product",
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("gtin", sa.String(), server_default="", nullable=False),
        sa.Column("name_en", sa.String(), server_default="", nullable=False),
        sa.Column("name_de", sa.String(), server_default="", nullable=False),
        sa.Column("description_en", sa.String(), server_default="", nullable=False),
        sa.Column("description_de", sa.String(), server_default="", nullable=False),
        sa.Column("brand", sa.String(), server_default="", nullable=False),
        sa.Column("category", sa.String(), server_default="", nullable=False),
        sa.Column("base_unit", sa.String(), server_default="EA", nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("picture_digest", sa.String(), server_default="", nullable=False),
        sa.Column(
            "status",
            sa.Enum("active", "inactive", name="status", native_enum=False, create_constraint=True, length=20),
            server_default="active",
            nullable=False,
        ),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "\nsetweight(to_tsvector('simple', sku || ' ' || gtin), 'A')\n|| setweight(to_tsvector('english', name_en), 'A') || setweight(to_tsvector('german', name_de), 'A')\n|| setweight(to_tsvector('simple', name_en || ' ' || name_de), 'A')\n|| setweight(to_tsvector('simple', brand), 'B')\n|| setweight(to_tsvector('english', category), 'C') || setweight(to_tsvector('simple', category), 'C')\n|| setweight(to_tsvector('english', description_en), 'D') || setweight(to_tsvector('german', description_de), 'D')\n",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_product_owner_id")),
        sa.PrimaryKeyConstraint("owner_id", "id", name=op.f("pk_product")),
        sa.UniqueConstraint("owner_id", "sku", name=op.f("uq_product_owner_id_sku")),
    )
    op.create_index("ix_product_gtin", "product", ["gtin"], unique=False)
    op.create_index("ix_product_search", "product", ["search"], unique=False, postgresql_using="gin")
    op.create_table(
        "sharing_agreement",
        sa.Column("brand_owner_id", sa.BigInteger(), nullable=False),
        sa.Column("wholesaler_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("grants", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_owner_id"], ["organisation.id"], name=op.f("fk_sharing_agreement_brand_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["wholesaler_id"], ["organisation.id"], name=op.f("fk_sharing_agreement_wholesaler_id")
        ),
        sa.PrimaryKeyConstraint("brand_owner_id", "wholesaler_id", "version", name=op.f("pk_sharing_agreement")),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_agent", sa.String(), server_default="", nullable=False),
        sa.Column("address", sa.String(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_user_session_organisation_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    op.create_index("ix_user_session_user_id", "user_session", ["user_id"], unique=False)
    op.create_table(
        "warehouse",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column("postal_code", sa.String(), server_default="", nullable=False),
        sa.Column("country", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["organisation.id"], name=op.f("fk_warehouse_seller_id")),
        sa.PrimaryKeyConstraint("seller_id", "id", name=op.f("pk_warehouse")),
        sa.UniqueConstraint("seller_id", "code", name=op.f("uq_warehouse_seller_id_code")),
    )
    op.create_table(
        "api_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["api_client.id"], name=op.f("fk_api_token_client_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_api_token")),
    )
    op.create_index("ix_api_token_client_id", "api_token", ["client_id"], unique=False)
    op.create_table(
        "article",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("article_number", sa.String(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("min_quantity", sa.Numeric(precision=14, scale=3), server_default="1", nullable=False),
        sa.Column("order_multiple", sa.Numeric(precision=14, scale=3), server_default="1", nullable=False),
        sa.Column(
            "backorder",
            sa.Enum("deny", "allow", name="backorderrule", native_enum=False, create_constraint=True, length=20),
            server_default="deny",
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum("active", "inactive", name="status", native_enum=False, create_constraint=True, length=20),
            server_default="active",
            nullable=False,
        ),
        sa.CheckConstraint("min_quantity > 0 and order_multiple > 0", name=op.f("ck_article_quantities_positive")),
        sa.ForeignKeyConstraint(
            ["owner_id", "product_id"], ["product.owner_id", "product.id"], name=op.f("fk_article_owner_id_product_id")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["organisation.id"], name=op.f("fk_article_seller_id")),
        sa.PrimaryKeyConstraint("seller_id", "id", name=op.f("pk_article")),
        sa.UniqueConstraint("seller_id", "article_number", name=op.f("uq_article_seller_id_article_number")),
    )
    op.create_index("ix_article_seller_id_product", "article", ["seller_id", "owner_id", "product_id"], unique=False)
    op.create_table(
        "packaging",
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("contains", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("gtin", sa.String(), server_default="", nullable=False),
        sa.CheckConstraint("contains > 0", name=op.f("ck_packaging_contains_positive")),
        sa.ForeignKeyConstraint(
            ["owner_id", "product_id"],
            ["product.owner_id", "product.id"],
            name=op.f("fk_packaging_owner_id_product_id"),
        ),
        sa.PrimaryKeyConstraint("owner_id", "product_id", "unit", name=op.f("pk_packaging")),
    )
    op.create_table(
        "product_picture",
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="1", nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id", "product_id"],
            ["product.owner_id", "product.id"],
            name=op.f("fk_product_picture_owner_id_product_id"),
        ),
        sa.PrimaryKeyConstraint("owner_id", "product_id", "position", name=op.f("pk_product_picture")),
    )
    op.create_table(
        "trading_account",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_number", sa.String(), server_default="", nullable=False),
        sa.Column("price_group", sa.String(), nullable=True),
        sa.Column("payment_terms_days", sa.Integer(), nullable=True),
        sa.Column("credit_limit", sa.Numeric(precision=16, scale=4), nullable=True),
        sa.Column(
            "status",
            sa.Enum("active", "inactive", name="status", native_enum=False, create_constraint=True, length=20),
            server_default="active",
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisation.id"], name=op.f("fk_trading_account_buyer_id")),
        sa.ForeignKeyConstraint(
            ["seller_id", "price_group"],
            ["price_group.seller_id", "price_group.code"],
            name=op.f("fk_trading_account_seller_id_price_group"),
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["organisation.id"], name=op.f("fk_trading_account_seller_id")),
        sa.PrimaryKeyConstraint("seller_id", "buyer_id", name=op.f("pk_trading_account")),
    )
    op.create_index("ix_trading_account_buyer_id", "trading_account", ["buyer_id"], unique=False)
    op.create_index(
        "ix_trading_account_seller_id_customer_number",
        "trading_account",
        ["seller_id", "customer_number"],
        unique=False,
    )
    op.create_table(
        "basket",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("purchase_order_number", sa.String(), server_default="", nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id", "buyer_id"],
            ["trading_account.seller_id", "trading_account.buyer_id"],
            name=op.f("fk_basket_seller_id_buyer_id"),
        ),
        sa.PrimaryKeyConstraint("seller_id", "id", name=op.f("pk_basket")),
        sa.UniqueConstraint("seller_id", "buyer_id", "holder", name=op.f("uq_basket_seller_id_buyer_id_holder")),
        sa.UniqueConstraint("seller_id", "buyer_id", "id", name=op.f("uq_basket_seller_id_buyer_id_id")),
    )
    op.create_table(
        "price_assignment",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("price_list_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "audience",
            sa.Enum(
                "everyone", "group", "account", name="audience", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("price_group", sa.String(), nullable=True),
        sa.Column("buyer_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(audience = 'everyone' and price_group is null and buyer_id is null) or (audience = 'group' and price_group is not null and buyer_id is null) or (audience = 'account' and price_group is null and buyer_id is not null)",
            name=op.f("ck_price_assignment_audience_named"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id", "buyer_id"],
            ["trading_account.seller_id", "trading_account.buyer_id"],
            name=op.f("fk_price_assignment_seller_id_buyer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id", "price_group"],
            ["price_group.seller_id", "price_group.code"],
            name=op.f("fk_price_assignment_seller_id_price_group"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id", "price_list_id"],
            ["price_list.seller_id", "price_list.id"],
            name=op.f("fk_price_assignment_seller_id_price_list_id"),
        ),
        sa.PrimaryKeyConstraint("seller_id", "id", name=op.f("pk_price_assignment")),
        sa.UniqueConstraint(
            "seller_id",
            "price_list_id",
            "audience",
            "price_group",
            "buyer_id",
            name="uq_price_assignment_audience",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        "ix_price_assignment_seller_id_buyer_id", "price_assignment", ["seller_id", "buyer_id"], unique=False
    )
    op.create_table(
        "price_entry",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("price_list_id", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("min_quantity", sa.Numeric(precision=14, scale=3), server_default="1", nullable=False),
        sa.Column("valid_from", sa.Date(), server_default="-infinity", nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("net_price", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.CheckConstraint("min_quantity > 0", name=op.f("ck_price_entry_min_quantity_positive")),
        sa.CheckConstraint("net_price >= 0", name=op.f("ck_price_entry_net_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["seller_id", "article_id"],
            ["article.seller_id", "article.id"],
            name=op.f("fk_price_entry_seller_id_article_id"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id", "price_list_id"],
            ["price_list.seller_id", "price_list.id"],
            name=op.f("fk_price_entry_seller_id_price_list_id"),
        ),
        sa.PrimaryKeyConstraint(
            "seller_id",
            "price_list_id",
            "article_id",
            "min_quantity",
            "valid_from",
            name=op.f("pk_price_entry"),
            postgresql_include=["valid_to", "net_price"],
        ),
    )
    op.create_table(
        "sales_order",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.String(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "placed",
                "confirmed",
                "partly_shipped",
                "shipped",
                "delivered",
                "cancelled",
                name="orderstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            server_default="placed",
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "portal", "api", "history", name="ordersource", native_enum=False, create_constraint=True, length=20
            ),
            server_default="portal",
            nullable=False,
        ),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("total", sa.Numeric(precision=16, scale=4), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("placed_by", sa.String(), server_default="", nullable=False),
        sa.Column("placed_by_name", sa.String(), server_default="", nullable=False),
        sa.Column("purchase_order_number", sa.String(), server_default="", nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("ship_to", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("idempotency_scope", sa.String(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        sa.Column("request_hash", sa.LargeBinary(), nullable=True),
        sa.Column("response_body", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["seller_id", "buyer_id"],
            ["trading_account.seller_id", "trading_account.buyer_id"],
            name=op.f("fk_sales_order_seller_id_buyer_id"),
        ),
        sa.PrimaryKeyConstraint("seller_id", "id", name=op.f("pk_sales_order")),
        sa.UniqueConstraint("seller_id", "buyer_id", "id", name=op.f("uq_sales_order_seller_id_buyer_id_id")),
        sa.UniqueConstraint(
            "seller_id",
            "idempotency_scope",
            "idempotency_key",
            name=op.f("uq_sales_order_seller_id_idempotency_scope_idempotency_key"),
        ),
        sa.UniqueConstraint("seller_id", "order_number", name=op.f("uq_sales_order_seller_id_order_number")),
    )
    op.create_index("ix_sales_order_buyer", "sales_order", ["seller_id", "buyer_id", "placed_at", "id"], unique=False)
    op.create_index("ix_sales_order_placed", "sales_order", ["seller_id", "placed_at", "id"], unique=False)
    op.create_index("ix_sales_order_status", "sales_order", ["seller_id", "status", "placed_at", "id"], unique=False)
    op.create_table(
        "stock_level",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("reserved_quantity", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("incoming_quantity", sa.Numeric(precision=14, scale=3), nullable=True),
        sa.Column("incoming_on", sa.Date(), nullable=True),
        sa.CheckConstraint("reserved_quantity >= 0", name=op.f("ck_stock_level_reserved_not_negative")),
        sa.ForeignKeyConstraint(
            ["seller_id", "article_id"],
            ["article.seller_id", "article.id"],
            name=op.f("fk_stock_level_seller_id_article_id"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id", "warehouse_id"],
            ["warehouse.seller_id", "warehouse.id"],
            name=op.f("fk_stock_level_seller_id_warehouse_id"),
        ),
        sa.PrimaryKeyConstraint("seller_id", "article_id", "warehouse_id", name=op.f("pk_stock_level")),
    )
    op.create_table(
        "basket_line",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("basket_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("shown_unit_price", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_basket_line_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["seller_id", "article_id"],
            ["article.seller_id", "article.id"],
            name=op.f("fk_basket_line_seller_id_article_id"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id", "buyer_id", "basket_id"],
            ["basket.seller_id", "basket.buyer_id", "basket.id"],
            name=op.f("fk_basket_line_seller_id_buyer_id_basket_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("seller_id", "id", name=op.f("pk_basket_line")),
        sa.UniqueConstraint(
            "seller_id", "basket_id", "article_id", name=op.f("uq_basket_line_seller_id_basket_id_article_id")
        ),
    )
    op.create_table(
        "order_event",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "placed",
                "confirmed",
                "shipped",
                "delivered",
                "cancelled",
                name="eventkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), server_default="", nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id", "buyer_id", "order_id"],
            ["sales_order.seller_id", "sales_order.buyer_id", "sales_order.id"],
            name=op.f("fk_order_event_seller_id_buyer_id_order_id"),
        ),
        sa.PrimaryKeyConstraint("seller_id", "order_id", "id", name=op.f("pk_order_event")),
    )
    op.create_table(
        "order_line",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("article_number", sa.String(), nullable=False),
        sa.Column("ordered_quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("cancelled_quantity", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("shipped_quantity", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("line_amount", sa.Numeric(precision=16, scale=4), nullable=False),
        sa.Column("net_amount", sa.Numeric(precision=16, scale=4), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("line > 0", name=op.f("ck_order_line_line_positive")),
        sa.CheckConstraint(
            "ordered_quantity < 0 or (cancelled_quantity >= 0 and shipped_quantity >= 0 and cancelled_quantity + shipped_quantity <= ordered_quantity)",
            name=op.f("ck_order_line_quantities_add_up"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id", "product_id"],
            ["product.owner_id", "product.id"],
            name=op.f("fk_order_line_owner_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id", "article_id"],
            ["article.seller_id", "article.id"],
            name=op.f("fk_order_line_seller_id_article_id"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id", "buyer_id", "order_id"],
            ["sales_order.seller_id", "sales_order.buyer_id", "sales_order.id"],
            name=op.f("fk_order_line_seller_id_buyer_id_order_id"),
        ),
        sa.PrimaryKeyConstraint("seller_id", "order_id", "line", name=op.f("pk_order_line")),
    )
    op.create_index(
        "ix_order_line_buyer",
        "order_line",
        ["seller_id", "buyer_id", "placed_on"],
        unique=False,
        postgresql_include=["article_id", "ordered_quantity", "cancelled_quantity"],
    )
    op.create_index(
        "ix_order_line_figures",
        "order_line",
        ["seller_id", "placed_on"],
        unique=False,
        postgresql_include=["buyer_id", "product_id", "ordered_quantity", "cancelled_quantity", "net_amount"],
    )
    op.create_table(
        "shipment",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("shipment_number", sa.String(), nullable=False),
        sa.Column("tracking_code", sa.String(), server_default="", nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("shipped_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id", "buyer_id", "order_id"],
            ["sales_order.seller_id", "sales_order.buyer_id", "sales_order.id"],
            name=op.f("fk_shipment_seller_id_buyer_id_order_id"),
        ),
        sa.PrimaryKeyConstraint("seller_id", "id", name=op.f("pk_shipment")),
        sa.UniqueConstraint(
            "seller_id", "buyer_id", "order_id", "id", name=op.f("uq_shipment_seller_id_buyer_id_order_id_id")
        ),
        sa.UniqueConstraint("seller_id", "shipment_number", name=op.f("uq_shipment_seller_id_shipment_number")),
    )
    op.create_index("ix_shipment_order", "shipment", ["seller_id", "order_id"], unique=False)
    op.create_table(
        "stock_movement",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "count",
                "receipt",
                "shipment",
                "return",
                name="movementkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("reference", sa.String(), server_default="", nullable=False),
        sa.Column("actor", sa.String(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id", "article_id", "warehouse_id"],
            ["stock_level.seller_id", "stock_level.article_id", "stock_level.warehouse_id"],
            name=op.f("fk_stock_movement_seller_id_article_id_warehouse_id"),
        ),
        sa.PrimaryKeyConstraint("seller_id", "id", name=op.f("pk_stock_movement")),
    )
    op.create_index(
        "ix_stock_movement_article", "stock_movement", ["seller_id", "article_id", "warehouse_id"], unique=False
    )
    op.create_table(
        "allocation",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_allocation_quantity_not_negative")),
        sa.ForeignKeyConstraint(
            ["seller_id", "article_id", "warehouse_id"],
            ["stock_level.seller_id", "stock_level.article_id", "stock_level.warehouse_id"],
            name=op.f("fk_allocation_seller_id_article_id_warehouse_id"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id", "order_id", "line"],
            ["order_line.seller_id", "order_line.order_id", "order_line.line"],
            name=op.f("fk_allocation_seller_id_order_id_line"),
        ),
        sa.PrimaryKeyConstraint("seller_id", "order_id", "line", "warehouse_id", name=op.f("pk_allocation")),
    )
    op.create_index("ix_allocation_article", "allocation", ["seller_id", "article_id", "warehouse_id"], unique=False)
    op.create_table(
        "order_line_explanation",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["seller_id", "order_id", "line"],
            ["order_line.seller_id", "order_line.order_id", "order_line.line"],
            name=op.f("fk_order_line_explanation_seller_id_order_id_line"),
        ),
        sa.PrimaryKeyConstraint("seller_id", "order_id", "line", name=op.f("pk_order_line_explanation")),
    )
    op.create_table(
        "shipment_line",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_line_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["seller_id", "buyer_id", "order_id", "shipment_id"],
            ["shipment.seller_id", "shipment.buyer_id", "shipment.order_id", "shipment.id"],
            name=op.f("fk_shipment_line_seller_id_buyer_id_order_id_shipment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["seller_id", "order_id", "line"],
            ["order_line.seller_id", "order_line.order_id", "order_line.line"],
            name=op.f("fk_shipment_line_seller_id_order_id_line"),
        ),
        sa.PrimaryKeyConstraint("seller_id", "shipment_id", "line", name=op.f("pk_shipment_line")),
    )


def downgrade() -> None:
    """Refuse: below the first schema there is nothing to go back to."""
    raise NotImplementedError("drop the database instead")
