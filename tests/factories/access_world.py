"""The world of SECURITY.md filled with trade: every tenant has articles, prices, stock, orders, people, marked by canaries.

A canary is a text or number that only named organisations may ever see. Objects are named by how they stand to the
organisations whose requests are tried: `north` as a seller, `anna` as a buyer, `acme` as a brand owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, text

from portal.analytics.models import (
    ChannelMonth,
    ChannelSale,
    ChannelState,
    SellInMonth,
    SharingAccess,
    SharingAgreement,
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
from portal.pricing.models import PricingPolicy
from tenants.authentication import ABSOLUTE_TIMEOUT, hash_token, new_token
from tenants.models import AuditEntry, Invitation, PasswordReset, UserSession
from tenants.permissions import Role, Scope
from tests.factories.catalogue import (
    make_article,
    make_entry,
    make_price_list,
    make_product,
    make_stock,
    make_warehouse,
)
from tests.factories.organisations import make_account, make_organisation, make_person, make_price_group, make_token
from tests.factories.seed import Seed
from tests.factories.world import World, build_world

Organisation = Row[Any]
RELATIONS = ("own", "sibling", "parent", "child", "foreign", "missing", "transferred", "deactivated")


@dataclass(frozen=True, slots=True)
class Canary:
    """What only `known_to` (organisation codes) may see; a number is found in any grouping and decimal mark."""

    pattern: str
    known_to: frozenset[str]
    what: str


@dataclass(slots=True)
class AccessWorld:
    """Everybody, what they own, and who may see it."""

    base: World
    organisations: dict[str, Organisation] = field(default_factory=dict)
    """By code."""
    sessions: dict[tuple[str, str], str] = field(default_factory=dict)
    """Token of a signed-in browser by (organisation code, role)."""
    people: dict[tuple[str, str], Row[Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    """A bearer token with every scope, by organisation code."""
    scoped: dict[tuple[str, Scope], tuple[str, str]] = field(default_factory=dict)
    """By organisation and scope: a token with that scope alone, and one with every other."""
    canaries: list[Canary] = field(default_factory=list)
    objects: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    """Path and form values of an object by kind and relation."""

    def edges(self) -> list[tuple[Organisation, Organisation]]:
        """Give (seller, buyer) of every account."""
        by_id = {row.id: row for row in self.organisations.values()}
        return [(by_id[row.seller_id], row) for row in self.organisations.values() if row.seller_id is not None]

    def sellers(self) -> list[Organisation]:
        """Give everybody who sells."""
        return [row for row in self.organisations.values() if row.kind != "retailer"]


def build_access_world(seed: Seed) -> AccessWorld:
    """Make it and commit it."""
    base = build_world(seed)
    world = AccessWorld(base)
    tina = make_organisation(seed, "TINA", "retailer", base.sub)
    moved = make_organisation(seed, "MOVED", "retailer", base.south)
    make_account(seed, base.north.id, moved.id, customer_number="K-OLD", status="inactive")
    emil = make_organisation(seed, "EMIL", "retailer", base.north, status="inactive")
    for name in World.__slots__:
        row = getattr(base, name)
        if name != "people":
            world.organisations[row.code] = row
    world.organisations |= {row.code: row for row in (tina, moved, emil)}
    _people(seed, world)
    goods = {seller.code: _goods(seed, world, seller) for seller in world.sellers()}
    edges = [*world.edges(), (base.north, moved)]
    for number, (seller, buyer) in enumerate(edges):
        _trade(seed, world, seller, buyer, goods[seller.code], number)
    _channel(seed, world, goods)
    _objects(seed, world)
    return world


def number_pattern(number: Decimal | int) -> str:
    """Give a pattern that finds a number however it is grouped and whatever its decimal mark is."""
    whole, _, fraction = str(number).partition(".")
    grouped = whole if len(whole) < 4 else f"{whole[:-3]}[.,'\u00a0\u202f]?{whole[-3:]}"
    return rf"(?<![\d.,-]){grouped}[.,]{fraction}" if fraction else rf"(?<![\d.,-]){grouped}(?!\d)"


def canary_price(number: int) -> Decimal:
    """Give a price that nothing else costs."""
    return Decimal(f"{311 + 7 * number}.{(13 + 29 * number) % 100:02}")


def _names(rows: Iterable[Organisation]) -> frozenset[str]:
    return frozenset(row.code for row in rows)


def _people(seed: Seed, world: AccessWorld) -> None:
    rows = world.organisations
    for code, own in rows.items():
        known = {code}
        known |= {row.code for row in rows.values() if row.id == own.seller_id or row.seller_id == own.id}
        known |= {row.code for row in rows.values() if own.id in row.owner_ids and row.kind != "retailer"}
        if own.kind == "wholesaler":
            known |= {row.code for row in rows.values() if row.id == own.root_id}
        if code == "MOVED":
            known.add("NORTH")
        world.canaries.append(Canary(rf"(?<!\w){own.name}", frozenset(known), f"name of {code}"))
        seller = {row.code for row in rows.values() if row.id == own.seller_id}
        world.canaries.append(Canary(rf"@{code.lower()}\.example", frozenset({code} | seller), f"people of {code}"))
        for role in Role:
            person = make_person(seed, f"{role.value}@{code.lower()}.example", (own, role))
            world.people[code, role.value] = person
            world.sessions[code, role.value] = _session(seed, person, own)
        world.tokens[code] = make_token(seed, own)
        for scope in Scope if code in {"NORTH", "ANNA", "ACME"} else ():
            world.scoped[code, scope] = make_token(seed, own, scope), make_token(seed, own, *(set(Scope) - {scope}))
        seed.add(
            PasswordReset,
            user_id=person.id,
            token_hash=uuid4().bytes,
            expires_at=datetime.now(UTC) + timedelta(hours=1),
        )
        seed.add(
            AuditEntry,
            organisation_id=own.id,
            id=uuid4(),
            actor="user:1",
            actor_name=f"log-{code}",
            action="account.suspended",
            subject=f"log-{code}",
        )
        world.canaries.append(Canary(rf"log-{code}(?!\w)", frozenset({code}), f"log of {code}"))
        seed.run(text("insert into catalogue_version (organisation_id) values (:own)"), {"own": own.id})


def _session(seed: Seed, person: Row[Any], own: Organisation) -> str:
    token = new_token()
    seed.add(
        UserSession,
        user_id=person.id,
        organisation_id=own.id,
        token_hash=hash_token(token),
        expires_at=datetime.now(UTC) + ABSOLUTE_TIMEOUT,
    )
    return token


def _goods(seed: Seed, world: AccessWorld, seller: Organisation) -> tuple[Row[Any], Row[Any], Row[Any]]:
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
    world.canaries.append(Canary(rf"LIST-{code}(?!\w)", frozenset({code}), f"price list of {code}"))
    group = make_price_group(seed, seller.id, f"GROUP-{code}")
    make_price_list(seed, seller, f"GL-{code}", price_group=group)
    world.canaries.append(Canary(rf"(GROUP|GL)-{code}(?!\w)", frozenset({code}), f"price groups of {code}"))
    seed.add(PricingPolicy, seller_id=seller.id)
    warehouse = make_warehouse(seed, seller, f"WH-{code}", name=f"Lager {code}")
    world.canaries.append(Canary(rf"(WH-|Lager ){code}(?!\w)", frozenset({code}), f"warehouse of {code}"))
    for article in (first, second):
        make_stock(seed, article, 5000 + number, warehouse)
    world.canaries.append(Canary(number_pattern(5000 + number), frozenset({code} | buyers), f"stock of {code}"))
    seed.add(OutboxEvent, seller_id=seller.id, kind="Nothing", payload={})
    return first, second, warehouse


def _trade(
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
    for pattern, what in (
        (number_pattern(price), "own price"),
        (rf"(CN|ON|SH|TR|PO)-{codes}(?!\w)", "numbers"),
    ):
        world.canaries.append(Canary(pattern, both, f"{what} of {codes}"))
    world.canaries.append(Canary(rf"OWN-{codes}(?!\w)", frozenset({seller.code}), f"own list of {codes}"))
    world.canaries.append(Canary(rf"secret-{codes}(?!\w)", frozenset({seller.code}), f"why, of {codes}"))
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
            placed_by_name=f"log-{buyer.code}" if seller.code == "NOBODY" else "",
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
            seed.add(Allocation, **place, warehouse_id=warehouse.id, article_id=article.id, quantity=1)
    seed.run(
        text("update stock_level set reserved_quantity = reserved_quantity + 1 where article_id = :article"),
        {"article": article.id},
    )
    for role in (Role.ADMIN, Role.BUYER):
        holder = world.people[buyer.code, role.value]
        basket = seed.add(Basket, **edge, holder=f"user:{holder.id}", purchase_order_number=f"PO-{codes}")
        seed.add(BasketLine, **edge, basket_id=basket.id, article_id=article.id, quantity=1, shown_unit_price=price)


def _channel(seed: Seed, world: AccessWorld, goods: Mapping[str, tuple[Any, Any, Any]]) -> None:
    """Roll-ups of three wholesalers; south grants nothing, so nobody sees its units."""
    codes = world.organisations
    for number, (owner, wholesaler, grants) in enumerate(
        (("ACME", "NORTH", ["units"]), ("ACME", "SOUTH", []), ("ZENIT", "WEST", ["units"]))
    ):
        place = {"brand_owner_id": codes[owner].id, "wholesaler_id": codes[wholesaler].id}
        product = goods[owner][0].product_id
        buyer = next(row for row in codes.values() if row.seller_id == codes[wholesaler].id)
        units, sold_in = Decimal(6100 + 13 * number), Decimal(7100 + 13 * number)
        seed.add(SharingAgreement, **place, grants=grants, accepted_on=date(2026, 1, 1))
        month = {**place, "month": date(2026, 10, 1), "product_id": product}
        seed.add(
            ChannelSale,
            **place,
            sold_on=date(2026, 10, 2),
            buyer_id=buyer.id,
            product_id=product,
            region="10",
            units=units,
        )
        seed.add(ChannelMonth, **month, region="10", units=units)
        seed.add(SellInMonth, **month, units=sold_in, amount=sold_in)
        for measure in ("sell_in", "sell_through"):
            seed.add(ChannelState, **place, measure=measure, newest_on=date(2026, 10, 2))
        seed.add(SharingAccess, **place, id=uuid4(), actor_name=f"look-{owner}", what="sell-through")
        shown = frozenset({owner}) if grants else frozenset()
        world.canaries.append(Canary(number_pattern(int(units)), shown, f"sell-through of {wholesaler}"))
        world.canaries.append(Canary(number_pattern(int(sold_in)), frozenset({owner}), f"sell-in of {wholesaler}"))


def _invitation(seed: Seed, inviting: Organisation, into: Organisation) -> int:
    row = seed.add(
        Invitation,
        organisation_id=into.id,
        inviting_organisation_id=inviting.id,
        invited_by="Somebody",
        email=f"new{seed.number()}@{into.code.lower()}.example",
        role=Role.VIEWER,
        token_hash=uuid4().bytes,
        expires_at=datetime.now(UTC) + timedelta(days=7),
    )
    return int(row.id)


def _objects(seed: Seed, world: AccessWorld) -> None:
    """Name an object of each kind for each relation to north (seller), anna (buyer), and north's own people."""
    rows, people = world.organisations, world.people
    sellers = {"own": "NORTH", "sibling": "SOUTH", "parent": "ACME", "child": "SUB", "foreign": "WEST"}
    shops = {"own": "ANNA", "sibling": "CLARA", "parent": "SOUTH", "child": "TINA", "foreign": "DORA"}
    own = {"sibling": "SOUTH-CLARA", "parent": "ACME-SOUTH", "child": "SUB-TINA", "foreign": "WEST-DORA"}

    def named(name: str, values: Mapping[str, Any], missing: Any, **more: Any) -> dict[str, Mapping[str, Any]]:
        return {relation: {name: value} for relation, value in {**values, "missing": missing, **more}.items()}

    world.objects["account"] = named("code", shops, "NOBODY", transferred="MOVED", deactivated="EMIL")
    for kind, suffix in (("received", ""), ("received_shipped", "-S")):
        numbers = {relation: f"ON-{pair}{suffix}" for relation, pair in {"own": "NORTH-ANNA", **own}.items()}
        moved = f"ON-NORTH-MOVED{suffix}"
        world.objects[kind] = named("order_number", numbers, "ON-NONE", transferred=moved)
    bought = {"sibling": "NORTH-BRUNO", "parent": "ACME-NORTH", "child": "NORTH-BRANCH", "foreign": "WEST-DORA"}
    for kind, suffix in (("bought", ""), ("bought_shipped", "-S")):
        numbers = {relation: f"ON-{pair}{suffix}" for relation, pair in {"own": "NORTH-ANNA", **bought}.items()}
        world.objects[kind] = named("order_number", numbers, "ON-NONE")
    lists = {relation: f"LIST-{code}" for relation, code in sellers.items()}
    world.objects["price_list"] = named("code", lists, "LIST-NONE")
    world.objects["base_list"] = named("base", lists, "LIST-NONE")
    articles = {relation: f"ART-{code}-1" for relation, code in sellers.items()}
    world.objects["article"] = named("article", articles, "ART-NONE-1")
    world.objects["stocked_article"] = named("article_number", articles, "ART-NONE-1")
    world.objects["bought_article"] = named("article", {**articles, "child": "ART-SUB-1"}, "ART-NONE-1")
    slugs = {relation: rows[code].slug for relation, code in sellers.items()}
    world.objects["slug"] = {"own": {"slug": slugs["own"]}, "missing": {"slug": "none"}}
    places = {relation: f"{slug}:seller" for relation, slug in slugs.items()}
    world.objects["place"] = named("choice", places, "none:seller")
    colleagues = {**sellers, "child": "ANNA"}
    members = {relation: people[code, "viewer"].id for relation, code in colleagues.items()}
    world.objects["person"] = named("number", members, 999_999_999)
    invitations = {relation: _invitation(seed, rows[code], rows[code]) for relation, code in sellers.items()}
    invitations["child"] = _invitation(seed, rows["NORTH"], rows["ANNA"])
    world.objects["invitation"] = named("number", invitations, 999_999_999)
    into = {
        "own": invitations["child"],
        "parent": _invitation(seed, rows["ACME"], rows["SOUTH"]),
        "sibling": _invitation(seed, rows["SOUTH"], rows["CLARA"]),
        "child": _invitation(seed, rows["SUB"], rows["TINA"]),
        "foreign": _invitation(seed, rows["WEST"], rows["DORA"]),
        "transferred": _invitation(seed, rows["NORTH"], rows["BRUNO"]),
    }
    world.objects["account_invitation"] = {
        relation: {"code": "ANNA", "number": number} for relation, number in {**into, "missing": 999_999_999}.items()
    }
    seen = {relation: _session(seed, people[code, "admin"], rows[code]) for relation, code in colleagues.items()}
    seen["sibling"] = _session(seed, people["NORTH", "manager"], rows["NORTH"])
    numbers = {
        relation: seed.run(text("select id from user_session where token_hash = :hash"), {"hash": hash_token(token)})[
            0
        ].id
        for relation, token in seen.items()
    }
    world.objects["session"] = named("number", numbers, 999_999_999)
