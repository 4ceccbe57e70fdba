"""Campaigns: released to whom the segment holds, told once to those who want it, seen by nobody else, counted without tracking."""

from __future__ import annotations

import base64
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import create_engine, text

from portal.campaigns import queries
from portal.campaigns.service.telling import tell_receivers
from portal.notices.service import mail_due
from portal.notices.unsubscribing import unsubscribe_link
from tenants.permissions import Role
from tests.factories.mails import forget_mails, written_mails
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.placing import place, sell
from tests.factories.seed import Seed
from tests.factories.world import World

PATH = "/api/v1/selling/campaigns"
OWN = "/api/v1/buying/campaigns"


@pytest.fixture
def north(client: FlaskClient, seed: Seed, world: World) -> dict[str, str]:
    """North sells N-1 and N-2 and has a segment of Anna and Bruno; gives its program's headers."""
    for number, price in (("N-1", "10.00"), ("N-2", "5.00")):
        sell(seed, world.north, number, price, on_hand=100)
    headers = {"Authorization": f"Bearer {make_token(seed, world.north)}"}
    body = {"code": "BOTH", "name": "Both", "accounts": ["ANNA", "BRUNO"]}
    assert client.post("/api/v1/selling/segments", json=body, headers=headers).status_code == 201
    return headers


def today(seed: Seed) -> date:
    [row] = seed.run(text("select (now() at time zone 'Europe/Berlin')::date"))
    day: date = row[0]
    return day


def draft(client: FlaskClient, seed: Seed, headers: dict[str, str], code: str = "SPRING", **more: Any) -> Any:
    day = today(seed)
    body = {
        "code": code,
        "segment": "BOTH",
        "title_en": "Spring offers",
        "title_de": "Angebote zum Frühling",
        "text_en": "Two articles.\nBoth good.",
        "valid_from": str(day),
        "valid_to": str(day + timedelta(days=7)),
        "articles": ["N-2", "N-1"],
        **more,
    }
    answer = client.post(PATH, json=body, headers=headers)
    assert answer.status_code == 201, answer.data
    return answer.get_json()


def release(client: FlaskClient, headers: dict[str, str], code: str = "SPRING", status: int = 201) -> Any:
    answer = client.post(f"{PATH}/{code}/release", json={}, headers=headers)
    assert answer.status_code == status, answer.data
    return answer.get_json()


def tell(app: Flask, workers: int = 1) -> int:
    """Do what so many workers do every few seconds, at once; gives how many receivers were told."""
    engine = create_engine(app.extensions["role_urls"].worker)

    def work(_number: int) -> int:
        with engine.begin() as connection:
            return tell_receivers(connection)

    with ThreadPoolExecutor(workers) as pool:
        told = sum(pool.map(work, range(workers)))
    engine.dispose()
    return told


def choose(seed: Seed, person: Any, organisation: Any, channel: str, rhythm: str = "at_once") -> None:
    seed.run(
        text("insert into notice_choice values (:organisation, :user, 'campaign', :channel, :rhythm)"),
        {"organisation": organisation.id, "user": person.id, "channel": channel, "rhythm": rhythm},
    )


