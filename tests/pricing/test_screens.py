"""The pricing desk on screen: lists, the sheet with its check, whom a change concerns, why a price, who pays what."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tenants.database import count_statements, db
from tests.factories.catalogue import make_article, make_price_list, make_product
from tests.factories.organisations import make_person, make_price_group, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.spreadsheets import workbook
from tests.factories.world import World
from tests.pricing.calls import call, price, put_entries, put_list

LIST = "/selling/prices/lists/L/"


@pytest.fixture
def token(client: FlaskClient, seed: Seed, world: World) -> str:
    """Sign north's admin in and give north's token; L is for everyone and has N-1 at 10, 9 from 12 pieces."""
    for number in (1, 2):
        make_article(seed, world.north, make_product(seed, world.acme, sku=f"S-{number}"), article_number=f"N-{number}")
    token = make_token(seed, world.north)
    put_list(client, token, "L", name="Everyday", audience={"everyone": True})
    put_entries(
        client,
        token,
        "L",
        {"article": "N-1", "net_price": 10},
        {"article": "N-1", "net_price": 9, "min_quantity": 12},
    )
    sign_in(seed, client, world.people["north"], world.north)
    return token


def cells(page: TestResponse) -> dict[str, str]:
    """Give the sheet's fields as a browser would post them."""
    found = re.findall(r'name="(cell-[^"]+|checked|starts_on)" value="([^"]*)"', page.text)
    return {name: text for name, text in found if not name.startswith("cell-new-")}


def change(form: dict[str, str], row: int, column: str, text: str) -> None:
    """Type into a cell of a row, counted from 0."""
    names = [name for name in form if name.endswith(f"-{column}")]
    form[names[row]] = text


def post(client: FlaskClient, form: dict[str, Any], act: str) -> TestResponse:
    return client.post(f"{LIST}entries", data={**form, "act": act})


def stored(client: FlaskClient, token: str) -> list[tuple[Any, ...]]:
    return [tuple(item.values()) for item in call(client, token, "GET", "/selling/price-lists/L/entries")["items"]]


def test_the_sheet_is_checked_then_saved_and_live(client: FlaskClient, seed: Seed, world: World, token: str) -> None:
    form = cells(client.get(LIST))
    change(form, 0, "net_price", "8.5")
    change(form, 2, "article", "N-2")
    change(form, 2, "net_price", "3")
    checked = post(client, form, "check")
    assert checked.status_code == 200
    assert "1 new price, 1 changed. 4 customers may see new prices at once." in checked.text
    assert "€10.00 → €8.50 (\N{MINUS SIGN}15%)" in checked.text
    assert "Save 2 changes" in checked.text
    assert stored(client, token)[0][2] == "10.00"
    saved = post(client, cells(checked), "save")
    assert saved.status_code == 302
    assert [row[:3] for row in stored(client, token)] == [("N-1", 1, "8.50"), ("N-1", 12, "9.00"), ("N-2", 1, "3.00")]
    assert price(client, make_token(seed, world.anna), "N-1")[1] == "8.50"


def test_saving_holds_for_exactly_what_was_checked(client: FlaskClient, token: str) -> None:
    form = cells(client.get(LIST))
    change(form, 0, "net_price", "8.5")
    form = cells(post(client, form, "check"))
    change(form, 0, "net_price", "0.85")
    again = post(client, form, "save")
    assert again.status_code == 200
    assert "€10.00 → €0.85" in again.text
    assert stored(client, token)[0][2] == "10.00"


def test_wrong_cells_are_marked_in_place_and_everything_typed_is_kept(client: FlaskClient, token: str) -> None:
    form = cells(client.get(LIST))
    change(form, 0, "net_price", "8,5,5")
    change(form, 1, "net_price", "7.77")
    change(form, 2, "article", "GONE <b>")
    change(form, 2, "net_price", "1.234")
    change(form, 3, "article", "N-2")
    change(form, 3, "net_price", "1,234")
    answer = post(client, form, "check")
    assert answer.status_code == 422
    assert "4 cells need you" not in answer.text
    assert "3 cells need you; nothing was saved, nothing was lost." in answer.text
    assert answer.text.count('aria-invalid="true"') == 3
    assert "This can be read in two ways." in answer.text
    assert "There is no such article." in answer.text
    for typed in ("8,5,5", "7.77", "GONE &lt;b&gt;", "1,234"):
        assert f'value="{typed}"' in answer.text
    assert "GONE <b>" not in answer.text
    assert answer.text.count(" readonly") == 2, "what is new can be mended, articles of stored prices stay"


