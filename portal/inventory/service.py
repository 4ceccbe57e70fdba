"""Changing stock. What raises it serves the order lines that wait, oldest first, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Numeric, String, bindparam, text
from sqlalchemy.dialects.postgresql import insert

from portal.inventory import queries
from portal.inventory.errors import FormSentBefore
from portal.inventory.models import MovementKind, Warehouse
from tenants.audit import record
from tenants.database import db
from tenants.errors import Conflict, InvalidInput
from tenants.permissions import Permission
from tenants.principal import Principal

_PLACES = (
    bindparam("articles", type_=ARRAY(BigInteger)),
    bindparam("warehouses", type_=ARRAY(BigInteger)),
)
_FIGURES = bindparam("figures", type_=ARRAY(Numeric))
_MAKE_LEVELS = text(
    "insert into stock_level (seller_id, article_id, warehouse_id)"
    " select :seller, t.article_id, t.warehouse_id from unnest(:articles, :warehouses) as t (article_id, warehouse_id)"
    " order by t.article_id, t.warehouse_id on conflict do nothing"
).bindparams(*_PLACES)
_LOCK_LEVELS = text(
    "select s.article_id, s.warehouse_id, s.on_hand from stock_level s where s.seller_id = :seller"
    " and s.article_id = any(:articles) order by s.article_id, s.warehouse_id for update"
).bindparams(_PLACES[0])
_SET_ON_HAND = text(
    "update stock_level s set on_hand = t.figure"
    " from unnest(:articles, :warehouses, :figures) as t (article_id, warehouse_id, figure)"
    " where s.seller_id = :seller and s.article_id = t.article_id and s.warehouse_id = t.warehouse_id"
).bindparams(*_PLACES, _FIGURES)
_SET_INCOMING = text(
    "update stock_level set incoming_quantity = :quantity, incoming_on = :expected"
    " where seller_id = :seller and article_id = :article and warehouse_id = :warehouse"
)
_NOTE_MOVEMENTS = text(
    "insert into stock_movement (seller_id, article_id, warehouse_id, kind, quantity, reference, actor, form_key)"
    " select :seller, t.article_id, t.warehouse_id, :kind, t.figure, t.reference, :actor, :form_key"
    " from unnest(:articles, :warehouses, :figures, :references)"
    " as t (article_id, warehouse_id, figure, reference)"
).bindparams(*_PLACES, _FIGURES, bindparam("references", type_=ARRAY(String)))
_ALLOCATE_WAITING = text("select allocate_waiting(:articles)").bindparams(_PLACES[0])
_FORM_SENT = text("select 1 from stock_movement where seller_id = :seller and form_key = :form_key")
_LOCK_KEY = text("select pg_advisory_xact_lock(hashtextextended(:form_key, :seller))")


@dataclass(frozen=True, slots=True)
class CountedLevel:
    """What was counted of an article in a warehouse, in base units."""

    warehouse: str
    article: str
    on_hand: Decimal
    reference: str = ""


@dataclass(frozen=True, slots=True)
class StockChange:
    """What a change did: levels that differ now, and order lines that got stock they waited for."""

    changed: int
    unchanged: int
    lines_served: int


@dataclass(frozen=True, slots=True)
class _Place:
    article_id: int
    warehouse_id: int
    figure: Decimal
    reference: str


def set_levels(principal: Principal, levels: Sequence[CountedLevel]) -> StockChange:
    """Set stock on hand to what was counted; the difference becomes a movement. All or nothing.

    The principal is the seller and manages stock.

    Raises:
        InvalidInput: a row names no warehouse or article of the seller, or one place twice; `errors` names each row.
    """
    principal.require(Permission.STOCK_MANAGE)
    places = _resolve(principal, levels)
    change = _write(principal, places, MovementKind.COUNT, added=False)
    subject = levels[0].article if len(levels) == 1 else ""
    record(principal, "stock.counted", subject, after={"changed": change.changed, "unchanged": change.unchanged})
    return change


def receive_stock(
    principal: Principal,
    warehouse: str,
    article: str,
    quantity: Decimal,
    reference: str = "",
    form_key: str | None = None,
) -> StockChange:
    """Add what arrived (base units, above 0) to stock on hand. The principal is the seller and manages stock.

    With a form key it is added once, however often the form is sent.

    Raises:
        InvalidInput: there is no such warehouse or article, or nothing arrived.
        FormSentBefore: the form was sent before; what it said then is in stock.
    """
    principal.require(Permission.STOCK_MANAGE)
    if quantity <= 0:
        raise InvalidInput("A receipt is above 0.", errors=[{"field": "quantity", "reason": "not-positive"}])
    places = _resolve(principal, [CountedLevel(warehouse, article, quantity, reference)])
    if form_key:
        # The same key with another article waits for no level: it waits here.
        db.session.execute(_LOCK_KEY, {"seller": principal.selling(), "form_key": form_key})
    change = _write(principal, places, MovementKind.RECEIPT, added=True, form_key=form_key)
    received = {"warehouse": warehouse, "quantity": f"{quantity:f}", "reference": reference}
    record(principal, "stock.received", article, after=received)
    return change


def set_incoming(
    principal: Principal, warehouse: str, article: str, quantity: Decimal | None, expected_on: date | None
) -> None:
    """Note what is expected (base units) on which day; None ends the expectation. The principal is the seller.

    Raises:
        InvalidInput: there is no such warehouse or article, or only one of quantity and day is given.
    """
    principal.require(Permission.STOCK_MANAGE)
    if (quantity is None) != (expected_on is None) or (quantity is not None and quantity <= 0):
        raise InvalidInput("Give quantity and day.", errors=[{"field": "incoming", "reason": "incomplete"}])
    [place] = _resolve(principal, [CountedLevel(warehouse, article, quantity or Decimal(0))])
    _lock(principal, [place])
    db.session.execute(
        _SET_INCOMING,
        {
            "seller": principal.selling(),
            "article": place.article_id,
            "warehouse": place.warehouse_id,
            "quantity": quantity,
            "expected": expected_on,
        },
    )
    expected = {"quantity": f"{quantity:f}", "day": expected_on.isoformat()} if quantity and expected_on else None
    record(principal, "stock.expected", article, after={"warehouse": warehouse, **(expected or {})})


def add_warehouse(principal: Principal, code: str, name: str) -> None:
    """Open a warehouse. The principal is the seller and manages stock.

    Raises:
        Conflict: the seller has one with this code.
    """
    principal.require(Permission.STOCK_MANAGE)
    seller_id = principal.selling()
    opening = insert(Warehouse).values(seller_id=seller_id, code=code, name=name)
    opened = db.session.execute(opening.on_conflict_do_nothing().returning(Warehouse.id)).first()
    if opened is None:
        raise Conflict("There is a warehouse with this code.", field="code")
    record(principal, "warehouse.opened", code, after={"name": name})


def _resolve(principal: Principal, levels: Sequence[CountedLevel]) -> list[_Place]:
    articles = queries.find_article_ids(principal, [level.article for level in levels])
    warehouses = {row.code: row.id for row in queries.list_warehouses(principal)}
    places: dict[tuple[int, int], _Place] = {}
    errors = []
    for row, level in enumerate(levels, start=1):
        article_id, warehouse_id = articles.get(level.article), warehouses.get(level.warehouse)
        problem = _problem(article_id, warehouse_id, places)
        if problem is not None:
            field, reason, detail = problem
            errors.append(
                {
                    "pointer": f"#/levels/{row - 1}/{field}",
                    "row": row,
                    "warehouse": level.warehouse,
                    "article": level.article,
                    "field": field,
                    "reason": reason,
                    "detail": detail,
                }
            )
        elif article_id is not None and warehouse_id is not None:
            places[article_id, warehouse_id] = _Place(article_id, warehouse_id, level.on_hand, level.reference)
    if errors:
        raise InvalidInput("Some rows cannot be taken.", errors=errors)
    return [places[key] for key in sorted(places)]


def _problem(
    article_id: int | None, warehouse_id: int | None, places: dict[tuple[int, int], _Place]
) -> tuple[str, str, str] | None:
    if article_id is None:
        return "article", "unknown-article", "There is no such article."
    if warehouse_id is None:
        return "warehouse", "unknown-warehouse", "There is no such warehouse."
    if (article_id, warehouse_id) in places:
        return "article", "twice", "This article and warehouse are there twice."
    return None


def _lock(principal: Principal, places: Sequence[_Place]) -> dict[tuple[int, int], Decimal]:
    key: dict[str, Any] = {"seller": principal.selling(), "articles": [place.article_id for place in places]}
    db.session.execute(_MAKE_LEVELS, {**key, "warehouses": [place.warehouse_id for place in places]})
    rows = db.session.execute(_LOCK_LEVELS, {**key, "articles": sorted({place.article_id for place in places})})
    return {(row.article_id, row.warehouse_id): row.on_hand for row in rows}


def _write(
    principal: Principal,
    places: Sequence[_Place],
    kind: MovementKind,
    *,
    added: bool,
    form_key: str | None = None,
) -> StockChange:
    before = _lock(principal, places)
    # Asked under the lock: of two forms with one key the second waits for what the first wrote.
    if form_key and db.session.execute(_FORM_SENT, {"seller": principal.selling(), "form_key": form_key}).first():
        raise FormSentBefore("This form was sent before.")
    after = {
        (place.article_id, place.warehouse_id): place.figure
        + (before[place.article_id, place.warehouse_id] if added else Decimal(0))
        for place in places
    }
    moved = [
        place
        for place in places
        if after[place.article_id, place.warehouse_id] != before[place.article_id, place.warehouse_id]
    ]
    if not moved:
        return StockChange(0, len(places), 0)
    keys = [(place.article_id, place.warehouse_id) for place in moved]
    place_columns: dict[str, Any] = {
        "seller": principal.selling(),
        "articles": [article_id for article_id, _ in keys],
        "warehouses": [warehouse_id for _, warehouse_id in keys],
    }
    db.session.execute(_SET_ON_HAND, {**place_columns, "figures": [after[key] for key in keys]})
    db.session.execute(
        _NOTE_MOVEMENTS,
        {
            **place_columns,
            "figures": [after[key] - before[key] for key in keys],
            "references": [place.reference for place in moved],
            "kind": kind.value,
            "actor": principal.actor,
            "form_key": form_key or None,
        },
    )
    raised = sorted({key[0] for key in keys if after[key] > before[key]})
    served = db.session.execute(_ALLOCATE_WAITING, {"articles": raised}).scalar_one() if raised else 0
    return StockChange(len(moved), len(places) - len(moved), served)
