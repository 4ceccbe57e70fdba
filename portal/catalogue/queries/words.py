"""Help with words that find nothing: the nearest words of the seller's own range."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import NamedTuple

from flask import current_app
from sqlalchemy import text

from portal.catalogue.rules import correct_words, expand_words
from tenants.database import db
from tenants.principal import Principal

_MOST_WORDS = 20_000
_KEPT_SELLERS = 8
_KEPT_SECONDS = 600.0

_WORDS = text(
    r"""
    select word from (
        select regexp_split_to_table(lower(p.name_de || ' ' || p.name_en || ' ' || p.brand), '[^[:alpha:]]+') as word
        from article a join product p on p.owner_id = a.owner_id and p.id = a.product_id
        where a.seller_id = :seller and a.status = 'active' and p.status = 'active'
    ) words
    where length(word) > 3 group by word order by count(*) desc, word limit :most
    """
)


class _Kept(NamedTuple):
    words: tuple[str, ...]
    until: float


class WordMemory:
    """Keeps the words of a few sellers for some minutes; safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, _Kept] = OrderedDict()

    def words_of(self, principal: Principal) -> tuple[str, ...]:
        """Give the words of the seller's range, the most frequent first."""
        seller_id = principal.trading_seller()
        with self._lock:
            kept = self._kept.get(seller_id)
        if kept is None or kept.until < time.monotonic():
            rows = db.session.execute(_WORDS, {"seller": seller_id, "most": _MOST_WORDS})
            seconds = 0.0 if current_app.testing else _KEPT_SECONDS
            kept = _Kept(tuple(rows.scalars()), time.monotonic() + seconds)
            with self._lock:
                self._kept[seller_id] = kept
                while len(self._kept) > _KEPT_SELLERS:
                    self._kept.popitem(last=False)
        return kept.words


def suggest_words(principal: Principal, words: str) -> str:
    """Give what may have been meant by words that find nothing; empty where nothing is near.

    The principal is the seller or one of its buyers; only words of that seller's range are told.
    """
    return correct_words(words, _memory().words_of(principal))


def with_compounds(principal: Principal, words: str) -> str:
    """Give the words with compounds of the seller's range that hold them as alternatives.

    The principal is the seller or one of its buyers.
    """
    return expand_words(words, _memory().words_of(principal))


def _memory() -> WordMemory:
    memory: WordMemory = current_app.extensions.setdefault("catalogue_words", WordMemory())
    return memory