def test_german_desks_type_german_numbers_and_days(client: FlaskClient, token: str) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    form = cells(client.get(LIST))
    assert form[next(name for name in form if name.endswith("net_price"))] == "10,00"
    change(form, 2, "article", "N-2")
    change(form, 2, "net_price", "1.284,5")
    change(form, 2, "valid_from", "1.12.2030")
    checked = post(client, form, "check")
    assert "1 neuer Preis." in checked.text
    post(client, cells(checked), "save")
    assert stored(client, token)[-1] == ("N-2", 1, "1284.50", "2030-12-01", None)


def test_changes_scheduled_for_a_day_leave_todays_prices(client: FlaskClient, token: str) -> None:
    form = cells(client.get(LIST)) | {"starts_on": "2030-12-01"}
    change(form, 0, "net_price", "8")
    change(form, 1, "net_price", "")
    checked = post(client, form, "check")
    assert "Schedule 2 changes for 1 Dec 2030" in checked.text
    assert "4 customers see new prices from 1 Dec 2030." in checked.text
    post(client, cells(checked), "save")
    assert stored(client, token) == [
        ("N-1", 1, "10.00", None, None),
        ("N-1", 1, "8.00", "2030-12-01", None),
        ("N-1", 12, "9.00", None, "2030-12-01"),
    ]
    ahead = client.get(f"{LIST}?ahead=yes")
    assert ahead.text.count('value="N-1"') == 1


def test_a_cleared_price_takes_the_entry_away_and_a_new_minimum_moves_it(client: FlaskClient, token: str) -> None:
    form = cells(client.get(LIST))
    change(form, 0, "net_price", " ")
    change(form, 1, "min_quantity", "6")
    checked = post(client, form, "check")
    assert "will be removed" in checked.text
    post(client, cells(checked), "save")
    assert stored(client, token) == [("N-1", 6, "9.00", None, None)]


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(client: FlaskClient, token: str) -> None:
    form = cells(client.get(LIST))
    put_entries(client, token, "L", {"article": "N-1", "net_price": "11"})
    change(form, 0, "net_price", "8")
    answer = post(client, form, "check")
    assert answer.status_code == 422
    assert "Somebody else has changed this price meanwhile." in answer.text
    assert stored(client, token)[0][2] == "11.00"
    untouched = cells(client.get(LIST))
    put_entries(client, token, "L", {"article": "N-1", "net_price": "12"})
    change(untouched, 1, "net_price", "7")
    post(client, cells(post(client, untouched, "check")), "save")
    assert [row[2] for row in stored(client, token)] == ["12.00", "7.00"]


def test_a_pasted_block_and_a_file_go_into_the_sheet_with_what_stands_there(client: FlaskClient, token: str) -> None:
    form = cells(client.get(LIST))
    change(form, 0, "net_price", "8.5")
    block = "Article\tPrice\tFrom quantity\nN-2\t3.5\t\nN-2\t3\t10\nNEW-1\t4\t1\n"
    answer = post(client, {**form, "block": block}, "read")
    assert "3 rows read. Please check them." in answer.text
    form = cells(answer)
    assert form[next(name for name in form if name.endswith("net_price"))] == "8.5"
    file = (io.BytesIO("\ufeffarticle,net_price,name\nN-2,1234.5,'=x\n".encode()), "prices.csv")
    answer = client.post(f"{LIST}entries", data={**form, "act": "read", "file": file})
    form = cells(answer)
    articles = [form[name] for name in form if name.endswith("-article")]
    assert articles == ["N-1", "N-1", "N-2", "N-2", "NEW-1", "N-2"]
    assert form[[name for name in form if name.endswith("net_price")][-1]] == "1234.50"
    refused = post(client, form, "check")
    assert "NEW-1: There is no such article." in refused.text
    assert "An earlier row has the same article, quantity and first day." in refused.text


def test_a_spreadsheet_goes_into_the_sheet_and_what_cannot_be_read_leaves_it_as_it_is(
    client: FlaskClient, token: str
) -> None:
    book = workbook([["article", "net_price", "valid_from"], ["N-2", 1234.5, date(2030, 1, 1)]])
    read = client.post(f"{LIST}entries", data={"act": "read", "file": (io.BytesIO(book), "prices.xlsx")})
    form = cells(read)
    row = next(name for name, text in form.items() if name.endswith("-article") and text == "N-2").removesuffix(
        "article"
    )
    assert (form[f"{row}net_price"], form[f"{row}valid_from"]) == ("1234.50", "2030-01-01")
    checked = post(client, form, "check")
    assert "1 new price" in checked.text
    typed = workbook([["Artikel", "Preis"], ["N-2", 1.125]])
    form = cells(client.post(f"{LIST}entries", data={"act": "read", "file": (io.BytesIO(typed), "prices.xlsx")}))
    assert "1.125" in form.values()
    broken = {**form, "act": "read", "file": (io.BytesIO(b"PK\x03\x04"), "prices.xlsx")}
    refused = client.post(f"{LIST}entries", data=broken)
    assert "The file cannot be read. Please use CSV, XLSX or ODS." in refused.text
    assert form.items() <= cells(refused).items()


