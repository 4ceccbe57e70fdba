"""Drafts price nothing; publishing is one act, ordered, told and undone by another one; what others changed is a conflict."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.database import count_statements, db
from tests.factories.seed import Seed
from tests.pricing.calls import begin_draft, call, draft_changes, price, publish, put_entries
from tests.pricing.conftest import Desk

pytestmark = pytest.mark.shared_database

LISTS = "/selling/price-lists/L"


def prices(client: FlaskClient, token: str) -> list[str | None]:
    return [price(client, token, f"N-{number}")[1] for number in (1, 2, 3)]


def live(client: FlaskClient, token: str, code: str = "L") -> list[tuple[Any, ...]]:
    items = call(client, token, "GET", f"/selling/price-lists/{code}/entries")["items"]
    return [(item["article"], item["net_price"], item["valid_from"], item["valid_to"]) for item in items]


def versions(client: FlaskClient, token: str) -> list[tuple[int, str, int, int, int]]:
    names = ("version", "reason", "created_count", "changed_count", "removed_count")
    return [tuple(item[name] for name in names) for item in call(client, token, "GET", f"{LISTS}/versions")["items"]]


def test_a_draft_prices_nothing_until_it_is_published_as_one_act(client: FlaskClient, north: str, anna: str) -> None:
    number = begin_draft(
        client,
        north,
        "L",
        {"article": "N-1", "net_price": "11"},
        {"article": "N-2"},
        {"article": "N-3", "net_price": "30", "valid_to": "2999-01-01"},
        name="Autumn",
    )
    assert prices(client, anna) == ["10.00", "20.00", None]
    assert draft_changes(client, north, "L", number) == [
        ("N-1", "10.00", "11.00"),
        ("N-2", "20.00", None),
        ("N-3", None, "30.00"),
    ]
    published = publish(client, north, "L", number, "Dearer steel")
    assert (published["version"], published["reason"], published["published_by_name"]) == (
        2,
        "Dearer steel",
        "Test client",
    )
    assert prices(client, anna) == ["11.00", None, "30.00"]
    assert versions(client, north) == [(2, "Dearer steel", 1, 1, 1), (1, "", 2, 0, 0)]
    assert call(client, north, "GET", f"{LISTS}/drafts")["items"] == []
    publish(client, north, "L", number, status=404)


def test_what_the_list_has_already_is_no_change(client: FlaskClient, north: str) -> None:
    number = begin_draft(
        client, north, "L", {"article": "N-1", "net_price": "11"}, {"article": "N-3", "net_price": "1"}
    )
    path = f"{LISTS}/drafts/{number}/changes"
    call(client, north, "PUT", path, {"entries": [{"article": "N-1", "net_price": "10"}, {"article": "N-3"}]})
    assert draft_changes(client, north, "L", number) == []
    assert publish(client, north, "L", number, status=422)["type"] == "/problems/nothing-to-publish"


def test_what_others_changed_since_is_a_conflict_and_never_overwritten(
    client: FlaskClient, north: str, anna: str
) -> None:
    first = begin_draft(client, north, "L", {"article": "N-1", "net_price": 11}, {"article": "N-3", "net_price": 30})
    second = begin_draft(
        client,
        north,
        "L",
        {"article": "N-1", "net_price": 12},
        {"article": "N-2", "net_price": 22},
        {"article": "N-3", "net_price": 30},
    )
    publish(client, north, "L", first)
    refused = publish(client, north, "L", second, status=409)
    assert refused["type"] == "/problems/draft-conflicts"
    assert prices(client, anna) == ["11.00", "20.00", "30.00"]
    [conflict] = call(client, north, "GET", f"{LISTS}/drafts/{second}/changes?show=conflict")["items"]
    assert (conflict["article"], conflict["former_price"], conflict["live_price"]) == ("N-1", "10.00", "11.00")
    told = call(client, north, "GET", f"{LISTS}/drafts/{second}")
    assert (told["base_version"], told["newest_version"], told["summary"]["conflicts"]) == (1, 2, 1)
    call(client, north, "POST", f"{LISTS}/drafts/{second}/settlement", {"keep": "mine"})
    assert draft_changes(client, north, "L", second) == [("N-1", "11.00", "12.00"), ("N-2", "20.00", "22.00")]
    assert publish(client, north, "L", second)["version"] == 3
    assert prices(client, anna) == ["12.00", "22.00", "30.00"]


def test_settling_for_theirs_leaves_the_lists_prices(client: FlaskClient, north: str) -> None:
    number = begin_draft(client, north, "L", {"article": "N-1", "net_price": 11}, {"article": "N-2", "net_price": 21})
    put_entries(client, north, "L", {"article": "N-1", "net_price": 15})
    call(client, north, "POST", f"{LISTS}/drafts/{number}/settlement", {"keep": "theirs"})
    assert draft_changes(client, north, "L", number) == [("N-2", "20.00", "21.00")]


def test_the_same_change_of_two_drafts_is_no_conflict(client: FlaskClient, north: str) -> None:
    first, second = (
        begin_draft(client, north, "L", {"article": "N-1", "net_price": 11}, {"article": "N-2", "net_price": price_2})
        for price_2 in (20, 21)
    )
    publish(client, north, "L", first)
    assert publish(client, north, "L", second)["changed_count"] == 1


def test_rolling_back_is_a_new_version_that_undoes_every_later_one(client: FlaskClient, north: str, anna: str) -> None:
    for amount in (11, 12):
        publish(client, north, "L", begin_draft(client, north, "L", {"article": "N-1", "net_price": amount}))
    publish(
        client,
        north,
        "L",
        begin_draft(
            client, north, "L", {"article": "N-2"}, {"article": "N-3", "net_price": 3, "valid_from": "2020-01-01"}
        ),
    )
    number = begin_draft(client, north, "L", roll_back_to=1)
    assert draft_changes(client, north, "L", number) == [
        ("N-1", "12.00", "10.00"),
        ("N-2", None, "20.00"),
        ("N-3", "3.00", None),
    ]
    undone = publish(client, north, "L", number, "Sent too early")
    assert (undone["version"], undone["undoes_after"]) == (5, 1)
    assert prices(client, anna) == ["10.00", "20.00", None]
    # What was undone can be undone in its turn.
    publish(client, north, "L", begin_draft(client, north, "L", roll_back_to=4))
    assert prices(client, anna) == ["12.00", None, "3.00"]
    assert call(client, north, "POST", f"{LISTS}/drafts", {"roll_back_to": 9}, 404)


def test_a_roll_back_shows_what_no_version_wrote_as_a_conflict(client: FlaskClient, seed: Seed, north: str) -> None:
    publish(client, north, "L", begin_draft(client, north, "L", {"article": "N-1", "net_price": 11}))
    seed.run(text("update price_entry set net_price = 14 where net_price = 11"))
    number = begin_draft(client, north, "L", roll_back_to=1)
    publish(client, north, "L", number, status=409)
    assert call(client, north, "GET", f"{LISTS}/drafts/{number}")["summary"]["conflicts"] == 1


def test_every_writing_is_told_to_other_systems_and_noted(client: FlaskClient, seed: Seed, north: str) -> None:
    publish(client, north, "L", begin_draft(client, north, "L", {"article": "N-1", "net_price": 11}), "Why not")
    events = seed.run(text("select payload from outbox_event where kind = 'PriceListPublished' order by id"))
    assert [event.payload for event in events] == [
        {"price_list": "L", "version": 1, "reason": "", "created": 2, "changed": 0, "removed": 0},
        {"price_list": "L", "version": 2, "reason": "Why not", "created": 0, "changed": 1, "removed": 0},
    ]
    [noted] = seed.run(text("select subject, after from audit_entry where action = 'price_list.published'"))
    assert noted.subject == "L"
    assert noted.after == {"version": 2, "reason": "Why not", "created": 0, "changed": 1, "removed": 0}
    changed = call(client, north, "GET", f"{LISTS}/versions/2/changes")["items"]
    assert [(item["article"], item["former_price"], item["net_price"]) for item in changed] == [
        ("N-1", "10.00", "11.00")
    ]


def test_publications_of_one_list_follow_one_another(app: Flask, client: FlaskClient, north: str) -> None:
    """Eight drafts of as many articles, published at once: each becomes a version, in some order, without a gap."""
    numbers = [
        begin_draft(client, north, "L", {"article": "N-3", "net_price": 1, "min_quantity": quantity})
        for quantity in range(2, 10)
    ]
    given: list[int] = []
    start = threading.Barrier(len(numbers))

    def run(number: int) -> None:
        start.wait(timeout=30)
        given.append(publish(app.test_client(), north, "L", number)["version"])

    threads = [threading.Thread(target=run, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(given) == list(range(2, 10))


def test_publishing_takes_the_same_statements_however_many_entries(app: Flask, client: FlaskClient, north: str) -> None:
    def statements(count: int) -> int:
        rows = [{"article": "N-3", "net_price": count, "min_quantity": at} for at in range(1, count + 1)]
        number = begin_draft(client, north, "L", *rows)
        with app.app_context():
            engine = db.engine
        with count_statements(engine) as counted:
            publish(client, north, "L", number)
        return len(counted.statements)

    few = statements(2)
    assert statements(2_000) == few + 1  # those that change what is there, beside those that are new


def test_a_draft_is_changed_all_or_nothing(client: FlaskClient, north: str) -> None:
    number = begin_draft(client, north, "L")
    rows = [
        {"article": "N-1", "net_price": 5},
        {"article": "nope", "net_price": 5},
        {"article": "N-2", "net_price": "x"},
    ]
    refused = call(client, north, "PUT", f"{LISTS}/drafts/{number}/changes", {"entries": rows}, 422)
    assert [(error["row"], error["reason"]) for error in refused["errors"]] == [
        (2, "unknown-article"),
        (3, "not-a-number"),
    ]
    assert draft_changes(client, north, "L", number) == []


def test_a_draft_says_what_is_suspicious_and_what_its_margin_becomes(
    client: FlaskClient, seed: Seed, desk: Desk, north: str
) -> None:
    for article, cost in (("N-1", 5), ("N-2", 16)):
        seed.run(
            text("insert into article_cost values (:seller, :article, :cost)"),
            {"seller": desk.world.north.id, "article": desk.articles[article], "cost": cost},
        )
    number = begin_draft(
        client,
        north,
        "L",
        {"article": "N-1", "net_price": 4},
        {"article": "N-2", "net_price": "20", "valid_from": "2999-01-01"},
        {"article": "N-3", "net_price": 0},
    )
    summary = call(client, north, "GET", f"{LISTS}/drafts/{number}")["summary"]
    assert {
        name: summary[name] for name in ("created", "changed", "suspicious", "below_cost", "raised", "lowered")
    } == {
        "created": 2,
        "changed": 1,
        "suspicious": 2,
        "below_cost": 1,
        "raised": 0,
        "lowered": 1,
    }
    assert (summary["largest_fall"], summary["margin_before"], summary["margin_after"]) == (
        "-0.6000",
        "0.3500",
        "-0.0250",
    )
    suspicious = draft_changes(client, north, "L", number, show="suspicious")
    assert suspicious == [("N-1", "10.00", "4.00"), ("N-3", None, "0.00")]


def test_throwing_a_draft_away_leaves_everything_as_it_is(client: FlaskClient, north: str) -> None:
    number = begin_draft(client, north, "L", {"article": "N-1", "net_price": 5})
    path = f"{LISTS}/drafts/{number}"
    call(client, north, "DELETE", path, status=204)
    call(client, north, "GET", path, status=404)
    assert [row[1] for row in live(client, north)] == ["10.00", "20.00"]
