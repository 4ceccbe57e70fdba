"""The catalogue of 100,000 articles as a signed-in buyer reads it: pages of 24 priced rows, and search with facets."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from benchmarks.ground import Ground
from benchmarks.pages import bare_page
from benchmarks.results import Result, compare
from benchmarks.rounds import MakeWork, Work

THINGS = ("hammer", "drill", "saw", "screw", "pliers", "lamp", "rope", "glove", "bucket", "chisel", "ladder")
ADJECTIVES = ("Sturdy", "Light", "Long", "Short", "Heavy", "Fine", "Quiet")
SORTS = ("category", "name", "article")


def product_page(ground: Ground) -> Iterable[Result]:
    """Measure pages of 24 rows: any category, any order, with own prices and what can be delivered."""
    asked = _pages(ground, _browsed)
    yield compare(ground, "product page of 24 rows", asked, bare_page(ground), share=1 / 4, most_statements=10)


def search(ground: Ground) -> Iterable[Result]:
    """Measure searches, two words, words with a number and article numbers in turn; hardly one is asked twice."""
    asked = _pages(ground, _searched)
    yield compare(ground, "search with facets", asked, bare_page(ground), share=1 / 5, most_statements=10)


def _pages(ground: Ground, ask: Callable[[random.Random, int], dict[str, str]]) -> MakeWork:
    def make(number: int) -> Work:
        browser, chance = ground.browser(number), random.Random()

        def work() -> None:
            query = ask(chance, ground.size.articles)
            page = browser.get(f"/buying/catalogue?{urlencode(query)}")
            if b"/buying/catalogue/A-" not in page:
                raise AssertionError(f"nothing found for {query}")

        return work

    return make


def _browsed(chance: random.Random, articles: int) -> dict[str, str]:
    # A category of the data: product n is in group n % 8 and is thing n % 11.
    n = chance.randrange(articles)
    query = {"category": f"Group {n % 8} > {THINGS[n % 11]}", "sort": chance.choice(SORTS)}
    return query if chance.random() < 0.8 else {"sort": query["sort"]}


def _searched(chance: random.Random, articles: int) -> dict[str, str]:
    n = chance.randrange(1, articles)
    form = chance.randrange(3)
    if form == 0:
        return {"q": f"{chance.choice(ADJECTIVES)} {chance.choice(THINGS)}"}
    if form == 1:
        return {"q": f"{THINGS[n % 11]} {n}"}
    return {"q": f"A-{n:06}"[:7]}