def test_the_export_can_be_read_again_and_holds_no_formula(
    client: FlaskClient, seed: Seed, world: World, token: str
) -> None:
    risky = make_product(seed, world.acme, sku="R", name_en="=cmd()")
    make_article(seed, world.north, risky, article_number="-1+1")
    put_entries(client, token, "L", {"article": "-1+1", "net_price": "0.5", "valid_to": "2030-01-01"})
    export = client.get(f"{LIST}entries.csv")
    lines = export.data.decode("utf-8-sig").splitlines()
    assert lines == [
        "article,name,min_quantity,net_price,valid_from,valid_to",
        "'-1+1,'=cmd(),1,0.5,,2030-01-01",
        "N-1,Product S-1,1,10,,",
        "N-1,Product S-1,12,9,,",
    ]
    file = (io.BytesIO(export.data), "prices.csv")
    read = client.post(f"{LIST}entries", data={"act": "read", "file": file})
    checked = post(client, cells(read), "check")
    assert "Nothing would change: the list has these prices already." in checked.text


def test_a_header_change_says_whom_it_concerns_before_it_is_saved(
    client: FlaskClient, seed: Seed, world: World, token: str
) -> None:
    make_price_group(seed, world.north.id, "GOLD", world.anna, world.bruno)
    path = f"{LIST}edit"
    assert 'value="Everyday"' in client.get(path).text
    form = {"name": "Everyday", "active": "y", "priority": "100", "groups": "GOLD", "accounts": "BRANCH"}
    asked = client.post(path, data=form)
    assert "4 customers may see new prices at once. It was for 4, it will be for 3." in asked.text
    assert call(client, token, "GET", "/selling/price-lists/L/assignments")["everyone"] is True
    agreed = re.search(r'name="agreed" value="([^"]+)"', asked.text)
    assert agreed is not None
    other = client.post(path, data={**form, "agreed": agreed[1], "valid_from": "2030-12-01"})
    assert "4 customers see new prices from 1 Dec 2030." in other.text
    assert client.post(path, data={**form, "agreed": agreed[1]}).status_code == 302
    assert call(client, token, "GET", "/selling/price-lists/L/assignments") == {
        "everyone": False,
        "groups": ["GOLD"],
        "accounts": ["BRANCH"],
        "buyers": 3,
    }


def test_a_wrong_header_is_told_at_its_fields_and_kept(client: FlaskClient, token: str) -> None:
    form = {
        "code": "L",
        "name": "Twice",
        "priority": "x",
        "valid_from": "soon",
        "adjustment_percent": "-12.5",
        "accounts": "NOBODY",
    }
    answer = client.post("/selling/prices/new", data=form)
    assert answer.status_code == 422
    for text in (
        "This is not a number.",
        "This is not a day.",
        'value="soon"',
        'value="-12.5"',
        'value="Twice"',
        "NOBODY",
    ):
        assert text in answer.text
    form |= {"priority": "5", "valid_from": "2030-01-01"}
    answer = client.post("/selling/prices/new", data=form)
    assert "Only a list derived from another one has an adjustment." in answer.text
    form |= {"base_code": "L"}
    assert "There is a list with this code." in client.post("/selling/prices/new", data=form).text
    form |= {"code": "L2"}
    assert "There is no customer with the code NOBODY." in client.post("/selling/prices/new", data=form).text
    form |= {"accounts": "ANNA"}
    assert client.post("/selling/prices/new", data=form).location.endswith("/selling/prices/lists/L2/")
    made = call(client, token, "GET", "/selling/price-lists")["items"][1]
    assert (made["code"], made["base_code"], made["adjustment_percent"], made["valid_from"], made["active"]) == (
        "L2",
        "L",
        "-12.5",
        "2030-01-01",
        False,
    )


def test_the_strategy_is_chosen_with_its_reach_in_sight(client: FlaskClient, token: str) -> None:
    assert "A change concerns 4 customers at once." in client.get("/selling/prices/strategy").text
    client.post("/selling/prices/strategy", data={"price_strategy": "lowest"})
    assert "The lowest price of all lists decides." in client.get("/selling/prices/").text


