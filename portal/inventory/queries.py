"""Reading stock: levels, movements, and what can still be promised."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Row, String, and_, bindparam, func, literal, or_, select, text, tuple_

from portal.catalogue.models import Article, Product
from portal.inventory.models import StockLevel, StockMovement, Warehouse
from tenants.database import db
from tenants.errors import NotFound
from tenants.principal import Principal

_AVAILABLE = text("select * from available_quantities(:articles)").bindparams(
    bindparam("articles", type_=ARRAY(BigInteger))
)
_ARTICLE_IDS = text(
    "select article_number, id from article where seller_id = :seller and article_number = any(:numbers)"
).bindparams(bindparam("numbers", type_=ARRAY(String)))


class Availability(NamedTuple):
    """What of an article can be promised now (base units), and what comes on which day."""

    available_quantity: Decimal
    incoming_quantity: Decimal | None = None
    incoming_on: date | None = None


class Receipt(NamedTuple):
    """What arrived of an article in a warehouse, in base units."""

    warehouse: str
    article: str
    quantity: Decimal
    reference: str


class LevelRow(NamedTuple):
    """An article in a warehouse, in base units."""

    article_id: int
    article_number: str
    name_en: str
    name_de: str
    base_unit: str
    picture_digest: str
    warehouse_id: int
    warehouse: str
    on_hand: Decimal
    reserved_quantity: Decimal
    incoming_quantity: Decimal | None
    incoming_on: date | None

    @property
    def available_quantity(self) -> Decimal:
        """Give what is there and promised to nobody."""
        return max(self.on_hand - self.reserved_quantity, Decimal(0))


def find_available(principal: Principal, article_ids: Iterable[int]) -> dict[int, Availability]:
    """Give what can be promised by article id; articles without any stock record are left out.

    The principal is the seller or one of its buyers.
    """
    principal.trading_seller()
    rows = db.session.execute(_AVAILABLE, {"articles": list(set(article_ids))})
    return {
        row.article_id: Availability(row.available_quantity, row.incoming_quantity, row.incoming_on) for row in rows
    }


def find_article_ids(principal: Principal, numbers: Iterable[str]) -> dict[str, int]:
    """Give the ids of the seller's articles, active or not, by article number. The principal is the seller."""
    rows = db.session.execute(_ARTICLE_IDS, {"seller": principal.selling(), "numbers": list(set(numbers))})
    return {row.article_number: row.id for row in rows}


def list_warehouses(principal: Principal, *, after: str | None = None, limit: int | None = None) -> list[Row[Any]]:
    """Give the seller's warehouses by code: id, code, name, postal_code, country; up to `limit + 1` after a code."""
    statement: Any = (
        select(Warehouse.id, Warehouse.code, Warehouse.name, Warehouse.postal_code, Warehouse.country)
        .where(Warehouse.seller_id == principal.selling())
        .order_by(Warehouse.code, Warehouse.id)
    )
    if after is not None:
        statement = statement.where(Warehouse.code > after)
    if limit is not None:
        statement = statement.limit(limit + 1)
    return list(db.session.execute(statement))


def list_levels(
    principal: Principal,
    *,
    words: str = "",
    warehouse: str = "",
    only_empty: bool = False,
    after: tuple[str, str] | None = None,
    limit: int,
) -> list[LevelRow]:
    """Give up to `limit + 1` levels by article number and warehouse code, after that key. The principal is the seller.

    `words` is part of a number or name, or a GTIN; `only_empty` keeps those with nothing left to promise.
    """
    seller_id = principal.selling()
    statement = _levels(seller_id)
    if words:
        statement = statement.where(
            or_(
                Article.article_number.icontains(words, autoescape=True),
                Product.name_en.icontains(words, autoescape=True),
                Product.name_de.icontains(words, autoescape=True),
                Product.gtin == words,
            )
        )
    if warehouse:
        statement = statement.where(Warehouse.code == warehouse)
    if only_empty:
        statement = statement.where(StockLevel.on_hand <= StockLevel.reserved_quantity)
    if after is not None:
        statement = statement.where(
            tuple_(Article.article_number, Warehouse.code) > tuple_(literal(after[0]), literal(after[1]))
        )
    rows: list[Any] = list(
        db.session.execute(statement.order_by(Article.article_number, Warehouse.code).limit(limit + 1))
    )
    return [LevelRow(*row) for row in rows]


