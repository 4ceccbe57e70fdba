"""Hostile cases of "Which price list decides", results computed by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tests.pricing.reference_prices import (
    LOOP,
    OTHER_CURRENCY,
    OTHER_SELLER,
    TOO_LONG,
    Entry,
    PriceList,
)

ON = date(2026, 3, 15)
TOMORROW = date(2026, 3, 16)
YESTERDAY = date(2026, 3, 14)
BUYER = frozenset({"buyer"})
GROUP = frozenset({"group"})


@dataclass(frozen=True)
class PriceCase:
    """Lists and a quantity, with the price and the deciding list expected; None = price on request."""

    name: str
    why: str
    lists: tuple[PriceList, ...]
    expected: tuple[str, str] | None
    quantity: str = "1"
    strategy: str = "first"


@dataclass(frozen=True)
class RefusalCase:
    """Lists as they would be once written, the one that is written, and why it is refused (None = it is not)."""

    name: str
    lists: tuple[PriceList, ...]
    written: str
    expected: str | None


def at(price: str, minimum: str = "0", valid_from: date | None = None, valid_to: date | None = None) -> Entry:
    """Make an entry for the article asked for."""
    return Entry("a", Decimal(price), Decimal(minimum), valid_from, valid_to)


def mine(code: str, *entries: Entry, **columns: Any) -> PriceList:
    """Make a list that is assigned to the buyer itself."""
    return PriceList(code, entries, accounts=BUYER, **columns)


def groups(code: str, *entries: Entry, **columns: Any) -> PriceList:
    """Make a list that is assigned to the buyer's group."""
    return PriceList(code, entries, groups=GROUP, **columns)


def everyones(code: str, *entries: Entry, **columns: Any) -> PriceList:
    """Make a list that is assigned to everyone."""
    return PriceList(code, entries, everyone=True, **columns)


def nobodys(code: str, *entries: Entry, **columns: Any) -> PriceList:
    """Make a list that is assigned to nobody."""
    return PriceList(code, entries, **columns)


def derived(code: str, base: str, percent: str = "0", amount: str = "0", *entries: Entry, **columns: Any) -> PriceList:
    """Make a derived list that is assigned to the buyer itself, unless said otherwise."""
    columns = {"accounts": BUYER, **columns}
    return PriceList(code, entries, base=base, percent=Decimal(percent), amount=Decimal(amount), **columns)


ORDER_OF_LISTS = (
    PriceCase(
        "the buyer's own list before the group's before everyone's",
        "Levels come before priority: 3 from M although the others have priority 0.",
        (everyones("E", at("1")), groups("G", at("2")), mine("M", at("3"), priority=9)),
        ("3", "M"),
    ),
    PriceCase(
        "the group's list before everyone's",
        "Nothing of the buyer's own: 2.",
        (everyones("E", at("1")), groups("G", at("2"), priority=9)),
        ("2", "G"),
    ),
    PriceCase("priority ascending", "−1 before 0.", (mine("A", at("1")), mine("B", at("2"), priority=-1)), ("2", "B")),
    PriceCase(
        "code by code point", "B (U+0042) before a (U+0061).", (mine("a", at("1")), mine("B", at("2"))), ("2", "B")
    ),
    PriceCase("code as text", "“10” before “9”.", (mine("9", at("1")), mine("10", at("2"))), ("2", "10")),
    PriceCase(
        "a list assigned at several levels counts at its first",
        "X counts as the buyer's own, so it comes before the group's, whatever its priority.",
        (mine("X", at("5"), priority=9, everyone=True), groups("G", at("1"))),
        ("5", "X"),
    ),
    PriceCase(
        "another buyer's list", "Not assigned to this buyer.", (PriceList("O", (at("1"),), accounts=GROUP),), None
    ),
    PriceCase("nobody's list", "Assigned to none of the three.", (nobodys("N", at("1")),), None),
    PriceCase(
        "an inactive list", "Only active lists.", (mine("M", at("1"), active=False), mine("N", at("2"))), ("2", "N")
    ),
    PriceCase(
        "another currency", "Only the seller's.", (mine("M", at("1"), currency="CHF"), mine("N", at("2"))), ("2", "N")
    ),
    PriceCase("another seller", "Only the seller's.", (mine("M", at("1"), seller="x"), mine("N", at("2"))), ("2", "N")),
    PriceCase(
        "a list that ends today",
        "date < valid_to fails.",
        (mine("M", at("1"), valid_to=ON), mine("N", at("2"))),
        ("2", "N"),
    ),
    PriceCase(
        "a list that starts today",
        "valid_from ≤ date.",
        (mine("M", at("1"), valid_from=ON), mine("N", at("2"))),
        ("1", "M"),
    ),
    PriceCase(
        "a list from today to today",
        "A window with from = to never applies.",
        (mine("M", at("1"), valid_from=ON, valid_to=ON),),
        None,
    ),
)

