"""Searching the catalogue of one seller: articles that fit, best first, and how many there are in each category and brand.

One database function finds and counts (migrations, `search_articles`), because the row policies keep full-text indexes from
being used; what it finds is then read under the policies. What does not depend on the reader is kept by the process until
the catalogue changes, which the function tells by the catalogue's version.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from flask import current_app

from portal.catalogue.rules import Cell, Facets, cell_facets
from tenants.database import read
from tenants.principal import Principal

MOST_WORDS = 200
_LONGEST_EXPANDED = 2000
MOST_COUNTED = 10_000
"""Products that fit the words beyond this number are neither ranked nor counted."""
_KEPT_SEARCHES = 500
_SECONDS_UNMARKED = 30.0
"""How long counts are kept where no change was ever marked (rows loaded past the services), or where stock decides."""

_SEARCH = (
    "select search_articles(%(words)s, %(category)s, %(brand)s, %(available)s, %(sort)s, %(german)s, %(after)s::jsonb,"
    " %(limit)s, %(known_rows)s, %(known_cells)s)"
)

KEY_PARTS = 3
CursorKey = tuple[str, str, int]


class Sort(StrEnum):
    """In which order articles are listed; relevance only where words are searched for."""

    RELEVANCE = "relevance"
    CATEGORY = "category"
    NAME = "name"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True)
class ArticleSearch:
    """What is looked for. `category` is a path, with all below it; empty = any."""

    words: str = ""
    category: str = ""
    brand: str = ""
    only_available: bool = False
    sort: Sort = Sort.CATEGORY
    german: bool = False
    """Names sort by the German name."""

    def __post_init__(self) -> None:
        """Bring words into the one form under which they are kept, and the sort into one that is possible."""
        words = " ".join(self.words.replace("\x00", " ").split())[:_LONGEST_EXPANDED]
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "category", self.category.replace("\x00", ""))
        object.__setattr__(self, "brand", self.brand.replace("\x00", ""))
        if self.sort is Sort.RELEVANCE and not words:
            object.__setattr__(self, "sort", Sort.CATEGORY)


class FoundArticle(NamedTuple):
    """An article that fits, with its place in the order."""

    key: CursorKey
    article_id: int


class Found(NamedTuple):
    """A page of what was found, in order, and the counts of all of it."""

    articles: list[FoundArticle]
    facets: Facets
    matches: int
    """Articles that fit the words, whatever the category and brand."""


@dataclass(slots=True)
class _Kept:
    """What one search of a seller gave, as of a version of its catalogue."""

    version: int
    until: float
    cells: tuple[Cell, ...]
    matches: int
    """Articles in all cells."""
    names: dict[str, tuple[str, str]]
    facets: dict[tuple[str, str], Facets] = field(default_factory=dict)
    pages: dict[Any, list[FoundArticle]] = field(default_factory=dict)


class SearchMemory:
    """Keeps what searches gave, by seller; the least lately used goes first. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Any, _Kept] = OrderedDict()

    def get(self, key: Any) -> _Kept | None:
        """Give what is kept and not outlived."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.until < time.monotonic():
                return None
            self._kept.move_to_end(key)
            return kept

    def put(self, key: Any, kept: _Kept) -> None:
        """Keep it."""
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT_SEARCHES:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()


def search_articles(
    principal: Principal, wanted: ArticleSearch, *, after: CursorKey | None = None, limit: int
) -> Found:
    """Give up to `limit + 1` active articles of active products after a key, and the facets of all that fit.

    The principal is the seller or one of its buyers; what it finds is of that seller alone.
    """
    memory = _memory()
    key = (principal.trading_seller(), principal.owner_ids, wanted.words, wanted.only_available)
    page_key = (replace(wanted, words=""), after, limit)
    kept = memory.get(key) if memory else None
    page = kept.pages.get(page_key) if kept else None
    answer = _ask(principal, wanted, after, limit, kept.version if page is not None and kept else None, kept)
    if answer["cells"] is not None:
        kept = _keep(answer, by_version=not wanted.only_available)
        page = None
        if memory:
            memory.put(key, kept)
    assert kept is not None  # noqa: S101 - the function leaves out cells only where it was told they are known
    if answer["rows"] is not None:
        page = [FoundArticle((first, second, number), number) for first, second, number in answer["rows"]]
        if len(kept.pages) < _KEPT_SEARCHES and not wanted.only_available:
            kept.pages[page_key] = page
    return Found(page or [], _facets(kept, wanted), kept.matches)


def _ask(
    principal: Principal,
    wanted: ArticleSearch,
    after: CursorKey | None,
    limit: int,
    known_rows: int | None,
    kept: _Kept | None,
) -> dict[str, Any]:
    principal.trading_seller()
    [(answer,)] = read(
        _SEARCH,
        {
            "words": wanted.words,
            "category": wanted.category,
            "brand": wanted.brand,
            "available": wanted.only_available,
            "sort": wanted.sort.value,
            "german": wanted.german,
            "after": json.dumps(after) if after else None,
            "limit": limit + 1,
            "known_rows": known_rows,
            "known_cells": kept.version if kept else None,
        },
    )
    found: dict[str, Any] = answer
    return found


def _keep(answer: dict[str, Any], *, by_version: bool) -> _Kept:
    marked = by_version and answer["version"] > 0
    cells = tuple(Cell(*cell) for cell in answer["cells"])
    return _Kept(
        version=answer["version"],
        until=float("inf") if marked else time.monotonic() + _SECONDS_UNMARKED,
        cells=cells,
        matches=sum(cell.articles for cell in cells),
        names={path: (english, german) for path, english, german in answer["names"]},
    )


def _facets(kept: _Kept, wanted: ArticleSearch) -> Facets:
    key = (wanted.category, wanted.brand)
    facets = kept.facets.get(key)
    if facets is None:
        facets = cell_facets(kept.cells, wanted.category, wanted.brand, kept.names)
        if len(kept.facets) < _KEPT_SEARCHES:
            kept.facets[key] = facets
    return facets


def _memory() -> SearchMemory | None:
    memory: SearchMemory = current_app.extensions.setdefault("catalogue_searches", SearchMemory())
    # Tests load rows past the services, so that no version tells of them.
    return None if current_app.testing and not current_app.config.get("KEEP_SEARCHES") else memory


def cursor_key(parts: Sequence[str | int] | None) -> CursorKey | None:
    """Give the key that a cursor of ours carried."""
    return None if parts is None else (str(parts[0]), str(parts[1]), int(parts[2]))
