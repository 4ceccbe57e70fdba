"""What holds of the price rule whatever the lists, entries, quantities and days."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from portal.pricing.models import Audience, PriceStrategy
from portal.pricing.rules.decision import Line, PriceBook, PriceEntry, Tier, price_lines
from portal.pricing.rules.explanation import Lost, buyer_explanation, seller_explanation
from portal.pricing.rules.price_lists import PriceList, adjust, line_amount, lists_to_fetch, order_candidates

Lists = tuple[PriceList, ...]

ON = date(2026, 3, 10)
ARTICLES = (1, 2)
prices = st.decimals(min_value=0, max_value=1000, places=4)
quantities = st.decimals(min_value="0.001", max_value=500, places=3)
days = st.none() | st.integers(-3, 3).map(lambda offset: ON + timedelta(days=offset))
percents = st.none() | st.decimals(min_value=-120, max_value=50, places=2)
amounts = st.none() | st.decimals(min_value=-20, max_value=20, places=4)


@st.composite
def price_lists(draw: st.DrawFn, list_id: int, depth: int = 3) -> PriceList:
    base = draw(st.none() | price_lists(list_id + 10, depth - 1)) if depth > 1 else None
    return PriceList(
        id=list_id,
        code=f"{draw(st.sampled_from('aBäZ'))}{list_id}",
        name=f"List {list_id}",
        currency="EUR",
        audience=draw(st.sampled_from(Audience)),
        priority=draw(st.integers(1, 2)),
        valid_from=draw(days),
        valid_to=draw(days),
        active=draw(st.integers(0, 5)) > 0,
        base=base,
        adjustment_percent=draw(percents),
        adjustment_amount=draw(amounts),
        decimals=draw(st.none() | st.integers(0, 4)),
    )


assigned_lists = st.integers(0, 4).flatmap(
    lambda count: st.tuples(*(price_lists(list_id) for list_id in range(1, count + 1)))
)
price_entries = st.lists(
    st.builds(
        PriceEntry,
        price_list_id=st.sampled_from([1, 2, 3, 4, 11, 12, 13, 14, 21, 22]),
        article_id=st.sampled_from(ARTICLES),
        min_quantity=st.sampled_from([Decimal(1), Decimal("2.5"), Decimal(10), Decimal(100)]),
        valid_from=days,
        valid_to=days,
        net_price=prices,
    ),
    max_size=24,
    unique_by=lambda entry: entry[:4],
)
lines = st.lists(st.builds(Line, st.sampled_from(ARTICLES), quantities), min_size=1, max_size=4)
strategies = st.sampled_from(PriceStrategy)


def book_of(lists: Lists, entries: list[PriceEntry], strategy: PriceStrategy = PriceStrategy.FIRST) -> PriceBook:
    return PriceBook(order_candidates(lists, "EUR", ON), entries, strategy, ON)


@given(assigned_lists, price_entries, lines, strategies, st.randoms())
def test_the_order_of_input_never_matters(
    lists: Lists, entries: list[PriceEntry], wanted: list[Line], strategy: PriceStrategy, random: Random
) -> None:
    before = price_lines(wanted, book_of(lists, entries, strategy), 2)
    shuffled_lists, shuffled_entries = list(lists), list(entries)
    random.shuffle(shuffled_lists)
    random.shuffle(shuffled_entries)
    after = price_lines(wanted[::-1], book_of(tuple(shuffled_lists), shuffled_entries, strategy), 2)
    assert after[::-1] == before


@given(assigned_lists, price_entries, lines, strategies)
def test_lines_stay_apart_and_in_order(
    lists: Lists, entries: list[PriceEntry], wanted: list[Line], strategy: PriceStrategy
) -> None:
    book = book_of(lists, entries, strategy)
    together = price_lines(wanted + wanted, book, 2)
    assert together == [price_lines([line], book, 2)[0] for line in wanted] * 2
    assert [(line.article_id, line.quantity) for line in together] == [*wanted, *wanted]


@given(assigned_lists, price_entries, lines, strategies)
def test_prices_and_amounts_are_never_negative_and_fit_their_columns(
    lists: Lists, entries: list[PriceEntry], wanted: list[Line], strategy: PriceStrategy
) -> None:
    for line in price_lines(wanted, book_of(lists, entries, strategy), 2):
        if line.on_request:
            assert (line.unit_price, line.line_amount, line.net_amount) == (None, None, None)
            continue
        assert line.unit_price is not None
        assert line.line_amount is not None
        assert line.unit_price >= 0
        assert not line.unit_price.is_signed()
        assert line.unit_price == line.unit_price.quantize(Decimal("0.0001"))
        assert line.line_amount == line.net_amount == line.line_amount.quantize(Decimal("0.01")) >= 0
        assert abs(line.line_amount - line.unit_price * line.quantity) <= Decimal("0.005")


@given(assigned_lists, price_entries, lines)
def test_lowest_is_never_above_first_and_prices_the_same_lines(
    lists: Lists, entries: list[PriceEntry], wanted: list[Line]
) -> None:
    first = price_lines(wanted, book_of(lists, entries, PriceStrategy.FIRST), 2)
    lowest = price_lines(wanted, book_of(lists, entries, PriceStrategy.LOWEST), 2)
    for one, other in zip(first, lowest, strict=True):
        assert one.on_request == other.on_request
        if one.decision and other.decision:
            assert other.decision.unit_price <= one.decision.unit_price


@given(assigned_lists, price_entries, lines)
def test_the_first_list_with_a_price_decides(lists: Lists, entries: list[PriceEntry], wanted: list[Line]) -> None:
    book = book_of(lists, entries)
    for line in price_lines(wanted, book, 2):
        answers = [book.decide_in(each, line.article_id, line.quantity) for each in book.candidates]
        assert line.decision == next((answer for answer in answers if answer), None)


@given(assigned_lists, price_entries, lines, strategies)
def test_the_deciding_entry_applies_and_none_better_stands_beside_it(
    lists: Lists, entries: list[PriceEntry], wanted: list[Line], strategy: PriceStrategy
) -> None:
    for line in price_lines(wanted, book_of(lists, entries, strategy), 2):
        if line.decision is None:
            continue
        entry = line.decision.entry
        assert entry.article_id == line.article_id
        assert entry.min_quantity <= line.quantity
        assert (entry.valid_from or date.min) <= ON < (entry.valid_to or date.max)
        rivals = [
            (other.min_quantity, other.valid_from or date.min)
            for other in entries
            if other[:2] == entry[:2]
            and other.min_quantity <= line.quantity
            and (other.valid_from or date.min) <= ON < (other.valid_to or date.max)
        ]
        assert max(rivals) == (entry.min_quantity, entry.valid_from or date.min)


@given(assigned_lists, price_entries, st.sampled_from(ARTICLES), quantities, quantities)
def test_a_larger_quantity_never_falls_back_to_a_lower_tier_of_the_same_list(
    lists: Lists, entries: list[PriceEntry], article: int, one: Decimal, other: Decimal
) -> None:
    book = book_of(lists, entries)
    smaller, larger = sorted((one, other))
    for list_id in book.list_ids:
        below = book.applicable_entry(list_id, article, smaller)
        above = book.applicable_entry(list_id, article, larger)
        assert below is None or (above is not None and above.min_quantity >= below.min_quantity)


@given(assigned_lists, price_entries, lines, strategies)
def test_what_is_not_in_force_or_not_valid_changes_no_price(
    lists: Lists, entries: list[PriceEntry], wanted: list[Line], strategy: PriceStrategy
) -> None:
    book = book_of(lists, entries, strategy)
    fewer_lists = tuple(book.candidates)
    fewer_entries = [entry for entry in entries if (entry.valid_from or date.min) <= ON < (entry.valid_to or date.max)]
    assert price_lines(wanted, book_of(fewer_lists, fewer_entries, strategy), 2) == price_lines(wanted, book, 2)


@given(assigned_lists, price_entries, lines, prices)
def test_a_contract_price_in_force_beats_everything_under_first(
    lists: Lists, entries: list[PriceEntry], wanted: list[Line], price: Decimal
) -> None:
    contract = PriceList(id=99, code="", name="Contract", currency="EUR", audience=Audience.ACCOUNT, priority=0)
    agreed = [PriceEntry(99, article, Decimal("0.001"), None, None, price) for article in ARTICLES]
    for line in price_lines(wanted, book_of((*lists, contract), entries + agreed), 2):
        assert line.unit_price == price
        assert line.decision is not None
        assert line.decision.price_list == contract


@given(assigned_lists, price_entries, strategies)
def test_a_list_assigned_at_several_levels_counts_at_its_first(
    lists: Lists, entries: list[PriceEntry], strategy: PriceStrategy
) -> None:
    everywhere = [replace(each, audience=level) for each in lists for level in Audience]
    once = [replace(each, audience=Audience.ACCOUNT) for each in lists]
    assert order_candidates(everywhere, "EUR", ON) == order_candidates(once, "EUR", ON)


@given(assigned_lists, price_entries, lines, strategies)
def test_the_explanation_agrees_with_the_decision(
    lists: Lists, entries: list[PriceEntry], wanted: list[Line], strategy: PriceStrategy
) -> None:
    book = book_of(lists, entries, strategy)
    for line in price_lines(wanted, book, 2):
        facts = seller_explanation(line, book)
        assert json.loads(json.dumps(facts)) == facts
        decided = facts["decided"]
        codes = [each["code"] for each in facts["lost_lists"]]
        deciding = [] if decided is None else [decided["list"]["code"]]
        assert sorted(codes + deciding) == sorted(each.code for each in book.candidates)
        assert (decided is None) == line.on_request
        for lost in facts["lost_lists"]:
            if decided and strategy is PriceStrategy.LOWEST and lost["unit_price"]:
                assert Decimal(lost["unit_price"]) >= Decimal(decided["unit_price"])
            if decided is None:
                assert lost["unit_price"] is None
        if decided:
            assert Decimal(decided["unit_price"]) == line.unit_price
            assert decided["entry"] not in [
                {key: value for key, value in each.items() if key != "reason"} for each in facts["lost_entries"]
            ]
            price = Decimal(decided["entry"]["net_price"])
            assert line.unit_price == (Decimal(decided["derived"][-1]["unit_price"]) if decided["derived"] else price)
        assert {each["reason"] for each in facts["lost_lists"] + facts["lost_entries"]} <= set(Lost)


@given(assigned_lists, price_entries, lines, strategies)
def test_the_buyers_explanation_is_the_same_whatever_other_lists_exist(
    lists: Lists, entries: list[PriceEntry], wanted: list[Line], strategy: PriceStrategy
) -> None:
    book = book_of(lists, entries, strategy)
    for line in price_lines(wanted, book, 2):
        if line.decision is None:
            assert buyer_explanation(line) == {"price_list": None, "reason": "price-on-request"}
            continue
        alone = PriceBook([line.decision.price_list], entries, strategy, ON)
        assert buyer_explanation(line) == buyer_explanation(
            price_lines([Line(line.article_id, line.quantity)], alone, 2)[0]
        )


@given(assigned_lists, price_entries, st.sampled_from(ARTICLES), quantities, st.sampled_from((1, 6)), strategies)
def test_the_next_tier_is_the_nearest_multiple_with_a_lower_price(
    lists: Lists, entries: list[PriceEntry], article: int, quantity: Decimal, multiple: int, strategy: PriceStrategy
) -> None:
    book = book_of(lists, entries, strategy)
    now, tier = book.decide(article, quantity), book.next_tier(article, quantity, Decimal(multiple))
    larger = {entry.min_quantity for entry in entries if entry.min_quantity > quantity}
    for step in sorted(Decimal(math.ceil(threshold / multiple) * multiple) for threshold in larger):
        there = book.decide(article, step)
        if there and (now is None or there.unit_price < now.unit_price):
            assert tier == (step, there.unit_price)
            return
    assert tier is None


@given(assigned_lists, price_entries, st.sampled_from(ARTICLES), quantities, strategies)
def test_the_ladder_of_tiers_gives_the_price_of_every_quantity(
    lists: Lists, entries: list[PriceEntry], article: int, quantity: Decimal, strategy: PriceStrategy
) -> None:
    book = book_of(lists, entries, strategy)
    reached = [tier.unit_price for tier in book.tiers(article) if tier.min_quantity <= quantity]
    decision = book.decide(article, quantity)
    assert (reached[-1] if reached else None) == (decision.unit_price if decision else None)


@given(prices, percents, amounts, st.none() | st.integers(0, 4))
def test_an_adjusted_price_is_within_half_a_step_of_the_exact_one(
    price: Decimal, percent: Decimal | None, amount: Decimal | None, decimals: int | None
) -> None:
    derived = PriceList(1, "D", "D", "EUR", adjustment_percent=percent, adjustment_amount=amount, decimals=decimals)
    exact = price * (100 + (percent or 0)) / 100 + (amount or 0)
    step = Decimal(1).scaleb(-(4 if decimals is None else decimals))
    result = adjust(price, derived)
    assert result >= 0
    assert abs(result - max(exact, Decimal(0))) <= step / 2


@given(prices, quantities, st.integers(0, 3))
def test_a_line_amount_rounds_half_away_from_zero_at_the_minor_unit(
    price: Decimal, quantity: Decimal, places: int
) -> None:
    exact, step = price * quantity, Decimal(1).scaleb(-places)
    result = line_amount(price, quantity, places)
    assert -step / 2 <= exact - result < step / 2
    assert line_amount(price, -quantity, places) == -result


@given(assigned_lists)
def test_every_base_is_fetched_once(lists: Lists) -> None:
    ids = lists_to_fetch(lists)
    assert len(ids) == len(set(ids))
    assert {each.id for each in lists} <= set(ids)


@given(assigned_lists, price_entries, quantities, strategies)
def test_an_entry_that_alone_prices_an_article_does_so_at_every_quantity(
    lists: Lists, entries: list[PriceEntry], quantity: Decimal, strategy: PriceStrategy
) -> None:
    plain = tuple(replace(each, base=None) for each in lists)
    for given_lists in (lists, plain):
        book = book_of(given_lists, entries, strategy)
        for article in ARTICLES:
            sole = book.sole_entry(article)
            if sole is None:
                continue
            assert book.tiers(article) == [Tier(sole.min_quantity, sole.net_price)]
            decision = book.decide(article, quantity)
            assert (decision is None) == (quantity < sole.min_quantity)
            assert decision is None or (decision.entry, decision.unit_price) == (sole, sole.net_price)