def test_any_price_is_explained_with_everything_that_lost(client: FlaskClient, token: str) -> None:
    put_list(
        client, token, "OWN", name="Anna", base_code="L", adjustment_percent="-10", audience={"accounts": ["ANNA"]}
    )
    page = client.get("/selling/prices/explain?article=N-1&account=ANNA&quantity=12&on=2030-01-01")
    text = " ".join(re.sub(r"<[^>]+>", " ", page.text).split())
    for words in (
        "for ANNA on 1 Jan 2030: €97.20 net.",
        "−10%",
        "An earlier list has a price already.",
        "A price for a larger quantity counts.",
    ):
        assert words.replace(" ", "") in text.replace("\N{NO-BREAK SPACE}", " ").replace(" ", "")
    german = client.get(
        "/selling/prices/explain?article=N-1&account=ANNA&quantity=12", headers={"Accept-Language": "de"}
    ).text
    assert "Eine frühere Liste hat bereits einen Preis." in german
    assert "Ein Preis für eine größere Menge gilt." in german
    wrong = client.get("/selling/prices/explain?article=NONE&account=CLARA&quantity=0&on=x")
    assert wrong.status_code == 422
    assert wrong.text.count('aria-invalid="true"') == 4


def test_a_derived_list_names_its_base_and_counts_what_it_takes_over(client: FlaskClient, token: str) -> None:
    put_entries(client, token, "L", {"article": "N-2", "net_price": 4})
    anna = {"accounts": ["ANNA"]}
    put_list(client, token, "D", name="Half more", base_code="L", adjustment_percent="50", audience=anna)
    put_list(client, token, "E", base_code="D", adjustment_percent="10", audience=anna)
    # N-1 has two prices in L, N-2 has one; a price of D itself takes the place of those of L for its article.
    assert counts(client) == ["0 own 3 taken over", "0 own 3 taken over", "3"]
    put_entries(client, token, "D", {"article": "N-1", "net_price": 7})
    assert counts(client) == ["1 own 1 taken over", "0 own 2 taken over", "3"]
    page = client.get("/selling/prices/lists/E/").text
    assert ">Half more</a>" in page
    assert "2 prices are taken over from there." in page


def counts(client: FlaskClient) -> list[str]:
    """Give how many prices each list has, as the table of lists says it, by code: D, E, L."""
    found = re.findall(r'data-label="Prices">(.*?)</td>', client.get("/selling/prices/").text)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in found]


def test_who_pays_what_is_shown_list_by_list(client: FlaskClient, token: str) -> None:
    put_list(client, token, "D", base_code="L", adjustment_percent="50", audience={"accounts": ["ANNA"]})
    page = client.get("/selling/prices/article?article=N-1")
    text = re.sub(r"<[^>]+>", "", page.text)
    assert "15.00" in text
    assert "derived from L" in text
    assert client.get("/selling/prices/article?article=NONE").status_code == 404


def test_pages_of_lists_and_entries_take_few_statements(app: Flask, client: FlaskClient, token: str) -> None:
    with app.app_context():
        engine = db.engine

    def count(path: str) -> int:
        with count_statements(engine) as counted:
            assert client.get(path).status_code == 200
        return len(counted.statements)

    before = {path: count(path) for path in ("/selling/prices/", LIST)}
    for number in range(30):
        put_list(client, token, f"M-{number}", audience={"everyone": True})
    put_entries(client, token, "L", *({"article": "N-2", "net_price": 1, "min_quantity": n + 1} for n in range(45)))
    assert {path: count(path) for path in before} == before
    assert max(before.values()) <= 10


def test_viewers_read_without_fields_and_buyers_find_nothing(
    client: FlaskClient, seed: Seed, world: World, token: str
) -> None:
    viewer = make_person(seed, "viewer@example.com", (world.north, "viewer"))
    sign_in(seed, client, viewer, world.north)
    page = client.get(LIST)
    assert "10.00" in page.text
    assert "cell-" not in page.text
    assert client.post(f"{LIST}entries", data={"act": "check"}).status_code == 403
    assert client.get(f"{LIST}edit").status_code == 403
    make_price_list(seed, world.south, "SOUTHS")
    foreign, missing = (client.get(f"/selling/prices/lists/{code}/") for code in ("SOUTHS", "NONE"))
    assert foreign.status_code == missing.status_code == 404
    sign_in(seed, client, world.people["anna"], world.anna)
    assert client.get(LIST).status_code == 404
