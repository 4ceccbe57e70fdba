"""Changing the basket of the person or client that acts; it lives on the server, so that every device sees it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, Boolean, Numeric, String, bindparam, text

from portal.ordering.queries.basket import BasketRow
from portal.ordering.rules.quantities import MAX_QUANTITY
from tenants.database import db
from tenants.permissions import Permission
from tenants.principal import Principal

_KEPT_KEYS = 50
_OPEN = text(
    "insert into basket (seller_id, buyer_id, holder) values (:seller, :buyer, :holder)"
    " on conflict (seller_id, buyer_id, holder) do update set changed_at = now() returning id"
)
_UPSERT = """
    insert into basket_line (seller_id, basket_id, buyer_id, article_id, quantity, shown_unit_price, in_packaging)
    select :seller, :basket, :buyer, a.id, t.quantity, t.price, t.in_packaging
    from unnest(:numbers, :quantities, :prices, :packed) with ordinality
        as t (article_number, quantity, price, in_packaging, position)
    join article a on a.seller_id = :seller and a.article_number = t.article_number
    order by t.position
    on conflict (seller_id, basket_id, article_id) do update
    set quantity = {quantity}, shown_unit_price = coalesce(excluded.shown_unit_price, basket_line.shown_unit_price),
        in_packaging = excluded.in_packaging
"""
_COLUMNS = (
    bindparam("numbers", type_=ARRAY(String)),
    bindparam("quantities", type_=ARRAY(Numeric)),
    bindparam("prices", type_=ARRAY(Numeric)),
    bindparam("packed", type_=ARRAY(Boolean)),
)
_SET = text(_UPSERT.format(quantity="excluded.quantity")).bindparams(*_COLUMNS)
_SUM = f"least(basket_line.quantity + excluded.quantity, {MAX_QUANTITY})"
_ADD = text(_UPSERT.format(quantity=_SUM)).bindparams(*_COLUMNS)
_RAISE = text(_UPSERT.format(quantity="greatest(basket_line.quantity, excluded.quantity)")).bindparams(*_COLUMNS)
_REMOVE = text(
    "delete from basket_line l using article a where l.seller_id = :seller and l.buyer_id = :buyer"
    " and l.basket_id = :basket and a.seller_id = :seller and a.id = l.article_id and a.article_number = any(:numbers)"
).bindparams(bindparam("numbers", type_=ARRAY(String)))
_TAKE_OUT = text(
    "delete from basket_line l using basket b, article a where b.seller_id = :seller and b.buyer_id = :buyer"
    " and b.holder = :holder and l.seller_id = :seller and l.buyer_id = :buyer and l.basket_id = b.id"
    " and a.seller_id = :seller and a.id = l.article_id and a.article_number = any(:numbers)"
).bindparams(bindparam("numbers", type_=ARRAY(String)))
_NOTE = text(
    "update basket set purchase_order_number = :purchase_order_number, requested_on = :requested_on, changed_at = now()"
    " where seller_id = :seller and buyer_id = :buyer and holder = :holder"
)
_FORGET = text(
    "update basket set purchase_order_number = '', requested_on = null, coupons = '{}', rewards = '{}',"
    " shown_offer = null,"
    " changed_at = now() where seller_id = :seller and buyer_id = :buyer and holder = :holder"
)
_KEEP_COUPONS = text(
    "update basket set coupons = :coupons where seller_id = :seller and buyer_id = :buyer and holder = :holder"
).bindparams(bindparam("coupons", type_=ARRAY(String)))
_KEEP_REWARDS = text(
    "update basket set rewards = :rewards, changed_at = now()"
    " where seller_id = :seller and buyer_id = :buyer and holder = :holder"
).bindparams(bindparam("rewards", type_=ARRAY(String)))
_SHOWN_OFFER = text(
    "update basket set shown_offer = :offer where seller_id = :seller and buyer_id = :buyer and holder = :holder"
)
_KEEP_UNREAD = text(
    "update basket set unread_lines = cast(:lines as jsonb) where seller_id = :seller and buyer_id = :buyer"
    " and holder = :holder"
)
_NOTE_KEY = text(
    "update basket set entered_keys = entered_keys[cardinality(entered_keys) - :kept + 2:] || cast(:key as text)"
    " where seller_id = :seller and buyer_id = :buyer and holder = :holder and not cast(:key as text) = any(entered_keys)"
    " returning id"
)
_LOCK = text("select 1 from basket where seller_id = :seller and buyer_id = :buyer and holder = :holder for update")
_EMPTY = text("delete from basket where seller_id = :seller and buyer_id = :buyer and holder = :holder")


@dataclass(frozen=True, slots=True)
class BasketEntry:
    """An article number and a quantity in base units, above 0, with the unit price the buyer was shown."""

    article: str
    quantity: Decimal
    shown_unit_price: Decimal | None = None
    in_packaging: bool = False


def set_lines(principal: Principal, entries: Sequence[BasketEntry], removed: Iterable[str] = ()) -> None:
    """Set the quantities of articles in the basket and take others out; what is not named stays. The principal buys.

    An article that is named twice, such as by the case and loose, gets the sum. Unknown article numbers are passed over.
    """
    basket_id = _open(principal)
    _write(principal, basket_id, _SET, _merged(entries))
    gone = sorted(set(removed) - {entry.article for entry in entries})
    if gone:
        seller_id, buyer_id = principal.buying()
        db.session.execute(_REMOVE, {"seller": seller_id, "buyer": buyer_id, "basket": basket_id, "numbers": gone})


def add_lines(principal: Principal, entries: Sequence[BasketEntry], form_key: str = "") -> bool:
    """Add quantities to what is in the basket already; False when the form was sent before. The principal buys."""
    basket_id = _open(principal)
    if (
        form_key
        and not db.session.execute(_NOTE_KEY, {**_holder(principal), "key": form_key, "kept": _KEPT_KEYS}).first()
    ):
        return False
    _write(principal, basket_id, _ADD, _merged(entries))
    return True


def raise_lines(principal: Principal, entries: Sequence[BasketEntry]) -> None:
    """Put at least these quantities into the basket: doing it twice adds nothing. The principal buys."""
    _write(principal, _open(principal), _RAISE, _merged(entries))


def remember_prices(principal: Principal, basket: BasketRow, shown: Mapping[str, Decimal]) -> None:
    """Keep the unit prices that are shown, by article; only those that differ are written. The principal buys."""
    changed = [
        BasketEntry(line.article, line.quantity, shown[line.article], line.in_packaging)
        for line in basket.lines
        if line.article in shown and line.shown_unit_price != shown[line.article]
    ]
    if changed:
        set_lines(principal, changed)


def lock_basket(principal: Principal) -> None:
    """Keep others from ordering or changing the basket until this request is done. The principal buys."""
    principal.require(Permission.ORDERS_PLACE)
    db.session.execute(_LOCK, _holder(principal))


def note_order(principal: Principal, purchase_order_number: str, requested_on: date | None) -> None:
    """Keep the purchase order number and the wanted day with the basket. The principal buys."""
    _open(principal)
    values = {"purchase_order_number": purchase_order_number, "requested_on": requested_on}
    db.session.execute(_NOTE, {**_holder(principal), **values})


def keep_coupons(principal: Principal, coupons: Sequence[str]) -> None:
    """Keep coupons with the basket, in place of those kept before. The principal buys."""
    _open(principal)
    db.session.execute(_KEEP_COUPONS, {**_holder(principal), "coupons": list(coupons)})


def keep_rewards(principal: Principal, rewards: Sequence[str]) -> None:
    """Keep the codes of rewards with the basket, in place of those kept before. The principal buys."""
    _open(principal)
    db.session.execute(_KEEP_REWARDS, {**_holder(principal), "rewards": list(rewards)})


def remember_offer(principal: Principal, basket: BasketRow, offer: str | None) -> None:
    """Keep what promotions give as it is shown (None: not shown as a whole), where it differs. The principal buys."""
    if basket.shown_offer != offer:
        db.session.execute(_SHOWN_OFFER, {**_holder(principal), "offer": offer})


def keep_unread(principal: Principal, lines: Sequence[str]) -> None:
    """Keep lines that could not be read with the basket, in place of those kept before. The principal buys."""
    _open(principal)
    db.session.execute(_KEEP_UNREAD, {**_holder(principal), "lines": json.dumps(list(lines))})


def empty_basket(principal: Principal) -> None:
    """Take everything out of the basket. The principal buys."""
    principal.require(Permission.ORDERS_PLACE)
    db.session.execute(_EMPTY, _holder(principal))


def take_out(principal: Principal, articles: Sequence[str]) -> None:
    """Take ordered articles out of the basket and forget the order's number and day. The principal buys."""
    principal.require(Permission.ORDERS_PLACE)
    db.session.execute(_TAKE_OUT, {**_holder(principal), "numbers": list(articles)})
    db.session.execute(_FORGET, _holder(principal))


