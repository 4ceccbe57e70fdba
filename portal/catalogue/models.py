"""Tables of the catalogue: products by owner, articles by seller."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import QUANTITY, Model, text_enum
from tenants.models import Status

SEARCH_DOCUMENT = """
setweight(to_tsvector('simple', sku || ' ' || gtin), 'A')
|| setweight(to_tsvector('english', name_en), 'A') || setweight(to_tsvector('german', name_de), 'A')
|| setweight(to_tsvector('simple', name_en || ' ' || name_de), 'A')
|| setweight(to_tsvector('simple', brand), 'B')
|| setweight(to_tsvector('english', category), 'C') || setweight(to_tsvector('simple', category), 'C')
|| setweight(to_tsvector('english', description_en), 'D') || setweight(to_tsvector('german', description_de), 'D')
"""


KEY = String(collation="C")
"""Text to sort and page by: it compares by code point on every server."""


def _name_key(first: str, second: str) -> str:
    name = f"coalesce(nullif({first}, ''), {second})"
    return f"translate(lower({name}), 'äöüßáàâåéèêóòôøúùûíìîçñ', 'aousaaaaeeeoooouuuiiicn')"


class BackorderRule(StrEnum):
    """Whether more than the stock may be ordered."""

    DENY = "deny"
    ALLOW = "allow"


class Product(Model):
    """A thing that is traded, described once by its owner."""

    __tablename__ = "product"
    __table_args__ = (
        UniqueConstraint("owner_id", "sku"),
        Index("ix_product_search", "search", postgresql_using="gin"),
        Index("ix_product_gtin", "gtin"),
        Index("ix_product_brand", "owner_id", "brand"),
        Index("ix_product_category", "owner_id", "category"),
        Index("ix_product_sku_category", "owner_id", "id", postgresql_include=["sku", "category"]),
        Index("ix_product_category_en", "owner_id", "category_key", "name_key_en"),
        Index("ix_product_category_de", "owner_id", "category_key", "name_key_de"),
        Index("ix_product_name_en", "owner_id", "name_key_en"),
        Index("ix_product_name_de", "owner_id", "name_key_de"),
    )

    owner_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    sku: Mapped[str]
    gtin: Mapped[str] = mapped_column(server_default="")
    name_en: Mapped[str] = mapped_column(server_default="")
    name_de: Mapped[str] = mapped_column(server_default="")
    description_en: Mapped[str] = mapped_column(server_default="")
    description_de: Mapped[str] = mapped_column(server_default="")
    brand: Mapped[str] = mapped_column(server_default="")
    category: Mapped[str] = mapped_column(server_default="")
    """Path from the top, `Spirits > Whisky`."""
    base_unit: Mapped[str] = mapped_column(server_default="EA")
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    picture_digest: Mapped[str] = mapped_column(server_default="")
    """SHA-256 (hex) of the first picture; empty: none."""
    status: Mapped[Status] = mapped_column(text_enum(Status), server_default="active")
    search: Mapped[str] = mapped_column(TSVECTOR, Computed(SEARCH_DOCUMENT, persisted=True), deferred=True)
    category_key: Mapped[str] = mapped_column(KEY, Computed("category", persisted=True))
    name_key_en: Mapped[str] = mapped_column(KEY, Computed(_name_key("name_en", "name_de"), persisted=True))
    name_key_de: Mapped[str] = mapped_column(KEY, Computed(_name_key("name_de", "name_en"), persisted=True))


class ProductPicture(Model):
    """A picture of a product."""

    __tablename__ = "product_picture"
    __table_args__ = (
        ForeignKeyConstraint(["owner_id", "product_id"], ["product.owner_id", "product.id"]),
        Index("ix_product_picture_digest", "owner_id", "digest"),
    )

    owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, server_default="1")
    digest: Mapped[str]
    content_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class CategoryName(Model):
    """What a category path is called in each language; the path itself where nothing is set."""

    __tablename__ = "category_name"

    owner_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    name_en: Mapped[str] = mapped_column(server_default="")
    name_de: Mapped[str] = mapped_column(server_default="")


class Packaging(Model):
    """A packaging level of a product; it converts to base units and shares the product's stock."""

    __tablename__ = "packaging"
    __table_args__ = (
        ForeignKeyConstraint(["owner_id", "product_id"], ["product.owner_id", "product.id"]),
        CheckConstraint("contains > 0", name="contains_positive"),
        Index("ix_packaging_gtin", "gtin"),
    )

    owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    contains: Mapped[Decimal] = mapped_column(QUANTITY)
    """Base units in one."""
    gtin: Mapped[str] = mapped_column(server_default="")


class Article(Model):
    """A seller's listing of a product, with its own article number and quantity rules."""

    __tablename__ = "article"
    __table_args__ = (
        UniqueConstraint("seller_id", "article_number"),
        ForeignKeyConstraint(["owner_id", "product_id"], ["product.owner_id", "product.id"]),
        CheckConstraint("min_quantity > 0 and order_multiple > 0", name="quantities_positive"),
        Index(
            "ix_article_seller_id_product",
            "seller_id",
            "owner_id",
            "product_id",
            postgresql_include=["id", "status", "number_key"],
        ),
        Index("ix_article_number_key", "seller_id", "number_key"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    article_number: Mapped[str]
    owner_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(BigInteger)
    min_quantity: Mapped[Decimal] = mapped_column(QUANTITY, server_default="1")
    order_multiple: Mapped[Decimal] = mapped_column(QUANTITY, server_default="1")
    backorder: Mapped[BackorderRule] = mapped_column(text_enum(BackorderRule), server_default="deny")
    status: Mapped[Status] = mapped_column(text_enum(Status), server_default="active")
    number_key: Mapped[str] = mapped_column(KEY, Computed("upper(article_number)", persisted=True))


class CatalogueVersion(Model):
    """Counts the changes of what an organisation owns or lists, so that counts of the catalogue can be kept until then."""

    __tablename__ = "catalogue_version"

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, server_default="1")
