from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.promotions.engine import evaluate, give_alone
from tests.promotions.plain import PlainArticle, PlainBasket, PlainLine, PlainPromotion

ON = date(2026, 11, 22)
CATEGORIES = ((), ("Tools",), ("Tools", "Drills"), ("Garden",))
NUMBERS = ("A1", "A2", "A3")
prices = st.decimals(0, 500, places=4)
quantities = st.decimals("0.001", 400, places=3)


@st.composite
def promotions(draw: st.DrawFn, code: str) -> PlainPromotion:
    benefit = draw(
        st.sampled_from(("percent", "amount", "fixed", "free_goods", "mix", "order_percent", "order_amount"))
    )
    scopes = draw(
        st.lists(
            st.one_of(
                st.just(("all", "")),
                st.sampled_from(NUMBERS).map(lambda number: ("article", number)),
                st.sampled_from(("Tools", "Tools > Drills", "Garden")).map(lambda path: ("category", path)),
                st.just(("brand", "Acme")),
            ),
            max_size=2,
        )
    )
    percent = benefit in {"percent", "mix", "order_percent"}
    free = benefit == "free_goods"
    return PlainPromotion(
        code=code,
        benefit=benefit,
        scopes=tuple(scopes),
        priority=draw(st.integers(0, 2)),
        combines=draw(st.booleans()),
        coupon=draw(st.sampled_from((None, None, "Spring", "other"))),
        value=draw(st.decimals(0, 100 if percent else 200, places=4)),
        min_quantity=draw(st.sampled_from((Decimal(1), Decimal("0.001"), Decimal(12)))),
        threshold_amount=draw(st.sampled_from((None, Decimal(50), Decimal(1000)))),
        buy_quantity=draw(st.sampled_from((Decimal(1), Decimal("2.5"), Decimal(10)))) if free else None,
        free_quantity=draw(st.sampled_from((Decimal(1), Decimal("0.5")))) if free else None,
        free_article=draw(st.sampled_from((None, "A2", "unlisted"))) if free else None,
        max_uses=draw(st.sampled_from((None, None, 0, 5))),
        max_uses_per_account=draw(st.sampled_from((None, None, 1))),
        budget=draw(st.sampled_from((None, None, Decimal(0), Decimal(20), Decimal(5000)))),
        uses=draw(st.integers(0, 6)),
        uses_of_account=draw(st.integers(0, 1)),
        spent=draw(st.decimals(0, 20, places=7)),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[PlainBasket, list[PlainPromotion], int]:
    articles = {
        number: PlainArticle(
            number,
            draw(st.sampled_from(CATEGORIES)),
            draw(st.sampled_from(("", "Acme"))),
            draw(st.one_of(st.none(), prices)),
        )
        for number in NUMBERS
    }
    lines = draw(
        st.lists(
            st.builds(PlainLine, st.sampled_from(NUMBERS), quantities, st.one_of(st.none(), prices)),
            min_size=1,
            max_size=5,
        )
    )
    offered = [draw(promotions(f"P{number}")) for number in range(draw(st.integers(0, 5)))]
    coupons = draw(st.lists(st.sampled_from((" SPRING ", "nothing")), max_size=2))
    return PlainBasket(tuple(lines), articles, tuple(coupons)), offered, draw(st.sampled_from((0, 2, 3)))


@given(cases())
@settings(max_examples=3 * settings().max_examples)
def test_totals_add_up_and_nothing_falls_below_zero_or_rises(
    case: tuple[PlainBasket, list[PlainPromotion], int],
) -> None:
    basket, offered, minor_unit = case
    plain = evaluate(basket, [], on=ON, minor_unit=minor_unit)
    result = evaluate(basket, offered, on=ON, minor_unit=minor_unit)
    nets = [line.net_amount for line in result.lines if line.net_amount is not None]
    assert result.total == sum(nets, Decimal(0))
    line_sum = sum((line.line_amount for line in result.lines if line.line_amount is not None), Decimal(0))
    assert line_sum - result.total == sum((amount for _, amount in result.order_promotions), Decimal(0))
    for without, line in zip(plain.lines, result.lines, strict=True):
        if without.line_amount is None:
            assert line.line_amount is None
            assert line.net_amount is None
            continue
        assert line.line_amount is not None
        assert line.net_amount is not None
        assert 0 <= line.net_amount <= line.line_amount <= without.line_amount
        assert without.line_amount - line.line_amount == sum((amount for _, amount in line.applied), Decimal(0))
        assert line.net_amount == round(line.net_amount, minor_unit)


@given(cases(), st.randoms(use_true_random=False))
@settings(max_examples=2 * settings().max_examples)
def test_the_order_of_promotions_and_scopes_never_matters(
    case: tuple[PlainBasket, list[PlainPromotion], int], chance: object
) -> None:
    basket, offered, minor_unit = case
    shuffled = [replace(promotion, scopes=promotion.scopes[::-1]) for promotion in offered]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    in_order = evaluate(basket, offered, on=ON, minor_unit=minor_unit)
    assert evaluate(basket, shuffled, on=ON, minor_unit=minor_unit) == in_order


@given(cases())
@settings(max_examples=2 * settings().max_examples)
def test_no_cap_is_ever_overdrawn(case: tuple[PlainBasket, list[PlainPromotion], int]) -> None:
    basket, offered, minor_unit = case
    result = evaluate(basket, offered, on=ON, minor_unit=minor_unit)
    gave: dict[str, Decimal] = {}
    for code, amount in [each for line in result.lines for each in line.applied] + list(result.order_promotions):
        gave[code] = gave.get(code, Decimal(0)) + amount
    for goods in result.free_goods:
        article = basket.articles.get(goods.article)
        worth = (article.unit_price if article else None) or Decimal(0)
        gave[goods.promotion] = gave.get(goods.promotion, Decimal(0)) + worth * goods.quantity
    for promotion in offered:
        if promotion.code in gave:
            assert promotion.max_uses is None or promotion.uses < promotion.max_uses
            assert promotion.max_uses_per_account is None or promotion.uses_of_account < promotion.max_uses_per_account
            assert promotion.budget is None or promotion.spent + gave[promotion.code] <= promotion.budget


@given(cases())
@settings(max_examples=3 * settings().max_examples)
def test_a_line_by_itself_costs_what_an_order_of_it_alone_does(
    case: tuple[PlainBasket, list[PlainPromotion], int],
) -> None:
    basket, offered, minor_unit = case
    for line in basket.lines:
        alone = PlainBasket((line,), basket.articles)
        if line.unit_price is None:
            continue
        result = evaluate(alone, offered, on=ON, minor_unit=minor_unit)
        gives = {code for code, _ in result.lines[0].applied}
        assert give_alone(alone, offered, minor_unit=minor_unit) == (result.lines[0].line_amount, gives)
