"""Every component in both languages, both themes, on a desk and on a phone: axe finds nothing, nothing overflows."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.soak import FULL

pytestmark = [pytest.mark.browser, pytest.mark.needs("chromium")]

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
PAGES = ("", "grid", "sheet", "public", "document", "errors/404", "errors/500")
# Each width, language and theme with each of the others; all three together in the soak.
PAIRS = [(1440, "en", "light"), (1440, "de", "dark"), (390, "en", "dark"), (390, "de", "light")]
COMBINATIONS = [*itertools.product((1440, 390), ("en", "de"), ("light", "dark"))] if FULL else PAIRS
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.soak
@pytest.mark.parametrize(("width", "language", "theme"), COMBINATIONS)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    chromium: Browser, style_guide: str, width: int, language: str, theme: str
) -> None:
    with chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=theme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        for name in PAGES:
            page.goto(f"{style_guide}{name}?lang={language}")
            page.evaluate(AXE)
            result = page.evaluate("(tags) => axe.run(document, {runOnly: tags})", TAGS)
            found = [(name, v["id"], [node["html"][:120] for node in v["nodes"]]) for v in result["violations"]]
            assert found == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_slash_focuses_the_search_and_a_menu_closes_with_escape(page: Page, style_guide: str) -> None:
    page.goto(f"{style_guide}?lang=en")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Article, GTIN or word")).to_be_focused()
    account = page.locator("summary", has_text="Maike Hansen")
    account.click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()


def test_the_first_tab_offers_to_skip_to_the_content(page: Page, style_guide: str) -> None:
    page.goto(f"{style_guide}sheet?lang=en")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_menu_dialog_and_definitions_work_without_script(chromium: Browser, style_guide: str) -> None:
    with chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.goto(f"{style_guide}?lang=en")
        expect(page.get_by_role("navigation", name="Main navigation")).to_be_hidden()
        page.get_by_role("button", name="Menu").click()
        expect(page.get_by_role("link", name="Price list")).to_be_visible()
        page.get_by_role("button", name="Close menu").click()
        expect(page.get_by_role("navigation", name="Main navigation")).to_be_hidden()
        page.get_by_role("button", name="Withdraw the list").click()
        expect(page.get_by_role("dialog")).to_contain_text("412 retailers will see")
        page.get_by_role("button", name="Keep as it is").click()
        expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_theme_chosen_stays(page: Page, style_guide: str) -> None:
    page.goto(f"{style_guide}?lang=en")
    page.locator("summary", has_text="Maike Hansen").click()
    page.get_by_role("button", name="Dark theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(f"{style_guide}grid?lang=en")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