ENTRIES = (
    PriceCase("a tier reached exactly", "12 ≤ 12.", (mine("M", at("10"), at("8", "12")),), ("8", "M"), "12"),
    PriceCase(
        "a tier a thousandth short", "12 > 11.999.", (mine("M", at("10"), at("8", "12")),), ("10", "M"), "11.999"
    ),
    PriceCase(
        "the highest tier, though dearer",
        "Of those that apply the highest wins.",
        (mine("M", at("8"), at("10", "5")),),
        ("10", "M"),
        "7",
    ),
    PriceCase("quantity 0", "Only min_quantity 0 is ≤ 0.", (mine("M", at("8"), at("7", "0.001")),), ("8", "M"), "0"),
    PriceCase(
        "a huge quantity",
        "The highest of three tiers.",
        (mine("M", at("8"), at("7", "1000"), at("6", "999999")),),
        ("6", "M"),
        "999999999.999",
    ),
    PriceCase("no tier low enough", "12 > 11: on request.", (mine("M", at("8", "12")),), None, "11"),
    PriceCase(
        "equal tiers, the latest start",
        "Both apply today; today's start is later than yesterday's, and open is earliest.",
        (mine("M", at("1"), at("3", valid_from=ON), at("2", valid_from=YESTERDAY)),),
        ("3", "M"),
    ),
    PriceCase(
        "equal tiers, open = earliest",
        "A start of the year 1 is later than an open one.",
        (mine("M", at("2", valid_from=date(1, 1, 1)), at("1")),),
        ("2", "M"),
    ),
    PriceCase(
        "the tier before the start",
        "min_quantity decides first: 5 of the year 1 before 0 of today.",
        (mine("M", at("3", valid_from=ON), at("4", "5", valid_from=date(1, 1, 1))),),
        ("4", "M"),
        "5",
    ),
    PriceCase(
        "an expired tier",
        "Ended today: the lower tier.",
        (mine("M", at("10"), at("8", "5", valid_to=ON)),),
        ("10", "M"),
        "5",
    ),
    PriceCase(
        "an entry from today to today", "Never applies.", (mine("M", at("1", valid_from=ON, valid_to=ON)),), None
    ),
    PriceCase(
        "an entry until tomorrow",
        "today < tomorrow.",
        (mine("M", at("1", valid_from=ON, valid_to=TOMORROW)),),
        ("1", "M"),
    ),
    PriceCase("price 0", "0 is a price and decides.", (mine("M", at("0")), mine("N", at("5"))), ("0", "M")),
)

