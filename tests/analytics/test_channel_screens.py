"""The brand owner's screens and exports: exact, covered, dated, noted, and never more than was agreed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.database import count_statements, db
from tests.factories.catalogue import make_article, make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_organisation, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

WINDOW = "from=2026-03&to=2026-04"
DIMENSIONS = ("month", "wholesaler", "category", "product", "region")


@pytest.fixture
def owner(client: FlaskClient, seed: Seed, world: World) -> FlaskClient:
    """Give acme's browser."""
    return sign_in(seed, client, world.people["acme"], world.acme)


def exported(client: FlaskClient, by: str, more: str = "") -> list[tuple[str, str, str]]:
    """Give (key, sell-in, sell-through) of an export."""
    answer = client.get(f"/brand/channel/channel.csv?{WINDOW}&by={by}{more}")
    assert answer.status_code == 200
    rows = csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
    return [(row[by], row["sell_in_units"], row["sell_through_units"]) for row in rows]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("month", [("2026-03", "150.000", "60.000"), ("2026-04", "", "22.000")]),
        ("wholesaler", [("NORTH", "100.000", "82.000"), ("SOUTH", "50.000", "")]),
        ("category", [("Tools > Hammers", "150.000", "82.000")]),
        ("product", [("HAMMER", "150.000", "82.000")]),
        ("region", [("DE-101", "150.000", "82.000")]),
    ],
)
def test_both_measures_by_each_dimension(
    owner: FlaskClient, trade: dict[str, Any], by: str, expected: list[tuple[str, str, str]]
) -> None:
    assert exported(owner, by) == expected


def test_filters_choose_among_folded_cells(
    owner: FlaskClient, seed: Seed, world: World, trade: dict[str, Any], rebuilt: Callable[[], None]
) -> None:
    saw = make_article(seed, world.north, make_product(seed, world.acme, sku="SAW", category="Tools > Saws"))
    make_history(seed, world.north, trade["shops"][0], date(2026, 3, 1), (saw, 9, 1))
    rebuilt()
    assert exported(owner, "month", "&wholesaler=SOUTH") == [("2026-03", "50.000", "")]
    # The saw has one buyer: it is folded into `other`, together with the hammers, and no filter finds either.
    assert exported(owner, "category") == [("Tools > Hammers", "150.000", ""), ("other", "", "91.000")]
    assert exported(owner, "month", "&category=Tools > Saws") == []
    page = owner.get(f"/brand/channel/?{WINDOW}&by=product&category=Tools > Saws").get_data(as_text=True)
    assert "can be put to no filter" in page


def test_no_screen_or_file_shows_shops_prices_or_other_brands(
    owner: FlaskClient, world: World, trade: dict[str, Any]
) -> None:
    paths = [f"/brand/channel/{file}?{WINDOW}&by={by}" for by in DIMENSIONS for file in ("", "channel.csv")]
    for path in [*paths, "/brand/"]:
        answer = owner.get(path)
        assert answer.status_code == 200, path
        for canary in ("CANARY", "S0", "4.00", "5.00", "9.50", "240", "350", "Soap"):
            assert canary not in _visible(answer.get_data(as_text=True)), (path, canary)


def _visible(page: str) -> str:
    """Leave out the drawing and file names, whose coordinates, digests and tokens may look like anything."""
    unseen = r"<svg.*?</svg>|<(link|script|img|meta)[^>]*>|nonce=\S+|value=\"[^\"]{30,}\""
    return re.sub(unseen, "", page, flags=re.DOTALL)


def test_coverage_and_age_stand_beside_the_figures(owner: FlaskClient, trade: dict[str, Any]) -> None:
    page = owner.get(f"/brand/channel/?{WINDOW}").get_data(as_text=True)
    assert "1 of 3 wholesalers, 67% of sell-in" in page
    assert "3 Apr 2026" in page
    assert "1 Mar 2026" in page
    german = owner.get(f"/brand/channel/?{WINDOW}", headers={"Accept-Language": "de"}).get_data(as_text=True)
    assert "1 von 3 Großhändlern, 67\N{NO-BREAK SPACE}% des Sell-in" in german


def test_coverage_speaks_of_the_wholesaler_that_is_shown(owner: FlaskClient, trade: dict[str, Any]) -> None:
    north = owner.get(f"/brand/channel/?{WINDOW}&wholesaler=NORTH").get_data(as_text=True)
    assert "1 of 1 wholesaler, 100% of sell-in" in north
    assert "3 Apr 2026" in north
    # The south shares nothing: neither a figure nor the day of its last sale is told.
    south = owner.get(f"/brand/channel/?{WINDOW}&wholesaler=SOUTH").get_data(as_text=True)
    assert "0 of 1 wholesaler, 0% of sell-in" in south
    assert "3 Apr 2026" not in south
    answer = owner.get(f"/brand/channel/channel.csv?{WINDOW}&by=month&wholesaler=SOUTH").get_data(as_text=True)
    [row] = csv.DictReader(io.StringIO(answer.removeprefix("\ufeff")))
    assert (row["wholesalers_shown"], row["wholesalers"], row["share_of_sell_in"]) == ("0", "1", "0.0000")
    assert row["sell_through_as_of"] == ""


def test_every_view_and_export_is_noted(owner: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]) -> None:
    owner.get(f"/brand/channel/?{WINDOW}&by=product&wholesaler=NORTH")
    owner.get(f"/brand/channel/channel.csv?{WINDOW}&by=region")
    owner.get("/brand/")
    noted = seed.run(text("select wholesaler_id, what from sharing_access order by at, id"))
    assert {wholesaler for wholesaler, _ in noted} == {world.north.id}
    whats = [what for _, what in noted]
    assert whats[:2] == [
        "sell-through by month, product; 2026-03-01 to 2026-05-01; wholesaler NORTH; screen",
        "sell-through by region; 2026-03-01 to 2026-05-01; export",
    ]
    assert len(whats) == 4
    assert all(what.endswith("home page") for what in whats[2:])


def test_a_wholesaler_that_does_not_share_is_named_as_such(owner: FlaskClient, trade: dict[str, Any]) -> None:
    home = owner.get("/brand/").get_data(as_text=True)
    assert home.count("not shared") == 2  # south and the sub-distributor


def test_the_page_takes_few_statements(app: Flask, owner: FlaskClient, trade: dict[str, Any]) -> None:
    owner.get(f"/brand/channel/?{WINDOW}&by=product")
    with app.app_context(), count_statements(db.engine) as counter:
        assert owner.get(f"/brand/channel/?{WINDOW}&by=product").status_code == 200
    assert len(counter.statements) <= 18


def test_another_manufacturer_sees_nothing_of_it(
    client: FlaskClient, seed: Seed, world: World, trade: dict[str, Any]
) -> None:
    browser = sign_in(seed, client, world.people["zenit"], world.zenit)
    assert exported(browser, "product") == []


def test_a_wholesaler_has_no_channel_page(client: FlaskClient, seed: Seed, world: World) -> None:
    browser = sign_in(seed, client, world.people["north"], world.north)
    assert browser.get("/brand/channel/").status_code == 404
    assert make_organisation(seed, "NEW", "wholesaler", world.acme).seller_id == world.acme.id
