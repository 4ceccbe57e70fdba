"""What an account usually needs now, from nothing but its own orders.

The chance that an article is in the next order is its recency-weighted frequency, lowered while it is not yet due and
while it is out of stock. The method and its constants are those that did best among the explainable ones on a year and a
half of real shop orders; `benchmarks/restock_backtest.py` measures it. Shares and chances are floats, never money.

What was ordered just now counts, for its articles and for the account: `restock_list` has the rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from portal.ordering.rules.quantities import check_quantity

HALF_LIFE_DAYS = 112
"""After this many days an order counts half."""

DUE_SHARE = 0.8
"""An article is fully due once this share of its usual interval has passed."""

OUT_OF_STOCK_FACTOR = 0.25
"""What cannot be delivered now stays in the proposal only if it is bought nearly always."""

CALM_SHARE = 0.5
"""An order counts as placed just now until this share of the account's usual interval has passed."""

QUANTITIES_SEEN = 5
"""The usual quantity is the median of this many last ones."""


class Purchase(NamedTuple):
    """One ordered line: article, day in the seller's time zone, quantity in base units; `is_open`: some is on its way yet."""

    article_id: int
    ordered_on: date
    quantity: Decimal
    is_open: bool = False


class Orderable(NamedTuple):
    """What the seller says of an article today; quantities are in base units. `most` None: what is short is delivered later."""

    in_stock: bool = True
    min_quantity: Decimal = Decimal(1)
    order_multiple: Decimal = Decimal(1)
    most: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Habit:
    """How an account buys one article: the facts behind "because".

    All lines of a day count as one purchase. `times_bought` of `days_ordered` days had the article; `share` is the same
    with recent days counting more. `usual_interval_days` is None after a single purchase, and so is `due_on`, the day on
    which the usual interval is over. `last_quantities` are up to five, the newest first.
    """

    article_id: int
    times_bought: int
    days_ordered: int
    share: float
    first_on: date
    last_on: date
    usual_interval_days: int | None
    due_on: date | None
    due_factor: float
    usual_quantity: Decimal
    last_quantities: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposed line: a quantity that may be ordered as it stands, in base units, and why."""

    article_id: int
    quantity: Decimal
    chance: float
    because: Habit


@dataclass(frozen=True, slots=True)
class RestockList:
    """The proposed lines, the last day the account ordered on, and the day its next usual order is due.

    `next_due_on` is None for an account that ordered on one day or none, and once the day has come.
    """

    lines: Sequence[Proposal]
    last_on: date | None
    next_due_on: date | None


def restock_list(purchases: Sequence[Purchase], orderable: Mapping[int, Orderable], today: date) -> RestockList:
    """Give what the account needs now beyond what it has just ordered.

    An order counts as placed just now for half of the account's usual interval (the median of the days between its order
    days), and for all of it while something of the order is on its way. Without such an order the usual list is what
    `propose` gives. After one, the usual list is the one from before it, less what was ordered since. Once half of that
    list was ordered, the usual order is placed: of the rest stays only what has reached its due day, for what was left out
    of the usual is no reason to order again tomorrow. Whenever it was ordered, an article that is on its way is not
    proposed before its due day, and not at all while it has none.
    """
    known = [line for line in purchases if line.quantity > 0 and line.ordered_on <= today]
    if not known:
        return RestockList((), None, None)
    habits = learn_habits(known, today)
    days = sorted({line.ordered_on for line in known})
    gap = _median_gap(days)
    start = _just_now(known, gap or 1.0, today)
    before = habits if start is None else learn_habits((line for line in known if line.ordered_on < start), today)
    just = {line.article_id for line in known if start is not None and line.ordered_on >= start}
    underway = {line.article_id for line in known if line.is_open and not _is_due(habits[line.article_id], today)}
    # What was just ordered keeps its place in the usual list, whatever its stock is now: no rarer article moves up for it.
    usual = propose(before.values(), {**orderable, **dict.fromkeys(just, Orderable())})
    rest = [replace(line, because=habits[line.article_id]) for line in usual if line.article_id not in just]
    is_placed = start is not None and len(rest) * 2 <= len(usual)
    lines = [
        line
        for line in rest
        if line.article_id not in underway and not (is_placed and not _is_due(line.because, today))
    ]
    next_on = days[-1] + timedelta(days=_whole_days(gap)) if gap else None
    return RestockList(lines, days[-1], next_on if next_on is not None and next_on > today else None)


def _just_now(known: Iterable[Purchase], rhythm: float, today: date) -> date | None:
    """Give the first day whose orders count as placed just now, None where there is none."""
    return min(
        (
            line.ordered_on
            for line in known
            if (today - line.ordered_on).days < rhythm * (1.0 if line.is_open else CALM_SHARE)
        ),
        default=None,
    )


def _is_due(habit: Habit, today: date) -> bool:
    return habit.due_on is not None and habit.due_on <= today


def learn_habits(purchases: Iterable[Purchase], today: date) -> dict[int, Habit]:
    """Give the habit of every article that was ever bought, by article id.

    Purchases after `today` and quantities of 0 and below (credits) are left out.
    """
    bought: defaultdict[int, dict[date, Decimal]] = defaultdict(dict)
    for article_id, ordered_on, quantity, _is_open in purchases:
        if quantity > 0 and ordered_on <= today:
            days = bought[article_id]
            days[ordered_on] = days[ordered_on] + quantity if ordered_on in days else quantity
    order_days = sorted({day for days in bought.values() for day in days})
    weights = {day: 0.5 ** ((today - day).days / HALF_LIFE_DAYS) for day in order_days}
    account = _Account(
        weights=weights,
        whole=sum(weights.values()),
        rhythm=_median_gap(order_days) or 1.0,
        today=today,
    )
    return {article_id: _habit(article_id, days, account) for article_id, days in bought.items()}


class _Account(NamedTuple):
    """What all habits of an account share: the weight of each day it ordered on and their sum, its median interval, the day."""

    weights: Mapping[date, float]
    whole: float
    rhythm: float
    today: date


def _habit(article_id: int, quantities: Mapping[date, Decimal], account: _Account) -> Habit:
    days = sorted(quantities)
    gap = _median_gap(days)
    last = [quantities[day] for day in reversed(days[-QUANTITIES_SEEN:])]
    interval = None if gap is None else _whole_days(gap)
    # Bought once, an article has no interval of its own; the account's rhythm keeps this morning's order from returning.
    due_factor = min(1.0, (account.today - days[-1]).days / (DUE_SHARE * (gap or account.rhythm)))
    return Habit(
        article_id=article_id,
        times_bought=len(days),
        days_ordered=len(account.weights),
        share=sum(account.weights[day] for day in days) / account.whole,
        first_on=days[0],
        last_on=days[-1],
        usual_interval_days=interval,
        due_on=None if interval is None else days[-1] + timedelta(days=interval),
        due_factor=due_factor,
        usual_quantity=median(last),
        last_quantities=tuple(last),
    )


def _whole_days(gap: float) -> int:
    return int(Decimal(gap).quantize(Decimal(1), ROUND_HALF_UP))


def _median_gap(days: list[date]) -> float | None:
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return float(median(gaps)) if gaps else None


def propose(habits: Iterable[Habit], orderable: Mapping[int, Orderable]) -> list[Proposal]:
    """Give the proposed lines, the most likely first; ties by article id.

    Articles missing in `orderable` cannot be ordered any more and are left out, and so are those of which less can be
    delivered than may be ordered.
    """
    lines = []
    for habit in habits:
        article = orderable.get(habit.article_id)
        quantity = None if article is None else usual_order_quantity(habit.usual_quantity, article)
        if article is not None and quantity is not None:
            lines.append(Proposal(habit.article_id, quantity, _chance(habit, article), habit))
    lines.sort(key=lambda line: (-line.chance, line.article_id))
    return lines[: best_size([line.chance for line in lines])]


def _chance(habit: Habit, article: Orderable) -> float:
    return habit.share * habit.due_factor * (1.0 if article.in_stock else OUT_OF_STOCK_FACTOR)


def best_size(chances: list[float]) -> int:
    """Give how many of the chances, sorted from high to low, to propose: the size with the highest expected F1.

    F1 is approximated by 2 x expected hits / (size proposed + expected size of the order), after Ye et al., "Optimizing
    F-measures", ICML 2012, with expectations in place of the distributions.
    """
    expected_order = sum(chances)
    best, best_f1, hits = 0, 0.0, 0.0
    for size, chance in enumerate(chances, start=1):
        hits += chance
        f1 = 2 * hits / (size + expected_order)
        if f1 > best_f1:
            best, best_f1 = size, f1
    return best


def usual_order_quantity(usual: Decimal, article: Orderable) -> Decimal | None:
    """Give the quantity to propose: the nearest to the usual that may be ordered, the larger one at equal distance.

    Never more than can be delivered; None when that is less than may be ordered.
    """
    problem = check_quantity(usual, article.min_quantity, article.order_multiple)
    wanted = problem.nearest if problem else usual
    if article.most is None or wanted <= article.most:
        return wanted
    problem = check_quantity(article.most, article.min_quantity, article.order_multiple)
    return problem.down if problem else article.most
