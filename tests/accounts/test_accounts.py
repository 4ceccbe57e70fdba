"""A seller's accounts: created from above, with terms and first invitation in one act; nobody else's are there."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tenants.authentication import build_principal
from tenants.database import count_statements, db
from tenants.permissions import Capacity, Permission
from tests.accounts.conftest import Mails, page_of
from tests.factories.organisations import make_organisation, make_person, make_price_group, sign_in
from tests.factories.seed import Seed
from tests.factories.world import World

FORM = {
    "name": "Eisen Müller & Söhne",
    "street": "Werkstraße 4",
    "postal_code": "21073",
    "city": "Hamburg",
    "country": "DE",
    "email": "einkauf@eisen-mueller.example",
    "locale": "de",
    "kind": "retailer",
    "currency": "EUR",
    "customer_number": "K-4711",
    "price_group": "GOLD",
    "payment_terms_days": "30",
    "credit_limit": "5,000.50",
    "person_email": "Max@eisen-mueller.example",
    "person_name": "Max Müller",
    "person_role": "admin",
}


@pytest.fixture
def north(app: Flask, seed: Seed, world: World) -> FlaskClient:
    """Give a browser of north's administrator."""
    return sign_in(seed, app.test_client(), world.people["north"], world.north)


def created(seed: Seed, code: str) -> Any:
    """Give organisation and account of a new buyer."""
    [row] = seed.run(
        text(
            "select o.*, t.seller_id as account_seller, t.customer_number, t.price_group, t.payment_terms_days,"
            " t.credit_limit, t.status as account_status from organisation o"
            " join trading_account t on t.buyer_id = o.id where o.code = :code"
        ),
        {"code": code},
    )
    return row


def code_in(answer: Any) -> str:
    """Give the code of the account whose page the answer leads to."""
    assert answer.status_code == 302
    return str(answer.headers["Location"].removeprefix("/selling/accounts/").removesuffix("/"))


def test_one_form_makes_organisation_account_price_group_and_invitation(
    north: FlaskClient, world: World, seed: Seed, mails: Mails
) -> None:
    answer = north.post("/selling/accounts/new", data=FORM)
    code = code_in(answer)
    assert re.fullmatch("EISEN-MUELLER-[2-9A-HJKMNP-TV-Z]{4}", code)
    row = created(seed, code)
    assert (row.name, row.slug, row.kind) == ("Eisen Müller & Söhne", "eisen-mueller-soehne", "retailer")
    assert (row.root_id, row.parent_id, row.seller_id) == (world.acme.id, world.north.id, world.north.id)
    assert row.owner_ids == [world.acme.id, world.north.id, row.id]
    assert (row.currency, row.time_zone, row.locale) == ("EUR", "Europe/Berlin", "de")
    assert (row.account_seller, row.customer_number, row.price_group) == (world.north.id, "K-4711", "GOLD")
    assert (row.payment_terms_days, f"{row.credit_limit:.2f}", row.account_status) == (30, "5000.50", "active")
    [mail] = mails()
    assert mail["To"] == "max@eisen-mueller.example"
    assert mail["Subject"] == "NORTH name lädt Sie ein: Ihr Zugang für Eisen Müller & Söhne"
    actions = [row[0] for row in seed.run(text("select action from audit_entry order by at, action"))]
    assert actions == ["account.created", "invitation.sent"]


def test_amounts_are_read_in_the_readers_language(app: Flask, world: World, seed: Seed) -> None:
    person = make_person(seed, "de@example.com", (world.north, "admin"), locale="de")
    client = sign_in(seed, app.test_client(), person, world.north)
    answer = client.post("/selling/accounts/new", data={**FORM, "credit_limit": "5.000,50"})
    assert f"{created(seed, code_in(answer)).credit_limit:.2f}" == "5000.50"


@pytest.mark.parametrize("amount", ["-1", "NaN", "1e99", "1.234.5", "12,345.678", "inf", "0x10"])
def test_what_is_no_amount_is_refused_and_everything_typed_kept(north: FlaskClient, seed: Seed, amount: str) -> None:
    answer = north.post("/selling/accounts/new", data={**FORM, "credit_limit": amount})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "This is not an amount." in page
    assert 'value="Eisen Müller &amp; Söhne"' in page
    assert seed.run(text("select count(*) from organisation where name like 'Eisen%'"))[0][0] == 0


