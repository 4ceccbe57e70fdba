"""Random baskets and promotions that hit ties and boundaries often: all numbers come from small pools.

One generator serves both uses: `situation(Random(seed))` for long seeded runs, `situations()` for hypothesis, which
shrinks what it finds. About half of the situations are then aimed: budgets and thresholds are moved to what the basket
really comes to, or one minor unit beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random

from hypothesis import strategies as st

from tests.promotions.cases import ON, TOMORROW, YESTERDAY
from tests.promotions.plain import PlainArticle, PlainBasket, PlainLine, PlainPromotion
from tests.promotions.reference import Evaluation, evaluate_uncapped, gave, plain_decimal
from tests.promotions.reference_lines import DEFAULT, ORDER_BENEFITS, World, in_scope, is_offered

ARTICLES = ("a", "b", "c", "d")
PRICES = (
    *["10"] * 8,
    "1",
    "1",
    "2",
    "9.99",
    "33.3333",
    "33.3333",
    "100",
    "100",
    "0.005",
    "0.01",
    "0.125",
    "0",
    "0.0049",
)
QUANTITIES = (*["1"] * 6, "2", "3", "5", "6", "10", "12", "11.999", "0.5", "0.333", "0.001", "1000000")
MINIMA = (*["0.001"] * 6, *["1"] * 9, "2", "3", "6", "12", "12.001")
CATEGORIES: tuple[tuple[str, ...], ...] = ((), ("S",), ("S", "W"), ("S", "W", "M"), ("S x", "W"), ("W",))
BRANDS = ("", "X", "Y")
CODES = ("10", "9", "A", "B", "Z", "_", "a", "b", "z", "Ä", "ß", "\uff21", "\U0001f600")
BENEFITS = (
    "percent",
    "percent",
    "amount",
    "fixed",
    "free_goods",
    "free_goods",
    "mix",
    *["order_percent"] * 3,
    *["order_amount"] * 2,
)
VALUES = {
    "percent": ("0", "1", "5", "10", "10", "15", "20", "33.3333", "50", "100"),
    "mix": ("5", "10", "10", "20", "50"),
    "amount": ("0", "0.005", "0.1", "0.5", "1", "1", "2", "10"),
    "fixed": ("0", "0.005", "0.0049", "1", "5", "9", "9.99", "9.995", "10", "12"),
    "order_percent": ("0", "1", "5", "10", "10", "20", "33.3333", "100"),
    "order_amount": ("0", "0.0049", "0.005", "0.01", "0.1", "1", "1", "5", "10", "99.99", "1000"),
}
THRESHOLDS = (None, None, "0", "0.01", "10", "20", "90", "90.01", "100")
SCOPES: tuple[tuple[tuple[str, str], ...], ...] = (
    *[(("all", ""),)] * 18,
    (("article", "a"),),
    (("article", "b"),),
    (("article", "a"), ("article", "b")),
    (("article", "b"), ("article", "c")),
    (("category", "S"),),
    (("category", "S > W"), ("brand", "Y")),
    (("category", "W"),),
    (("brand", "X"),),
    (("brand", "X"), ("article", "a"), ("category", "S")),
    (),
)
WINDOWS: tuple[tuple[date | None, date | None], ...] = (
    *[(None, None)] * 34,
    (ON, None),
    (ON, TOMORROW),
    (YESTERDAY, ON),
    (ON, ON),
    (TOMORROW, None),
    (None, TOMORROW),
)
PROMOTION_COUPONS = (*[None] * 24, "Summer", " SUMMER ", "other")
BASKET_COUPONS: tuple[tuple[str, ...], ...] = ((), ("summer",), ("\tSumMer ", "nobody's"), ("OTHER", "other"))


@dataclass(frozen=True)
class Situation:
    """What both implementations are asked."""

    basket: PlainBasket
    promotions: tuple[PlainPromotion, ...]
    minor_unit: int
    on: date = ON


def situations() -> st.SearchStrategy[Situation]:
    """Give situations to hypothesis, which shrinks every choice towards the front of its pool."""
    return st.randoms(use_true_random=False).map(situation)


def situation(random: Random) -> Situation:
    """Make a basket and promotions; about half of them are aimed at their own boundaries."""
    minor_unit = random.choice((2, 2, 2, 0, 3))
    basket = _basket(random)
    codes = random.sample(CODES, random.choice((*[1, 2, 3, 4, 5, 6, 7, 8] * 3, 0)))
    found = Situation(basket, tuple(_promotion(random, code) for code in codes), minor_unit)
    return _aimed(random, found) if random.choice((False, True)) else found


def _decimal(random: Random, pool: Sequence[str]) -> Decimal:
    return Decimal(random.choice(pool))


def _price_or_none(random: Random) -> Decimal | None:
    return None if random.randrange(12) == 11 else _decimal(random, PRICES)


def _basket(random: Random) -> PlainBasket:
    articles = {
        number: PlainArticle(number, random.choice(CATEGORIES), random.choice(BRANDS), _price_or_none(random))
        for number in ARTICLES
    }
    lines = []
    for _ in range(random.choice((*[1, 2, 3, 4] * 6, 6, 0))):
        number = random.choice(ARTICLES)
        # Often the price at quantity 1, otherwise a tier's.
        price = random.choice((articles[number].unit_price, _price_or_none(random)))
        lines.append(PlainLine(number, _decimal(random, QUANTITIES), price))
    return PlainBasket(tuple(lines), articles, random.choice(BASKET_COUPONS))


def _promotion(random: Random, code: str) -> PlainPromotion:
    benefit = random.choice(BENEFITS)
    valid_from, valid_to = random.choice(WINDOWS)
    promotion = PlainPromotion(
        code,
        benefit,
        random.choice(SCOPES),
        priority=random.choice((0, 0, 0, 1, 1, 2, -1)),
        combines=random.choice((True, True, True, False, False)),
        valid_from=valid_from,
        valid_to=valid_to,
        coupon=random.choice(PROMOTION_COUPONS),
        min_quantity=_decimal(random, MINIMA),
    )
    return _capped(random, _with_benefit(random, promotion))


def _with_benefit(random: Random, promotion: PlainPromotion) -> PlainPromotion:
    if promotion.benefit == "free_goods":
        return replace(
            promotion,
            buy_quantity=_decimal(random, ("1", "1", "0.1", "0.333", "2", "5", "12")),
            free_quantity=_decimal(random, ("1", "1", "0.5", "2", "0.001")),
            free_article=random.choice((None, *ARTICLES)),
        )
    promotion = replace(promotion, value=_decimal(random, VALUES[promotion.benefit]))
    if promotion.benefit in ORDER_BENEFITS:
        threshold = random.choice(THRESHOLDS)
        return replace(promotion, threshold_amount=None if threshold is None else Decimal(threshold))
    return promotion


def _capped(random: Random, promotion: PlainPromotion) -> PlainPromotion:
    kind = random.choice((*["none"] * 16, "uses", "account", "budget", "budget"))
    if kind == "uses":
        return replace(promotion, max_uses=random.choice((1, 2, 0)), uses=random.choice((0, 1)))
    if kind == "account":
        most = random.choice((1, 2))
        return replace(promotion, max_uses_per_account=most, uses=5, uses_of_account=random.choice((0, 1)))
    if kind == "budget":
        budget = _decimal(random, ("0", "0.01", "1", "5", "9", "9.99", "10", "11", "20", "100", "5000", "5000"))
        return replace(promotion, budget=budget, spent=min(budget, _decimal(random, ("0", "0", "0.01", "1", "9"))))
    return promotion


def _aimed(random: Random, found: Situation) -> Situation:
    """Move budgets and thresholds to what the basket comes to without caps, or to one minor unit beside it."""
    world = World(found.basket, found.on, found.minor_unit, DEFAULT)
    evaluation = evaluate_uncapped([each for each in found.promotions if is_offered(each, world)], world)
    unit = Decimal(1).scaleb(-found.minor_unit)
    aim = random.choice((_aim_beside, _squeeze))
    return replace(found, promotions=tuple(aim(random, each, evaluation, unit) for each in found.promotions))


def _aim_beside(random: Random, promotion: PlainPromotion, evaluation: Evaluation, unit: Decimal) -> PlainPromotion:
    """Put the budget or the threshold exactly on, or one unit above or below, what it is compared with."""
    beside = random.choice((Decimal(0), Decimal(0), unit, -unit))
    what = random.choice(("nothing", "nothing", "cap", "threshold", "threshold"))
    if what == "cap":
        _, money = gave(promotion, evaluation)
        return replace(promotion, budget=max(plain_decimal(money) + beside, Decimal(0)), spent=Decimal(0))
    if what == "threshold" and promotion.benefit in ORDER_BENEFITS:
        threshold = plain_decimal(_sum_in_scope(promotion, evaluation)) + beside
        return replace(promotion, threshold_amount=max(threshold, Decimal(0)))
    return promotion


def _squeeze(random: Random, promotion: PlainPromotion, evaluation: Evaluation, unit: Decimal) -> PlainPromotion:
    """Let most of those that give something overdraw at once, by one unit, so that the order of dropping shows."""
    _, money = gave(promotion, evaluation)
    what = random.choice(("budget", "budget", "budget", "uses", "nothing"))
    if money == 0 or what == "nothing":
        return promotion
    if what == "uses":
        return replace(promotion, max_uses=1, uses=1)
    return replace(promotion, budget=max(plain_decimal(money) - unit, Decimal(0)), spent=Decimal(0))


def _sum_in_scope(promotion: PlainPromotion, evaluation: Evaluation) -> Fraction:
    return sum((each.after_line for each in evaluation.lines if in_scope(promotion, each.article)), Fraction(0))
