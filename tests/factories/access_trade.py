"""What the tenants of the access tests trade: goods, prices, stock, orders, baskets, each with its canary."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text

from portal.accounts.record_models import (
    AccountAddress,
    AccountContact,
    AccountDocument,
    AccountNote,
    AccountTask,
)
from portal.catalogue.models import CategoryName, ProductPicture
from portal.core.models import OutboxEvent
from portal.ordering.models import (
    Allocation,
    Basket,
    BasketLine,
    LineExplanation,
    Order,
    OrderEvent,
    OrderLine,
    Shipment,
    ShipmentLine,
)
from portal.pricing.models import ArticleCost, PriceRevision, PriceRevisionEntry, PricingPolicy
from portal.promotions.models import Promotion, PromotionAudience, PromotionScope, PromotionUse
from tenants.permissions import Role
from tests.factories.access_accounts import add_price_groups
from tests.factories.canaries import AccessWorld, Canary, canary_price, number_pattern
from tests.factories.catalogue import (
    make_article,
    make_entry,
    make_price_list,
    make_product,
    make_stock,
    make_warehouse,
)
from tests.factories.seed import Seed

Organisation = Row[Any]


def add_goods(seed: Seed, world: AccessWorld, seller: Organisation) -> tuple[Row[Any], Row[Any], Row[Any]]:
    """Two articles (of the root's product and of an own one) with a list for everyone and one for a group."""
    code = seller.code
    number = 100 + len(world.canaries)
    family = {row.code for row in world.organisations.values() if seller.id in row.owner_ids}
    buyers = {row.code for row in world.organisations.values() if row.seller_id == seller.id}
    products = [
        make_product(
            seed,
            seller,
            f"SKU-{code}-{n}",
            name_en=f"Zanary {code} {n}",
            name_de=f"Zanari {code} {n}",
            brand=f"Marke-{code}",
            category=f"Zanaries > Kind-{code}",
            packagings={"CS": 12},
        )
        for n in (1, 2)
    ]
    for product in products:
        seed.add(
            ProductPicture,
            owner_id=seller.id,
            product_id=product.id,
            digest=f"{product.id:064x}",
            content_type="image/png",
            content=b"\x89PNG",
        )
        seed.run(
            text("update product set picture_digest = :digest where id = :id"),
            {"digest": f"{product.id:064x}", "id": product.id},
        )
    seed.add(CategoryName, owner_id=seller.id, path=f"Zanaries > Kind-{code}", name_en=f"Kinds {code}")
    world.canaries.append(
        Canary(rf"(Zanar[yi] |Marke-|Kinds ){code}(?!\w)", frozenset(family | buyers), f"goods of {code}")
    )
    first, second = (
        make_article(seed, seller, product, f"ART-{code}-{n}", backorder="allow")
        for n, product in enumerate(products, 1)
    )
    world.canaries.append(Canary(rf"ART-{code}-\d", frozenset({code} | buyers), f"article numbers of {code}"))
    everyone = make_price_list(seed, seller, f"LIST-{code}")
    price = canary_price(number)
    make_entry(seed, everyone, first, price)
    make_entry(seed, everyone, second, price)
    world.canaries.append(Canary(number_pattern(price), frozenset({code} | buyers), f"price of {code} for everyone"))
    world.canaries.append(Canary(rf"LIST-{code}(?!\w)", frozenset({code} | buyers), f"price list of {code}"))
    _add_revisions(seed, world, everyone, first, number)
    group = add_price_groups(seed, seller, world.organisations.values())
    make_price_list(seed, seller, f"GL-{code}", price_group=group, base_list_id=everyone.id, adjustment_percent=5)
    world.canaries.append(Canary(rf"(GROUP|FREE|GL)-{code}(?!\w)", frozenset({code} | buyers), f"groups of {code}"))
    seed.add(PricingPolicy, seller_id=seller.id, promoted_from=date(2020, 1, 1), promoted_to=date(2999, 1, 1))
    warehouse = make_warehouse(seed, seller, f"WH-{code}", name=f"Lager {code}")
    world.canaries.append(Canary(rf"(WH-|Lager ){code}(?!\w)", frozenset({code}), f"warehouse of {code}"))
    for article in (first, second):
        make_stock(seed, article, 5000 + number, warehouse)
    world.canaries.append(Canary(number_pattern(5000 + number), frozenset({code} | buyers), f"stock of {code}"))
    seed.add(OutboxEvent, seller_id=seller.id, kind="Nothing", payload={})
    return first, second, warehouse


def _add_revisions(seed: Seed, world: AccessWorld, price_list: Row[Any], article: Row[Any], number: int) -> None:
    """A draft and a published version of a list, and what an article costs its seller: nobody else's business."""
    code = price_list.code.removeprefix("LIST-")
    key = {"seller_id": price_list.seller_id, "price_list_id": price_list.id}
    drafted, cost = Decimal(f"{77_000 + number}.41"), Decimal(f"{66_000 + number}.43")
    draft = seed.add(PriceRevision, **key, number=1, name=f"Draft-{code}")
    told = {
        "published_by": "user:1",
        "published_by_name": f"Pricer-{code}",
        "reason": f"Why-{code}",
        "created_count": 1,
    }
    version = seed.add(
        PriceRevision, **key, number=2, version=1, published_at=datetime(2026, 10, 1, tzinfo=UTC), **told
    )
    for revision in (draft, version):
        seed.add(
            PriceRevisionEntry,
            seller_id=price_list.seller_id,
            revision_id=revision.id,
            article_id=article.id,
            min_quantity=Decimal(1),
            valid_from=date(2998, 1, 1),
            net_price=drafted,
        )
    seed.add(ArticleCost, seller_id=price_list.seller_id, article_id=article.id, cost_price=cost)
    for pattern, what in (
        (rf"(Draft|Pricer|Why)-{code}(?!\w)", "drafts and versions"),
        (number_pattern(drafted), "drafted price"),
        (number_pattern(cost), "cost"),
    ):
        world.canaries.append(Canary(pattern, frozenset({code}), f"{what} of {code}"))


def add_trade(
    seed: Seed, world: AccessWorld, seller: Organisation, buyer: Organisation, goods: tuple[Any, Any, Any], number: int
) -> None:
    """An own price, a shipped and an open order, a basket."""
    article, _, warehouse = goods
    edge = {"seller_id": seller.id, "buyer_id": buyer.id}
    codes = f"{seller.code}-{buyer.code}"
    both = frozenset({seller.code, buyer.code})
    price = canary_price(number)
    own_list = make_price_list(seed, seller, f"OWN-{codes}", buyer=buyer)
    make_entry(seed, own_list, article, price)
    seed.run(
        text("update trading_account set customer_number = :number where seller_id = :seller and buyer_id = :buyer"),
        {"number": f"CN-{codes}", "seller": seller.id, "buyer": buyer.id},
    )
    # Orders, and so what was paid, are seen by the head office too.
    above = {row.code for row in world.organisations.values() if row.id in buyer.owner_ids and row.kind == "retailer"}
    for pattern, what, known in (
        (number_pattern(price), "own price", both | above),
        (rf"(ON|SH|TR|PO)-{codes}(?!\w)", "orders", both | above),
        (rf"CN-{codes}(?!\w)", "customer number", both),
    ):
        world.canaries.append(Canary(pattern, known, f"{what} of {codes}"))
    world.canaries.append(Canary(rf"OWN-{codes}(?!\w)", both, f"own list of {codes}"))
    world.canaries.append(Canary(rf"secret-{codes}(?!\w)", frozenset({seller.code}), f"why, of {codes}"))
    promotion = _add_promotion(seed, world, seller, buyer, article)
    for suffix, status in (("", "placed"), ("-S", "shipped")):
        order = seed.add(
            Order,
            **edge,
            order_number=f"ON-{codes}{suffix}",
            status=status,
            currency=seller.currency,
            total=price,
            line_count=1,
            placed_on=date(2026, 10, 1),
            purchase_order_number=f"PO-{codes}",
        )
        shipped = Decimal(1) if status == "shipped" else Decimal(0)
        seed.add(
            OrderLine,
            **edge,
            order_id=order.id,
            line=1,
            placed_on=date(2026, 10, 1),
            article_id=article.id,
            owner_id=article.owner_id,
            product_id=article.product_id,
            article_number=article.article_number,
            ordered_quantity=Decimal(1),
            shipped_quantity=shipped,
            unit_price=price,
            line_amount=price,
            net_amount=price,
        )
        place = {"seller_id": seller.id, "order_id": order.id, "line": 1}
        seed.add(LineExplanation, **place, explanation={"because": f"secret-{codes}"})
        seed.add(OrderEvent, **edge, order_id=order.id, kind="placed", actor="user:1")
        if shipped:
            shipment = seed.add(
                Shipment,
                **edge,
                order_id=order.id,
                shipment_number=f"SH-{codes}",
                tracking_code=f"TR-{codes}",
                shipped_on=date(2026, 10, 2),
            )
            seed.add(ShipmentLine, **edge, shipment_id=shipment.id, line=1, order_id=order.id, quantity=1)
        else:
            seed.add(
                OrderLine,
                **edge,
                order_id=order.id,
                line=2,
                placed_on=date(2026, 10, 1),
                article_id=article.id,
                owner_id=article.owner_id,
                product_id=article.product_id,
                article_number=article.article_number,
                ordered_quantity=Decimal(1),
                unit_price=Decimal(0),
                line_amount=Decimal(0),
                net_amount=Decimal(0),
                cause_line=1,
            )
            seed.add(PromotionUse, **edge, promotion_id=promotion.id, order_id=order.id, amount=price)
            seed.add(Allocation, **place, warehouse_id=warehouse.id, article_id=article.id, quantity=1)
    seed.run(
        text("update stock_level set reserved_quantity = reserved_quantity + 1 where article_id = :article"),
        {"article": article.id},
    )
    for role in (Role.ADMIN, Role.BUYER):
        holder = world.people[buyer.code, role.value]
        basket = seed.add(Basket, **edge, holder=f"user:{holder.id}", purchase_order_number=f"PO-{codes}")
        seed.add(BasketLine, **edge, basket_id=basket.id, article_id=article.id, quantity=1, shown_unit_price=price)


def add_records(seed: Seed, world: AccessWorld, seller: Organisation, buyer: Organisation) -> None:
    """What the seller keeps about the buyer: the address and a shared document are both's, the rest is the seller's."""
    codes = f"{seller.code}-{buyer.code}"
    edge = {"seller_id": seller.id, "buyer_id": buyer.id}
    content = f"%PDF-{codes}".encode()
    seed.add(AccountAddress, **edge, key=f"AD-{codes}", name=f"Ramp {codes}", city="Berlin", country="DE")
    seed.add(AccountContact, **edge, key=f"CO-{codes}", name=f"Contact {codes}")
    seed.add(AccountNote, **edge, key=f"NO-{codes}", text=f"Remark {codes}", happened_on=date(2026, 10, 1))
    seed.add(AccountTask, **edge, key=f"TA-{codes}", text=f"Remind {codes}", due_on=date(2026, 10, 1))
    for number, shared in enumerate((True, False)):
        seed.add(
            AccountDocument,
            **edge,
            digest=f"{number}{codes.lower()}",
            title=f"{'Shared' if shared else 'Hidden'} {codes}",
            content_type="application/pdf",
            content=content,
            size_bytes=len(content),
            is_shared=shared,
        )
    both, own = frozenset({seller.code, buyer.code}), frozenset({seller.code})
    world.canaries.append(Canary(rf"(AD-|Ramp |Shared ){codes}(?!\w)", both, f"address and document of {codes}"))
    pattern = rf"(CO-|NO-|TA-|Contact |Remark |Remind |Hidden ){codes}(?!\w)"
    world.canaries.append(Canary(pattern, own, f"what {seller.code} notes of {buyer.code}"))


def _add_promotion(
    seed: Seed, world: AccessWorld, seller: Organisation, buyer: Organisation, article: Row[Any]
) -> Row[Any]:
    """A promotion for one buyer and its group that shows beside the article, another one against a coupon."""
    codes = f"{seller.code}-{buyer.code}"
    about = {"seller_id": seller.id, "benefit": "free_goods", "free_article_id": article.id}
    amounts = {"buy_quantity": 90_000, "free_quantity": 1}
    shown = seed.add(Promotion, **about, **amounts, code=f"PROMO-{codes}", name=f"Gift {codes}")
    hidden = seed.add(
        Promotion, **about, **amounts, code=f"HIDDEN-{codes}", coupon=f"COUPON-{codes}", folded_coupon=f"coupon-{codes}"
    )
    for row in (shown, hidden):
        key = {"seller_id": seller.id, "promotion_id": row.id}
        seed.add(PromotionScope, **key, scope="article", scope_code=article.article_number)
        seed.add(PromotionAudience, **key, audience="account", buyer_id=buyer.id)
        seed.add(PromotionAudience, **key, audience="group", price_group=f"GROUP-{seller.code}")
    members = {row.code for row in world.organisations.values() if row.seller_id == seller.id}
    world.canaries.append(
        Canary(rf"(PROMO-|Gift ){codes}(?!\w)", frozenset({seller.code} | members), f"promotion of {codes}")
    )
    world.canaries.append(Canary(rf"(HIDDEN|COUPON)-{codes}(?!\w)", frozenset({seller.code}), f"coupon of {codes}"))
    return shown
