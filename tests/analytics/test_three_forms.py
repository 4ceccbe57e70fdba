"""Screen, file and API give the same figures to the unit, whoever asks and by whatever they are broken down."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.factories.catalogue import make_article, make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

Figures = dict[str, Decimal | None]
_ROW = re.compile(r'<tr><th scope="row"><span>(.*?)</span></th>(.*?)</tr>', re.DOTALL)
_CELL = re.compile(r'<td class="number"[^>]*>(.*?)</td>', re.DOTALL)
_MONTHS = {"Feb 2026": "2026-02", "Mar 2026": "2026-03", "Apr 2026": "2026-04"}


@pytest.fixture
def busy(seed: Seed, world: World, trade: dict[str, Any], rebuilt: Callable[[], None]) -> None:
    """Add products that few buy, a second region, a second wholesaler that shares, odd quantities and a cancelled line."""
    shops = [make_organisation(seed, f"T{n}", "retailer", world.north, postal_code=f"20{n}00") for n in range(4)]
    south = [make_organisation(seed, f"U{n}", "retailer", world.south, postal_code="80331") for n in range(3)]
    for number in range(6):
        product = make_product(seed, world.acme, sku=f"P{number}", category=f"Tools > Kind {number % 2}")
        article, southern = make_article(seed, world.north, product), make_article(seed, world.south, product)
        for shop in shops[: number + 1]:
            make_history(
                seed, world.north, shop, date(2026, 2 + number % 3, 9), (article, f"{1000 + number}.5", "1.25")
            )
        for shop in south[: number % 4]:
            make_history(seed, world.south, shop, date(2026, 4, 9), (southern, 3 + number, "2.00"))
    seed.run(text("update order_line set cancelled_quantity = 1, shipped_quantity = 0 where ordered_quantity = 1003.5"))
    seed.run(text("update sharing_agreement set grants = '{units}'"))
    rebuilt()


def on_screen(client: FlaskClient, path: str, by: str) -> list[tuple[str, list[str]]]:
    """Give key and figures of the page's table, as numbers are written in English, without their units."""
    page = client.get(path, headers={"Accept-Language": "en"}).get_data(as_text=True)
    rows = []
    for head, cells in _ROW.findall(page.split('id="table"', 1)[1]):
        code = re.search(r'<small class="code">(.*?)</small>', head)
        words = html.unescape(re.sub(r"<[^>]+>", "", head.split("<small", 1)[0])).strip()
        key = html.unescape(code[1]) if code else words
        if by == "category":
            key = key.replace(" › ", " > ")
        figures = [html.unescape(re.sub(r"<[^>]+>", "", cell)) for cell in _CELL.findall(cells)]
        rows.append(
            (_MONTHS.get(key, "other" if key == "Other" else key), [re.sub(r"[^0-9.-]", "", f) for f in figures])
        )
    return rows


def in_file(client: FlaskClient, path: str) -> list[dict[str, str]]:
    """Give the rows of the export."""
    return list(csv.DictReader(io.StringIO(client.get(path).get_data(as_text=True).removeprefix("\ufeff"))))


def number(written: Any) -> Decimal | None:
    """Give a figure as a number; nothing where none is shown."""
    return None if written in (None, "") else Decimal(str(written))


def without_nothing(figures: Figures) -> Figures:
    """Leave out zeros: the screen shows none of a measure where the file is empty."""
    return {key: value for key, value in figures.items() if value}


@pytest.mark.parametrize("by", ["month", "wholesaler", "category", "product", "region"])
@pytest.mark.usefixtures("busy")
def test_the_manufacturers_figures_agree(client: FlaskClient, seed: Seed, world: World, by: str) -> None:
    headers = {"Authorization": f"Bearer {make_token(seed, world.acme)}"}
    asked = f"from=2026-02-01&to=2026-05-01&by={by}"
    answers = [client.get(f"/api/v1/brand/{measure}?{asked}", headers=headers).get_json()["rows"]
               for measure in ("sell-in", "sell-through")]  # fmt: skip
    browser = sign_in(seed, client, world.people["acme"], world.acme)
    window = f"from=2026-02&to=2026-04&by={by}"
    shown = on_screen(browser, f"/brand/channel/?{window}", by)
    rows = in_file(browser, f"/brand/channel/channel.csv?{window}")
    assert len(rows) > 1
    for column, (measure, answer) in enumerate(zip(("sell_in_units", "sell_through_units"), answers, strict=True)):
        by_api = without_nothing({row[by]: number(row["units"]) for row in answer})
        by_file = without_nothing({row[by]: number(row[measure]) for row in rows})
        by_screen = without_nothing({key: number(figures[column]) for key, figures in shown})
        assert by_file == by_api
        assert by_screen == by_api
    total = client.get("/api/v1/brand/sell-through?from=2026-02-01&to=2026-05-01", headers=headers).get_json()["rows"]
    assert sum(number(row["units"]) or 0 for row in answers[1]) == number(total[0]["units"])


@pytest.mark.parametrize("by", ["month", "category", "product", "retailer"])
@pytest.mark.parametrize("filtered", ["", "&category=Tools > Kind 1", "&retailer=T1"])
@pytest.mark.usefixtures("busy")
def test_the_sellers_figures_agree(client: FlaskClient, seed: Seed, world: World, by: str, filtered: str) -> None:
    headers = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    asked = f"from=2026-02-01&to=2026-05-01&by={by}{filtered}"
    answer = client.get(f"/api/v1/selling/figures?{asked}", headers=headers).get_json()["items"]
    browser = sign_in(seed, client, world.people["north"], world.north)
    window = f"from=2026-02&to=2026-04&by={by}{filtered}"
    rows = in_file(browser, f"/selling/figures/sales.csv?{window}")
    shown = on_screen(browser, f"/selling/figures/?{window}", by)
    by_api = {row["key"]: (number(row["units"]), number(row["net_amount"])) for row in answer}
    assert len(by_api) > 1 or filtered
    assert {row[by]: (number(row["units"]), number(row["net_amount"])) for row in rows} == by_api
    assert {key: (number(units), number(amount)) for key, (units, amount, *_) in shown} == by_api