def get_article(principal: Principal, article_number: str) -> Row[Any]:
    """Give an article of the seller: id, article_number, name_en, name_de, base_unit, picture_digest, status.

    Raises:
        NotFound: the seller has no such article.
    """
    statement: Any = (
        select(
            Article.id,
            Article.article_number,
            Product.name_en,
            Product.name_de,
            Product.base_unit,
            Product.picture_digest,
            Article.status,
        )
        .join(Product, and_(Product.owner_id == Article.owner_id, Product.id == Article.product_id))
        .where(Article.seller_id == principal.selling(), Article.article_number == article_number)
    )
    row: Row[Any] | None = db.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return row


def list_article_levels(
    principal: Principal, article_id: int, *, after: str | None = None, limit: int | None = None
) -> list[LevelRow]:
    """Give an article's levels by warehouse code; up to `limit + 1` after a code. The principal is the seller."""
    statement = _levels(principal.selling()).where(StockLevel.article_id == article_id).order_by(Warehouse.code)
    if after is not None:
        statement = statement.where(Warehouse.code > after)
    if limit is not None:
        statement = statement.limit(limit + 1)
    rows: list[Any] = list(db.session.execute(statement))
    return [LevelRow(*row) for row in rows]


def list_movements(principal: Principal, article_id: int, *, after: int | None = None, limit: int) -> list[Row[Any]]:
    """Give up to `limit + 1` movements of an article, newest first, each with the level it left behind.

    Rows: id, at, kind, warehouse (code), quantity, reference, actor, on_hand (in that warehouse). The principal is the seller.
    """
    seller_id = principal.selling()
    running = func.sum(StockMovement.quantity).over(partition_by=StockMovement.warehouse_id, order_by=StockMovement.id)
    ledger = (
        select(
            StockMovement.id,
            StockMovement.at,
            StockMovement.kind,
            Warehouse.code.label("warehouse"),
            StockMovement.quantity,
            StockMovement.reference,
            StockMovement.actor,
            running.label("on_hand"),
        )
        .join(Warehouse, and_(Warehouse.seller_id == seller_id, Warehouse.id == StockMovement.warehouse_id))
        .where(StockMovement.seller_id == seller_id, StockMovement.article_id == article_id)
        .subquery()
    )
    statement = select(ledger)
    if after is not None:
        statement = statement.where(ledger.c.id < after)
    return list(db.session.execute(statement.order_by(ledger.c.id.desc()).limit(limit + 1)))


def find_receipt(principal: Principal, form_key: str) -> Receipt | None:
    """Give what a form with this key added to stock before, or None. The principal is the seller."""
    statement = (
        select(Warehouse.code, Article.article_number, StockMovement.quantity, StockMovement.reference)
        .join(
            Warehouse, and_(Warehouse.seller_id == StockMovement.seller_id, Warehouse.id == StockMovement.warehouse_id)
        )
        .join(Article, and_(Article.seller_id == StockMovement.seller_id, Article.id == StockMovement.article_id))
        .where(StockMovement.seller_id == principal.selling(), StockMovement.form_key == form_key)
    )
    row = db.session.execute(statement).one_or_none()
    return None if row is None else Receipt(*row)


def _levels(seller_id: int) -> Any:
    return (
        select(
            Article.id,
            Article.article_number,
            Product.name_en,
            Product.name_de,
            Product.base_unit,
            Product.picture_digest,
            Warehouse.id,
            Warehouse.code,
            StockLevel.on_hand,
            StockLevel.reserved_quantity,
            StockLevel.incoming_quantity,
            StockLevel.incoming_on,
        )
        .select_from(StockLevel)
        .join(Article, and_(Article.seller_id == seller_id, Article.id == StockLevel.article_id))
        .join(Product, and_(Product.owner_id == Article.owner_id, Product.id == Article.product_id))
        .join(Warehouse, and_(Warehouse.seller_id == seller_id, Warehouse.id == StockLevel.warehouse_id))
        .where(StockLevel.seller_id == seller_id)
    )
