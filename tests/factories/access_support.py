"""Support requests of the access tests, one on each edge, and the cases that wholesalers passed up."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from portal.support.models import ProductRegistration, SupportCase, SupportCaseMessage, SupportMessage, SupportRequest
from tenants.permissions import Role
from tests.factories.canaries import AccessWorld, Canary
from tests.factories.seed import Seed

Goods = Mapping[str, Sequence[Row[Any]]]


def add_support(
    seed: Seed, world: AccessWorld, edges: Sequence[tuple[Row[Any], Row[Any]]], tina: Row[Any], goods: Goods
) -> None:
    """Let every buyer ask its seller, and wholesalers pass some of it up."""
    for seller, buyer in edges:
        _add_request(seed, world, seller, buyer, goods[seller.code][0])
    _add_cases(seed, world, tina, goods)


def _add_request(seed: Seed, world: AccessWorld, seller: Row[Any], buyer: Row[Any], article: Row[Any]) -> None:
    """Let the buyer ask about an order and an article, and the seller keep a note that is its own."""
    codes = f"{seller.code}-{buyer.code}"
    edge = {"seller_id": seller.id, "buyer_id": buyer.id}
    actor = f"user:{world.people[buyer.code, Role.BUYER.value].id}"
    [order] = seed.run(text("select id from sales_order where order_number = :number"), {"number": f"ON-{codes}"})
    unit = seed.add(
        ProductRegistration,
        **edge,
        article_id=article.id,
        serial_number=f"UN-{codes}",
        serial_key=f"UN-{codes}",
        sold_on=date(2026, 1, 2),
        registered_by=actor,
        registered_by_name=f"Opener {codes}",
    )
    asked = seed.add(
        SupportRequest,
        **edge,
        registration_id=unit.id,
        request_number=f"SR-{codes}",
        kind="fault",
        subject=f"Broken {codes}",
        order_id=order.id,
        article_id=article.id,
        opened_by=actor,
        opened_by_name=f"Opener {codes}",
        idempotency_key="key",
        request_hash=b"",
    )
    about = {**edge, "request_id": asked.id, "actor": actor, "request_hash": b""}
    seed.add(SupportMessage, **about, side="buyer", text=f"Says {codes}", idempotency_key="key", **_file(f"SR-{codes}"))
    note = {"side": "seller", "is_internal": True, "text": f"Inside {codes}"}
    seed.add(SupportMessage, **about, **note, idempotency_key="note", **_file(f"SN-{codes}"))
    both, own = frozenset({seller.code, buyer.code}), frozenset({seller.code})
    world.canaries.append(Canary(rf"(SR-|UN-|Broken |Opener |Says ){codes}(?!\w)", both, f"what is asked on {codes}"))
    world.canaries.append(Canary(rf"Inside {codes}(?!\w)", own, f"notes about what is asked on {codes}"))


def _add_cases(seed: Seed, world: AccessWorld, tina: Row[Any], goods: Goods) -> None:
    """Let four wholesalers have passed up what was asked; south's and the sub-distributor's agreements grant nothing.

    Each named the retailer, and none has an agreement that grants names.
    """
    base = world.base
    for owner, seller, buyer in (
        (base.acme, base.north, base.anna),
        (base.acme, base.south, base.clara),
        (base.acme, base.sub, tina),
        (base.zenit, base.west, base.dora),
    ):
        codes = f"{seller.code}-{buyer.code}"
        [asked] = seed.run(
            text("select id from support_request where request_number = :number"), {"number": f"SR-{codes}"}
        )
        key = {"seller_id": seller.id, "request_id": asked.id, "owner_id": owner.id}
        product_id = goods[owner.code][0].product_id
        named = {"case_number": f"SC-{codes}", "retailer_name": buyer.name, "kind": "fault"}
        seed.add(SupportCase, **key, product_id=product_id, **named)
        about = {**key, "actor": "user:1", "actor_name": f"Clerk {codes}", "request_hash": b""}
        passed = {"side": "seller", "text": f"Passed {codes}", "idempotency_key": "key"}
        seed.add(SupportCaseMessage, **about, **passed, **_file(f"SC-{codes}"))
        shown = {owner.code, seller.code} if seller.code in {"NORTH", "WEST"} else {seller.code}
        world.canaries.append(Canary(rf"(SC-|Passed ){codes}(?!\w)", frozenset(shown), f"case of {codes}"))
        world.canaries.append(Canary(rf"Clerk {codes}(?!\w)", frozenset({seller.code}), f"who passed up {codes}"))


def support_objects(edges: Mapping[str, str], around: Mapping[str, str]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Name requests, cases and their files of each relation: as sellers, as buyers, and as brand owners have them."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for kind, pairs in (("support_request", {**edges, "transferred": "NORTH-MOVED"}), ("own_support_request", around)):
        named = {**pairs, "missing": "NONE"}
        found[kind] = {
            relation: {"request_number": f"SR-{pair}", "digest": _digest(f"SR-{pair}")}
            for relation, pair in named.items()
        }
    # What south passed up is not shown, because it grants nothing.
    cases = {
        "own": "NORTH-ANNA",
        "sibling": "SOUTH-CLARA",
        "child": "SUB-TINA",
        "foreign": "WEST-DORA",
        "missing": "NONE",
    }
    found["support_case"] = {
        relation: {"case_number": f"SC-{pair}", "digest": _digest(f"SC-{pair}")} for relation, pair in cases.items()
    }
    # Requests alone; and with files, among them that of the seller's note about anna's own request.
    found["own_support"] = {
        each: {"request_number": names["request_number"]} for each, names in found["own_support_request"].items()
    }
    note = {"request_number": "SR-NORTH-ANNA", "digest": _digest("SN-NORTH-ANNA")}
    found["own_support_request"]["transferred"] = note
    return found


def _file(name: str) -> dict[str, Any]:
    content = f"%PDF-{name}".encode()
    return {"attachment_digest": _digest(name), "attachment_type": "application/pdf", "attachment": content}


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
