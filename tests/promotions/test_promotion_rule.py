from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.promotions.engine import evaluate
from tests.promotions.plain import PlainArticle, PlainBasket, PlainLine, PlainPromotion, PlainResult

ON = date(2026, 11, 22)
ALL = (("all", ""),)


def basket(*lines: tuple[str, str, str | None], coupons: tuple[str, ...] = ()) -> PlainBasket:
    articles = {
        "A": PlainArticle("A", ("Tools", "Drills"), "Acme", Decimal(10)),
        "B": PlainArticle("B", ("Garden",), "Bolt", Decimal("2.5")),
        "C": PlainArticle("C", ("Tools",), "", None),
    }
    wanted = [
        PlainLine(number, Decimal(quantity), None if price is None else Decimal(price))
        for number, quantity, price in lines
    ]
    return PlainBasket(tuple(wanted), articles, coupons)


def promotion(code: str, benefit: str, value: str | None = None, **given: Any) -> PlainPromotion:
    exact: dict[str, Any] = {
        name: Decimal(number) if name.endswith(("quantity", "amount")) or name in {"budget", "spent"} else number
        for name, number in given.items()
    }
    exact.setdefault("scopes", ALL)
    return PlainPromotion(code=code, benefit=benefit, value=None if value is None else Decimal(value), **exact)


def ask(asked: PlainBasket, *offered: PlainPromotion) -> PlainResult:
    return evaluate(asked, offered, on=ON, minor_unit=2)


def amounts(result: PlainResult) -> list[str | None]:
    return [None if line.line_amount is None else str(line.line_amount) for line in result.lines]


@pytest.mark.parametrize(
    ("offered", "amount"),
    [
        (promotion("P", "percent", "12.5"), "26.22"),
        (promotion("P", "amount", "0.333"), "28.97"),
        (promotion("P", "amount", "99"), "0.00"),
        (promotion("P", "fixed", "9.5"), "28.50"),
        (promotion("P", "fixed", "11"), "29.97"),
        (promotion("P", "mix", "10", min_quantity="3"), "26.97"),
        (promotion("P", "mix", "10", min_quantity="3.001"), "29.97"),
        (promotion("P", "percent", "10", min_quantity="3.001"), "29.97"),
        (promotion("P", "percent", "10", scopes=()), "29.97"),
        (promotion("P", "percent", "10", scopes=(("category", "Tools"),)), "26.97"),
        (promotion("P", "percent", "10", scopes=(("category", "Tool"),)), "29.97"),
        (promotion("P", "percent", "10", scopes=(("brand", "Bolt"),)), "29.97"),
        (promotion("P", "percent", "10", valid_to=ON), "29.97"),
        (promotion("P", "percent", "10", valid_from=ON), "26.97"),
        (promotion("P", "percent", "10", coupon="spring"), "29.97"),
    ],
)
def test_each_benefit_gives_what_it_says_where_it_applies(offered: PlainPromotion, amount: str) -> None:
    assert amounts(ask(basket(("A", "3", "9.99")), offered)) == [amount]


def test_the_amount_left_is_rounded_half_away_from_zero_after_each_promotion() -> None:
    result = ask(
        basket(("A", "1", "0.05")),
        promotion("second", "percent", "50", priority=2),
        promotion("first", "percent", "50", priority=1),
    )
    assert amounts(result) == ["0.02"]
    assert result.lines[0].applied == (("first", Decimal("0.02")), ("second", Decimal("0.01")))


def test_coupons_are_compared_trimmed_and_without_case() -> None:
    offered = promotion("P", "percent", "10", coupon=" Spring ")
    assert amounts(ask(basket(("A", "1", "10"), coupons=("SPRING",)), offered)) == ["9.00"]


def test_a_promotion_that_does_not_combine_wins_only_with_a_lower_result() -> None:
    combined = (promotion("C1", "percent", "10"), promotion("C2", "amount", "1"))
    tie = promotion("A0", "fixed", "8", combines=False, priority=0)
    better = promotion("Z", "fixed", "7.99", combines=False)
    assert [code for code, _ in ask(basket(("A", "1", "10")), *combined, tie).lines[0].applied] == ["C1", "C2"]
    assert ask(basket(("A", "1", "10")), *combined, tie, better).lines[0].applied == (("Z", Decimal("2.01")),)


