"""The repeat order in two clicks, with and without script, until the manufacturer sees it; and the order pad."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
import xlsxwriter
from playwright.sync_api import Locator, ViewportSize, expect

from tests.browser.person import DESK, PASSWORDS, Person

pytestmark = [pytest.mark.browser, pytest.mark.needs("chromium"), pytest.mark.xdist_group("journeys")]

# Who buys of whom, and whether the wholesaler shares its units with the manufacturer.
CHANNELS = {
    "de": ("retailer@kontor.example", "wholesaler@kontor.example", "ostermoor", True),
    "en": ("retailer.en@kontor.example", "wholesaler.en@kontor.example", "doornveld", False),
}
WAIT_FOR_FIGURES_SECONDS = 30
PAPER: Final[ViewportSize] = {"width": 673, "height": 971}
"""A4 without its margins."""


def sell_through(manufacturer: Person) -> int:
    """Read the units on the channel page."""
    manufacturer.page.goto("/brand/channel/")
    tile = manufacturer.page.locator(".tile", has_text=manufacturer.says("Sell-through")).first
    return int(re.sub(r"\D", "", tile.locator(".tile-value").inner_text()))


def order_button(person: Person) -> Locator:
    """Give the button that orders what stands in the grid, with count and sum on it."""
    act = {"de": r"^[0-9]+ Position(en)? bestellen", "en": r"^Order [0-9]+ lines?"}[person.language]
    return person.page.get_by_role("button", name=re.compile(act))


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_repeat_order_takes_two_clicks_and_arrives_in_the_channel_figures(
    somebody: Callable[..., Person], language: str
) -> None:
    buys, sells, slug, shares_units = CHANNELS[language]
    manufacturer = somebody(language, "manufacturer@kontor.example", "tannhart")
    before = sell_through(manufacturer)

    retailer = somebody(language, buys, slug)
    shop = retailer.page
    expect(shop.get_by_role("heading", name=retailer.says("Restock now"))).to_be_visible()
    rows = shop.locator("[data-row]")
    lines = rows.count()
    assert lines >= 3
    for row in rows.all():
        assert row.locator("[data-quantity]").input_value() != ""
        expect(row.locator(".grid-because")).not_to_be_empty()
    number = order_in_place(retailer)
    assert retailer.clicks <= 2
    expect(shop.get_by_role("heading", level=1)).to_have_text(retailer.says("Order %(number)s", number=number))
    retailer.look()
    expect(shop.locator(".flash.good")).to_be_visible()
    assert_is_the_page_of(retailer, number)
    shop.emulate_media(media="print")
    expect(shop.locator(".flash.good")).to_be_hidden()
    shop.emulate_media(media="screen")

    wholesaler = somebody(language, sells, slug)
    desk = wholesaler.page
    wholesaler.go("Orders")
    desk.get_by_role("link", name=number).click()
    wholesaler.look()
    wholesaler.click("Confirm order")
    expect(desk.get_by_role("button", name=wholesaler.says("Confirm order"))).to_have_count(0)
    shipped = sum(int(field.input_value() or 0) for field in desk.locator('input[name^="pick-"]').all())
    assert shipped > 0
    wholesaler.look()
    wholesaler.click("Ship these quantities")
    expect(desk.get_by_role("heading", name=wholesaler.says("Deliveries"))).to_be_visible()
    wholesaler.look()
    assert wholesaler.clicks == 4
    assert_prints_alone(wholesaler)

    retailer.go("Orders")
    line = shop.get_by_role("row", name=re.compile(re.escape(number)))
    expect(line).to_contain_text(
        re.compile({"de": "versandt|geliefert|verschickt", "en": "shipped"}[language], re.IGNORECASE)
    )
    shop.get_by_role("link", name=number).click()
    expect(shop.get_by_role("heading", name=retailer.says("Deliveries"))).to_be_visible()
    retailer.look()
    assert_prints_alone(retailer)

    expected = before + (shipped if shares_units else 0)
    deadline = time.monotonic() + WAIT_FOR_FIGURES_SECONDS
    while (seen := sell_through(manufacturer)) != expected and time.monotonic() < deadline:
        time.sleep(1)
    assert seen == expected


def order_in_place(retailer: Person) -> str:
    """Click on the order button; give the order's number, whose page did not have to be loaded."""
    retailer.page.evaluate("window.isTheSameDocument = true")
    order_button(retailer).click()
    retailer.page.wait_for_url("**/buying/orders/*")
    assert retailer.page.evaluate("window.isTheSameDocument")
    return retailer.page.url.rsplit("/", 1)[-1].partition("?")[0]


