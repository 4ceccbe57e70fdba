"""Reports: sums computed by hand, equal to the sales page to the cent; saved, shared, changed, and nobody else's business."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from portal.analytics.jobs import rebuild
from portal.reports.rules import By, Definition, Measure, Period, months_of, time_keys, wrong_parts
from portal.web.xlsx_file import xlsx_bytes
from tenants.permissions import Capacity, Role, Scope
from tests.factories.catalogue import make_article, make_product
from tests.factories.orders import make_history
from tests.factories.organisations import make_person, make_token, sign_in
from tests.factories.seed import Seed
from tests.factories.world import build_world

pytestmark = pytest.mark.shared_database

SALES, PURCHASES = "/api/v1/selling/reports", "/api/v1/buying/reports"
WINDOW = "period=months&from=2026-03&to=2026-04"


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    return {}


@pytest.fixture
def trade(app: Any, seed: Seed, known: dict[str, Any]) -> dict[str, Any]:
    """North sells Anna 10 hammers at 4.00 and 2 soaps at 9.50 in March, 5 hammers at 5.00 in April with one soap back, Bruno 20 hammers at 4.00 in March."""
    if not known:
        world = build_world(seed)
        hammer = make_product(
            seed, world.acme, sku="HAMMER", category="Tools > Hammers", name_en="Hammer", brand="Acme"
        )
        soap = make_product(seed, world.north, sku="SOAP", category="Soap", name_en="=Soap", brand="North")
        tool, washed = make_article(seed, world.north, hammer), make_article(seed, world.north, soap)
        make_history(seed, world.north, world.anna, date(2026, 3, 10), (tool, 10, "4.00"), (washed, 2, "9.50"))
        make_history(seed, world.north, world.anna, date(2026, 4, 2), (tool, 5, "5.00"))
        make_history(seed, world.north, world.anna, date(2026, 4, 4), (washed, -1, "9.50"))
        make_history(seed, world.north, world.bruno, date(2026, 3, 11), (tool, 20, "4.00"))
        from portal.core.worker import worker_engine

        engine = worker_engine(app)
        with engine.begin() as connection:
            rebuild(connection, None)
        engine.dispose()
        known |= {
            "world": world,
            "north": {"Authorization": f"Bearer {make_token(seed, world.north)}"},
            "south": {"Authorization": f"Bearer {make_token(seed, world.south)}"},
            "anna": {"Authorization": f"Bearer {make_token(seed, world.anna)}"},
        }
    return known


def asked(client: FlaskClient, path: str, headers: dict[str, str], query: str) -> dict[str, Any]:
    answer = client.get(f"{path.removesuffix('s')}-figures?{WINDOW}&{query}", headers=headers)
    assert answer.status_code == 200, answer.data
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.mark.parametrize(
    ("query", "expected", "total"),
    [
        ("rows=month", [("2026-03", 32, "139.00"), ("2026-04", 4, "15.50")], (36, "154.50")),
        ("rows=quarter", [("2026-Q1", 32, "139.00"), ("2026-Q2", 4, "15.50")], (36, "154.50")),
        ("rows=year", [("2026", 36, "154.50")], (36, "154.50")),
        ("rows=category", [("Tools > Hammers", 35, "145.00"), ("Soap", 1, "9.50")], (36, "154.50")),
        ("rows=brand", [("Acme", 35, "145.00"), ("North", 1, "9.50")], (36, "154.50")),
        ("rows=product", [("HAMMER", 35, "145.00"), ("SOAP", 1, "9.50")], (36, "154.50")),
        ("rows=product&limit=1", [("HAMMER", 35, "145.00")], (36, "154.50")),
        ("rows=customer", [("BRUNO", 20, "80.00"), ("ANNA", 16, "74.50")], (36, "154.50")),
        ("rows=product&customer=ANNA", [("HAMMER", 15, "65.00"), ("SOAP", 1, "9.50")], (16, "74.50")),
        ("rows=month&category=Tools", [("2026-03", 30, "120.00"), ("2026-04", 5, "25.00")], (35, "145.00")),
        ("rows=month&customer=BRUNO", [("2026-03", 20, "80.00"), ("2026-04", 0, "0")], (20, "80.00")),
        ("rows=month&customer=CLARA", [], (0, "0")),
    ],
)
def test_sales_are_broken_down_and_add_up(
    client: FlaskClient, trade: dict[str, Any], query: str, expected: list[Any], total: tuple[int, str]
) -> None:
    found = asked(client, SALES, trade["north"], query)
    rows = [(row["key"], row["total"]["units"], row["total"]["net_amount"]) for row in found["rows"]]
    assert rows == expected
    assert (found["total"]["units"], found["total"]["net_amount"]) == total


@pytest.mark.parametrize("rows", ["month", "category", "brand", "product", "customer"])
def test_totals_are_those_of_the_sales_page(client: FlaskClient, trade: dict[str, Any], rows: str) -> None:
    sales = client.get("/api/v1/selling/figures?from=2026-03-01&to=2026-05-01", headers=trade["north"]).get_json()
    total = sum(Decimal(row["net_amount"]) for row in sales["items"])
    found = asked(client, SALES, trade["north"], f"rows={rows}&limit=1")
    assert (Decimal(found["total"]["net_amount"]), total) == (total, Decimal("154.50"))
    shown = sum(Decimal(row["total"]["net_amount"]) for row in found["rows"])
    assert rows != "month" or shown == total


def test_months_stand_beside_each_other_with_a_total(client: FlaskClient, trade: dict[str, Any]) -> None:
    found = asked(client, SALES, trade["north"], "rows=product&columns=month&measures=net_amount")
    assert found["columns"] == ["2026-03", "2026-04"]
    cells = {row["key"]: [cell["net_amount"] for cell in [*row["cells"], row["total"]]] for row in found["rows"]}
    assert cells == {"HAMMER": ["120.00", "25.00", "145.00"], "SOAP": ["19.00", "-9.50", "9.50"]}
    assert [cell["net_amount"] for cell in [*found["cells"], found["total"]]] == ["139.00", "15.50", "154.50"]
    assert found["rows"][0]["total"]["units"] is None


def test_orders_and_customers_are_counted_once(client: FlaskClient, trade: dict[str, Any]) -> None:
    found = asked(client, SALES, trade["north"], "rows=month&measures=orders,customers")
    assert [(row["total"]["orders"], row["total"]["customers"]) for row in found["rows"]] == [(2, 2), (1, 1)]
    assert (found["total"]["orders"], found["total"]["customers"]) == (3, 2)
    anna = asked(client, SALES, trade["north"], "rows=category&measures=orders&customer=ANNA")
    assert [(row["key"], row["total"]["orders"]) for row in anna["rows"]] == [("Tools > Hammers", 2), ("Soap", 1)]
    assert anna["total"]["orders"] == 2


def test_a_buyer_sees_its_own_purchases_alone(client: FlaskClient, trade: dict[str, Any]) -> None:
    found = asked(client, PURCHASES, trade["anna"], "rows=product&measures=units,net_amount,orders")
    rows = [(row["key"], row["total"]["units"], row["total"]["net_amount"]) for row in found["rows"]]
    assert rows == [("HAMMER", 15, "65.00"), ("SOAP", 1, "9.50")]
    assert found["total"] == {"units": 16, "net_amount": "74.50", "orders": 2, "customers": None}
    refused = client.get("/api/v1/buying/report-figures?rows=customer", headers=trade["anna"])
    assert [(each["field"], each["reason"]) for each in refused.get_json()["errors"]] == [("rows", "own-purchases")]


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"columns": By.MONTH}, [("columns", "columns"), ("measures", "one-measure")]),
        ({"rows": By.PRODUCT, "columns": By.BRAND, "measures": (Measure.UNITS,)}, [("columns", "columns")]),
        ({"measures": ()}, [("measures", "missing")]),
        ({"rows": By.PRODUCT, "measures": (Measure.ORDERS,)}, [("measures", "not-counted")]),
        ({"rows": By.PRODUCT, "measures": (Measure.CUSTOMERS,), "customer": "A"}, [("measures", "not-counted")]),
        ({"rows": By.CUSTOMER, "category": "Soap"}, [("category", "not-of-customers")]),
        ({"rows": By.CUSTOMER, "category": "Soap", "customer": "A"}, []),
        ({"period": Period.MONTHS, "first": date(2026, 3, 1)}, [("from", "months")]),
        (
            {"period": Period.MONTHS, "first": date(2021, 3, 1), "last": date(2026, 3, 1)},
            [("from", "too-many-months")],
        ),
    ],
)
def test_what_is_not_known_is_told_at_its_field(given: dict[str, Any], wrong: list[tuple[str, str]]) -> None:
    assert wrong_parts(Definition(**given), Capacity.SELLER) == wrong


@pytest.mark.parametrize(
    ("period", "window"),
    [
        (Period.THIS_MONTH, (date(2026, 1, 1), date(2026, 2, 1))),
        (Period.LAST_MONTH, (date(2025, 12, 1), date(2026, 1, 1))),
        (Period.THREE_MONTHS, (date(2025, 11, 1), date(2026, 2, 1))),
        (Period.TWELVE_MONTHS, (date(2025, 2, 1), date(2026, 2, 1))),
        (Period.TWENTY_FOUR_MONTHS, (date(2024, 2, 1), date(2026, 2, 1))),
        (Period.THIS_YEAR, (date(2026, 1, 1), date(2026, 2, 1))),
        (Period.LAST_YEAR, (date(2025, 1, 1), date(2026, 1, 1))),
    ],
)
def test_periods_go_on_with_the_calendar(period: Period, window: tuple[date, date]) -> None:
    assert months_of(Definition(period=period), date(2026, 1, 31)) == window
    assert time_keys(By.QUARTER, date(2025, 12, 1), date(2026, 2, 1)) == ["2025-Q4", "2026-Q1"]


def test_a_report_is_saved_changed_and_removed_with_a_trace(
    client: FlaskClient, seed: Seed, trade: dict[str, Any]
) -> None:
    body = {"code": "TOP", "name": "Top", "is_shared": True, "rows": "product", "columns": "month"}
    headers = trade["north"]
    made = client.post(SALES, json={**body, "measures": ["net_amount"]}, headers=headers)
    assert (made.status_code, made.get_json()["period"]) == (201, "12-months")
    taken = client.post(SALES, json={"code": "TOP", "name": "Other"}, headers=headers)
    assert [(each["field"], each["reason"]) for each in taken.get_json()["errors"]] == [("code", "taken")]
    assert client.get(f"{SALES}/TOP", headers=trade["south"]).status_code == 404
    months = {"period": "months", "from": "2026-01", "to": "2026-03"}
    changed = client.put(f"{SALES}/TOP", json={"name": "Best", "is_shared": True, **months}, headers=headers)
    assert (changed.get_json()["from_month"], changed.get_json()["rows"]) == ("2026-01", "month")
    assert client.delete(f"{SALES}/TOP", headers=headers).status_code == 204
    assert client.get(f"{SALES}/TOP", headers=headers).status_code == 404
    actions = [row.action for row in seed.run(text("select action from audit_entry where subject = 'TOP' order by at"))]
    assert actions == ["saved_report.created", "saved_report.changed", "saved_report.removed"]


def test_what_is_not_shared_is_its_makers_alone(client: FlaskClient, seed: Seed, trade: dict[str, Any]) -> None:
    world = trade["world"]
    viewer = make_person(seed, "viewer@north.example", (world.north, Role.VIEWER))
    browser = sign_in(seed, client, viewer, world.north)
    typed = {"rows": "brand", "measures": "units", "period": "12-months"}
    assert browser.post("/selling/reports/new", data={**typed, "name": "Mine", "code": "MINE"}).status_code == 302
    shared = {**typed, "name": "Ours", "code": "OURS", "is_shared": "yes"}
    assert browser.post("/selling/reports/new", data=shared).status_code == 302
    colleague = sign_in(
        seed, client, make_person(seed, "colleague@north.example", (world.north, Role.VIEWER)), world.north
    )
    assert colleague.get("/selling/reports/MINE").status_code == 404
    assert "Ours" in colleague.get("/selling/reports/").text
    page = colleague.get("/selling/reports/OURS")
    assert (page.status_code, "Save the report" in page.text) == (200, False)
    assert colleague.post("/selling/reports/OURS", data={**typed, "name": "Theirs"}).status_code == 403
    assert colleague.post("/selling/reports/OURS/remove").status_code == 403
    admin = sign_in(seed, client, world.people["north"], world.north)
    assert admin.post("/selling/reports/OURS", data={**typed, "name": "All of us"}).status_code == 302
    kept = client.get(f"{SALES}/OURS", headers=trade["north"]).get_json()
    assert (kept["name"], kept["is_shared"]) == ("All of us", True)


def test_the_page_shows_refuses_at_the_field_and_exports(
    client: FlaskClient, seed: Seed, trade: dict[str, Any]
) -> None:
    world = trade["world"]
    browser = sign_in(seed, client, world.people["north"], world.north)
    refused = browser.get("/selling/reports/new?rows=product&measures=orders")
    assert refused.status_code == 422
    assert "not by what was ordered" in refused.text
    assert browser.get("/selling/reports/new?rows=secret").status_code == 404
    asked_for = f"rows=product&columns=month&measures=net_amount&{WINDOW}"
    page = browser.get(f"/selling/reports/new?{asked_for}").text
    assert "Numbers as a table" in page
    assert "154.50" in page
    answer = browser.get(f"/selling/reports/file.csv?{asked_for}").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(answer.removeprefix("\ufeff"))))
    assert rows[1]["name"] == "'=Soap"
    assert [Decimal(rows[1][name]) for name in ("2026-03", "2026-04", "total")] == [19, Decimal("-9.5"), Decimal("9.5")]
    book = browser.get(f"/selling/reports/file.xlsx?{asked_for}").data
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert sheet[0] == ["product", "name", "2026-03", "2026-04", "total", "currency", "from", "to"]
    assert sheet[2] == ["SOAP", "=Soap", 19.0, -9.5, 9.5, "EUR", "2026-03", "2026-04"]


def test_a_program_that_only_reads_saves_nothing(client: FlaskClient, seed: Seed, trade: dict[str, Any]) -> None:
    reading = {"Authorization": f"Bearer {make_token(seed, trade['world'].anna, Scope.BUYING_READ)}"}
    refused = client.post(PURCHASES, json={"code": "X", "name": "X"}, headers=reading)
    assert refused.status_code == 403


def test_text_in_a_workbook_is_never_a_formula() -> None:
    book = xlsx_bytes(("=a",), [("=1+1", Decimal("1.50"), None, date(2026, 1, 2))])
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert sheet == [["=a", "", "", ""], ["=1+1", 1.5, "", "2026-01-02"]]
