"""Many accounts from a list: read, mapped, tried, imported; the same list again changes nothing, bad rows stay in hand."""

from __future__ import annotations

import html
import io
import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.accounts.conftest import Mails
from tests.factories.organisations import make_account, make_person, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.spreadsheets import workbook
from tests.factories.world import World

PAGE = "/selling/accounts/import"
API = "/api/v1/selling/accounts"
LIST = """Kd-Nr.;Firma;PLZ;Ort;Land;Zahlungsziel;Kreditlimit;Sonstiges
D-1;Eisen Müller;01067;Dresden;Deutschland;30;1.500,50;x
D-2;Holz Maier;1010;Wien;AT;14 Tage;;y
"""


@pytest.fixture
def north(app: Flask, seed: Seed, world: World) -> FlaskClient:
    """Give a browser of a German manager of north."""
    person = make_person(seed, "de@example.com", (world.north, "manager"), locale="de")
    return sign_in(seed, app.test_client(), person, world.north)


@pytest.fixture
def program(seed: Seed, world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_token(seed, world.north, 'selling:read', 'selling:write')}"}


def hidden(page: str, name: str) -> str:
    """Give what a hidden field holds."""
    [value] = set(re.findall(rf'name="{name}" value="([^"]*)"', page))
    return html.unescape(value)


def checked(client: FlaskClient, content: str | bytes, **columns: str) -> Any:
    """Read a list, take the columns as they were guessed (or as given), and see what would happen."""
    file = (io.BytesIO(content), "list.bin") if isinstance(content, bytes) else None
    data = {"act": "read", **({"file": file} if file else {"block": content})}
    page = client.post(PAGE, data=data).get_data(as_text=True)
    chosen = re.findall(r'<select class="select" name="(column-\d+)"(.*?)</select>', page, re.DOTALL)
    guessed = {name: re.search(r'value="(\w*)" selected', options) for name, options in chosen}
    mapping = {name: found[1] if found else "" for name, found in guessed.items()} | columns
    return client.post(PAGE, data={"act": "map", "table": hidden(page, "table"), **mapping})


def save(client: FlaskClient, answer: Any, **cells: str) -> Any:
    return client.post(PAGE, data={"act": "save", "rows": hidden(answer.get_data(as_text=True), "rows"), **cells})


def accounts(seed: Seed, *numbers: str) -> list[tuple[Any, ...]]:
    rows = seed.run(
        text(
            "select t.customer_number, o.name, o.postal_code, o.country, t.payment_terms_days, t.credit_limit"
            " from trading_account t join organisation o on o.id = t.buyer_id"
            " where t.customer_number = any(:numbers) order by 1"
        ),
        {"numbers": list(numbers)},
    )
    return [tuple(row) for row in rows]


def test_a_list_with_columns_of_its_own_is_mapped_tried_and_imported(north: FlaskClient, seed: Seed) -> None:
    answer = checked(north, LIST)
    assert answer.status_code == 200
    assert "2 Kunden importieren" in answer.get_data(as_text=True)
    assert accounts(seed, "D-1", "D-2") == []
    done = save(north, answer)
    assert done.headers["Location"] == "/selling/accounts/invitations"
    first, second = accounts(seed, "D-1", "D-2")
    assert first[:5] == ("D-1", "Eisen Müller", "01067", "DE", 30)
    assert f"{first[5]:.2f}" == "1500.50"
    assert second == ("D-2", "Holz Maier", "1010", "AT", 14, None)


def test_the_same_list_again_changes_nothing_and_a_changed_one_only_what_it_says(
    north: FlaskClient, seed: Seed
) -> None:
    save(north, checked(north, LIST))
    again = checked(north, LIST).get_data(as_text=True)
    assert "Nichts würde sich ändern" in again
    acts = "select count(*) from audit_entry where action like 'account%'"
    before = seed.run(text(acts))[0][0]
    answer = checked(north, "Kundennummer;Ort\nD-1;Leipzig\nD-2;Wien\n")
    assert "1 Kunden importieren" in answer.get_data(as_text=True)
    save(north, answer)
    assert seed.run(text("select city, postal_code from organisation where name = 'Eisen Müller'")) == [
        ("Leipzig", "01067")
    ]
    assert seed.run(text(acts))[0][0] == before + 2
    assert len(accounts(seed, "D-1", "D-2")) == 2


def test_a_spreadsheet_is_read_by_its_content_and_numbers_keep_their_digits(north: FlaskClient, seed: Seed) -> None:
    sheet: list[list[Any]] = [
        ["Customer number", "Name", "GLN", "Credit limit"],
        [4711, "Blech & Co", 4012345000009, 2500.5],
    ]
    save(north, checked(north, workbook(sheet)))
    [row] = accounts(seed, "4711")
    assert (row[1], f"{row[5]:.2f}") == ("Blech & Co", "2500.50")
    assert seed.run(text("select gln from organisation where name = 'Blech & Co'")) == [("4012345000009",)]


