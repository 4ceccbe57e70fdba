"""Reading products as a seller sees them: its own, and those of organisations above it, which it may list."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, bindparam, text

from portal.core.queries import like_pattern
from tenants.database import db
from tenants.models import Status
from tenants.principal import Principal

_CATEGORY_NAMES = text(
    "select path, name_en, name_de from category_name where owner_id = any(:owners) and path = any(:paths)"
)

_OWN = text(
    """
    select p.id, p.sku, p.gtin, p.name_en, p.name_de, p.description_en, p.description_de, p.brand, p.category,
           p.base_unit, p.attributes, p.picture_digest, p.status,
           (select coalesce(jsonb_agg(jsonb_build_array(k.unit, k.contains::text, k.gtin) order by k.contains, k.unit), '[]')
            from packaging k where k.owner_id = p.owner_id and k.product_id = p.id) as packagings
    from product p where p.owner_id = :owner and p.sku = :sku
    """
)
# What those above keep back (a draft, something ended) is not for those below, unless they list it already.
SHOWN = """(p.owner_id = :seller or p.status = 'active' or exists (
    select from article l where l.seller_id = :seller and l.owner_id = p.owner_id and l.product_id = p.id))"""
_LIST = """
    select p.sku, p.gtin, p.name_en, p.name_de, p.brand, p.category, p.base_unit, p.picture_digest, p.status,
           o.code as owner_code, o.name as owner_name, p.owner_id = :seller as is_own,
           array(select a.article_number from article a where a.seller_id = :seller and a.owner_id = p.owner_id
                 and a.product_id = p.id order by a.article_number) as articles
    from product p join organisation o on o.id = p.owner_id
    where p.owner_id = any(:owners) and {shown} {filters}
    order by p.sku, o.code limit :limit
"""
_WORDS = """ and (p.sku ilike :pattern or p.name_en ilike :pattern or p.name_de ilike :pattern or p.brand ilike :pattern
    or p.gtin = :words)"""


class ProductPackaging(NamedTuple):
    """A packaging level, in base units."""

    unit: str
    contains: Decimal
    gtin: str


class OwnProduct(NamedTuple):
    """A product as its owner describes it."""

    id: int
    sku: str
    gtin: str
    name_en: str
    name_de: str
    description_en: str
    description_de: str
    brand: str
    category: str
    base_unit: str
    attributes: dict[str, Any]
    picture_digest: str
    status: Status
    packagings: Sequence[ProductPackaging]


class ListableProduct(NamedTuple):
    """A product that the seller owns or may list, with its articles of it."""

    sku: str
    gtin: str
    name_en: str
    name_de: str
    brand: str
    category: str
    base_unit: str
    picture_digest: str
    status: str
    owner_code: str
    owner_name: str
    is_own: bool
    articles: list[str]


class ProductFilter(NamedTuple):
    """Which products: words in SKU, name, brand or a whole GTIN; own ones only; those not listed yet; one status."""

    words: str = ""
    own: bool = False
    unlisted: bool = False
    status: str = ""


def find_own_product(principal: Principal, sku: str) -> OwnProduct | None:
    """Give a product of the principal's own organisation, which sells."""
    row = db.session.execute(_OWN, {"owner": principal.selling(), "sku": sku}).one_or_none()
    if row is None:
        return None
    levels = [ProductPackaging(unit, Decimal(contains), gtin) for unit, contains, gtin in row.packagings]
    return OwnProduct._make((*row[:12], Status(row.status), levels))


def list_products(
    principal: Principal, wanted: ProductFilter, *, after: tuple[str, str] | None = None, limit: int
) -> list[ListableProduct]:
    """Give up to `limit + 1` products by SKU and owner, after that key. The principal is the seller.

    They are its own, and of those above it the active ones and those that it lists.
    """
    seller_id = principal.selling()
    filters = ""
    if wanted.words:
        filters += _WORDS
    if wanted.own:
        filters += " and p.owner_id = :seller"
    if wanted.status:
        filters += " and p.status = :status"
    if wanted.unlisted:
        filters += (
            " and not exists (select from article a where a.seller_id = :seller and a.owner_id = p.owner_id"
            " and a.product_id = p.id)"
        )
    if after is not None:
        filters += " and (p.sku, o.code) > (:sku, :code)"
    statement = text(_LIST.format(shown=SHOWN, filters=filters)).bindparams(
        bindparam("owners", type_=ARRAY(BigInteger))
    )
    rows = db.session.execute(
        statement,
        {
            "seller": seller_id,
            "owners": list(principal.owner_ids),
            "limit": limit + 1,
            **({"words": wanted.words, "pattern": like_pattern(wanted.words)} if wanted.words else {}),
            **({"status": wanted.status} if wanted.status else {}),
            **({"sku": after[0], "code": after[1]} if after else {}),
        },
    )
    return [ListableProduct(*row) for row in rows]


def find_category_names(principal: Principal, paths: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Give (English, German) of these categories, by path, as the seller and those above it call them."""
    principal.selling()
    rows = db.session.execute(_CATEGORY_NAMES, {"owners": list(principal.owner_ids), "paths": list(paths)})
    return {row.path: (row.name_en, row.name_de) for row in rows}