STRATEGIES = (
    PriceCase(
        "first, though dearer",
        "The first list with an entry.",
        (mine("M", at("9")), everyones("E", at("1"))),
        ("9", "M"),
    ),
    PriceCase(
        "first skips a list without an applicable entry",
        "M has the article from 5 on only.",
        (mine("M", at("9", "5")), everyones("E", at("1"))),
        ("1", "E"),
        "4",
    ),
    PriceCase(
        "lowest over all levels",
        "1 of everyone's.",
        (mine("M", at("9")), everyones("E", at("1"))),
        ("1", "E"),
        strategy="lowest",
    ),
    PriceCase(
        "lowest: inside a list rule 3 still chooses",
        "M's tier of 5 costs 10, not its 1 of below: E's 9 is lowest.",
        (mine("M", at("1"), at("10", "5")), everyones("E", at("9"))),
        ("9", "E"),
        "5",
        "lowest",
    ),
    PriceCase(
        "lowest, a tie",
        "To the earlier list, the buyer's own.",
        (everyones("E", at("1.0")), mine("M", at("1.0000"), priority=9)),
        ("1", "M"),
        strategy="lowest",
    ),
    PriceCase(
        "lowest is 0", "0 is a price.", (mine("M", at("1")), groups("G", at("0"))), ("0", "G"), strategy="lowest"
    ),
    PriceCase(
        "lowest looks at candidates only",
        "N is assigned to nobody.",
        (nobodys("N", at("0.01")), mine("M", at("1"))),
        ("1", "M"),
        strategy="lowest",
    ),
    PriceCase("nothing at all", "Price on request.", (), None, strategy="lowest"),
)

DERIVED = (
    PriceCase(
        "percent, then amount, then rounding",
        "10 × 1.1 + 1 = 12 (not 12.10).",
        (nobodys("B", at("10")), derived("D", "B", "10", "1")),
        ("12", "D"),
    ),
    PriceCase(
        "rounded half away to its decimals",
        "0.25 × 0.9 = 0.225 → 0.23.",
        (nobodys("B", at("0.25")), derived("D", "B", "-10", decimals=2)),
        ("0.23", "D"),
    ),
    PriceCase(
        "decimals not set are 4",
        "0.0001 × 0.5 = 0.00005 → 0.0001.",
        (nobodys("B", at("0.0001")), derived("D", "B", "-50")),
        ("0.0001", "D"),
    ),
    PriceCase(
        "decimals 0 are set",
        "2.5 → 3, not 2.5.",
        (nobodys("B", at("2.5")), derived("D", "B", decimals=0)),
        ("3", "D"),
    ),
    PriceCase("never below 0", "1 − 2 = −1 → 0.", (nobodys("B", at("1")), derived("D", "B", amount="-2")), ("0", "D")),
    PriceCase(
        "an own entry counts as it stands",
        "7.7777 is not adjusted and not rounded to 2 decimals.",
        (nobodys("B", at("1")), derived("D", "B", "50", "1", at("7.7777"), decimals=2)),
        ("7.7777", "D"),
    ),
    PriceCase(
        "an own entry that does not apply",
        "The own one is from 5 on: at 4 the base's 10 × 1.5.",
        (nobodys("B", at("10")), derived("D", "B", "50", "0", at("7", "5"))),
        ("15", "D"),
        "4",
    ),
    PriceCase(
        "an own entry below the base's tier",
        "The own one applies from 0 on and counts, although the base has a tier of 5.",
        (nobodys("B", at("10"), at("4", "5")), derived("D", "B", "50", "0", at("7"))),
        ("7", "D"),
        "5",
    ),
    PriceCase(
        "the base's tier at the quantity asked",
        "4 × 1.5 = 6.",
        (nobodys("B", at("10"), at("4", "5")), derived("D", "B", "50")),
        ("6", "D"),
        "5",
    ),
    PriceCase(
        "an inactive base", "No base, no price.", (nobodys("B", at("10"), active=False), derived("D", "B")), None
    ),
    PriceCase(
        "an inactive base and an own entry",
        "The own entry needs no base.",
        (nobodys("B", at("10"), active=False), derived("D", "B", "0", "0", at("7"))),
        ("7", "D"),
    ),
    PriceCase(
        "a base that ended today",
        "Its window must contain the date.",
        (nobodys("B", at("10"), valid_to=ON), derived("D", "B")),
        None,
    ),
    PriceCase(
        "three lists, rounded in each",
        "1 × 0.666667 → 0.67; 0.67 × 1.5 = 1.005 → 1.01 (unrounded in between 1.0000005 → 1.00).",
        (
            nobodys("B", at("1")),
            derived("C", "B", "-33.3333", decimals=2, accounts=frozenset()),
            derived("D", "C", "50", decimals=2),
        ),
        ("1.01", "D"),
    ),
    PriceCase(
        "three lists, floored in each",
        "1 − 5 → 0; 0 + 3 = 3 (not 1 − 5 + 3 → 0).",
        (nobodys("B", at("1")), derived("C", "B", amount="-5", accounts=frozenset()), derived("D", "C", amount="3")),
        ("3", "D"),
    ),
    PriceCase(
        "three lists, the middle one inactive",
        "The base of D must be active; that its own base is does not help.",
        (nobodys("B", at("1")), derived("C", "B", active=False, accounts=frozenset()), derived("D", "C")),
        None,
    ),
    PriceCase(
        "three lists, an own entry in the middle",
        "C's own 5, adjusted by D only: 10.",
        (
            nobodys("B", at("1")),
            derived("C", "B", "900", "0", at("5"), accounts=frozenset()),
            derived("D", "C", "100"),
        ),
        ("10", "D"),
    ),
    PriceCase(
        "lowest: a derived list against its base",
        "Both are candidates: 9 from D, 10 from B.",
        (everyones("B", at("10")), derived("D", "B", "-10")),
        ("9", "D"),
        strategy="lowest",
    ),
    PriceCase(
        "lowest: a derived list that ties with its base by rounding",
        "10.04 × 0.999 = 10.02996 → 10.0 with one decimal; B's own 10.0 for everyone: tie, D is earlier.",
        (everyones("B", at("10.04")), everyones("E", at("10")), derived("D", "B", "-0.1", decimals=1)),
        ("10", "D"),
        strategy="lowest",
    ),
)
PRICE_CASES = ORDER_OF_LISTS + ENTRIES + STRATEGIES + DERIVED

