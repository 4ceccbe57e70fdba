"""The figures of a real chain (docs: data/iowa/SOURCE.md) against the raw files, to the bottle."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.factories.organisations import make_token
from tests.factories.seed import Seed
from tests.integration.channel.test_iowa import make_channel
from tests.skips import SHARED_DATA

IOWA = SHARED_DATA / "iowa"
LINES = IOWA / "orders" / "starter_40stores_2021Q4.csv"
WINDOW = "from=2021-10-01&to=2022-01-01"
NOT_SHARING = "W-WEST"
LEAST = 3


def raw_sales() -> list[tuple[str, str, str, str, int]]:
    """Give (month, wholesaler, item, store, bottles) of the brand owner's own products, from the raw files alone."""
    maker = make_channel()
    products: dict[str, Any] = {}
    stores: dict[str, Any] = {}
    for name in ("products_2022-11-01.csv", "products_2021-10-01.tsv"):
        products.update((row["Item Number"].strip(), row) for row in maker.rows(IOWA / "master" / name))
    for name in ("stores_2022-11-01.csv", "stores_2021-10-01.tsv"):
        stores.update((row["Store"].strip(), row) for row in maker.rows(IOWA / "master" / name))
    sales = []
    for row in maker.rows(LINES):
        item, store = row["Item Number"].strip(), row["Store Number"].strip()
        if item in products and store in stores and products[item]["Vendor"].strip() == maker.BRAND_VENDOR:
            wholesaler = maker.wholesaler_of(stores[store])
            sales.append((maker.iso(row["Date"])[:7], wholesaler, item, store, int(float(row["Bottles Sold"]))))
    return sales


def ask(client: FlaskClient, token: str, by: str) -> list[dict[str, Any]]:
    """Give the rows of sell-through by API."""
    answer = client.get(
        f"/api/v1/brand/sell-through?{WINDOW}&by={by}", headers={"Authorization": f"Bearer {token}"}
    )  # fmt: skip
    assert answer.status_code == 200
    rows: list[dict[str, Any]] = answer.get_json()["rows"]
    return rows


@pytest.mark.needs("shared data")
def test_a_real_chain_flows_back_to_the_bottle(app: Flask, client: FlaskClient, seed: Seed, tmp_path: Path) -> None:
    folder = tmp_path / "iowa"
    command = [sys.executable, str(IOWA / "make_channel.py"), str(folder), "--orders", str(LINES)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    result = app.test_cli_runner().invoke(args=["channel", "load", str(folder)])
    assert result.exit_code == 0, result.output
    [owner] = seed.run(text("select * from organisation where code = 'DIAGEO'"))
    token = make_token(seed, owner)
    shared = [sale for sale in raw_sales() if sale[1] != NOT_SHARING]
    assert len(shared) > 1000

    by_wholesaler: Counter[str] = Counter()
    by_month: Counter[str] = Counter()
    by_product: Counter[str] = Counter()
    buyers: defaultdict[str, set[str]] = defaultdict(set)
    shops: defaultdict[str, set[str]] = defaultdict(set)
    for month, wholesaler, item, store, bottles in shared:
        by_month[month] += bottles
        by_wholesaler[wholesaler] += bottles
        by_product[item] += bottles
        buyers[item].add(store)
        shops[wholesaler].add(store)

    assert {row["month"]: row["units"] for row in ask(client, token, "month")} == by_month
    told = {row["wholesaler"]: row["units"] for row in ask(client, token, "wholesaler")}
    exact = {name: by_wholesaler[name] for name, found in shops.items() if len(found) >= LEAST}
    assert told.pop("other", 0) + sum(told.values()) == sum(by_wholesaler.values())
    assert told.items() <= exact.items()
    assert len(exact) - len(told) <= 1, "at most one big one is folded with the small ones"

    products = {row["product"]: row["units"] for row in ask(client, token, "product")}
    assert sum(products.values()) == sum(by_product.values())
    assert products.pop("other") > 0
    assert products == {item: units for item, units in by_product.items() if len(buyers[item]) >= LEAST}
