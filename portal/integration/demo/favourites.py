"""What a shop buys again and again: its favourite articles, each with an interval and a usual quantity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from portal.integration.demo.assortment import Article
from portal.integration.demo.rhythm import growth, season
from portal.integration.demo.shops import Shop

# How many favourites, and after how many of the shop's orders each returns, by the days between its orders.
_HABITS = {
    7: (33, (1, 2, 2, 3, 3, 4, 4, 4, 6, 8)),
    14: (25, (1, 1, 1, 2, 2, 2, 3, 4)),
    28: (22, (1, 1, 1, 2, 2, 3)),
}
_USUAL_LINE_CENTS = 3_200
_WRITTEN = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 40)
_DEAR_CENTS = 6_000
_RARE_CENTS = 1_800
_BEGAN_SHARE, _ENDED_SHARE = 0.2, 0.06
_LATE_SHARE = 0.12
_USUAL_SHARE = 0.6


@dataclass
class Favourite:
    """One habit. `steps` is the usual quantity in order multiples; `due` counts the shop's orders."""

    article: Article
    interval: int
    steps: int
    due: int
    since: date
    until: date

    def weekly_demand(self, every: int) -> float:
        """Give the base units that this habit takes in an average week."""
        return self.steps * self.article.step * 7 / (self.interval * every)


def choose_favourites(shop: Shop, articles: list[Article], today: date, rng: Random) -> list[Favourite]:
    """Choose a shop's favourites among its seller's articles, more of what sells well and of what the shop leans to."""
    count, intervals = _HABITS[shop.every]
    weights = [article.product.appeal * _pull(shop, article) for article in articles]
    chosen: dict[str, Article] = {}
    while len(chosen) < count:
        article = rng.choices(articles, weights)[0]
        chosen.setdefault(article.number, article)
    return [_habit(article, shop, intervals, today, rng) for article in chosen.values()]


def _pull(shop: Shop, article: Article) -> float:
    category = article.product.family.category
    # Dear machines are bought now and then, not as a habit.
    dear = 0.35 if article.product.cents > _DEAR_CENTS else 1.0
    return dear * (4.0 if shop.leaning and category.startswith(shop.leaning) else 1.0)


def _habit(article: Article, shop: Shop, intervals: tuple[int, ...], today: date, rng: Random) -> Favourite:
    interval = rng.choice(intervals)
    if article.product.cents > _RARE_CENTS:
        interval = max(interval, rng.choice(intervals), rng.choice(intervals))
    usual = _USUAL_LINE_CENTS * shop.size * (1 + interval * 0.15) * rng.uniform(0.4, 1.7)
    steps = _even(usual / (article.product.cents * article.step))
    began, ended = rng.random() < _BEGAN_SHARE, rng.random() < _ENDED_SHARE
    since = today - timedelta(days=rng.randrange(60, 480)) if began else date.min
    until = today - timedelta(days=rng.randrange(95, 200)) if ended or not article.active else date.max
    return Favourite(article, interval, steps, rng.randrange(interval), since, until)


def _even(steps: float) -> int:
    """Give the nearest number that a person would write on an order."""
    return min(_WRITTEN, key=lambda number: abs(number - steps))


def wanted_today(
    favourites: list[Favourite], turn: int, on: date, today: date, rng: Random
) -> list[tuple[Article, int]]:
    """Give article and quantity of the habits that fall due with the shop's order number `turn`, and move them on."""
    wanted = []
    for favourite in favourites:
        if favourite.due > turn or not favourite.since <= on < favourite.until:
            continue
        kind = favourite.article.product.family.season
        pace = season(kind, on) * growth(on, today)
        if rng.random() > pace + 0.1:
            favourite.due = turn + favourite.interval
            continue
        # In its season a product is bought more often; otherwise the interval holds.
        shortened = round(favourite.interval / pace) if kind != "even" and pace > 1 else favourite.interval
        favourite.due = turn + max(1, shortened) + (rng.random() < _LATE_SHARE)
        # Mostly the usual quantity; else what the season asks for.
        factor = 1.0 if rng.random() < _USUAL_SHARE else pace * rng.uniform(0.75, 1.3)
        wanted.append((favourite.article, _even(favourite.steps * factor) * favourite.article.step))
    return wanted