REFUSALS = (
    RefusalCase("a chain of three", (nobodys("A"), derived("B", "A"), derived("C", "B")), "C", None),
    RefusalCase(
        "a chain of four", (nobodys("A"), derived("B", "A"), derived("C", "B"), derived("D", "C")), "D", TOO_LONG
    ),
    RefusalCase(
        "a chain made four from below",
        (nobodys("A"), derived("B", "A"), derived("C", "B"), derived("D", "C")),
        "B",
        TOO_LONG,
    ),
    RefusalCase("a list that is its own base", (derived("A", "A"),), "A", LOOP),
    RefusalCase("a loop of two", (derived("A", "B"), derived("B", "A")), "A", LOOP),
    RefusalCase("a loop of three", (derived("A", "B"), derived("B", "C"), derived("C", "A")), "B", LOOP),
    RefusalCase(
        "a loop of four is a loop",
        (derived("A", "B"), derived("B", "C"), derived("C", "D"), derived("D", "A")),
        "A",
        LOOP,
    ),
    RefusalCase("a base in another currency", (nobodys("A", currency="CHF"), derived("B", "A")), "B", OTHER_CURRENCY),
    RefusalCase(
        "a base that changes its currency", (nobodys("A", currency="CHF"), derived("B", "A")), "A", OTHER_CURRENCY
    ),
    RefusalCase("a base of another seller", (nobodys("A", seller="x"), derived("B", "A")), "B", OTHER_SELLER),
    RefusalCase(
        "two lists on one base", (nobodys("A"), derived("B", "A"), derived("C", "A"), derived("D", "A")), "D", None
    ),
)
