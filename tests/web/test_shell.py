from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from portal.web.navigation import HomeCards, Navigation
from portal.web.shell import Brand, current_shell, here_with, shell_sources
from portal.web.style_guide import create_style_guide
from portal.web.style_guide_data import principal
from tenants.permissions import Capacity, Permission

BUYER = principal()
VIEW, MANAGE = Permission.ORDERS_VIEW, Permission.ORDERS_MANAGE


@pytest.fixture(scope="module")
def site() -> Flask:
    return create_style_guide()


def test_navigation_shows_only_what_capacity_and_permission_allow_in_order() -> None:
    navigation = Navigation()
    navigation.add(Capacity.BUYER, "Buy", "Orders", "orders.list", "list", VIEW, 20)
    navigation.add(Capacity.BUYER, "Buy", "Restock", "restock.show", "restock", VIEW, 10)
    navigation.add(Capacity.SELLER, "Sell", "Desk", "desk.show", "pad", VIEW, 1)
    navigation.add(Capacity.BUYER, "Buy", "Approve", "approve.list", "check", MANAGE, 5)
    viewer = replace(BUYER, permissions=frozenset({VIEW}))
    assert [entry.label for entry in navigation.entries_for(viewer)] == ["Restock", "Orders"]


def test_adding_an_entry_again_replaces_it() -> None:
    navigation = Navigation()
    for label in ("Orders", "Purchases"):
        navigation.add(Capacity.BUYER, "Buy", label, "orders.list", "list", VIEW, 20)
    assert [entry.label for entry in navigation.entries_for(BUYER)] == ["Purchases"]


def test_home_cards_with_nothing_to_say_stay_away() -> None:
    cards = HomeCards()
    cards.add(Capacity.BUYER, "late", 2, VIEW, lambda _principal: {"orders": 3}, "late.html")
    cards.add(Capacity.BUYER, "empty", 1, VIEW, lambda _principal: None, "empty.html")
    cards.add(Capacity.BUYER, "forbidden", 0, MANAGE, lambda _principal: {}, "forbidden.html")
    viewer = replace(BUYER, permissions=frozenset({VIEW}))
    assert [(card.key, data) for card, data in cards.load_for(viewer)] == [("late", {"orders": 3})]


def test_the_entry_of_the_page_or_the_closest_above_is_marked(site: Flask) -> None:
    for path, marked in (("/dev/style-guide/", ["Components"]), ("/dev/style-guide/grid", ["Order grid"])):
        with site.test_request_context(path):
            entries = [entry for group in current_shell().navigation for entry in group.entries]
            assert [entry.label for entry in entries if entry.active] == marked


def test_a_part_whose_route_does_not_exist_is_left_out(site: Flask) -> None:
    with site.test_request_context("/"):
        sources = shell_sources()
        before = dict(sources.endpoints)
        sources.endpoints["theme"] = "nowhere.to_go"
        assert current_shell().theme_url == ""
        sources.endpoints.update(before)


def test_only_known_themes_are_taken_from_the_cookie(site: Flask) -> None:
    for cookie, theme in (("dark", "dark"), ('"><script>', ""), ("", "")):
        with site.test_request_context("/", headers={"Cookie": f"theme={cookie}"}):
            assert current_shell().theme == theme


def test_filters_keep_the_rest_of_the_address(site: Flask) -> None:
    with site.test_request_context("/orders?q=a%26b&status=open&status=late&cursor=x"):
        assert here_with({"sort": "-placed", "cursor": None}) == "/orders?q=a%26b&status=open&status=late&sort=-placed"
        assert here_with({"status": None, "cursor": None, "q": None}) == "/orders"


def test_a_page_shows_brand_basket_and_no_inline_script_or_style(site: Flask) -> None:
    for path in ("/dev/style-guide/", "/dev/style-guide/grid", "/dev/style-guide/sheet", "/dev/style-guide/public"):
        page = site.test_client().get(path).text
        assert " style=" not in page
        assert "<style" not in page
        assert " onclick" not in page
        assert page.count("<script") == page.count("<script src=")


def test_a_tenants_brand_replaces_name_and_style_sheet(site: Flask) -> None:
    sources = site.extensions["shell"]
    before = sources.brand
    sources.brand = lambda _principal: Brand("Nordwerk", "nordwerk", None, "/brand/nordwerk.css")
    try:
        page = site.test_client().get("/dev/style-guide/public").text
    finally:
        sources.brand = before
    assert '<link rel="stylesheet" href="/brand/nordwerk.css">' in page
    assert "Nordwerk" in page
    assert page.index("css/tokens.css") < page.index("/brand/nordwerk.css")


def test_the_basket_in_the_bar_has_count_and_sum(site: Flask) -> None:
    page = site.test_client().get("/dev/style-guide/").text
    assert '<span class="count" data-basket-count>14</span>' in page
    assert 'data-basket-total><data class="num" value="1284.30">' in page


def test_fingerprinted_files_are_kept_for_ever_others_are_asked_for_again(site: Flask) -> None:
    for path, kept in (("/static/css/tokens.css?v=1", "immutable"), ("/static/js/keyboard.js", "no-cache")):
        with site.test_client().get(path) as answer:
            assert kept in answer.headers["Cache-Control"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 429, 500, 503])
def test_every_error_page_says_what_to_do(site: Flask, status: int) -> None:
    for language, nothing in (("en", "Nothing"), ("de", "Nichts")):
        answer = site.test_client().get(f"/dev/style-guide/errors/{status}?lang={language}")
        assert answer.status_code == status
        assert nothing in answer.text or status in {404, 409}
        assert "<h1" in answer.text