def test_bad_rows_stay_on_the_page_with_the_reason_and_do_not_stop_the_good_ones(
    north: FlaskClient, seed: Seed, world: World
) -> None:
    del world
    bad = "D-3;;10115;Berlin;DE;30;\n;Ohne Nummer;;;;;\nD-1;Noch einer;;;;;\nD-5;Fern;;;Nirgendwo;1000;-3\n"
    answer = checked(north, LIST + bad)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "4 Zeilen sind zu berichtigen." in page
    for reason in (
        "Ein neuer Kunde braucht einen Namen.",
        "Bitte geben Sie Kundennummer oder Kürzel an",
        "Zeile 2 hat es schon.",
        "Das ist kein Land.",
        "ganze Tage von 0 bis 365",
        "Das ist kein Betrag.",
    ):
        assert reason in page
    left = {"cell-4-customer_number": "D-3", "cell-4-name": "", "cell-5-name": "Ohne Nummer"}
    rest = save(north, answer, **left).get_data(as_text=True)
    assert "2 Kunden sind angelegt." in rest
    assert "Ohne Nummer" in rest
    assert len(accounts(seed, "D-1", "D-2", "D-3")) == 2
    mended = {"cell-4-customer_number": "D-3", "cell-4-name": "Drei", "cell-new-1-customer_number": "D-9"}
    again = north.post(PAGE, data={"act": "check", "rows": "[]", **mended, "cell-new-1-name": "Neun"})
    assert [number for number, _ in json.loads(hidden(again.get_data(as_text=True), "rows"))] == [4, 5]
    assert save(north, again).status_code == 302
    assert [row[1] for row in accounts(seed, "D-3", "D-9")] == ["Drei", "Neun"]


def test_bad_rows_can_be_downloaded_with_the_reason_and_hold_no_formula(north: FlaskClient) -> None:
    cells = {"cell-4-customer_number": "=1+1", "cell-4-country": "Nirgendwo", "problem-4": "Zeile 2 hat es schon."}
    answer = north.post(PAGE, data={"act": "download", **cells})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="accounts-to-mend.csv"'
    head, row = answer.get_data(as_text=True).removeprefix("\ufeff").splitlines()
    assert head.startswith("customer_number,code,branch_of,name,")
    assert head.endswith(",problem")
    assert row.startswith("'=1+1,,,,")
    assert "Das ist kein Land." in row


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"column-0": ""}, "Bitte sagen Sie, welche Spalte die Kundennummer enthält"),
        ({"column-7": "name"}, "Bitte wählen Sie jedes Feld nur einmal."),
    ],
)
def test_columns_that_cannot_be_are_said_at_once(north: FlaskClient, columns: dict[str, str], reason: str) -> None:
    answer = checked(north, LIST, **columns)
    assert answer.status_code == 422
    assert reason in answer.get_data(as_text=True)


def test_a_list_that_cannot_be_read_is_refused_with_the_reason(north: FlaskClient) -> None:
    nothing = north.post(PAGE, data={"act": "read", "block": " "})
    assert (nothing.status_code, "Es gab nichts zu lesen." in nothing.get_data(as_text=True)) == (422, True)
    long = north.post(PAGE, data={"act": "read", "block": "Kundennummer;Name\n" + "X;Y\n" * 1001})
    assert "1.000 passen auf einmal" in long.get_data(as_text=True)
    forged = north.post(PAGE, data={"act": "map", "table": '[["a"],[[1,["x","y"]]],false]', "column-0": "name"})
    assert forged.status_code == 422
    assert north.post(PAGE, data={"act": "save", "rows": '[["x",{}]]'}).status_code == 302


def test_a_program_sends_a_list_tries_it_first_and_may_skip_what_is_bad(
    client: FlaskClient, program: dict[str, str], seed: Seed, world: World
) -> None:
    good = {"customer_number": "P-1", "name": "Programm", "credit_limit": "99.50"}
    branch = {"customer_number": "P-2", "name": "Filiale", "branch_of": "P-1"}
    bad = {"code": "CLARA", "name": "Another's"}
    body = {"accounts": [branch, good, bad]}
    refused = client.put(API, json=body, headers=program)
    assert (refused.status_code, refused.get_json()["type"]) == (422, "/problems/rows-refused")
    [error] = refused.get_json()["errors"]
    assert (error["pointer"], error["problem"]) == ("#/accounts/2/code", "code-taken")
    tried = client.put(f"{API}?dry_run=true&skip_bad=true", json=body, headers=program).get_json()
    assert (tried["created"], tried["refused"], [row["change"] for row in tried["rows"]]) == (
        2,
        1,
        ["created", "created", "refused"],
    )
    assert accounts(seed, "P-1", "P-2") == []
    assert client.put(f"{API}?skip_bad=true", json=body, headers=program).get_json()["created"] == 2
    again = client.put(f"{API}?skip_bad=true", json={"accounts": [branch, good]}, headers=program).get_json()
    assert (again["created"], again["unchanged"]) == (0, 2)
    [row] = seed.run(
        text("select p.name from organisation o join organisation p on p.id = o.parent_id where o.name = 'Filiale'")
    )
    assert row == ("Programm",)
    refusals = seed.run(text("select count(*) from audit_entry where action = 'account.code_refused' and refused"))
    assert refusals[0][0] == 3
    assert (
        client.put(API, json={"accounts": [{"code": "ANNA", "branch_of": "BRUNO"}]}, headers=program).get_json()[
            "errors"
        ][0]["problem"]
        == "place-fixed"
    )
    make_account(seed, world.north.id, world.clara.id, customer_number="P-1")
    assert client.put(API, json={"accounts": [good]}, headers=program).get_json()["unchanged"] == 1