def _holder(principal: Principal) -> dict[str, Any]:
    seller_id, buyer_id = principal.buying()
    return {"seller": seller_id, "buyer": buyer_id, "holder": principal.actor}


def _open(principal: Principal) -> int:
    principal.require(Permission.ORDERS_PLACE)
    basket_id: int = db.session.execute(_OPEN, _holder(principal)).scalar_one()
    return basket_id


def _write(principal: Principal, basket_id: int, statement: Any, entries: Sequence[BasketEntry]) -> None:
    if not entries:
        return
    seller_id, buyer_id = principal.buying()
    db.session.execute(
        statement,
        {
            "seller": seller_id,
            "buyer": buyer_id,
            "basket": basket_id,
            "numbers": [entry.article for entry in entries],
            # What is beyond any store stays in sight until the order refuses it.
            "quantities": [min(entry.quantity, MAX_QUANTITY) for entry in entries],
            "prices": [entry.shown_unit_price for entry in entries],
            "packed": [entry.in_packaging for entry in entries],
        },
    )


def _merged(entries: Sequence[BasketEntry]) -> list[BasketEntry]:
    """One row an article: a statement may touch each row once."""
    merged: dict[str, BasketEntry] = {}
    for entry in entries:
        known = merged.get(entry.article)
        quantity = entry.quantity + (known.quantity if known else Decimal(0))
        packed = entry.in_packaging and (known is None or known.in_packaging)
        merged[entry.article] = BasketEntry(entry.article, quantity, entry.shown_unit_price, packed)
    return list(merged.values())