def test_each_person_is_told_once_as_it_chose_and_one_click_ends_the_mails(
    app: Flask, client: FlaskClient, seed: Seed, world: World, north: dict[str, str]
) -> None:
    forget_mails(app)
    for name, role in (("buyer", Role.BUYER), ("daily", Role.BUYER), ("never", Role.MANAGER), ("viewer", Role.VIEWER)):
        person = make_person(seed, f"{name}@anna.example", (world.anna, role))
        if name in {"daily", "never"}:
            choose(seed, person, world.anna, "none" if name == "never" else "both", "daily")
    draft(client, seed, north)
    assert tell(app) == 0
    assert release(client, north)["receivers"] == 2
    assert tell(app, workers=4) == 2
    assert tell(app) == 0
    mails = written_mails(app, seed)
    receivers = sorted(mail["To"] for mail in mails)
    assert receivers == sorted([world.people["anna"].email, "buyer@anna.example", world.people["bruno"].email])
    [mail] = [mail for mail in mails if mail["To"] == "buyer@anna.example"]
    assert mail["Subject"] in {"Spring offers", "Angebote zum Frühling"}
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    inboxes = seed.run(text("select count(*), count(mail_rhythm) from notice where kind = 'campaign'"))
    assert tuple(inboxes[0]) == (4, 1)
    now = client.get(f"{PATH}/SPRING", headers=north).get_json()
    assert (now["told"], now["mails"], now["opened"], now["ordered"]) == (2, 4, 0, 0)

    link = mail["List-Unsubscribe"].strip("<>").partition("/unsubscribe/")[2]
    stranger = app.test_client()
    assert stranger.get(f"/unsubscribe/{link}").status_code == 200
    assert stranger.post(f"/unsubscribe/{link}x").status_code == 404
    for _ in range(2):
        ended = stranger.post(f"/unsubscribe/{link}", data={"List-Unsubscribe": "One-Click"})
        assert ended.status_code == 200
    draft(client, seed, north, "SUMMER")
    release(client, north, "SUMMER")
    assert tell(app) == 2
    assert "buyer@anna.example" not in {mail["To"] for mail in written_mails(app, seed)}
    [row] = seed.run(
        text(
            "select count(*) from notice n join user_account u on u.id = n.user_id"
            " where u.email = 'buyer@anna.example' and n.facts ->> 'code' = 'SUMMER' and n.in_inbox"
        )
    )
    assert row[0] == 1


def test_the_retailer_opens_it_from_its_home_page_and_fills_its_basket_at_its_own_prices(
    app: Flask, client: FlaskClient, seed: Seed, world: World, north: dict[str, str]
) -> None:
    draft(client, seed, north)
    shop = sign_in(seed, client, world.people["anna"], world.anna)
    assert shop.get("/buying/campaigns/SPRING").status_code == 404
    release(client, north)
    assert 'href="/buying/campaigns/SPRING"' in shop.get("/buying/").text
    page = shop.get("/buying/campaigns/SPRING").text
    assert page.index("N-2") < page.index("N-1")
    assert "Put 2 lines into the basket" in page
    names = [part.partition('"')[0] for part in page.split('name="article-')[1:]]
    form = {f"article-{names[0]}": "N-2", f"quantity-{names[0]}": "3", "act": "order", "idempotency_key": "once"}
    for _ in range(2):
        assert shop.post("/buying/campaigns/SPRING", data=form).status_code == 303
    basket = client.get("/api/v1/buying/basket", headers={"Authorization": f"Bearer {make_token(seed, world.anna)}"})
    assert basket.status_code == 200
    rows = seed.run(text("select quantity from basket_line"))
    assert [row.quantity for row in rows] == [3]
    wrong = {**form, f"quantity-{names[0]}": "many", "idempotency_key": "two"}
    assert shop.post("/buying/campaigns/SPRING", data=wrong).status_code == 422
    place(client, make_token(seed, world.bruno), [("N-1", 2)], "of-bruno")
    now = client.get(f"{PATH}/SPRING", headers=north).get_json()
    assert (now["receivers"], now["opened"], now["ordered"]) == (2, 1, 1)
    listed = client.get(f"{PATH}/SPRING/receivers", headers=north).get_json()["items"]
    assert [(row["code"], row["opened_at"] is not None, row["has_ordered"]) for row in listed] == [
        ("ANNA", True, False),
        ("BRUNO", False, True),
    ]
    other = app.test_client()
    assert sign_in(seed, other, world.people["clara"], world.clara).get("/buying/campaigns/SPRING").status_code == 404
    branch = {"Authorization": f"Bearer {make_token(seed, world.branch)}"}
    assert client.get(OWN, headers=branch).get_json() == {"campaigns": []}


