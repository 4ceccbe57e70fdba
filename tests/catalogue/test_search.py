"""Finding articles: words in two languages, codes, facets, the order and its cursor, and what is never found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from portal.catalogue.queries.search import ArticleSearch, Found, Sort, search_articles
from portal.catalogue.queries.words import suggest_words
from portal.catalogue.service.changes import mark_changed
from tenants.database import db
from tenants.permissions import Capacity
from tests.factories.catalogue import make_article, make_product, make_stock
from tests.factories.placing import acting
from tests.factories.seed import Seed
from tests.factories.world import World


@pytest.fixture
def shelf(seed: Seed, world: World) -> World:
    """Give north a small range, and its neighbours what must not be found."""
    saws, hammers = "Tools > Saws", "Tools > Hammers"
    products: list[tuple[str, dict[str, Any]]] = [
        ("N-1", {"name_en": "Hand saw", "name_de": "Handsäge", "category": saws, "brand": "Tannhart", "sku": "HS-1"}),
        ("N-2", {"name_en": "Claw hammer", "name_de": "Klauenhammer", "category": hammers, "brand": "Tannhart"}),
        ("N-3", {"name_en": "Wood screws", "name_de": "Holzschrauben", "category": "Screws", "brand": "Kelm"}),
        ("N-10", {"name_en": "Oil", "name_de": "Öl", "description_de": "Pflegt jede Säge", "gtin": "4006381333931"}),
    ]
    for number, values in products:
        sku = values.pop("sku", "")
        product = make_product(seed, world.acme, sku, **values, packagings={"CS": 12})
        make_article(seed, world.north, product, number)
    seed.run(
        text(
            "update packaging set gtin = '14006381333938' where product_id ="
            " (select product_id from article where article_number = 'N-10')"
        )
    )
    hidden = make_product(seed, world.acme, name_de="Säge aus alter Zeit", status="inactive")
    make_article(seed, world.north, hidden, "N-4")
    make_article(
        seed, world.north, make_product(seed, world.acme, name_de="Säge, ausgelistet"), "N-5", status="inactive"
    )
    make_article(seed, world.south, make_product(seed, world.acme, name_de="Säge des Südens"), "S-1")
    make_article(seed, world.west, make_product(seed, world.zenit, name_de="Säge des Westens"), "W-1")
    return world


@pytest.fixture
def find(app: Flask, shelf: World) -> Iterator[Any]:
    """Search as anna, a retailer of north; gives article numbers and facets."""
    with acting(app, shelf.anna, Capacity.BUYER) as principal:

        def ask(words: str = "", **values: Any) -> tuple[list[str], Found]:
            after = values.pop("after", None)
            limit = values.pop("limit", 24)
            sort = Sort.RELEVANCE if words and "sort" not in values else values.pop("sort", Sort.CATEGORY)
            wanted = ArticleSearch(words=words, sort=sort, **values)
            found = search_articles(principal, wanted, after=after, limit=limit)
            return [numbers[each.article_id] for each in found.articles], found

        rows = db.session.execute(text("select id, article_number from article"))
        numbers = {row.id: row.article_number for row in rows}
        yield ask


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("säge", ["N-10"]),
        ("SÄGE", ["N-10"]),
        ("handsäge", ["N-1"]),
        ("handsaege", ["N-1"]),
        ("handsage", ["N-1"]),
        ("hand", ["N-1"]),
        ("klaue", ["N-2"]),
        ("hammers", ["N-2"]),
        ("holzschraube", ["N-3"]),
        ("tannhart saw", ["N-1"]),
        ("tannhart kelm", []),
        ("oel", ["N-10"]),
        ("n-1", ["N-1", "N-10"]),
        ("N-10", ["N-10"]),
        ("hs-1", ["N-1"]),
        ("4006381333931", ["N-10"]),
        ("14006381333938", ["N-10"]),
        ("40063813", ["N-10"]),
        ("& | !:*", []),
        ("'", []),
        ("the", []),
    ],
)
def test_words_stems_beginnings_and_codes_are_found(find: Any, words: str, expected: list[str]) -> None:
    numbers, found = find(words)
    assert sorted(numbers) == expected
    assert found.facets.total == len(numbers)


def test_a_whole_code_comes_before_its_beginnings(find: Any) -> None:
    assert find("n-1")[0] == ["N-1", "N-10"]


def test_without_words_everything_offered_is_listed_by_category_and_name(find: Any) -> None:
    numbers, found = find()
    assert numbers == ["N-10", "N-3", "N-2", "N-1"]
    assert found.facets.total == 4
    assert [(facet.path, facet.articles) for facet in found.facets.categories] == [("Screws", 1), ("Tools", 2)]
    assert [tuple(facet) for facet in found.facets.brands] == [("Tannhart", 2), ("Kelm", 1)]


def test_facets_count_under_the_other_choice(find: Any) -> None:
    numbers, found = find(category="Tools", brand="Tannhart")
    assert numbers == ["N-2", "N-1"]
    assert [(facet.path, facet.articles) for facet in found.facets.trail] == [("Tools", 2)]
    assert [(facet.path, facet.articles) for facet in found.facets.categories] == [
        ("Tools > Hammers", 1),
        ("Tools > Saws", 1),
    ]
    assert find(category="Tools", brand="Kelm")[0] == []
    assert find(category="Tool")[0] == []


def test_names_sort_by_their_letters_in_the_readers_language(find: Any) -> None:
    assert find(sort=Sort.NAME)[0] == ["N-2", "N-1", "N-10", "N-3"]
    assert find(sort=Sort.NAME, german=True)[0] == ["N-1", "N-3", "N-2", "N-10"]
    assert find(sort=Sort.ARTICLE)[0] == ["N-1", "N-10", "N-2", "N-3"]


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("words", ["", "n-"])
def test_every_order_can_be_paged_without_gap_or_repeat(find: Any, sort: Sort, words: str) -> None:
    whole, _ = find(words, sort=sort)
    paged, after = [], None
    for _ in range(6):
        numbers, found = find(words, sort=sort, after=after, limit=1)
        paged += numbers[:1]
        if len(found.articles) < 2:
            break
        after = found.articles[0].key
    assert paged == whole
    assert len(whole) == 4


def test_only_what_is_in_stock_where_so_wished(find: Any, seed: Seed, shelf: World) -> None:
    [saw] = seed.run(text("select * from article where article_number = 'N-1'"))
    [oil] = seed.run(text("select * from article where article_number = 'N-10'"))
    make_stock(seed, saw, 3)
    make_stock(seed, oil, 2, reserved_quantity=2)
    numbers, found = find(only_available=True)
    assert (numbers, found.facets.total) == (["N-1"], 1)
    assert find("oil", only_available=True)[0] == []


def test_another_sellers_articles_are_neither_found_nor_counted_nor_suggested(app: Flask, shelf: World) -> None:
    for organisation, capacity, total in (
        (shelf.clara, Capacity.BUYER, 1),
        (shelf.dora, Capacity.BUYER, 1),
        (shelf.north, Capacity.SELLER, 4),
        (shelf.north, Capacity.BUYER, 0),
        (shelf.acme, Capacity.SELLER, 0),
    ):
        with acting(app, organisation, capacity) as principal:
            found = search_articles(principal, ArticleSearch(), limit=24)
            assert (found.facets.total, len(found.articles)) == (total, total)
            assert search_articles(principal, ArticleSearch("Handsäge"), limit=24).facets.total == (total == 4)
            assert suggest_words(principal, "klauenhamer") == ("klauenhammer" if total == 4 else "")


def test_misspelt_and_inner_words_are_helped(app: Flask, shelf: World) -> None:
    with acting(app, shelf.anna, Capacity.BUYER) as principal:
        assert suggest_words(principal, "klauenhamer") == "klauenhammer"
        assert suggest_words(principal, "schrauben") == "holzschrauben"
        assert suggest_words(principal, "qwertz") == ""


def test_counts_are_kept_until_the_catalogue_changes(app: Flask, seed: Seed, shelf: World) -> None:
    app.config["KEEP_SEARCHES"] = True
    try:
        with acting(app, shelf.north, Capacity.SELLER) as principal:
            mark_changed(principal)
            assert search_articles(principal, ArticleSearch(), limit=24).facets.total == 4
        make_article(seed, shelf.north, article_number="N-6")
        with acting(app, shelf.anna, Capacity.BUYER) as principal:
            assert search_articles(principal, ArticleSearch(), limit=24).facets.total == 4
        with acting(app, shelf.north, Capacity.SELLER) as principal:
            mark_changed(principal)
        with acting(app, shelf.anna, Capacity.BUYER) as principal:
            found = search_articles(principal, ArticleSearch(), limit=24)
            assert (found.facets.total, len(found.articles)) == (5, 5)
    finally:
        app.extensions["catalogue_searches"].clear()
        del app.config["KEEP_SEARCHES"]
