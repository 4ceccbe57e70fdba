"""The manufacturer's channel on one page: what each figure means, how much it covers, how old it is; drilled and exported."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person

pytestmark = [pytest.mark.browser, pytest.mark.needs("chromium"), pytest.mark.xdist_group("journeys")]

COVERAGE = {"de": r"\b3 von 4 Großhändlern", "en": r"\b3 of 4 wholesalers"}


def units(text: str) -> int:
    """Read a number as the page groups it."""
    return int(re.sub(r"\D", "", text))


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_channel_states_coverage_and_age_and_adds_up_however_it_is_broken_down(
    somebody: Callable[..., Person], language: str
) -> None:
    owner = somebody(language, "manufacturer@kontor.example", "tannhart")
    page, says = owner.page, owner.says
    expect(page.get_by_role("main")).to_contain_text(re.compile(COVERAGE[language]))

    owner.go("Channel")
    assert owner.clicks == 1
    sell_through = page.locator(".tile", has_text=says("Sell-through")).first
    expect(page.locator(".tile", has_text=says("Sell-in")).first).to_contain_text(says("your own data, in full"))
    expect(sell_through).to_contain_text(re.compile(COVERAGE[language]))
    expect(sell_through).to_contain_text(says("as of"))
    total = units(sell_through.locator(".tile-value").inner_text())
    owner.look()

    breakdowns = page.get_by_role("navigation", name=says("Broken down by"))
    for dimension in ("Wholesaler", "Product", "Region", "Month"):
        breakdowns.get_by_role("link", name=says(dimension), exact=True).click()
        expect(breakdowns.locator("[aria-current=page]")).to_have_text(says(dimension))
        with page.expect_download() as download:
            page.get_by_role("link", name=says("Export CSV")).last.click()
        rows = list(csv.DictReader(download.value.path().read_text(encoding="utf-8-sig").splitlines()))
        assert sum(Decimal(row["sell_through_units"] or 0) for row in rows) == total
        assert {(row["wholesalers_shown"], row["wholesalers"]) for row in rows} == {("3", "4")}
        table = page.locator("#table")
        if dimension == "Wholesaler":
            doornveld = next(row for row in rows if row["wholesaler"] == "DOORNVELD")
            assert doornveld["sell_through_units"] == ""
        if dimension == "Region":
            # Few retailers of the demo share the first digits of a postal code: the rest must not be told apart.
            other = table.get_by_role("row", name=re.compile(says("Other")))
            assert units(other.inner_text()) == Decimal(rows[-1]["sell_through_units"]) > 0
        owner.look()
