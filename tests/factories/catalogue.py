"""Products, articles, price lists and stock."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text

from portal.catalogue.models import Article, Packaging, Product
from portal.inventory.models import StockLevel, StockMovement, Warehouse
from portal.pricing.models import PriceAssignment, PriceList
from tests.factories.seed import Seed

Number = Decimal | int | str


def make_product(seed: Seed, owner: Row[Any], sku: str = "", **values: Any) -> Row[Any]:
    """Add a product of the owner; `packagings={"CS": 12}` adds its packaging levels."""
    packagings: dict[str, Number] = values.pop("packagings", {})
    sku = sku or f"SKU-{seed.number():04}"
    names = {"name_en": f"Product {sku}", "name_de": f"Produkt {sku}"}
    row = seed.add(Product, **{"owner_id": owner.id, "sku": sku, **names, **values})
    for unit, contains in packagings.items():
        seed.add(Packaging, owner_id=owner.id, product_id=row.id, unit=unit, contains=contains)
    return row


def make_article(
    seed: Seed, seller: Row[Any], product: Row[Any] | None = None, article_number: str = "", **values: Any
) -> Row[Any]:
    """List a product (without one: a new product of the tree's root) under the seller's article number."""
    if product is None:
        [root] = seed.run(text("select * from organisation where id = :id"), {"id": seller.root_id})
        product = make_product(seed, root)
    return seed.add(
        Article,
        seller_id=seller.id,
        article_number=article_number or f"A-{seed.number():04}",
        owner_id=product.owner_id,
        product_id=product.id,
        **values,
    )


def make_price_list(
    seed: Seed, seller: Row[Any], code: str = "", audience: str | None = "everyone", **values: Any
) -> Row[Any]:
    """Add a price list of the seller, assigned to everyone, to `group` and its code, to an account, or (None) to nobody.

    `price_group="GOLD"` and `buyer=row` name the audience.
    """
    named = {"price_group": values.pop("price_group", None), "buyer": values.pop("buyer", None)}
    code = code or f"LIST-{seed.number():04}"
    row = seed.add(
        PriceList,
        **{"seller_id": seller.id, "code": code, "name": f"List {code}", "currency": seller.currency, **values},
    )
    if named["price_group"] is not None:
        audience = "group"
    elif named["buyer"] is not None:
        audience = "account"
    if audience is not None:
        seed.add(
            PriceAssignment,
            seller_id=seller.id,
            price_list_id=row.id,
            audience=audience,
            price_group=named["price_group"],
            buyer_id=named["buyer"].id if named["buyer"] is not None else None,
        )
    return row


def make_entry(
    seed: Seed,
    price_list: Row[Any],
    article: Row[Any],
    net_price: Number,
    *,
    min_quantity: Number = 1,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> None:
    """Add a price per base unit from a quantity on; an open window where no day is given."""
    seed.run(
        text(
            "insert into price_entry"
            " (seller_id, price_list_id, article_id, min_quantity, valid_from, valid_to, net_price)"
            " values (:seller, :list, :article, :min_quantity,"
            " coalesce(cast(:valid_from as date), '-infinity'), :valid_to, :net_price)"
        ),
        {
            "seller": article.seller_id,
            "list": price_list.id,
            "article": article.id,
            "min_quantity": Decimal(min_quantity),
            "valid_from": valid_from,
            "valid_to": valid_to,
            "net_price": Decimal(net_price),
        },
    )


def make_warehouse(seed: Seed, seller: Row[Any], code: str = "MAIN", **values: Any) -> Row[Any]:
    """Add a warehouse of the seller, or give the one with that code."""
    known = seed.run(
        text("select * from warehouse where seller_id = :seller and code = :code"), {"seller": seller.id, "code": code}
    )
    return known[0] if known else seed.add(Warehouse, **{"seller_id": seller.id, "code": code, "name": code, **values})


def make_stock(
    seed: Seed, article: Row[Any], on_hand: Number, warehouse: Row[Any] | None = None, **values: Any
) -> Row[Any]:
    """Put stock of an article into a warehouse (without one: the seller's MAIN), with the movement that explains it."""
    if warehouse is None:
        [seller] = seed.run(text("select * from organisation where id = :id"), {"id": article.seller_id})
        warehouse = make_warehouse(seed, seller)
    place = {"seller_id": article.seller_id, "article_id": article.id, "warehouse_id": warehouse.id}
    row = seed.add(StockLevel, **place, on_hand=Decimal(on_hand), **values)
    seed.add(StockMovement, **place, kind="count", quantity=Decimal(on_hand), reference="opening stock")
    return row
