"""Reading the seller's own articles."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ARRAY, BigInteger, bindparam, text

from portal.catalogue.queries.products import SHOWN
from portal.core.queries import like_pattern
from tenants.database import db
from tenants.principal import Principal

_COLUMNS = """
    select a.id, a.owner_id, a.product_id, a.article_number, a.min_quantity, a.order_multiple, a.backorder, a.status,
           p.sku, o.code as owner_code, p.gtin, p.name_en, p.name_de, p.brand, p.category, p.base_unit, p.picture_digest,
           p.status as product_status, a.number_key
    from article a
    join product p on p.owner_id = a.owner_id and p.id = a.product_id
    join organisation o on o.id = p.owner_id
    where a.seller_id = :seller
"""
_ONE = text(_COLUMNS + " and a.article_number = :number")
_WORDS = """ and (a.article_number ilike :pattern or p.sku ilike :pattern or p.name_en ilike :pattern
    or p.name_de ilike :pattern or p.brand ilike :pattern or p.gtin = :words)"""
_LISTABLE = (
    "select p.owner_id, p.id as product_id, p.sku, o.code as owner_code, p.name_en, p.name_de, p.base_unit"
    " from product p join organisation o on o.id = p.owner_id"
    " where p.owner_id = any(:owners) and p.sku = :sku and (:owner = '' or o.code = :owner) and {shown}"
    " order by array_position(:owners, p.owner_id) desc limit 1"
)
_FIND_LISTABLE = text(_LISTABLE.format(shown=SHOWN)).bindparams(bindparam("owners", type_=ARRAY(BigInteger)))
_ORDERED = text("select exists (select from order_line l where l.seller_id = :seller and l.article_id = :article)")


class OwnArticle(NamedTuple):
    """An article as its seller lists it; quantities in base units."""

    id: int
    owner_id: int
    product_id: int
    article_number: str
    min_quantity: Decimal
    order_multiple: Decimal
    backorder: str
    status: str
    sku: str
    owner_code: str
    gtin: str
    name_en: str
    name_de: str
    brand: str
    category: str
    base_unit: str
    picture_digest: str
    product_status: str
    number_key: str


class Listable(NamedTuple):
    """A product that may be listed."""

    owner_id: int
    product_id: int
    sku: str
    owner_code: str
    name_en: str
    name_de: str
    base_unit: str


class ArticleFilter(NamedTuple):
    """Which articles: words in number, SKU, name, brand or a whole GTIN; one status; falling instead of rising numbers."""

    words: str = ""
    status: str = ""
    falling: bool = False


def list_articles(
    principal: Principal, wanted: ArticleFilter, *, after: tuple[str, int] | None = None, limit: int
) -> list[OwnArticle]:
    """Give up to `limit + 1` articles by number, after a key (number in capitals, id). The principal is the seller."""
    statement = _COLUMNS
    if wanted.words:
        statement += _WORDS
    if wanted.status:
        statement += " and a.status = :status"
    direction = "desc" if wanted.falling else ""
    if after is not None:
        statement += f" and (a.number_key, a.id) {'<' if wanted.falling else '>'} (:key, :id)"
    statement += f" order by a.number_key {direction}, a.id {direction} limit :limit"
    parameters = {
        "seller": principal.selling(),
        "limit": limit + 1,
        **({"words": wanted.words, "pattern": like_pattern(wanted.words)} if wanted.words else {}),
        **({"status": wanted.status} if wanted.status else {}),
        **({"key": after[0], "id": after[1]} if after else {}),
    }
    return [OwnArticle(*row) for row in db.session.execute(text(statement), parameters)]


def find_article(principal: Principal, number: str) -> OwnArticle | None:
    """Give an article by its number. The principal is the seller."""
    row = db.session.execute(_ONE, {"seller": principal.selling(), "number": number}).one_or_none()
    return None if row is None else OwnArticle(*row)


def find_listable(principal: Principal, sku: str, owner_code: str = "") -> Listable | None:
    """Give the product with that SKU of the seller or, without an owner's code, of the nearest above it that has one."""
    owners = list(principal.owner_ids)
    row = db.session.execute(
        _FIND_LISTABLE, {"owners": owners, "sku": sku, "owner": owner_code, "seller": principal.selling()}
    ).one_or_none()
    return None if row is None else Listable(*row)


def is_ordered(principal: Principal, article_id: int) -> bool:
    """Tell whether the article was ever ordered. The principal is the seller."""
    ordered: bool = db.session.execute(_ORDERED, {"seller": principal.selling(), "article": article_id}).scalar_one()
    return ordered