def test_free_goods_leave_the_amount_and_count_at_the_price_of_one_when_compared() -> None:
    free = promotion("F", "free_goods", buy_quantity="5", free_quantity="1", free_article="B", combines=False)
    percent = promotion("P", "percent", "4", combines=False)
    result = ask(basket(("A", "12", "10")), free, percent)
    assert amounts(result) == ["120.00"]
    assert [(each.article, each.quantity, each.line, each.promotion) for each in result.free_goods] == [
        ("B", Decimal(2), 0, "F")
    ]
    assert result.lines[0].applied == (("F", Decimal(0)),)
    better = promotion("Q", "percent", "4.18", combines=False)
    assert amounts(ask(basket(("A", "12", "10")), free, better)) == ["114.98"]


def test_free_goods_without_a_price_are_worth_nothing_and_still_given() -> None:
    free = promotion("F", "free_goods", buy_quantity="1", free_quantity="1", free_article="C")
    assert len(ask(basket(("A", "1", "10")), free).free_goods) == 1


def test_mix_counts_the_quantities_of_all_priced_lines_in_scope() -> None:
    offered = promotion("M", "mix", "10", min_quantity="6", scopes=(("category", "Tools"),))
    lines = (("A", "4", "10"), ("C", "2", "5"), ("B", "9", "1"))
    assert amounts(ask(basket(*lines), offered)) == ["36.00", "9.00", "9.00"]
    assert amounts(ask(basket(("A", "4", "10"), ("C", "2", None)), offered)) == ["40.00", None]


def test_order_discounts_are_spread_down_and_the_rest_goes_to_the_largest_the_earlier_first() -> None:
    result = ask(basket(("A", "1", "10"), ("B", "1", "10"), ("C", "1", "10")), promotion("O", "order_amount", "1"))
    assert [str(line.net_amount) for line in result.lines] == ["9.66", "9.67", "9.67"]
    assert result.order_promotions == (("O", Decimal(1)),)
    assert result.total == Decimal("29.00")


def test_thresholds_look_at_the_sum_after_line_promotions_before_any_order_promotion() -> None:
    half = promotion("L", "percent", "50", scopes=(("article", "A"),))
    first = promotion("O1", "order_amount", "10", threshold_amount="60", priority=1)
    second = promotion("O2", "order_percent", "10", threshold_amount="60", priority=2)
    assert ask(basket(("A", "8", "10"), ("B", "2", "10")), half, first, second).total == Decimal("45.00")
    lower = promotion("L", "percent", "51", scopes=(("article", "A"),))
    assert ask(basket(("A", "8", "10"), ("B", "2", "10")), lower, first, second).total == Decimal("59.20")


def test_an_order_discount_never_exceeds_what_is_left_in_its_scope() -> None:
    offered = promotion("O", "order_amount", "50", scopes=(("brand", "Bolt"),))
    result = ask(basket(("A", "1", "10"), ("B", "2", "2.5")), offered)
    assert [str(line.net_amount) for line in result.lines] == ["10.00", "0.00"]
    assert result.order_promotions == (("O", Decimal(5)),)


def test_of_several_that_would_overdraw_the_first_by_priority_then_code_is_dropped_and_all_is_tried_again() -> None:
    first = promotion("B", "amount", "2", budget="15", priority=1, scopes=(("article", "A"),))
    second = promotion("C", "percent", "50", budget="50", priority=1)
    result = ask(basket(("A", "10", "10")), first, second)
    assert result.lines[0].applied == (("C", Decimal(50)),)
    assert ask(basket(("A", "10", "10"), ("B", "1", "1")), first, second).lines[0].applied == ()


def test_used_up_uses_give_nothing() -> None:
    total = promotion("T", "percent", "10", max_uses=3, uses=3)
    account = promotion("U", "percent", "10", max_uses_per_account=1, uses_of_account=1)
    assert amounts(ask(basket(("A", "1", "10")), total, account)) == ["10.00"]
    left = promotion("V", "percent", "10", max_uses=4, uses=3)
    assert amounts(ask(basket(("A", "1", "10")), left)) == ["9.00"]