def test_a_number_of_several_accounts_needs_the_code(
    client: FlaskClient, program: dict[str, str], seed: Seed, world: World
) -> None:
    for shop in (world.anna, world.bruno):
        seed.run(text("update trading_account set customer_number = 'SAME' where buyer_id = :id"), {"id": shop.id})
    row = {"customer_number": "SAME", "city": "Bonn"}
    problems = [
        client.put(API, json={"accounts": [sent]}, headers=program).get_json()["errors"][0]["problem"]
        for sent in (row, {**row, "code": "ANNA"}, {**row, "code": "BRANCH"})
    ]
    assert problems == ["ambiguous", "other-account", "other-account"]


def test_many_are_invited_at_once_and_nobody_twice(
    north: FlaskClient, client: FlaskClient, program: dict[str, str], seed: Seed, mails: Mails
) -> None:
    save(north, checked(north, LIST.replace("Sonstiges", "E-Mail").replace(";x", ";a@x.example").replace(";y", ";")))
    codes = dict(seed.run(text("select name, code from organisation where name in ('Eisen Müller', 'Holz Maier')")))
    iron, wood = codes["Eisen Müller"], codes["Holz Maier"]
    page = north.get("/selling/accounts/invitations").get_data(as_text=True)
    assert 'value="a@x.example"' in page
    form = {"role": "manager", f"invite-{iron}": "yes", f"email-{iron}": "a@x.example"}
    missing = {**form, f"invite-{wood}": "yes", f"email-{wood}": "kein.de"}
    answer = north.post("/selling/accounts/invitations", data=missing)
    assert answer.status_code == 422
    assert "1 Einladung ist unterwegs." in answer.get_data(as_text=True)
    assert 'value="kein.de"' in answer.get_data(as_text=True)
    assert [mail["To"] for mail in mails()] == ["a@x.example"]
    wanted = [{"code": iron}, {"code": wood}, {"code": "ANNA", "email": "anna@example.com"}, {"code": "CLARA"}]
    wanted.append({"code": wood, "email": "w@x.example"})
    sent = client.post("/api/v1/selling/account-invitations", json={"invitations": wanted}, headers=program).get_json()
    assert [each["answer"] for each in sent["invitations"]] == [
        "already-invited",
        "no-address",
        "already-aboard",
        "unknown",
        "invited",
    ]
    assert [mail["To"] for mail in mails()] == ["w@x.example"]


def test_the_list_says_who_came_aboard_and_who_ordered_last(
    client: FlaskClient, north: FlaskClient, program: dict[str, str], seed: Seed, world: World
) -> None:
    client.put(
        API, json={"accounts": [{"customer_number": f"N-{n}", "name": f"New {n}"} for n in (1, 2, 3)]}, headers=program
    )
    codes = dict(seed.run(text("select name, code from organisation where name like 'New %'")))
    wanted = [{"code": codes[f"New {n}"], "email": f"n{n}@x.example"} for n in (1, 2)]
    client.post("/api/v1/selling/account-invitations", json={"invitations": wanted}, headers=program)
    seed.run(text("update invitation set expires_at = now() - interval '1 hour' where email = 'n2@x.example'"))
    found = {
        presence: [row["name"] for row in client.get(f"{API}?presence={presence}", headers=program).get_json()["items"]]
        for presence in ("uninvited", "invited", "expired", "aboard")
    }
    assert found["invited"] == ["New 1"]
    assert found["expired"] == ["New 2"]
    assert found["uninvited"] == ["New 3"]
    assert {"ANNA name", "BRUNO name"} <= set(found["aboard"])
    assert client.get(f"{API}/ANNA", headers=program).get_json()["aboard_since"] is not None
    page = north.get("/selling/accounts/?presence=expired").get_data(as_text=True)
    assert "New 2" in page
    assert "New 1" not in page
    assert "Einladung abgelaufen" in page
    assert "New 2" in north.get("/selling/accounts/accounts.csv?presence=expired").get_data(as_text=True)
    del world
