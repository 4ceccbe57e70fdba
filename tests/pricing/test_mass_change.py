"""Many prices at once: by one rule, from a file, into a copy; and two lists beside each other."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.factories.organisations import sign_in
from tests.factories.seed import Seed
from tests.pricing.calls import call, draft_changes, price, publish, put_entries, put_list
from tests.pricing.conftest import Desk

pytestmark = pytest.mark.shared_database

LISTS = "/selling/price-lists/L"


def read_file(client: FlaskClient, token: str, *lines: str, status: int = 201, **more: Any) -> Any:
    return call(client, token, "POST", f"{LISTS}/imports", {"content": "\n".join(lines), **more}, status)


def change_many(client: FlaskClient, token: str, **rule: Any) -> list[tuple[str, str | None, str | None]]:
    draft = call(client, token, "POST", f"{LISTS}/mass-changes", rule, 201)
    return draft_changes(client, token, "L", draft["number"])


@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        ({"percent": "10"}, "11.00", "22.00"),
        ({"percent": "-12.5", "amount": "0.005"}, "8.76", "17.51"),
        ({"percent": "3", "ending": "0.99"}, "9.99", "20.99"),
        ({"percent": "4.9", "ending": "0.99"}, "10.99", "20.99"),
        ({"percent": "-99", "ending": "0.99"}, "0.99", "0.99"),
        ({"amount": "-12"}, "0.00", "8.00"),
        ({"percent": "0.0125", "decimals": 4}, "10.0013", "20.0025"),
    ],
)
def test_a_rule_changes_every_price_rounded_once(
    client: FlaskClient, north: str, rule: dict[str, Any], first: str, second: str
) -> None:
    assert change_many(client, north, **rule) == [("N-1", "10.00", first), ("N-2", "20.00", second)]


def test_a_rule_changes_the_price_that_decides_and_later_ones_or_follows_from_a_day_on(
    client: FlaskClient, north: str
) -> None:
    put_entries(
        client,
        north,
        "L",
        {"article": "N-1", "net_price": 12, "valid_from": "2020-01-01"},
        {"article": "N-1", "net_price": 14, "valid_from": "2999-01-01"},
        {"article": "N-3", "net_price": 1, "valid_to": "2020-01-01"},
    )
    assert change_many(client, north, percent="10", q="N-1") == [("N-1", "12.00", "13.20"), ("N-1", "14.00", "15.40")]
    draft = call(client, north, "POST", f"{LISTS}/mass-changes", {"percent": "10", "starts_on": "2900-01-01"}, 201)
    items = call(client, north, "GET", f"{LISTS}/drafts/{draft['number']}/changes")["items"]
    assert [(item["article"], item["valid_from"], item["former_price"], item["net_price"]) for item in items] == [
        ("N-1", "2900-01-01", None, "13.20"),
        ("N-1", "2999-01-01", "14.00", "15.40"),
        ("N-2", "2900-01-01", None, "22.00"),
    ]
    assert (draft["summary"]["raised"], draft["summary"]["largest_rise"]) == (3, "0.1000")


def test_a_file_is_compared_with_the_prices_that_hold(client: FlaskClient, north: str, anna: str) -> None:
    put_entries(client, north, "L", {"article": "N-1", "net_price": 12, "valid_from": "2020-01-01"})
    answer = read_file(client, north, "article,net_price", "N-1,12", "N-2,21", "N-3,30")
    assert (answer["rows"], answer["bad_count"]) == (3, 0)
    number = answer["draft"]["number"]
    assert draft_changes(client, north, "L", number) == [("N-2", "20.00", "21.00"), ("N-3", None, "30.00")]
    publish(client, north, "L", number)
    assert [price(client, anna, f"N-{each}")[1] for each in (1, 2, 3)] == ["12.00", "21.00", "30.00"]


def test_what_a_whole_file_does_not_have_goes(client: FlaskClient, north: str) -> None:
    number = read_file(client, north, "article,net_price", "N-2,20", is_whole=True)["draft"]["number"]
    assert draft_changes(client, north, "L", number) == [("N-1", "10.00", None)]
    later = read_file(client, north, "article,net_price", "N-2,25", is_whole=True, starts_on="2999-01-01")["draft"]
    items = call(client, north, "GET", f"{LISTS}/drafts/{later['number']}/changes")["items"]
    assert [(item["article"], item["valid_from"], item["net_price"], item["valid_to"]) for item in items] == [
        ("N-1", None, "10.00", "2999-01-01"),
        ("N-2", "2999-01-01", "25.00", None),
    ]


def test_rows_that_cannot_be_taken_are_named_and_refuse_all_unless_they_are_skipped(
    client: FlaskClient, north: str
) -> None:
    lines = (
        "article,net_price,min_quantity,valid_from,valid_to",
        "N-1,11,1,,",
        "nope,1,1,,",
        "N-2,-1,1,,",
        "N-2,1e3,1,,",
        "N-2,1.00001,1,,",
        "N-2,5,0,,",
        "N-2,5,1,2026-02-30,",
        "N-2,5,1,2026-03-01,2026-02-01",
        "N-1,12,1.000,,",
        "N-2,1000000000,1,,",
        ",5,1,,",
    )
    refused = read_file(client, north, *lines, status=422)
    wrong = [
        (3, "article", "unknown-article"),
        (4, "net_price", "negative"),
        (5, "net_price", "not-a-number"),
        (6, "net_price", "too-many-decimals"),
        (7, "min_quantity", "not-positive"),
        (8, "valid_from", "not-a-day"),
        (9, "valid_to", "ends-before-start"),
        (10, "article", "twice"),
        (11, "net_price", "too-large"),
        (12, "article", "missing"),
    ]
    assert [(error["row"], error["column"], error["reason"]) for error in refused["errors"]] == wrong
    assert call(client, north, "GET", f"{LISTS}/drafts")["items"] == []
    taken = read_file(client, north, *lines, skips_bad=True)
    assert [(row["row"], row["column"], row["reason"]) for row in taken["bad"]] == wrong
    assert draft_changes(client, north, "L", taken["draft"]["number"]) == [("N-1", "10.00", "11.00")]


def test_costs_of_a_file_are_taken_and_shown_to_the_seller_alone(client: FlaskClient, north: str) -> None:
    answer = read_file(client, north, "article,net_price,cost_price", "N-1,7,8.50", "N-2,20,x", skips_bad=True)
    assert (answer["costs"], answer["draft"]["summary"]["below_cost"]) == (1, 1)
    [item] = call(client, north, "GET", f"{LISTS}/drafts/{answer['draft']['number']}/changes")["items"]
    assert (item["cost_price"], item["is_suspicious"]) == ("8.50", True)


def test_a_copy_has_the_prices_by_a_rule_and_is_for_nobody(client: FlaskClient, north: str, anna: str) -> None:
    made = call(client, north, "POST", f"{LISTS}/copies", {"code": "COPY", "percent": "50"}, 201)
    assert (made["version"], made["created_count"], made["reason"]) == (1, 2, "L")
    assert price(client, anna, "N-1")[1] == "10.00"
    put_list(client, north, "COPY", audience={"accounts": ["ANNA"]})
    assert price(client, anna, "N-1")[1] == "15.00"
    call(client, north, "POST", f"{LISTS}/copies", {"code": "COPY"}, 422)


def test_two_lists_stand_beside_each_other_with_derived_prices(client: FlaskClient, north: str) -> None:
    put_entries(client, north, "L", {"article": "N-1", "net_price": 9, "min_quantity": 10})
    put_list(client, north, "D", base_code="L", adjustment_percent="-5", decimals=1)
    put_entries(client, north, "D", {"article": "N-2", "net_price": 25}, {"article": "N-3", "net_price": 1})

    def compared(**query: Any) -> list[tuple[Any, ...]]:
        page = "&".join(f"{name}={value}" for name, value in query.items())
        answer = call(client, north, "GET", f"/selling/price-comparisons?left=L&right=D&{page}")
        return [tuple(item.values()) for item in answer["items"]]

    assert compared() == [("N-1", "10.00", "9.5"), ("N-2", "20.00", "25.00"), ("N-3", None, "1.00")]
    assert compared(quantity=10, show="lower") == [("N-1", "9.00", "8.6")]
    summary = call(client, north, "GET", "/selling/price-comparison-summary?left=L&right=D")
    assert [summary[name] for name in ("both", "same", "higher", "lower", "only_left", "only_right")] == [
        2,
        0,
        1,
        1,
        0,
        1,
    ]


def test_the_screens_of_many_prices(client: FlaskClient, seed: Seed, desk: Desk, north: str) -> None:
    sign_in(seed, client, desk.world.people["north"], desk.world.north)
    answer = client.post("/selling/prices/lists/L/change-many", data={"percent": "3,5", "ending": "0.99"})
    assert answer.status_code == 422, "3,5 is no number to an English reader"
    answer = client.post("/selling/prices/lists/L/change-many", data={"percent": "3.5", "ending": "0.99"})
    assert answer.status_code == 302
    assert draft_changes(client, north, "L", 2) == [("N-1", "10.00", "9.99"), ("N-2", "20.00", "20.99")]
    assert client.post("/selling/prices/lists/L/copy", data={"code": "L"}).status_code == 422
    assert client.post("/selling/prices/lists/L/copy", data={"code": "L2", "percent": "10"}).status_code == 302
    page = client.get("/selling/prices/compare?left=L&right=L2")
    assert 'value="11.00"' in page.text
    assert page.status_code == 200
