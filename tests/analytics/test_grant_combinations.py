"""For every combination of grants the manufacturer's totals are those of the raw rows, to the unit; and after every act."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from portal.analytics.models import Grant
from portal.core.dispatcher import drain
from tests.factories.organisations import make_token
from tests.factories.seed import Seed
from tests.integration.channel.folders import Loader, write_folder

COMBINATIONS = [
    [grant.value for grant, is_given in zip(Grant, chosen, strict=True) if is_given]
    for chosen in product((False, True), repeat=len(Grant))
]
FIRST_ON, MONTHS = date(2026, 1, 1), ("2026-01", "2026-02", "2026-03", "2026-04")
WINDOW = "from=2025-12-01&to=2026-05-01"
WITHDRAWN, SHARED_ANEW = 12, 6


@dataclass(frozen=True)
class Sale:
    """A raw line: what a retailer bought on a day, or returned."""

    wholesaler: str
    sold_on: date
    product: str
    region: str
    units: int


@dataclass
class History:
    """Raw rows and agreements, and what a brand owner may see of them: computed from nothing else."""

    sales: list[Sale] = field(default_factory=list)
    agreements: dict[str, list[tuple[date, list[str]]]] = field(default_factory=dict)
    """By wholesaler: first days with what is granted from then on, in order."""

    def seen(self) -> Iterator[Sale]:
        for sale in self.sales:
            versions = self.agreements[sale.wholesaler]
            then = [grants for first_on, grants in versions if first_on <= sale.sold_on]
            if sale.product.startswith("BRAND") and "units" in versions[-1][1] and then and "units" in then[-1]:
                yield sale

    def totals(self, key: Callable[[Sale], str]) -> dict[str, int]:
        found: Counter[str] = Counter()
        for sale in self.seen():
            found[key(sale)] += sale.units
        return dict(found)


def make_history() -> tuple[dict[str, list[str]], History]:
    """Give a channel folder with a wholesaler for each combination of grants, and the same as raw rows."""
    chance = random.Random(5)
    files = {
        "organisations": ["code,kind,parent_code,name,postal_code,country,currency,time_zone",
                          "MAKER,manufacturer,,Maker,10115,DE,EUR,Europe/Berlin"],
        "products": ["owner_code,sku,name_en,category", *(f"MAKER,BRAND-{n},Brand {n},Goods" for n in (1, 2, 3))],
        "accounts": ["seller_code,buyer_code,customer_number"],
        "orders": ["seller_code,buyer_code,order_number,line,placed_on,article,quantity,unit_price,line_amount,currency"],
        "sharing": ["brand_owner_code,wholesaler_code,grants,accepted_on"],
        "listings": ["seller_code,article,owner_code,sku"],
    }  # fmt: skip
    history = History()
    for number, grants in enumerate(COMBINATIONS):
        code = f"W{number:03}"
        files["organisations"].append(f"{code},wholesaler,MAKER,Wholesaler {number},20095,DE,EUR,Europe/Berlin")
        files["products"].append(f"{code},OWN-{code},Own,Own")
        files["listings"] += [f"{code},BRAND-{n},MAKER,BRAND-{n}" for n in (1, 2, 3)] + [
            f"{code},OWN,{code},OWN-{code}"
        ]
        changed_on = FIRST_ON + timedelta(days=chance.randrange(31, 90))
        former = COMBINATIONS[number * 73 % len(COMBINATIONS)]
        history.agreements[code] = [(FIRST_ON, former), (changed_on, grants)]
        for first_on, given in history.agreements[code]:
            files["sharing"].append(f"MAKER,{code},{' '.join(given)},{first_on}")
        _trade(chance, files, history, code)
    return files, history


def _trade(chance: random.Random, files: dict[str, list[str]], history: History, code: str) -> None:
    for shop in range(3):
        buyer, postal_code = f"{code}-S{shop}", f"{chance.choice((10, 11, 80))}{chance.randrange(1000):03}"
        files["organisations"].append(f"{buyer},retailer,{code},Shop,{postal_code},DE,,")
        files["accounts"].append(f"{code},{buyer},{shop}")
        # One order before anything was agreed, and one each month.
        days = [
            date(2025, 12, chance.randrange(1, 29)),
            *(date.fromisoformat(f"{m}-{chance.randrange(1, 29):02}") for m in MONTHS),
        ]
        for order, sold_on in enumerate(days):
            for line, article in enumerate((f"BRAND-{chance.randrange(1, 4)}", "OWN"), start=1):
                units = chance.randrange(5, 90)
                _sell(files, history, (code, buyer, f"{buyer}-{order}", line, sold_on, article, units), postal_code)
        returned = (code, buyer, f"{buyer}-R", 1, days[-1], f"BRAND-{chance.randrange(1, 4)}", -chance.randrange(1, 4))
        _sell(files, history, returned, postal_code)


def _sell(files: dict[str, list[str]], history: History, line: tuple[Any, ...], postal_code: str) -> None:
    code, _, _, _, sold_on, article, units = line
    files["orders"].append(",".join(map(str, line)) + ",1.00,,EUR")
    history.sales.append(Sale(code, sold_on, article, f"DE-{postal_code[:3]}", units))


class Maker:
    """The manufacturer, asking by API."""

    def __init__(self, client: FlaskClient, seed: Seed) -> None:
        self.client = client
        [owner] = seed.run(text("select * from organisation where code = 'MAKER'"))
        self.headers = {"Authorization": f"Bearer {make_token(seed, owner)}"}

    def told(self, by: str) -> dict[str, int]:
        answer = self.client.get(f"/api/v1/brand/sell-through?{WINDOW}&by={by}", headers=self.headers)
        return {row[by]: row["units"] for row in answer.get_json()["rows"]}

    def propose(self, wholesaler: str, starts_on: date) -> None:
        body = {"grants": [grant.value for grant in Grant], "starts_on": starts_on.isoformat()}
        address = f"/api/v1/brand/agreements/{wholesaler}/proposals"
        assert self.client.post(address, json=body, headers=self.headers).status_code == 201


def check(maker: Maker, history: History) -> None:
    """Compare every total with the one of the raw rows."""
    assert maker.told("wholesaler") == history.totals(lambda sale: sale.wholesaler)
    assert maker.told("month") == history.totals(lambda sale: f"{sale.sold_on:%Y-%m}")
    assert maker.told("product") == history.totals(lambda sale: sale.product)
    regions = maker.told("region")
    exact = history.totals(lambda sale: sale.region)
    assert sum(regions.values()) == sum(exact.values())
    regions.pop("other", None)
    assert regions.items() <= exact.items()


def test_every_combination_of_grants_equals_the_raw_rows_to_the_unit(
    app: Flask, client: FlaskClient, engine: Engine, seed: Seed, tmp_path: Path
) -> None:
    files, history = make_history()
    loader = Loader(app.extensions["role_urls"].loader, tmp_path, str)
    report = loader.load(write_folder(tmp_path / "channel", files))
    assert report.refused == 0
    drain(engine)
    maker = Maker(client, seed)
    shared = sorted({sale.wholesaler for sale in history.seen()})
    assert len(shared) == len(COMBINATIONS) // 2, "half of the combinations grant units"
    check(maker, history)

    for code in shared[:WITHDRAWN]:
        assert client.post("/api/v1/selling/sharing/MAKER/withdraw", headers=_own(seed, code)).status_code == 200
        history.agreements[code].append((date.max, []))
    for code in sorted(set(history.agreements) - set(shared))[:SHARED_ANEW]:
        starts_on = history.agreements[code][-1][0]
        maker.propose(code, starts_on)
        answer = {"number": 1, "grants": ["units"]}
        headers = _own(seed, code)
        done = client.post("/api/v1/selling/sharing/MAKER/answer", json=answer, headers=headers)
        assert done.status_code == 200
        history.agreements[code].append((starts_on, ["units"]))
    gone = set(shared[:WITHDRAWN])
    assert not gone & set(maker.told("wholesaler")), "no cell from the moment of the withdrawal on"
    drain(engine)
    check(maker, history)
    assert not gone & set(maker.told("wholesaler"))


def _own(seed: Seed, code: str) -> dict[str, str]:
    [organisation] = seed.run(text("select * from organisation where code = :code"), {"code": code})
    return {"Authorization": f"Bearer {make_token(seed, organisation)}"}
