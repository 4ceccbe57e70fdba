"""Pure calculation over the catalogue: facets, packaging, codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stdnum import ean
from stdnum.exceptions import ValidationError

SEPARATOR = " > "


class Cell(NamedTuple):
    """How many articles there are of one category and brand."""

    category: str
    brand: str
    articles: int


class CategoryFacet(NamedTuple):
    """A category to choose, with the articles in it and below it."""

    path: str
    name_en: str
    name_de: str
    articles: int


class BrandFacet(NamedTuple):
    """A brand to choose."""

    brand: str
    articles: int


class Facets(NamedTuple):
    """What can be chosen next. Categories count under the chosen brand, brands under the chosen category."""

    total: int
    trail: list[CategoryFacet]
    """The chosen category and those above it, from the top."""
    categories: list[CategoryFacet]
    """One level below the chosen category."""
    brands: list[BrandFacet]


def cell_facets(cells: Sequence[Cell], category: str, brand: str, names: Mapping[str, tuple[str, str]]) -> Facets:
    """Give the facets of a choice from the counts by category and brand; `names` are (English, German) by path."""
    below: Counter[str] = Counter()
    brands: Counter[str] = Counter()
    trail: Counter[str] = Counter()
    total = 0
    ancestors = parent_paths(category)
    depth = len(ancestors)
    for path, cell_brand, count in cells:
        fits_brand = not brand or cell_brand == brand
        fits_category = is_within(path, category)
        if fits_category:
            if cell_brand:
                brands[cell_brand] += count
            if fits_brand:
                total += count
                if path and path != category:
                    below[SEPARATOR.join(path.split(SEPARATOR)[: depth + 1])] += count
        if fits_brand:
            for ancestor in ancestors:
                if is_within(path, ancestor):
                    trail[ancestor] += count
    return Facets(
        total,
        [_category(path, trail[path], names) for path in ancestors],
        sorted((_category(path, count, names) for path, count in below.items()), key=lambda facet: facet.path),
        [BrandFacet(name, count) for name, count in sorted(brands.items(), key=lambda item: (-item[1], item[0]))],
    )


def is_within(path: str, category: str) -> bool:
    """Tell whether a category path is the category or below it; every path is within the empty one."""
    return not category or path == category or path.startswith(category + SEPARATOR)


def parent_paths(path: str) -> list[str]:
    """Give the paths from the top down to this one: `A`, `A > B`, `A > B > C`."""
    parts = path.split(SEPARATOR) if path else []
    return [SEPARATOR.join(parts[: length + 1]) for length in range(len(parts))]


def clean_category(path: str) -> str:
    """Give a category path as it is stored: one blank on each side of every `>`, no empty levels."""
    return SEPARATOR.join(" ".join(part.split()) for part in path.split(">") if part.strip())


def is_gtin(code: str) -> bool:
    """Tell whether the code is a GTIN of 8, 12, 13 or 14 digits with the right check digit."""
    try:
        ean.validate(code)
    except ValidationError:
        return False
    return code.isascii() and code.isdecimal()


def _category(path: str, count: int, names: Mapping[str, tuple[str, str]]) -> CategoryFacet:
    last = path.rpartition(SEPARATOR)[2]
    english, german = names.get(path, ("", ""))
    return CategoryFacet(path, english or german or last, german or english or last, count)
