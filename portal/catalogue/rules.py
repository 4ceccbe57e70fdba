"""Pure calculation over the catalogue: facets, packaging, codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from itertools import islice
from typing import NamedTuple

from stdnum import ean
from stdnum.exceptions import ValidationError

SEPARATOR = " > "
_LEAST_LIKENESS = 0.74
_LENGTH_APART = 3
_LEAST_INNER = 4
_MOST_COMPOUNDS = 25


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


def correct_words(words: str, known: Sequence[str]) -> str:
    """Give the words with each unknown one replaced by the nearest known word; empty where that changes nothing.

    `known` are lower-case words, the most frequent first; of equally near ones the most frequent is taken.
    """
    typed = words.lower().split()
    corrected = [_nearest(word, known) or word for word in typed]
    return " ".join(corrected) if corrected != typed else ""


def expand_words(words: str, known: Sequence[str]) -> str:
    """Give the words with compounds that hold them as alternatives: `säge` becomes `säge|lochsäge|sägeblatt`.

    `known` are lower-case words, the most frequent first.
    """
    return " ".join("|".join([word, *_compounds(word, known)]) for word in words.lower().split())


def _compounds(word: str, known: Sequence[str]) -> list[str]:
    if len(word) < _LEAST_INNER or not word.isalpha():
        return []
    written = {word, word.replace("ae", "ä").replace("oe", "ö").replace("ue", "ü")}
    inside = (each for each in known if any(form in each and not each.startswith(form) for form in written))
    return list(islice(inside, _MOST_COMPOUNDS))


def _nearest(word: str, known: Sequence[str]) -> str:
    if len(word) < _LEAST_INNER or not word.isalpha():
        return ""
    if any(each.startswith(word) for each in known):
        return word
    inside = [each for each in known if word in each]
    if inside:
        return min(inside, key=len)
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(word)
    best, best_ratio = "", _LEAST_LIKENESS
    for each in known:
        if abs(len(each) - len(word)) > _LENGTH_APART:
            continue
        matcher.set_seq1(each)
        if matcher.real_quick_ratio() > best_ratio and matcher.quick_ratio() > best_ratio:
            ratio = matcher.ratio()
            if ratio > best_ratio:
                best, best_ratio = each, ratio
    return best


def _category(path: str, count: int, names: Mapping[str, tuple[str, str]]) -> CategoryFacet:
    last = path.rpartition(SEPARATOR)[2]
    english, german = names.get(path, ("", ""))
    return CategoryFacet(path, english or german or last, german or english or last, count)
