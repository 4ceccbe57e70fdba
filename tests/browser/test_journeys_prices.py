"""Journey 4, prices changed safely: a draft by one rule and by hand, seen as a retailer, published, rolled back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person

pytestmark = [pytest.mark.browser, pytest.mark.needs("chromium"), pytest.mark.xdist_group("journeys")]

# The framework agreement of one shop: nobody else's prices change meanwhile.
CHANNELS = {
    "de": ("wholesaler@kontor.example", "ostermoor", "V-PETERSEN", "R-PETERSEN"),
    "en": ("wholesaler.en@kontor.example", "doornveld", "C-GOUDA", "R-GOUDA"),
}


def prices_of(wholesaler: Person, code: str) -> str:
    """Give the prices of a list as it can be exported."""
    return wholesaler.context.request.get(f"/selling/prices/lists/{code}/entries.csv").text()


def publish(wholesaler: Person) -> None:
    """Give a reason and publish what the draft's page shows."""
    wholesaler.field("Why").fill("Steel")
    wholesaler.page.locator("#publish .button.primary").click()
    expect(wholesaler.page.locator(".flash.good")).to_be_visible()


def type_into_the_draft(wholesaler: Person) -> None:
    """Paste, fill and undo in the grid of a draft; its first two prices are 7 and 8 then."""
    page, says = wholesaler.page, wholesaler.says
    first = page.locator('[data-column="net_price"]').first
    drafted = first.input_value()
    assert drafted.endswith("99")
    first.focus()
    wholesaler.paste("7\t\n8\t")
    expect(first).to_have_value("7")
    page.get_by_role("button", name=says("Undo")).click()
    expect(first).to_have_value(drafted)
    second = page.locator('[data-column="net_price"]').nth(1)
    second.press("Control+d")
    expect(second).to_have_value(drafted)
    first.fill("6")
    wholesaler.click("Fill down")
    expect(second).to_have_value("6")
    page.get_by_role("button", name=says("Undo")).click()
    expect(second).to_have_value(drafted)
    first.focus()
    wholesaler.paste("7\t\n8\t")


def go_back(wholesaler: Person, code: str, before: str) -> None:
    """Look at what the version changed, bring back what was loaded before it, and begin a roll back."""
    page, says = wholesaler.page, wholesaler.says
    page.get_by_role("link", name=re.compile(says("Version %(version)s", version=1))).click()
    expect(page.get_by_role("heading", name=says("What it changed"))).to_be_visible()
    wholesaler.look()
    # Before its first version stood what the demo loaded: the version is undone by a draft with the former prices.
    page.goto(f"/selling/prices/lists/{code}/import")
    page.locator("textarea[name=block]").fill(before.removeprefix("\ufeff"))
    wholesaler.look()
    wholesaler.click("Read into a draft")
    publish(wholesaler)
    assert prices_of(wholesaler, code) == before
    page.locator('form[action$="/versions/1/roll-back"] button').click()
    expect(page.get_by_role("heading", name=says("Whom it concerns"))).to_be_visible()
    page.get_by_role("button", name=says("Throw away")).first.click()
    page.get_by_role("dialog").get_by_role("button", name=says("Throw away")).click()
    expect(page.locator(".flash.good")).to_be_visible()
    wholesaler.look()


@pytest.mark.parametrize("language", ["de", "en"])
def test_prices_are_drafted_seen_as_a_retailer_published_and_rolled_back(
    somebody: Callable[..., Person], language: str
) -> None:
    email, slug, code, shop = CHANNELS[language]
    wholesaler = somebody(language, email, slug)
    page, says = wholesaler.page, wholesaler.says
    before = prices_of(wholesaler, code)

    wholesaler.go("Prices")
    page.get_by_role("main").locator(f'a[href$="/lists/{code}/"]').first.click()
    page.get_by_role("link", name=says("Change many"), exact=True).click()
    wholesaler.field("Percent on top").fill("5")
    page.get_by_label(says("Rounded")).select_option("0.99")
    wholesaler.look()
    wholesaler.click("Make a draft")
    expect(page.get_by_text(says("Nobody sees these prices yet."))).to_be_visible()
    type_into_the_draft(wholesaler)
    wholesaler.click("Keep in the draft")
    expect(page.locator(".flash.good")).to_be_visible()
    expect(page.get_by_role("heading", name=says("Whom it concerns"))).to_be_visible()
    wholesaler.look()
    assert prices_of(wholesaler, code) == before

    page.get_by_role("link", name=says("See it as a customer")).click()
    wholesaler.field("Customer code").fill(shop)
    wholesaler.click("Show")
    expect(page.get_by_text(says("To look at only: nothing can be ordered or changed here."))).to_be_visible()
    expect(page.locator("tbody")).to_contain_text({"de": "7,00", "en": "7.00"}[language])
    wholesaler.look()
    page.get_by_role("link", name=says("Back to the draft")).click()

    publish(wholesaler)
    assert prices_of(wholesaler, code) != before
    wholesaler.look()
    go_back(wholesaler, code, before)