def test_a_campaign_is_about_the_articles_that_its_promotions_name_as_well(
    client: FlaskClient, seed: Seed, world: World, north: dict[str, str]
) -> None:
    promotion = {
        "code": "P-1",
        "name": "Ten",
        "benefit": "percent",
        "value": "10",
        "articles": ["N-1"],
        "everyone": True,
    }
    assert client.put("/api/v1/selling/promotions", json={"promotions": [promotion]}, headers=north).status_code == 200
    draft(client, seed, north, articles=["N-2"], promotions=["P-1"])
    seen = client.get(f"{PATH}/SPRING/preview?account=ANNA", headers=north).get_json()["articles"]
    assert [(each["article_number"], each["unit_price"], each["net_amount"]) for each in seen] == [
        ("N-2", "5.00", "5.00"),
        ("N-1", "10.00", "9.00"),
    ]
    release(client, north)
    anna = {"Authorization": f"Bearer {make_token(seed, world.anna)}"}
    assert client.get(f"{OWN}/SPRING", headers=anna).get_json()["articles"] == ["N-2", "N-1"]


def test_what_is_released_is_kept_until_it_is_ended_and_then_leaves_the_home_pages(
    client: FlaskClient, seed: Seed, world: World, north: dict[str, str]
) -> None:
    body = draft(client, seed, north)
    change = {"segment": "BOTH", "title_en": "Late", "valid_from": body["valid_from"], "valid_to": body["valid_to"]}
    assert client.put(f"{PATH}/SPRING", json=change, headers=north).get_json()["articles"] == []
    assert release(client, north, status=409)["reason"] == "no-article"
    picture = io.BytesIO()
    Image.new("RGB", (2000, 900), "green").save(picture, "PNG")
    content = base64.b64encode(picture.getvalue()).decode()
    assert client.put(f"{PATH}/SPRING/picture", json={"content": content}, headers=north).get_json()["has_picture"]
    assert client.put(f"{PATH}/SPRING", json={**change, "articles": ["N-1"]}, headers=north).status_code == 200
    release(client, north)
    for refused in (
        client.put(f"{PATH}/SPRING", json=change, headers=north),
        client.delete(f"{PATH}/SPRING", headers=north),
        client.post(f"{PATH}/SPRING/release", json={}, headers=north),
        client.put(f"{PATH}/SPRING/picture", json={"content": None}, headers=north),
    ):
        assert (refused.status_code, refused.get_json()["type"].rpartition("/")[2]) == (409, "campaign-released")
    assert client.delete("/api/v1/selling/segments/BOTH", headers=north).status_code == 409
    anna = {"Authorization": f"Bearer {make_token(seed, world.anna)}"}
    kept = client.get(f"{OWN}/SPRING/picture", headers=anna).get_json()
    assert Image.open(io.BytesIO(base64.b64decode(kept["content"]))).size == (1280, 576)
    assert client.get(f"{OWN}/SPRING", headers=anna).get_json()["articles"] == ["N-1"]
    shop = sign_in(seed, client, world.people["anna"], world.anna)
    assert "This campaign is over" not in shop.get("/buying/campaigns/SPRING").text
    for _ in range(2):
        assert client.post(f"{PATH}/SPRING/end", json={}, headers=north).get_json()["state"] == "over"
    assert client.get(OWN, headers=anna).get_json() == {"campaigns": []}
    assert "This campaign is over" in shop.get("/buying/campaigns/SPRING").text
    actions = seed.run(text("select action from audit_entry where subject = 'SPRING' order by at"))
    assert [row.action.partition(".")[2] for row in actions] == [
        *("created", "changed", "picture_changed", "changed", "released", "ended")
    ]


