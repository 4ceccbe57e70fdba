"""Limits, requests for approval and what approvers see, as people send them."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Row, text

from portal.core.dispatcher import drain
from portal.core.worker import worker_engine
from tests.factories.organisations import sign_in
from tests.factories.seed import Seed


def limit(seed: Seed, buyer: Row[Any], amount: str | None, *, four_eyes: bool = False) -> None:
    seed.run(
        text(
            "insert into approval_rule values (:buyer, :amount, :eyes)"
            " on conflict (organisation_id) do update set places_up_to = :amount, four_eyes = :eyes"
        ),
        {"buyer": buyer.id, "amount": amount, "eyes": four_eyes},
    )


def limit_of(seed: Seed, buyer: Row[Any], person: Row[Any], places: str | None, approves: str | None = None) -> None:
    seed.run(
        text("insert into approval_limit values (:buyer, :person, :places, :approves)"),
        {"buyer": buyer.id, "person": person.id, "places": places, "approves": approves},
    )


def browser(app: Flask, seed: Seed, person: Row[Any], place: Row[Any]) -> FlaskClient:
    return sign_in(seed, app.test_client(), person, place)


def ask(client: FlaskClient, quantity: int, key: str = "form-1", price: str = "10.00") -> Any:
    """Order saws from the basket."""
    line = {"article-1": "SAW", "quantity-1": str(quantity), "base-1": str(quantity), "shown_price-1": price}
    return client.post("/buying/basket", data={**line, "act": "order", "idempotency_key": key})


def asked(client: FlaskClient, quantity: int, key: str = "form-1") -> str:
    """Ask for saws and give the request's number."""
    answer = ask(client, quantity, key)
    assert answer.status_code == 303
    found = re.fullmatch(r"/buying/approvals/([0-9A-Z-]{9})\?asked=yes", answer.location)
    assert found is not None, answer.location
    return found[1]


def shown_to(client: FlaskClient, number: str) -> str:
    """Give what the approver's form says that it shows; nothing where there is no form."""
    found = re.search(r'name="shown" value="(\w+)"', client.get(f"/buying/approvals/{number}").get_data(as_text=True))
    return found[1] if found else ""


def approve(client: FlaskClient, number: str, shown: str | None = None) -> Any:
    """Approve what is shown now, or what was shown before."""
    sent = {"shown": shown_to(client, number) if shown is None else shown}
    return client.post(f"/buying/approvals/{number}/approve", data=sent)


def orders(seed: Seed) -> list[tuple[Any, ...]]:
    rows = seed.run(text("select total, placed_by_name, source from sales_order order by id"))
    return [tuple(row) for row in rows]


def requests(seed: Seed) -> list[tuple[Any, ...]]:
    rows = seed.run(
        text("select state, total, limit_amount, requested_by_name, decided_by_name from order_request order by id")
    )
    return [tuple(row) for row in rows]


def reprice(seed: Seed, price: str) -> None:
    seed.run(text("update price_entry set net_price = :price"), {"price": price})


def dispatch(app: Flask) -> None:
    """Take what happened out of the outbox, as the worker does."""
    engine = worker_engine(app)
    drain(engine)
    engine.dispose()