def test_a_proposed_code_and_slug_make_way_for_those_that_are_taken(
    north: FlaskClient, seed: Seed, world: World
) -> None:
    make_organisation(seed, "EISEN-MUELLER", "retailer", world.south, slug="eisen-mueller-soehne")
    answer = north.post("/selling/accounts/new", data=FORM)
    row = created(seed, code_in(answer))
    assert row.slug.startswith("eisen-mueller-soehne-")


def test_a_code_of_the_channel_is_refused_when_it_was_typed(north: FlaskClient, seed: Seed, mails: Mails) -> None:
    answer = north.post("/selling/accounts/new", data={**FORM, "code": "CLARA"})
    assert answer.status_code == 422
    assert "This code cannot be used. EISEN-MUELLER-" in answer.get_data(as_text=True)
    refused = seed.run(text("select action, subject, refused from audit_entry"))
    assert [tuple(row) for row in refused] == [("account.code_refused", "CLARA", True)]
    assert seed.run(text("select count(*) from organisation where name like 'Eisen%'"))[0][0] == 0
    assert mails() == []


def test_who_has_a_code_cannot_be_told_from_the_answer(north: FlaskClient, seed: Seed, world: World) -> None:
    """SUB is an own account, CLARA another wholesaler's; a name that somebody serves gives a code as any other does."""
    pages = []
    for code in ("SUB", "CLARA"):
        page = north.post("/selling/accounts/new", data={**FORM, "code": code}).get_data(as_text=True)
        shown = re.sub(r"EISEN-MUELLER-\w{4}", "<suggestion>", page.replace(code, "<code>"))
        pages.append(re.sub(r'(value|content)="[^"]{40,}"', "<token>", shown))
    assert pages[0] == pages[1]


@pytest.mark.usefixtures("throttle")
def test_searching_for_codes_of_others_ends_soon(north: FlaskClient, seed: Seed) -> None:
    answers = [north.post("/selling/accounts/new", data={**FORM, "code": "CLARA"}).status_code for _ in range(31)]
    assert answers == [422] * 30 + [429]
    # Who gives no code is not held up.
    assert north.post("/selling/accounts/new", data=FORM).status_code == 302


@pytest.mark.usefixtures("throttle")
def test_own_codes_sent_again_do_not_count_as_a_search(north: FlaskClient, seed: Seed) -> None:
    again = [
        north.post("/selling/accounts/new", data={**FORM, "code": code}).status_code for code in ("SUB", "NORTH") * 16
    ]
    assert again == [422] * 32
    others = [north.post("/selling/accounts/new", data={**FORM, "code": "CLARA"}).status_code for _ in range(31)]
    assert others == [422] * 30 + [429]


def test_the_code_of_another_channel_is_free(north: FlaskClient, seed: Seed) -> None:
    assert north.post("/selling/accounts/new", data={**FORM, "code": "DORA"}).status_code == 302


def test_posted_places_in_the_tree_are_ignored(north: FlaskClient, seed: Seed, world: World) -> None:
    forged = {"seller_id": world.south.id, "root_id": world.zenit.id, "parent_id": world.west.id, "owner_ids": "1"}
    row = created(seed, code_in(north.post("/selling/accounts/new", data={**FORM, **forged})))
    assert (row.root_id, row.parent_id, row.seller_id) == (world.acme.id, world.north.id, world.north.id)


def test_a_branch_hangs_below_its_shop_and_buys_from_the_shops_seller(
    north: FlaskClient, seed: Seed, world: World
) -> None:
    page = north.get("/selling/accounts/new?branch_of=ANNA").get_data(as_text=True)
    assert '<option value="ANNA" selected>' in page
    row = created(seed, code_in(north.post("/selling/accounts/new", data={**FORM, "parent_code": "ANNA"})))
    assert (row.parent_id, row.seller_id) == (world.anna.id, world.north.id)
    assert row.owner_ids == [world.acme.id, world.north.id, world.anna.id, row.id]
    assert "Branch of ANNA" in north.get("/selling/accounts/").get_data(as_text=True)