def assert_is_the_page_of(retailer: Person, number: str) -> None:
    """Say that what took the list's place is the order's page: title, navigation, focus, and the way back and forth."""
    shop = retailer.page
    navigation = shop.get_by_role("navigation", name=retailer.says("Main navigation"))
    expect(shop).to_have_title(re.compile(re.escape(number)))
    expect(navigation.locator("[aria-current]")).to_have_text(retailer.says("Orders"))
    expect(shop.locator("#content")).to_be_focused()
    shop.go_back()
    expect(shop.get_by_role("heading", name=retailer.says("Restock now"))).to_be_visible()
    shop.go_forward()
    expect(shop.get_by_role("heading", level=1)).to_contain_text(number)
    expect(navigation.locator("[aria-current]")).to_have_text(retailer.says("Orders"))


def assert_prints_alone(person: Person) -> None:
    """Say that an order goes on paper whole, with its deliveries, and without the portal around it."""
    page = person.page
    page.emulate_media(media="print")
    page.set_viewport_size(PAPER)
    for part in (".bar", ".nav", ".skip", ".breadcrumb", ".page-acts", "form", "button", "input"):
        assert [shown for shown in page.locator(part).all() if shown.is_visible()] == [], part
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for name in ("Lines", "Deliveries"):
        table = page.get_by_role("table", name=person.says(name))
        expect(table.locator("thead")).to_be_visible()
        for row in (table.locator("tbody tr").first, table.locator("tbody tr").last):
            expect(row).to_be_visible()
            expect(row).to_have_css("display", "table-row")
        box = table.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PAPER["width"]
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})


def test_the_restock_list_is_ordered_without_script(somebody: Callable[..., Person]) -> None:
    """The wholesaler's own buying, one level up."""
    buyer = somebody("de", "einkauf@ostermoor.example", "ostermoor", script=False)
    buyer.page.locator("summary", has=buyer.page.get_by_text("Ostermoor Werkzeughandel GmbH")).click()
    buyer.page.get_by_role("button", name=re.compile("Einkauf")).click()
    expect(buyer.page.get_by_role("heading", name="Jetzt nachbestellen")).to_be_visible()
    buyer.look()
    order_button(buyer).click()
    buyer.page.wait_for_url("**/buying/orders/*")
    number = buyer.page.url.rsplit("/", 1)[-1].partition("?")[0]
    expect(buyer.page.get_by_role("heading", level=1)).to_have_text(f"Bestellung {number}")


def test_an_order_is_typed_and_confirmed_by_the_keyboard_alone(somebody: Callable[..., Person]) -> None:
    retailer, wholesaler = somebody("de"), somebody("de")
    shop, desk = retailer.page, wholesaler.page
    sign_in_by_keyboard(wholesaler, "wholesaler@kontor.example")
    [(article, quantity), *_] = articles_of(wholesaler)
    sign_in_by_keyboard(retailer, "retailer@kontor.example")
    follow_by_keyboard(retailer, "Order pad")
    box = shop.get_by_role("combobox", name=retailer.says("Add articles"))
    retailer.tab_to(box)
    shop.keyboard.type(f"{article} {quantity}")
    shop.keyboard.press("Enter")
    expect(shop.locator("[data-row]", has_text=article)).to_be_visible()
    retailer.tab_to(order_button(retailer))
    shop.keyboard.press("Enter")
    shop.wait_for_url("**/buying/orders/*")
    number = shop.url.rsplit("/", 1)[-1].partition("?")[0]
    follow_by_keyboard(wholesaler, "Orders")
    wholesaler.tab_to(desk.get_by_role("link", name=number))
    desk.keyboard.press("Enter")
    confirm = desk.get_by_role("button", name=wholesaler.says("Confirm order"))
    wholesaler.tab_to(confirm)
    desk.keyboard.press("Enter")
    expect(confirm).to_have_count(0)
    assert (retailer.clicks, wholesaler.clicks) == (0, 0)


def sign_in_by_keyboard(person: Person, email: str) -> None:
    """Sign in at the wholesaler's page without the mouse."""
    person.page.goto("/w/ostermoor/")
    for label, text in (("E-mail address", email), ("Password", PASSWORDS[email])):
        person.tab_to(person.field(label))
        person.page.keyboard.type(text)
    person.page.keyboard.press("Enter")
    person.page.wait_for_url(lambda url: "/w/" not in url)


def follow_by_keyboard(person: Person, label: str) -> None:
    """Choose an entry of the navigation without the mouse."""
    navigation = person.page.get_by_role("navigation", name=person.says("Main navigation"))
    person.tab_to(navigation.get_by_role("link", name=person.says(label), exact=True))
    with person.page.expect_navigation():
        person.page.keyboard.press("Enter")


