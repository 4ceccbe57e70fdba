"""Random price lists and questions that hit ties, tiers and boundaries often: all values come from small pools."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from hypothesis import strategies as st

from tests.pricing.hostile_prices import ON, TOMORROW, YESTERDAY
from tests.pricing.reference_prices import Entry, PriceList, Question, refusal

CODES = ("10", "9", "A", "B", "Z", "_", "a", "b", "z", "Ä", "ß", "\uff21", "\U0001f600")
ARTICLES = ("a", "a", "b")
PRICES = ("0", "0.0001", "0.00", "0.25", "1", "1", "9.9999", "10", "10", "10", "12.3456", "9999999999.9999")
TIERS = ("0", "0", "0.001", "1", "5", "5", "12")
QUANTITIES = ("0", "0.001", "0.999", "1", "1", "4.999", "5", "12", "1000000")
WINDOWS: tuple[tuple[date | None, date | None], ...] = (
    *[(None, None)] * 8,
    (ON, None),
    (ON, TOMORROW),
    (YESTERDAY, None),
    (YESTERDAY, ON),
    (ON, ON),
    (TOMORROW, None),
    (None, TOMORROW),
)
PERCENTS = ("0", "0", "-10", "10", "50", "-50", "-33.3333", "-100", "-200")
AMOUNTS = ("0", "0", "0", "0.05", "-0.05", "1", "-1", "-20")


def price_questions() -> st.SearchStrategy[tuple[dict[str, PriceList], Question]]:
    """Give lists and a question to hypothesis, which shrinks every choice towards the front of its pool."""
    return st.randoms(use_true_random=False).map(price_question)


def price_question(random: Random) -> tuple[dict[str, PriceList], Question]:
    """Make lists of which none is refused, and a question to them."""
    lists: dict[str, PriceList] = {}
    for code in random.sample(CODES, random.choice((1, 2, 3, 3, 4, 4, 5, 6))):
        made = _price_list(random, code, random.choice((None, *lists)))
        lists[code] = made
        if refusal(lists, code) is not None:
            lists[code] = _price_list(random, code, None)
    question = Question(
        "a",
        Decimal(random.choice(QUANTITIES)),
        ON,
        group=random.choice(("group", "group", None)),
        strategy=random.choice(("first", "lowest")),
    )
    return lists, question


def derivation(random: Random) -> tuple[dict[str, PriceList], str]:
    """Make lists derived from each other at random, and name the one of them that is written."""
    codes = ("A", "B", "C", "D", "E")
    return {
        code: PriceList(
            code,
            seller=random.choice((*["seller"] * 20, "x")),
            currency=random.choice((*["EUR"] * 20, "CHF")),
            base=random.choice((None, None, *codes)),
        )
        for code in codes
    }, random.choice(codes)


def _price_list(random: Random, code: str, base: str | None) -> PriceList:
    valid_from, valid_to = random.choice(WINDOWS)
    # The page says nothing of two entries that start alike at one tier: the later made takes the earlier's place.
    entries = {
        (each.article, each.min_quantity, each.valid_from): each for each in _entries(random, derived=base is not None)
    }
    return PriceList(
        code,
        tuple(entries.values()),
        currency=random.choice((*["EUR"] * 15, "CHF")),
        active=random.randrange(12) != 11,
        valid_from=valid_from,
        valid_to=valid_to,
        priority=random.choice((0, 0, 0, 1, -1)),
        accounts=random.choice((frozenset(), frozenset({"buyer"}), frozenset({"other"}))),
        groups=random.choice((frozenset(), frozenset({"group"}), frozenset({"other"}))),
        everyone=random.choice((True, False)),
        base=base,
        percent=Decimal(random.choice(PERCENTS)) if base else Decimal(0),
        amount=Decimal(random.choice(AMOUNTS)) if base else Decimal(0),
        decimals=random.choice((None, 0, 1, 2, 4)) if base else None,
    )


def _entries(random: Random, *, derived: bool) -> list[Entry]:
    # A derived list shows what it takes over only where its own entries are few.
    return [
        Entry(
            random.choice(ARTICLES),
            Decimal(random.choice(PRICES)),
            Decimal(random.choice(TIERS)),
            *random.choice(WINDOWS),
        )
        for _ in range(random.choice((0, 0, 0, 1, 2) if derived else (1, 2, 3, 4, 0)))
    ]
