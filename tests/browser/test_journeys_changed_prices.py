"""A price changed in the list editor is live at once: whoever still sees the old one is asked, and pays what it confirmed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.person import Person

pytestmark = [pytest.mark.browser, pytest.mark.needs("chromium"), pytest.mark.xdist_group("journeys")]

# The retailers of both have a list of their own that is derived from this one.
LIST = "STANDARD"
CHANNELS = {
    "de": ("retailer@kontor.example", "wholesaler@kontor.example", "ostermoor"),
    "en": ("retailer.en@kontor.example", "wholesaler.en@kontor.example", "doornveld"),
}


def number_in(text: str) -> Decimal:
    """Read an amount as the page shows it, whichever its decimal mark; prices have two decimals."""
    return Decimal(re.sub(r"\D", "", text)) / 100


def row_in_force(wholesaler: Person, article: str, quantity: Decimal) -> int:
    """Give the place of the entry that decides the price of this quantity today, in the list's own order."""
    answer = wholesaler.context.request.get(f"/selling/prices/lists/{LIST}/entries.csv", params={"q": article})
    rows = list(csv.DictReader(io.StringIO(answer.text().removeprefix("\ufeff"))))
    today = datetime.now(tz=UTC).date().isoformat()
    valid = [
        (row["valid_from"], Decimal(row["min_quantity"]), place)
        for place, row in enumerate(rows)
        if row["valid_from"] <= today and (not row["valid_to"] or row["valid_to"] > today)
    ]
    newest = max(valid)[0]
    return max((least, place) for begins, least, place in valid if begins == newest and least <= quantity)[1]


def change_two_prices(wholesaler: Person, article: str, quantity: Decimal) -> None:
    """Paste two cells of a spreadsheet into the list, take a third change back, check and save."""
    desk, says = wholesaler.page, wholesaler.says
    wholesaler.go("Prices")
    desk.get_by_role("main").locator(f'a[href$="/lists/{LIST}/"]').first.click()
    desk.get_by_label(says("Article number or name")).fill(article)
    wholesaler.click("Find")
    desk.wait_for_url(re.compile(r"[?&]q="))
    place = row_in_force(wholesaler, article, quantity)
    cells = desk.locator('[data-column="net_price"]')
    first = place if desk.locator(f'[data-column="article"][value="{article}"]').count() > place + 1 else place - 1
    mark = {"de": ",", "en": "."}[wholesaler.language]
    prices = [number_in(cells.nth(first + step).input_value()) + 1 for step in (0, 1)]
    pasted = [f"{price:.2f}".replace(".", mark) for price in prices]
    cells.nth(first).focus()
    wholesaler.paste("\n".join(pasted))
    expect(cells.nth(first)).to_have_value(pasted[0])
    expect(cells.nth(first + 1)).to_have_value(pasted[1])
    cells.nth(first + 1).fill("7")
    cells.nth(first + 1).press("Shift+Enter")
    desk.get_by_role("button", name=says("Undo")).click()
    expect(cells.nth(first + 1)).to_have_value(pasted[1])
    expect(desk.locator("[data-changed]")).to_have_text(says("{cells} cells changed").replace("{cells}", "2"))
    wholesaler.click("Check the changes")
    expect(desk.get_by_text(says("Nothing is saved yet."))).to_be_visible()
    wholesaler.look()
    desk.locator('[name=act][value="save"]').first.click()
    expect(desk.locator(".flash.good")).to_be_visible()
    wholesaler.look()


def price_cell(shop_row: Locator) -> Decimal:
    """Read the price in a row, without the name of its list."""
    return number_in(shop_row.locator("td.number").nth(-2).inner_text().splitlines()[0])


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_changed_price_is_asked_about_and_the_order_carries_it(
    somebody: Callable[..., Person], language: str
) -> None:
    buys, sells, slug = CHANNELS[language]
    retailer = somebody(language, buys, slug)
    shop, says = retailer.page, retailer.says
    retailer.go("Restock")
    row = shop.locator("[data-row]").first
    article = row.locator('[name^="article-"]').input_value()
    quantity = Decimal(row.locator("[data-quantity]").input_value().replace(",", "."))
    old = Decimal(row.locator('[name^="shown_price-"]').input_value())
    retailer.forget_clicks()

    change_two_prices(somebody(language, sells, slug), article, quantity)

    shop.locator("[data-act]").click()
    expect(shop.get_by_role("heading", level=1)).to_have_text(says("Prices changed"))
    asked = shop.get_by_role("row", name=re.compile(re.escape(article)))
    new = number_in(asked.locator("strong").inner_text())
    assert number_in(asked.locator("del").inner_text()) == old
    # The retailer's own list stands some percent below the one that was changed by 1.00.
    assert Decimal("0.75") < new - old <= 1
    assert shop.get_by_role("main").locator("del").count() == 1
    retailer.look()
    shop.get_by_role("main").locator("button.primary").click()
    shop.wait_for_url("**/buying/orders/*")
    assert retailer.clicks == 2
    assert price_cell(shop.get_by_role("row", name=re.compile(re.escape(article)))) == new

    # Cancelled, so that what this shop usually needs is on its list again.
    shop.get_by_role("button", name=says("Cancel order"), exact=True).first.click()
    retailer.look()
    shop.get_by_role("dialog").get_by_role("button", name=says("Cancel the order"), exact=True).click()
    expect(shop.locator(".flash.good")).to_be_visible()
    retailer.go("Restock")
    expect(row.locator('[name^="shown_price-"]')).to_have_value(re.compile(rf"^{new}0*$"))
