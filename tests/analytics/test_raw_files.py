"""For every combination of the grants that show anything, what the manufacturer is told is what DuckDB finds in the raw files."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from portal.analytics.jobs import write_next_activity, write_next_stock
from portal.analytics.models import Grant
from portal.core.dispatcher import drain
from tests.analytics.raw_files import RawFiles
from tests.factories.organisations import make_token
from tests.factories.seed import Seed
from tests.integration.channel.folders import Loader, write_folder
from tests.soak import FULL

GRANTS = (Grant.UNITS, Grant.ACTIVITY, Grant.IDENTITY, Grant.VALUE, Grant.STOCK)
COMBINATIONS = [
    [grant.value for grant, is_given in zip(GRANTS, chosen, strict=True) if is_given]
    for chosen in product((False, True), repeat=len(GRANTS))
]
SHOPS, ORDERS = (12, 40) if FULL else (7, 10)
GOODS = tuple(f"BRAND-{n}" for n in range(1, 5))


def make_folder(today: date) -> dict[str, list[str]]:
    """Give a channel folder with a wholesaler for each combination of grants, half of which were agreed on another day."""
    chance = random.Random(11)
    files = {
        "organisations": ["code,kind,parent_code,name,city,postal_code,country,currency,time_zone",
                          "MAKER,manufacturer,,Maker,Berlin,10115,DE,EUR,Europe/Berlin"],
        "products": ["owner_code,sku,name_en,category", *(f"MAKER,{sku},{sku},Goods > {sku[-1]}" for sku in GOODS)],
        "accounts": ["seller_code,buyer_code,customer_number"],
        "orders": ["seller_code,buyer_code,order_number,line,placed_on,article,quantity,unit_price,line_amount,currency"],
        "sharing": ["brand_owner_code,wholesaler_code,grants,accepted_on"],
        "listings": ["seller_code,article,owner_code,sku", *(f"MAKER,{sku},MAKER,{sku}" for sku in GOODS)],
        "price_lists": ["seller_code,code,name,currency", "MAKER,LIST,List,EUR"],
        "price_assignments": ["seller_code,price_list_code,audience,audience_code", "MAKER,LIST,everyone,"],
        "price_entries": ["seller_code,price_list_code,article,net_price,valid_from,valid_to"],
        "warehouses": ["seller_code,code,name"],
        "stock": ["seller_code,warehouse_code,article,on_hand"],
    }  # fmt: skip
    raised_on = today - timedelta(days=100)
    for number, sku in enumerate(GOODS):
        files["price_entries"] += [
            f"MAKER,LIST,{sku},{number}.35,,{raised_on}",
            f"MAKER,LIST,{sku},{number}.81,{raised_on},",
        ]
    for number, grants in enumerate(COMBINATIONS):
        _wholesaler(chance, files, number, grants, today)
    return files


def _wholesaler(
    chance: random.Random, files: dict[str, list[str]], number: int, grants: list[str], today: date
) -> None:
    code, former = f"W{number:02}", COMBINATIONS[number * 7 % len(COMBINATIONS)]
    began, changed = today - timedelta(days=400), today - timedelta(days=chance.randrange(20, 200))
    files["organisations"].append(f"{code},wholesaler,MAKER,Wholesaler {number},Hamburg,20095,DE,EUR,Europe/Berlin")
    files["products"].append(f"{code},OWN-{code},Own,Own")
    files["listings"] += [*(f"{code},{sku},MAKER,{sku}" for sku in GOODS), f"{code},OWN,{code},OWN-{code}"]
    files["warehouses"].append(f"{code},MAIN,Main")
    files["stock"] += [f"{code},MAIN,{sku},{chance.randrange(500)}" for sku in (*GOODS, "OWN")]
    versions = ((began, former), (changed, grants)) if number % 2 else ((began, grants),)
    files["sharing"] += [f"MAKER,{code},{' '.join(given)},{first_on}" for first_on, given in versions]
    for shop in range(SHOPS):
        buyer, place = f"{code}-S{shop}", f"{chance.choice((101, 102, 803))}{chance.randrange(100):02}"
        files["organisations"].append(f"{buyer},retailer,{code},Shop {buyer},City {shop},{place},DE,,")
        files["accounts"].append(f"{code},{buyer},{shop}")
        usual = chance.sample(GOODS, 3)
        # Of all these days, of the newest alone, or of none of the last ninety.
        span = chance.choice(((0, 200), (0, 200), (0, 60), (95, 200)))
        for order in range(ORDERS):
            placed_on = today - timedelta(days=chance.randrange(*span))
            goods = {chance.choice(usual), chance.choice(usual), "OWN"}
            for line, article in enumerate(sorted(goods), start=1):
                units = chance.randrange(1, 90) if chance.random() < 0.9 else -chance.randrange(1, 9)
                files["orders"].append(
                    f"{code},{buyer},{buyer}-{order},{line},{placed_on},{article},{units},77.77,,EUR"
                )


class Maker:
    """The manufacturer, asking by API."""

    def __init__(self, client: FlaskClient, seed: Seed) -> None:
        [owner] = seed.run(text("select * from organisation where code = 'MAKER'"))
        self.client, self.headers = client, {"Authorization": f"Bearer {make_token(seed, owner)}"}

    def ask(self, path: str) -> Any:
        answer = self.client.get(f"/api/v1/brand/{path}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def rows(self, path: str) -> list[dict[str, Any]]:
        """Give all pages."""
        rows: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.ask(f"{path}{'&' if '?' in path else '?'}limit=100&cursor={cursor}")
            rows += page["items"]
            cursor = page["next_cursor"]
        return rows


def test_every_combination_of_grants_equals_the_raw_files(
    app: Flask, client: FlaskClient, engine: Engine, seed: Seed, tmp_path: Path
) -> None:
    [row] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date as day"))
    folder = write_folder(tmp_path / "channel", make_folder(row.day))
    assert Loader(app.extensions["role_urls"].loader, tmp_path, str).load(folder).refused == 0
    drain(engine)
    for measure in (write_next_activity, write_next_stock):
        _until_nothing_is_due(engine, measure)
    raw, maker = RawFiles(folder, "MAKER", row.day), Maker(client, seed)
    window = f"from={row.day - timedelta(days=420)}&to={row.day + timedelta(days=31)}"

    keys = {"month": "month", "wholesaler": "wholesaler", "product": "sku", "category": "category", "region": "region"}
    for by, key in keys.items():
        told = {one[by]: Decimal(one["value"]) for one in maker.ask(f"sell-through/value?{window}&by={by}")["rows"]}
        assert told
        assert told == raw.values(key), f"value by {by}"
        units = {one[by]: one["units"] for one in maker.ask(f"sell-through?{window}&by={by}")["rows"]}
        exact = raw.units(key)
        assert sum(units.values()) == sum(exact.values()), f"units by {by}"
        units.pop("other", None)
        assert units.items() <= exact.items(), f"units by {by}"
    for days in (30, 60, 90):
        columns = ("wholesaler", "state", "products", "reorder_days", "name", "place")
        told_of = [tuple(one[name] for name in columns) for one in maker.rows(f"activity/retailers?days={days}")]
        assert sorted(told_of, key=repr) == raw.retailers(days)
    assert {one["state"] for one in maker.rows("activity/retailers")} == {"new", "active", "lapsed"}
    points = ("points", "effective_points", "lost_points")
    assert {one["wholesaler"]: tuple(one[name] for name in points) for one in maker.rows("activity")} == raw.points()
    stock = {(one["wholesaler"], one["product"]): (one["on_hand"], one["cover_days"]) for one in maker.rows("stock")}
    assert stock == raw.stock()
    assert any(cover for _, cover in stock.values())
    assert len({one["wholesaler"] for one in maker.rows("stock")}) == len(COMBINATIONS) // 2
    names = {(one["name"] is None, "identity" in _given(one)) for one in maker.rows("activity/retailers")}
    assert names == {(True, False), (False, True)}, "names where identity is granted, and nowhere else"


def _given(row: dict[str, Any]) -> list[str]:
    return COMBINATIONS[int(row["wholesaler"][1:])]


def _until_nothing_is_due(engine: Engine, measure: Callable[[Any], int]) -> None:
    for _ in range(len(COMBINATIONS)):
        with engine.begin() as connection:
            if not measure(connection):
                return
    raise AssertionError("something is always due")
