"""The price rule on examples worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from portal.pricing.models import Audience, PriceStrategy
from portal.pricing.rules.decision import Line, PriceBook, PriceEntry, Tier, price_lines
from portal.pricing.rules.explanation import buyer_explanation, seller_explanation
from portal.pricing.rules.price_lists import (
    ChainLink,
    DerivationProblem,
    PriceList,
    adjust,
    check_derivation,
    derivation_chains,
    line_amount,
    lists_to_fetch,
    minor_unit,
    order_candidates,
)

D = Decimal
ON = date(2026, 3, 10)
HAMMER, SAW, GLUE, NAIL = 1, 2, 3, 4

PUBLIC = PriceList(1, "PUBLIC", "Price list 2026", "EUR", Audience.EVERYONE, priority=10)
GROUP = PriceList(2, "TRADE", "Trade", "EUR", Audience.GROUP, base=PUBLIC, adjustment_percent=D(-10), decimals=2)
CONTRACT = PriceList(3, "C-17", "Your agreement", "EUR", Audience.ACCOUNT)
LISTS = [PUBLIC, GROUP, CONTRACT]


def entry(
    price_list: PriceList,
    article: int,
    price: str,
    minimum: str = "1",
    start: date | None = None,
    end: date | None = None,
) -> PriceEntry:
    return PriceEntry(price_list.id, article, D(minimum), start, end, D(price))


ENTRIES = [
    entry(PUBLIC, HAMMER, "20.0000"),
    entry(PUBLIC, HAMMER, "18.0000", "10"),
    entry(PUBLIC, HAMMER, "17.0000", "10", date(2026, 3, 1)),
    entry(PUBLIC, HAMMER, "15.0000", "10", date(2026, 4, 1)),
    entry(PUBLIC, SAW, "9.9900"),
    entry(PUBLIC, GLUE, "0.0000"),
    entry(GROUP, HAMMER, "19.5000", "5"),
    entry(CONTRACT, SAW, "9.5000", "1", date(2026, 1, 1), date(2026, 3, 10)),
    entry(CONTRACT, SAW, "9.2500", "12"),
]


def book(strategy: PriceStrategy = PriceStrategy.FIRST, on: date = ON) -> PriceBook:
    return PriceBook(order_candidates(LISTS, "EUR", on), ENTRIES, strategy, on)


@pytest.mark.parametrize(
    ("article", "quantity", "on", "first", "lowest"),
    [
        pytest.param(HAMMER, "1", ON, "18.00", "18.00", id="derived from the public price, 20 less 10 %"),
        pytest.param(HAMMER, "4.999", ON, "18.00", "18.00", id="just below the own tier"),
        pytest.param(
            HAMMER, "5", ON, "19.5000", "19.5000", id="the own entry stands, though the base tier would be lower"
        ),
        pytest.param(HAMMER, "10", ON, "19.5000", "17.0000", id="lowest looks at the public list's tier too"),
        pytest.param(HAMMER, "10", date(2026, 2, 28), "19.5000", "18.0000", id="before the later window begins"),
        pytest.param(HAMMER, "10", date(2026, 4, 1), "19.5000", "15.0000", id="the latest start wins at the same tier"),
        pytest.param(SAW, "1", date(2026, 3, 9), "9.5000", "8.99", id="last day of the contract price"),
        pytest.param(SAW, "1", ON, "8.99", "8.99", id="the end day is excluded; 8.991 rounds to 2 decimals"),
        pytest.param(SAW, "12", ON, "9.2500", "8.99", id="the contract's tier decides although it is dearer"),
        pytest.param(GLUE, "3", ON, "0.00", "0.00", id="0 is a price"),
        pytest.param(HAMMER, "0.5", ON, None, None, id="below every minimum"),
        pytest.param(NAIL, "1", ON, None, None, id="in no list"),
    ],
)
def test_decides_by_list_tier_and_window(
    article: int, quantity: str, on: date, first: str | None, lowest: str | None
) -> None:
    for strategy, expected in ((PriceStrategy.FIRST, first), (PriceStrategy.LOWEST, lowest)):
        (line,) = price_lines([Line(article, D(quantity))], book(strategy, on), 2)
        assert line.unit_price == (None if expected is None else D(expected))
        assert line.on_request == (expected is None)


def test_a_priced_line_has_its_amount_and_one_on_request_has_none() -> None:
    sold, asked = price_lines([Line(SAW, D(7)), Line(NAIL, D(7))], book(), 2)
    assert (sold.unit_price, sold.line_amount, sold.net_amount) == (D("8.99"), D("62.93"), D("62.93"))
    assert (asked.unit_price, asked.line_amount, asked.net_amount) == (None, None, None)


def test_equal_lowest_prices_go_to_the_earlier_list() -> None:
    other = replace(PUBLIC, id=5, code="A", priority=11)
    prices = PriceBook(
        order_candidates([other, PUBLIC], "EUR", ON),
        [entry(PUBLIC, SAW, "9"), entry(other, SAW, "9.0000")],
        PriceStrategy.LOWEST,
        ON,
    )
    decision = prices.decide(SAW, D(1))
    assert decision is not None
    assert decision.price_list == PUBLIC


def test_candidates_are_ordered_by_level_then_priority_then_code_point() -> None:
    def made(list_id: int, code: str, audience: Audience, priority: int) -> PriceList:
        return PriceList(list_id, code, code, "EUR", audience, priority)

    lists = [
        made(1, "b", Audience.EVERYONE, 1),
        made(2, "Z", Audience.EVERYONE, 1),
        made(3, "ä", Audience.EVERYONE, 1),
        made(4, "a", Audience.GROUP, 9),
        made(5, "a", Audience.GROUP, -1),
        made(6, "z", Audience.ACCOUNT, 500),
        made(1, "b", Audience.ACCOUNT, 501),
    ]
    assert [each.id for each in order_candidates(lists, "EUR", ON)] == [6, 1, 5, 4, 2, 3]


@pytest.mark.parametrize(
    "change",
    [
        {"active": False},
        {"currency": "CHF"},
        {"valid_from": date(2026, 3, 11)},
        {"valid_to": ON},
        {"valid_from": ON, "valid_to": ON},
    ],
)
def test_a_list_not_in_force_or_in_another_currency_is_no_candidate(change: dict[str, object]) -> None:
    assert order_candidates([replace(PUBLIC, **change)], "EUR", ON) == []  # type: ignore[arg-type]


def test_a_list_counts_from_its_first_day() -> None:
    assert order_candidates([replace(PUBLIC, valid_from=ON)], "EUR", ON) == [replace(PUBLIC, valid_from=ON)]


@pytest.mark.parametrize("change", [{"active": False}, {"valid_to": ON}])
def test_a_base_list_not_in_force_prices_nothing(change: dict[str, object]) -> None:
    derived = replace(GROUP, base=replace(PUBLIC, **change))  # type: ignore[arg-type]
    prices = PriceBook([derived], ENTRIES, PriceStrategy.FIRST, ON)
    assert prices.decide(SAW, D(1)) is None
    own = prices.decide(HAMMER, D(5))
    assert own is not None
    assert own.unit_price == D("19.5000")


def test_each_list_of_a_chain_rounds_by_its_own_decimals() -> None:
    middle = replace(GROUP, id=11, adjustment_percent=D("-3.3"), decimals=2)
    outer = replace(GROUP, id=12, base=middle, adjustment_percent=D(-50), adjustment_amount=D("0.0001"), decimals=None)
    decision = PriceBook([outer], ENTRIES, PriceStrategy.FIRST, ON).decide(SAW, D(1))
    assert decision is not None
    assert [(step.price_list.id, step.unit_price) for step in decision.steps] == [(11, D("9.66")), (12, D("4.8301"))]
    assert lists_to_fetch([outer]) == [12, 11, 1]


@pytest.mark.parametrize(
    ("price", "percent", "amount", "decimals", "expected"),
    [
        ("10.0000", None, None, None, "10.0000"),
        ("10.0050", None, None, 2, "10.01"),
        ("0.0500", "-90", None, 2, "0.01"),
        ("9.9900", "-10", None, None, "8.9910"),
        ("33.3333", "33.3333", None, 4, "44.4444"),
        ("10", "-100", "0.4", 0, "0"),
        ("10", "-100", "0.5", 0, "1"),
        ("10", "-150", None, 2, "0"),
        ("0.0001", "-50", None, 4, "0.0001"),
        ("9999999999.9999", "0.0001", None, 4, "10000009999.9999"),
    ],
)
def test_adjusts_exactly_and_rounds_once(
    price: str, percent: str | None, amount: str | None, decimals: int | None, expected: str
) -> None:
    derived = replace(
        PUBLIC,
        adjustment_percent=None if percent is None else D(percent),
        adjustment_amount=None if amount is None else D(amount),
        decimals=decimals,
    )
    assert adjust(D(price), derived) == D(expected)


@pytest.mark.parametrize(
    ("price", "quantity", "places", "expected"),
    [
        ("0.0050", "1", 2, "0.01"),
        ("0.0049", "1", 2, "0.00"),
        ("1.1250", "1", 2, "1.13"),
        ("1.1250", "-1", 2, "-1.13"),
        ("2.5000", "1", 0, "3"),
        ("0.0005", "1", 3, "0.001"),
        ("1.3333", "0.375", 2, "0.50"),
        ("9999999999.9999", "99999999999.999", 2, "999999999999980000000.00"),
    ],
)
def test_line_amounts_round_half_away_from_zero(price: str, quantity: str, places: int, expected: str) -> None:
    assert line_amount(D(price), D(quantity), places) == D(expected)


def test_minor_units_are_those_of_iso_4217() -> None:
    assert [minor_unit(code) for code in ("EUR", "USD", "JPY", "KWD", "ISK", "RSD", "HUF")] == [2, 2, 0, 3, 0, 2, 2]


def test_the_next_tier_skips_tiers_that_are_no_cheaper() -> None:
    prices = PriceBook(
        [PUBLIC],
        [
            entry(PUBLIC, SAW, "9"),
            entry(PUBLIC, SAW, "9", "5"),
            entry(PUBLIC, SAW, "9.5", "7"),
            entry(PUBLIC, SAW, "8", "10"),
        ],
        PriceStrategy.FIRST,
        ON,
    )
    assert prices.next_tier(SAW, D(1), D(1)) == Tier(D(10), D(8))
    assert prices.next_tier(SAW, D(10), D(1)) is None
    assert prices.tiers(SAW) == [Tier(D(1), D(9)), Tier(D(7), D("9.5")), Tier(D(10), D(8))]
    assert prices.next_tier(SAW, D("0.5"), D("0.5")) == Tier(D(1), D(9))
    assert prices.next_tier(SAW, D(6), D(6)) == Tier(D(12), D(8))


def chain(*links: tuple[int, int, str]) -> list[ChainLink]:
    return [ChainLink(*link) for link in links]


@pytest.mark.parametrize(
    ("links", "problem"),
    [
        (chain((1, 7, "EUR"), (2, 7, "EUR"), (3, 7, "EUR")), None),
        (chain((1, 7, "EUR"), (2, 7, "EUR"), (3, 7, "EUR"), (4, 7, "EUR")), DerivationProblem.TOO_LONG),
        (chain((1, 7, "EUR"), (2, 7, "EUR"), (1, 7, "EUR")), DerivationProblem.LOOP),
        (chain((1, 7, "EUR"), (1, 7, "EUR")), DerivationProblem.LOOP),
        (chain((1, 7, "EUR"), (2, 8, "EUR")), DerivationProblem.OTHER_SELLER),
        (chain((1, 7, "EUR"), (2, 7, "CHF")), DerivationProblem.OTHER_CURRENCY),
    ],
)
def test_refuses_long_looping_and_foreign_derivation(links: list[ChainLink], problem: DerivationProblem | None) -> None:
    assert check_derivation(links) is problem


def test_a_new_base_is_checked_along_every_chain_it_lengthens() -> None:
    base_of = {10: 20, 11: 20, 20: 30, 40: 50}
    assert sorted(derivation_chains(20, base_of)) == [[10, 20, 30], [11, 20, 30]]
    assert derivation_chains(99, base_of) == [[99]]
    assert derivation_chains(1, {1: 2, 2: 1}) == [[1, 2, 1]]
    assert derivation_chains(5, {4: 5, 5: 6, 6: 5}) == [[4, 5, 6, 5]]


def test_the_buyer_sees_its_own_lists_name_and_nothing_of_others() -> None:
    (line, asked) = price_lines([Line(HAMMER, D(1)), Line(NAIL, D(1))], book(), 2)
    assert buyer_explanation(line) == {
        "price_list": "Trade",
        "min_quantity": "1",
        "valid_from": None,
        "valid_to": None,
        "unit_price": "18.00",
    }
    assert buyer_explanation(asked) == {"price_list": None, "reason": "price-on-request"}


def test_the_seller_sees_what_decided_and_everything_that_lost() -> None:
    prices = book()
    (line,) = price_lines([Line(HAMMER, D(12))], prices, 2)
    facts = seller_explanation(line, prices)
    assert facts["decided"]["list"]["code"] == "TRADE"
    assert facts["decided"]["entry"] == {
        "list": "TRADE",
        "min_quantity": "5",
        "valid_from": None,
        "valid_to": None,
        "net_price": "19.5000",
    }
    assert [(lost["code"], lost["reason"], lost["unit_price"]) for lost in facts["lost_lists"]] == [
        ("C-17", "no-entry", None),
        ("PUBLIC", "earlier-list-decides", "17.0000"),
    ]
    assert [(lost["list"], lost["net_price"], lost["reason"]) for lost in facts["lost_entries"]] == [
        ("PUBLIC", "20.0000", "higher-tier-decides"),
        ("PUBLIC", "18.0000", "later-start-decides"),
        ("PUBLIC", "15.0000", "not-yet-valid"),
    ]


def test_the_seller_sees_the_derivation_step_by_step() -> None:
    prices = book()
    (line,) = price_lines([Line(SAW, D(1))], prices, 2)
    facts = seller_explanation(line, prices)
    assert facts["decided"]["entry"]["list"] == "PUBLIC"
    assert facts["decided"]["derived"] == [
        {"code": "TRADE", "name": "Trade", "percent": "-10", "amount": None, "decimals": 2, "unit_price": "8.99"}
    ]
    assert [(lost["code"], lost["reason"]) for lost in facts["lost_lists"]] == [
        ("C-17", "no-applicable-entry"),
        ("PUBLIC", "earlier-list-decides"),
    ]
    assert [(lost["net_price"], lost["reason"]) for lost in facts["lost_entries"]] == [
        ("9.5000", "expired"),
        ("9.2500", "quantity-too-small"),
    ]


def test_the_seller_sees_why_lists_lost_under_lowest() -> None:
    prices = book(PriceStrategy.LOWEST)
    (line,) = price_lines([Line(SAW, D(12))], prices, 2)
    lost = seller_explanation(line, prices)["lost_lists"]
    assert [(each["code"], each["reason"], each["unit_price"]) for each in lost] == [
        ("C-17", "higher-price", "9.2500"),
        ("PUBLIC", "higher-price", "9.9900"),
    ]


def test_the_seller_sees_an_overridden_base_entry_and_a_base_not_in_force() -> None:
    prices = PriceBook([GROUP], ENTRIES, PriceStrategy.FIRST, ON)
    (line,) = price_lines([Line(HAMMER, D(5))], prices, 2)
    reasons = [(lost["net_price"], lost["reason"]) for lost in seller_explanation(line, prices)["lost_entries"]]
    assert ("20.0000", "own-entry-decides") in reasons
    prices = PriceBook([replace(GROUP, base=replace(PUBLIC, active=False))], ENTRIES, PriceStrategy.FIRST, ON)
    (line,) = price_lines([Line(SAW, D(1))], prices, 2)
    assert [lost["reason"] for lost in seller_explanation(line, prices)["lost_lists"]] == ["base-not-in-force"]