def articles_of(wholesaler: Person) -> list[tuple[str, int]]:
    """Give article number and smallest quantity of what can always be ordered, from the wholesaler's own export."""
    answer = wholesaler.context.request.get("/selling/catalogue/articles.csv")
    rows = csv.DictReader(io.StringIO(answer.text().removeprefix("\ufeff")))
    return [
        (row["article"], max(int(row["min_quantity"]), int(row["order_multiple"])))
        for row in rows
        if row["status"] == "active" and row["backorder"] == "allow"
    ]


@pytest.mark.parametrize("language", ["de", "en"])
def test_seventy_pasted_lines_are_counted_and_the_wrong_ones_are_corrected_in_place(
    somebody: Callable[..., Person], language: str
) -> None:
    buys, sells, slug, _ = CHANNELS[language]
    articles = articles_of(somebody(language, sells, slug))
    buyer = somebody(language, buys, slug)
    pad = buyer.page
    buyer.empty_basket()
    lines = [f"{article}\t{quantity}" for article, quantity in articles[:70]]
    wrong = {4: "99-9999\t2", 33: "1.23E+12\t3", 61: f"{articles[61][0]}\tmany"}
    for place, text in wrong.items():
        lines[place] = text

    buyer.go("Order pad")
    pad.get_by_role("combobox", name=buyer.says("Add articles")).focus()
    buyer.paste("\n".join(lines))
    expect(pad.locator("[data-entry-status]")).to_have_text(
        {"de": "70 gelesen, 67 hinzugefügt, 3 zu klären", "en": "70 read, 67 added, 3 need you"}[language]
    )
    waiting = pad.get_by_label(buyer.says("Line as entered"))
    assert sorted(field.input_value() for field in waiting.all()) == sorted(wrong.values())
    buyer.look()
    for place, text in wrong.items():
        field = next(field for field in waiting.all() if field.input_value() == text)
        left = waiting.count()
        field.fill("\t".join(map(str, articles[place])))
        field.press("Enter")
        expect(waiting).to_have_count(left - 1)
    expect(pad.locator("[data-row]")).to_have_count(70)
    box = pad.get_by_role("combobox", name=buyer.says("Add articles"))
    box.fill("; ".join(map(str, articles[70])))
    box.press("Enter")
    expect(pad.locator("[data-row]")).to_have_count(71)
    expect(pad.locator(f'[data-row] input[value="{articles[70][0]}"]')).to_have_count(1)

    quantities = pad.locator("[data-quantity]")
    quantities.nth(0).focus()
    pad.keyboard.press("Enter")
    expect(quantities.nth(1)).to_be_focused()
    pad.keyboard.press("Shift+Enter")
    expect(quantities.nth(0)).to_be_focused()
    order_button(buyer).click()
    pad.wait_for_url("**/buying/orders/*")
    assert buyer.clicks == 2
    expect(pad.get_by_role("main")).to_contain_text({"de": "71 Positionen", "en": "71 lines"}[language])


@pytest.mark.parametrize(("language", "kind"), [("de", "xlsx"), ("en", "csv")])
def test_a_file_of_five_hundred_lines_is_read_at_once_and_nothing_is_dropped(
    somebody: Callable[..., Person], language: str, kind: str, tmp_path: Path
) -> None:
    buys, sells, slug, _ = CHANNELS[language]
    articles = articles_of(somebody(language, sells, slug))[:497]
    buyer = somebody(language, buys, slug)
    pad = buyer.page
    buyer.empty_basket()
    rows = [*map(list, articles), *([f"NO-{number}", 1] for number in range(500 - len(articles)))]
    file = tmp_path / f"order.{kind}"
    if kind == "csv":
        file.write_text("article;quantity\n" + "".join(f"{article};{quantity}\n" for article, quantity in rows))
    else:
        write_workbook(file, [["Artikel", "Menge"], *rows])

    pad.goto("/buying/order-pad")
    pad.get_by_text(buyer.says("Paste a list or choose a file")).click()
    pad.get_by_label(buyer.says("File (CSV, XLSX or ODS)")).set_input_files(file)
    buyer.click("Read these lines")
    status = pad.locator("[data-entry-status]")
    expect(status).to_contain_text(re.compile(r"^500 "), timeout=30_000)
    read, added, waiting = map(int, re.findall(r"[0-9]+", status.inner_text()))
    # What the seller is short of waits as well; with the made-up articles, every line is one or the other.
    assert (read, added + waiting) == (500, 500)
    assert buyer.clicks <= 3
    assert waiting >= 500 - len(articles)
    expect(pad.locator("[data-row]")).to_have_count(500)
    buyer.empty_basket()


def write_workbook(file: Path, rows: list[list[object]]) -> None:
    """Write a spreadsheet of one sheet."""
    with xlsxwriter.Workbook(str(file)) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