def test_a_branch_of_a_foreign_shop_cannot_be_chosen(north: FlaskClient, seed: Seed) -> None:
    assert north.post("/selling/accounts/new", data={**FORM, "parent_code": "CLARA"}).status_code == 422
    assert seed.run(text("select count(*) from organisation where name like 'Eisen%'"))[0][0] == 0


def test_a_manufacturer_creates_wholesalers_and_a_wholesaler_sub_distributors(
    app: Flask, north: FlaskClient, seed: Seed, world: World
) -> None:
    acme = sign_in(seed, app.test_client(), world.people["acme"], world.acme)
    data = {**FORM, "kind": "wholesaler", "currency": "CHF", "code": "OST"}
    assert acme.post("/selling/accounts/new", data=data).status_code == 302
    row = created(seed, "OST")
    assert (row.kind, row.seller_id, row.owner_ids) == ("wholesaler", world.acme.id, [world.acme.id, row.id])
    assert row.currency == "CHF"
    assert north.post("/selling/accounts/new", data={**data, "code": "UNTER"}).status_code == 302
    row = created(seed, "UNTER")
    assert row.owner_ids == [world.acme.id, world.north.id, row.id]


def test_nobody_creates_a_manufacturer(north: FlaskClient, seed: Seed) -> None:
    assert north.post("/selling/accounts/new", data={**FORM, "kind": "manufacturer"}).status_code == 422


def test_a_retailer_has_no_accounts(app: Flask, world: World, seed: Seed) -> None:
    anna = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    assert anna.get("/selling/accounts/").status_code == 404
    assert anna.post("/selling/accounts/new", data=FORM).status_code == 404


def test_the_list_shows_the_own_buyers_alone(north: FlaskClient, world: World) -> None:
    page = north.get("/selling/accounts/").get_data(as_text=True)
    assert [
        code for code in ("SUB", "ANNA", "BRUNO", "BRANCH", "CLARA", "SHOP-S", "DORA", "SOUTH") if f">{code}<" in page
    ] == [
        "SUB",
        "ANNA",
        "BRUNO",
        "BRANCH",
    ]


def test_a_foreign_account_is_the_same_404_as_a_missing_one(app: Flask, north: FlaskClient, world: World) -> None:
    missing = north.get("/selling/accounts/NOTHING/")
    for code in ("CLARA", "DORA", "ACME", "NORTH", "SOUTH"):
        for path in ("", "terms", "details"):
            foreign = north.get(f"/selling/accounts/{code}/{path}")
            assert foreign.status_code == 404
            assert page_of(foreign, f"/{code}/{path}") == page_of(missing, "/NOTHING/")
        assert north.post(f"/selling/accounts/{code}/state", data={"state": "suspended"}).status_code == 404


def test_search_filter_sort_and_paging(north: FlaskClient, world: World, seed: Seed) -> None:
    for number in range(60):
        shop = make_organisation(seed, f"Z{number:02}", "retailer", world.north, name=f"Ärger {number:02}", city="Köln")
        if number < 3:
            make_price_group(seed, world.north.id, f"G{number}", shop)
    page = north.get("/selling/accounts/?sort=code").get_data(as_text=True)
    assert "50 of 64 shown" in page
    assert page.count("/selling/accounts/Z") == 46
    cursor = page.split("cursor=")[1].split('"')[0]
    second = north.get(f"/selling/accounts/?sort=code&cursor={cursor}").get_data(as_text=True)
    assert second.count("/selling/accounts/Z") == 14
    assert "cursor=" not in second.split("First page")[1]
    assert "1 of 1 shown" in north.get("/selling/accounts/?group=G1").get_data(as_text=True)
    assert "60 shown" not in north.get("/selling/accounts/?q=%25").get_data(as_text=True)
    assert "50 of 60 shown" in north.get("/selling/accounts/?q=k%C3%B6ln").get_data(as_text=True)
    assert north.get("/selling/accounts/?cursor=forged").status_code == 422


def test_a_page_of_the_list_asks_the_database_a_fixed_number_of_times(
    app: Flask, north: FlaskClient, world: World, seed: Seed
) -> None:
    def statements() -> int:
        with app.app_context(), count_statements(db.engine) as counted:
            assert north.get("/selling/accounts/").status_code == 200
        return len(counted.statements)

    few = statements()
    for number in range(30):
        make_organisation(seed, f"Z{number:02}", "retailer", world.north)
    assert statements() == few
    assert few <= 8