def test_a_campaign_that_would_reach_nobody_or_is_about_what_is_not_there_is_refused(
    client: FlaskClient, seed: Seed, world: World, north: dict[str, str]
) -> None:
    nobody = {"code": "NOBODY", "name": "Nobody", "accounts": ["ANNA"], "rhythms": ["slowing"]}
    assert client.post("/api/v1/selling/segments", json=nobody, headers=north).status_code == 201
    draft(client, seed, north, segment="NOBODY")
    assert release(client, north, status=409)["reason"] == "nobody"
    browser = sign_in(seed, client, world.people["north"], world.north)
    assert "would reach nobody" in browser.post("/selling/campaigns/SPRING/release").text
    typed = {"code": "X", "segment": "NONE", "valid_from": "2026-12-02", "valid_to": "2026-12-01", "articles": "N-9"}
    page = browser.post("/selling/campaigns/new", data={**typed, "promotions": "P-9"})
    assert page.status_code == 422
    for words in ("There is no such segment.", "This ends before it begins.", "There is no such article."):
        assert words in page.text
    seen = browser.get("/selling/campaigns/SPRING/preview?account=ANNA")
    assert (seen.status_code, "10.00" in seen.text) == (200, True)
    assert browser.get("/selling/campaigns/SPRING/preview?account=CLARA").status_code == 422
    assert browser.post("/selling/campaigns/SPRING/remove").status_code == 302
    assert client.get(f"{PATH}/SPRING", headers=north).status_code == 404


def test_nobody_is_mailed_who_unsubscribed_or_left_since_nor_of_what_was_ended(
    app: Flask, client: FlaskClient, seed: Seed, world: World, north: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_mails(app)
    people = {
        name: make_person(seed, f"{name}@anna.example", (world.anna, Role.BUYER)) for name in ("no", "gone", "off")
    }
    draft(client, seed, north)
    release(client, north)
    assert tell(app) == 2
    end_mails_of(seed, app, people["no"], world.anna)
    seed.run(text("update membership set status = 'inactive' where user_id = :id"), {"id": people["gone"].id})
    seed.run(text("update user_account set status = 'inactive' where id = :id"), {"id": people["off"].id})
    monkeypatch.setattr(queries, "_FOUND", "the counts are not for mails")
    kept = sorted(world.people[name].email for name in ("anna", "bruno"))
    assert sorted(mail["To"] for mail in written_mails(app, seed)) == kept
    monkeypatch.undo()
    draft(client, seed, north, "SUMMER")
    release(client, north, "SUMMER")
    assert tell(app) == 2
    assert client.post(f"{PATH}/SUMMER/end", json={}, headers=north).get_json()["state"] == "over"
    assert written_mails(app, seed) == []


def end_mails_of(seed: Seed, app: Flask, person: Any, organisation: Any) -> None:
    with app.test_request_context():
        link = unsubscribe_link(organisation.id, person.id, "campaign")
    assert app.test_client().post(f"/unsubscribe/{link.rpartition('/')[2]}").status_code == 200


def test_a_mail_of_the_day_leaves_out_what_was_unsubscribed_since(
    app: Flask, client: FlaskClient, seed: Seed, world: World, north: dict[str, str]
) -> None:
    forget_mails(app)
    person = make_person(seed, "daily@anna.example", (world.anna, Role.BUYER))
    choose(seed, person, world.anna, "both", "daily")
    draft(client, seed, north)
    release(client, north)
    assert tell(app) == 2
    written_mails(app, seed)
    end_mails_of(seed, app, person, world.anna)
    seed.run(text("update notice set created_at = now() - interval '2 days' where mail_rhythm = 'daily'"))
    engine = create_engine(app.extensions["role_urls"].worker)
    with engine.begin() as connection:
        assert mail_due(connection) == 0
    engine.dispose()
    assert written_mails(app, seed) == []


def test_what_is_ended_before_its_first_day_is_over_once_and_never_seen(
    client: FlaskClient, seed: Seed, world: World, north: dict[str, str]
) -> None:
    first = today(seed) + timedelta(days=2)
    draft(client, seed, north, valid_from=str(first), valid_to=str(first + timedelta(days=2)))
    release(client, north)
    for _ in range(2):
        assert client.post(f"{PATH}/SPRING/end", json={}, headers=north).get_json()["state"] == "over"
    [row] = seed.run(text("select count(*) from audit_entry where action = 'campaign.ended'"))
    assert row[0] == 1
    seed.run(text("update campaign set valid_from = valid_from - 2, valid_to = valid_to - 2"))
    shop = sign_in(seed, client, world.people["anna"], world.anna)
    assert shop.get("/buying/campaigns/SPRING").status_code == 404
