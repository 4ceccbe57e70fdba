"""The pricing manager's screens: a draft in its grid, whom it concerns, publishing what was looked at, files, the way back."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from portal.ordering.models import Basket, BasketLine
from tests.factories.organisations import sign_in
from tests.factories.seed import Seed
from tests.pricing.calls import begin_draft, draft_changes, price, publish, put_entries
from tests.pricing.conftest import Desk

pytestmark = pytest.mark.shared_database

LIST = "/selling/prices/lists/L"


@pytest.fixture
def manager(client: FlaskClient, seed: Seed, desk: Desk) -> FlaskClient:
    """Give a browser in which north's manager is signed in."""
    sign_in(seed, client, desk.world.people["north"], desk.world.north)
    return client


def fields(page: Any) -> dict[str, str]:
    """Give the cells of the sheet as a browser would post them."""
    found = re.findall(r'name="(cell-[^"]+)" value="([^"]*)"', page.text.partition("<template>")[0])
    return dict(found)


def test_a_draft_is_changed_in_its_grid_and_published_as_it_was_seen(
    manager: FlaskClient, north: str, anna: str
) -> None:
    number = begin_draft(manager, north, "L", {"article": "N-1", "net_price": 11}, {"article": "N-2"})
    page = manager.get(f"{LIST}/drafts/{number}/")
    assert page.status_code == 200
    assert "€10.00 → €11.00 (+10%)" in page.text
    assert "goes; now €20.00" in page.text
    assert "Publish 2 changes" in page.text
    form = fields(page)
    form[next(name for name in form if name.endswith("net_price"))] = "12"
    form |= {"cell-new-1-article": "N-3", "cell-new-1-net_price": "30.5"}
    assert manager.post(f"{LIST}/drafts/{number}/changes", data=form).status_code == 302
    assert draft_changes(manager, north, "L", number) == [
        ("N-1", "10.00", "12.00"),
        ("N-2", "20.00", None),
        ("N-3", None, "30.50"),
    ]
    seen = re.search(r'name="seen" value="([^"]+)"', page.text)
    assert seen is not None
    manager.post(f"{LIST}/drafts/{number}/publish", data={"seen": seen[1]})
    assert price(manager, anna, "N-1")[1] == "10.00", "what was seen is no longer what would be published"
    seen = re.search(r'name="seen" value="([^"]+)"', manager.get(f"{LIST}/drafts/{number}/").text)
    assert seen is not None
    manager.post(f"{LIST}/drafts/{number}/publish", data={"seen": seen[1], "reason": "Steel"})
    assert [price(manager, anna, f"N-{each}")[1] for each in (1, 2, 3)] == ["12.00", None, "30.50"]
    history = manager.get(f"{LIST}/versions/")
    assert "Steel" in history.text
    assert 'value="12.00"' in manager.get(f"{LIST}/versions/2/").text


def test_wrong_cells_of_a_draft_are_marked_and_kept(manager: FlaskClient, north: str) -> None:
    number = begin_draft(manager, north, "L")
    form = {"cell-new-1-article": "gone", "cell-new-1-net_price": "1,2,3"}
    answer = manager.post(f"{LIST}/drafts/{number}/changes", data=form)
    assert answer.status_code == 422
    assert 'value="1,2,3"' in answer.text
    assert draft_changes(manager, north, "L", number) == []


def test_conflicts_stand_above_and_are_settled(manager: FlaskClient, north: str, anna: str) -> None:
    number = begin_draft(manager, north, "L", {"article": "N-1", "net_price": 11})
    put_entries(manager, north, "L", {"article": "N-1", "net_price": 15})
    page = manager.get(f"{LIST}/drafts/{number}/")
    assert "Others have changed 1 price of this draft since it was begun." in page.text
    assert "others changed it to €15.00" in page.text
    manager.post(f"{LIST}/drafts/{number}/publish", data={"seen": "2"})
    assert price(manager, anna, "N-1")[1] == "15.00"
    manager.post(f"{LIST}/drafts/{number}/settle", data={"keep": "mine"})
    manager.post(f"{LIST}/drafts/{number}/publish", data={"seen": "3"})
    assert price(manager, anna, "N-1")[1] == "11.00"


def test_a_draft_says_which_open_baskets_change_and_by_how_much(
    manager: FlaskClient, seed: Seed, desk: Desk, north: str
) -> None:
    for buyer, quantity in (("anna", 3), ("bruno", 10)):
        edge = {"seller_id": desk.world.north.id, "buyer_id": getattr(desk.world, buyer).id}
        basket = seed.add(Basket, **edge, holder="client:77")
        for article, amount in (("N-1", quantity), ("N-2", 1)):
            seed.add(BasketLine, **edge, basket_id=basket.id, article_id=desk.articles[article], quantity=amount)
    number = begin_draft(
        manager, north, "L", {"article": "N-1", "net_price": "10.50"}, {"article": "N-3", "net_price": 1}
    )
    page = manager.get(f"{LIST}/drafts/{number}/")
    assert "2 open baskets change: €170.00 becomes €176.50, before promotions." in page.text
    assert "+€5.00" in page.text
    german = manager.get(f"{LIST}/drafts/{number}/", headers={"Accept-Language": "de"})
    assert german.status_code == 200


def test_a_file_becomes_a_draft_and_what_cannot_be_taken_is_named(manager: FlaskClient, north: str) -> None:
    rows = "\ufeffArticle;Price;Remark;Cost\nN-1;9,50;x;8\nN-2;20;;\nnope;1;;\nN-3;1.250;;\nN-3;a;;\n"
    form: dict[str, Any] = {"file": (io.BytesIO(rows.encode()), "prices.csv"), "whole": "yes", "name": "November"}
    answer = manager.post(f"{LIST}/import", data=form, headers={"Accept-Language": "de"})
    assert answer.status_code == 200
    page = manager.get(f"{LIST}/import")
    assert page.status_code == 200
    assert "3 rows could not be taken" in answer.text or "3 Zeilen gingen nicht" in answer.text
    assert "Remark" in answer.text


def test_the_sheet_of_a_list_keeps_what_was_typed_as_a_draft(manager: FlaskClient, north: str, anna: str) -> None:
    form = fields(manager.get(f"{LIST}/"))
    form[next(name for name in form if name.endswith("net_price"))] = "9"
    answer = manager.post(f"{LIST}/entries", data={**form, "act": "draft"})
    assert answer.status_code == 302
    assert draft_changes(manager, north, "L", 2) == [("N-1", "10.00", "9.00")]
    assert price(manager, anna, "N-1")[1] == "10.00"
    again = fields(manager.get(f"{LIST}/?draft=2"))
    again[[name for name in again if name.endswith("net_price")][1]] = "19"
    manager.post(f"{LIST}/entries?draft=2", data={**again, "act": "draft"})
    assert draft_changes(manager, north, "L", 2) == [("N-1", "10.00", "9.00"), ("N-2", "20.00", "19.00")]


def test_rolling_back_and_throwing_away_on_screen(manager: FlaskClient, seed: Seed, north: str) -> None:
    publish(manager, north, "L", begin_draft(manager, north, "L", {"article": "N-1", "net_price": 11}))
    answer = manager.post(f"{LIST}/versions/1/roll-back")
    assert answer.status_code == 302
    assert "Back to version 1" in manager.get(answer.location).text
    assert manager.post(f"{answer.location}throw-away").status_code == 302
    assert seed.run(text("select count(*) from price_revision where version is null"))[0][0] == 0