def test_the_export_is_the_filtered_list_with_harmless_cells(north: FlaskClient, world: World, seed: Seed) -> None:
    make_organisation(seed, "FORMULA", "retailer", world.north, name="=cmd|' /C calc'!A0")
    answer = north.get("/selling/accounts/accounts.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="accounts.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert {row["code"] for row in rows} == {"SUB", "ANNA", "BRUNO", "BRANCH", "FORMULA"}
    assert {row["name"] for row in rows if row["code"] == "FORMULA"} == {"'=cmd|' /C calc'!A0"}
    assert len(north.get("/selling/accounts/accounts.csv?q=anna").get_data(as_text=True).splitlines()) == 2


def test_terms_are_changed_with_before_and_after_in_the_log(north: FlaskClient, world: World, seed: Seed) -> None:
    data = {"customer_number": "9", "price_group": "SILVER", "payment_terms_days": "14", "credit_limit": "800"}
    assert north.post("/selling/accounts/ANNA/terms", data=data).status_code == 302
    row = created(seed, "ANNA")
    assert (row.customer_number, row.price_group, row.payment_terms_days, int(row.credit_limit)) == (
        "9",
        "SILVER",
        14,
        800,
    )
    [entry] = seed.run(text("select action, subject, before, after from audit_entry"))
    assert (entry.action, entry.subject) == ("account.terms_changed", "ANNA")
    assert entry.after == {
        "customer_number": "9",
        "price_group": "SILVER",
        "payment_terms_days": 14,
        "credit_limit": "800",
        "currency": "EUR",
    }
    assert entry.before["price_group"] is None


@pytest.mark.parametrize("days", ["-1", "366", "1.5", "soon"])
def test_payment_terms_are_whole_days(north: FlaskClient, days: str) -> None:
    answer = north.post("/selling/accounts/ANNA/terms", data={"payment_terms_days": days})
    assert answer.status_code == 422
    assert "Please enter whole days from 0 to 365." in answer.get_data(as_text=True)


def test_stopping_keeps_people_in_and_orders_out(app: Flask, north: FlaskClient, world: World, seed: Seed) -> None:
    anna = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    assert north.post("/selling/accounts/ANNA/state", data={"state": "stopped"}).status_code == 302
    assert anna.get("/buying/").status_code == 200
    with app.app_context():
        principal = build_principal(
            world.anna.id, Capacity.BUYER, permissions=frozenset(Permission), actor="test", actor_name="Test"
        )
    assert principal is not None
    assert not principal.may(Permission.ORDERS_PLACE)
    north.post("/selling/accounts/ANNA/state", data={"state": "active"})
    assert created(seed, "ANNA").account_status == "active"


def test_suspending_closes_the_shop_and_its_branches_at_once_and_reactivating_opens_them(
    app: Flask, north: FlaskClient, world: World, seed: Seed
) -> None:
    anna = sign_in(seed, app.test_client(), world.people["anna"], world.anna)
    branch = sign_in(seed, app.test_client(), world.people["branch"], world.branch)
    bruno = sign_in(seed, app.test_client(), world.people["bruno"], world.bruno)
    page = north.get("/selling/accounts/ANNA/").get_data(as_text=True)
    assert "nobody of it gets in: 1 person, 1 branch, and every program" in page
    assert north.post("/selling/accounts/ANNA/state", data={"state": "suspended"}).status_code == 302
    assert [client.get("/buying/").status_code for client in (anna, branch, bruno)] == [302, 302, 200]
    north.post("/selling/accounts/ANNA/state", data={"state": "active"})
    assert [client.get("/buying/").status_code for client in (anna, branch, bruno)] == [200, 200, 200]
    actions = [row[0] for row in seed.run(text("select action from audit_entry order by at"))]
    assert actions == ["account.suspended", "account.reactivated"]


def test_people_aboard_are_shown_with_role_and_last_visit(north: FlaskClient, world: World) -> None:
    page = north.get("/selling/accounts/ANNA/").get_data(as_text=True)
    assert "anna@example.com" in page
    assert "Administrator" in page
    assert "clara@example.com" not in page
