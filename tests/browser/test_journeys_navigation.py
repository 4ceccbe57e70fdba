"""Every entry of the three tiers' navigation and the pages behind them, in both languages, on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus

import pytest
from playwright.sync_api import expect

from tests.browser.person import PASSWORDS, Person

pytestmark = [pytest.mark.browser, pytest.mark.needs("chromium"), pytest.mark.xdist_group("journeys")]

MANUFACTURER, WHOLESALER, RETAILER = (f"{tier}@kontor.example" for tier in ("manufacturer", "wholesaler", "retailer"))
SLUGS = {MANUFACTURER: "tannhart", WHOLESALER: "ostermoor", RETAILER: "ostermoor"}
# Lists of which the first row's page is opened too. Pages of orders, of the own new account and of a changed list are
# looked at in the journeys that work on them.
LISTS = {"/selling/stock", "/selling/catalogue", "/selling/accounts/", "/buying/catalogue"}
OWN = ("/organisation/address", "/organisation/brand", "/organisation/audit", "/your-account/")
BEHIND = {
    MANUFACTURER: (*OWN, "/brand/channel/?wholesaler=DOORNVELD"),
    WHOLESALER: (
        *OWN,
        "/selling/stock/counts",
        "/selling/catalogue/products",
        "/selling/accounts/R-HARMSEN/terms",
        "/selling/accounts/R-HARMSEN/details",
        "/selling/prices/new",
        "/selling/prices/strategy",
        "/selling/prices/lists/V-PETERSEN/edit",
        "/selling/prices/article?article=10-1379",
        "/selling/prices/explain?article=10-1379&account=R-HARMSEN&quantity=6",
        "/selling/figures/?by=product",
        "/selling/sharing/TANNHART/seen",
    ),
    RETAILER: (
        "/your-account/",
        "/organisation/audit",
        "/buying/addresses/",
        "/buying/catalogue?q=zange",
        "/buying/catalogue?q=xyzxyz",
    ),
}
UNNAMED = (
    "/messages",
    "/messages/choices",
    "/your-account/data",
    "/your-account/programs/",
    "/organisation/processing-record",
    "/organisation/programs/new",
    "/selling/agreements/new",
    "/selling/sharing/TANNHART/versions/1",
)
"""Pages that no navigation names and no journey passes."""
HOME = {MANUFACTURER: "/brand", WHOLESALER: "/selling", RETAILER: "/buying"}


@pytest.mark.soak
@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("email", [MANUFACTURER, WHOLESALER, RETAILER])
def test_every_page_opens_and_axe_finds_nothing(somebody: Callable[..., Person], email: str, language: str) -> None:
    person = somebody(language, email, SLUGS[email])
    navigation = person.page.get_by_role("navigation", name=person.says("Main navigation"))
    places = [str(link.get_attribute("href")) for link in navigation.get_by_role("link").all()]
    for place in places:
        person.visit(place)
        assert navigation.locator("[aria-current=page]").count() == 1
        if place in LISTS:
            first = person.page.get_by_role("main").locator("tbody a").first
            person.visit(str(first.get_attribute("href")))
    assert len(places) >= 4
    for place in BEHIND[email]:
        person.visit(place)
    person.visit(f"{HOME[email]}/nothing", HTTPStatus.NOT_FOUND)


@pytest.mark.parametrize("language", ["de", "en"])
def test_pages_that_no_navigation_names(somebody: Callable[..., Person], language: str) -> None:
    person = somebody(language, WHOLESALER, SLUGS[WHOLESALER])
    for place in UNNAMED:
        person.visit(place)


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_basket_with_lines(somebody: Callable[..., Person], language: str) -> None:
    buyer = somebody(language, RETAILER, SLUGS[RETAILER])
    buyer.empty_basket()
    buyer.page.goto("/buying/catalogue")
    buyer.page.get_by_role("main").locator("tbody tr").first.get_by_role("button").click()
    expect(buyer.page.locator("[data-basket-count]")).to_have_text("1")
    buyer.go("Basket")
    expect(buyer.page.locator("[data-row]")).to_have_count(1)
    buyer.look()
    buyer.empty_basket()


@pytest.mark.parametrize("language", ["de", "en"])
def test_pages_before_sign_in(somebody: Callable[..., Person], language: str) -> None:
    visitor = somebody(language)
    page = visitor.page
    if language == "en":  # the API's reference is in English alone
        visitor.visit("/api/docs")
    for path, status in (
        ("/w/tannhart/", HTTPStatus.OK),
        ("/w/ostermoor/", HTTPStatus.OK),
        ("/sign-in", HTTPStatus.OK),
        ("/nothing", HTTPStatus.NOT_FOUND),
        ("/invitation?token=unknown", HTTPStatus.GONE),
        ("/reset-password?token=unknown", HTTPStatus.GONE),
        ("/forgotten-password", HTTPStatus.OK),
    ):
        visitor.visit(path, status)
    visitor.field("E-mail address").fill("nobody@nowhere.example")
    visitor.click("Send the link")
    expect(page.get_by_role("main")).to_contain_text("nobody@nowhere.example")
    visitor.look()
    visitor.expected_statuses = {HTTPStatus.UNAUTHORIZED}
    page.goto("/w/ostermoor/")
    visitor.field("E-mail address").fill("nobody@nowhere.example")
    visitor.field("Password").fill("wrong")
    visitor.click("Sign in")
    expect(page.get_by_role("alert")).to_be_visible()
    visitor.look()
    expect(visitor.field("E-mail address")).to_have_value(re.compile("nobody"))


@pytest.mark.parametrize("script", [True, False])
def test_a_person_reads_its_own_language_until_it_chooses_another(
    somebody: Callable[..., Person], script: bool
) -> None:
    visitor = somebody("en", script=script)
    page, root = visitor.page, visitor.page.locator("html")
    page.goto("/w/ostermoor/")
    expect(root).to_have_attribute("lang", "en")
    visitor.field("E-mail address").fill(RETAILER)
    visitor.field("Password").fill(PASSWORDS[RETAILER])
    visitor.click("Sign in")
    page.wait_for_url("**/buying/")
    expect(root).to_have_attribute("lang", "de")
    expect(page.get_by_role("navigation").get_by_role("link", name="Startseite")).to_be_visible()
    page.goto("/buying/orders")
    expect(root).to_have_attribute("lang", "de")
    for language, day in (("en", r"\d{1,2} [A-Z][a-z]{2} 20\d\d, \d\d:\d\d"), ("de", r"\d\d\.\d\d\.20\d\d, \d\d:\d\d")):
        visitor.choose_language(language)
        expect(root).to_have_attribute("lang", language)
        expect(page.locator("tbody time").first).to_have_text(re.compile(f"^{day}$"))
