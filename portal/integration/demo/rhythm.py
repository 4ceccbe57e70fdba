"""When shops order: their weekday and interval, holidays, seasons, growth, and what bends the habit of some."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from portal.integration.demo.people import DEMO_SHOP, ENGLISH_SHOP
from portal.integration.demo.shops import Shop

HISTORY_DAYS = 548

# How a product's demand moves from January to December.
SEASONS: dict[str, tuple[float, ...]] = {
    "even": (0.8, 0.95, 1.1, 1.1, 1.05, 1.0, 0.9, 0.9, 1.1, 1.1, 1.1, 0.75),
    "spring": (0.6, 0.7, 1.6, 2.0, 1.1, 0.7, 0.6, 0.7, 1.2, 2.0, 1.3, 0.7),
    "garden": (0.3, 0.6, 1.6, 2.0, 1.8, 1.3, 1.0, 0.8, 0.9, 0.7, 0.3, 0.2),
    "summer": (0.3, 0.4, 0.8, 1.2, 1.6, 1.8, 1.7, 1.4, 0.9, 0.6, 0.4, 0.3),
    "autumn": (0.7, 0.5, 0.6, 0.6, 0.6, 0.6, 0.7, 0.9, 1.5, 2.0, 1.7, 1.1),
    "winter": (1.8, 1.4, 0.6, 0.2, 0.1, 0.1, 0.1, 0.2, 0.6, 1.4, 2.0, 2.2),
    "heating": (1.5, 1.3, 1.0, 0.7, 0.5, 0.4, 0.4, 0.6, 1.3, 1.8, 1.8, 1.5),
}
_WEEKEND = {5, 6}
# A slowing shop keeps every third order only, since so many days.
_SLOWING_DAYS, _KEPT = 130, 3
_HOLIDAYS = {(1, 1), (1, 2), (5, 1), (10, 3), (12, 24), (12, 25), (12, 26), (12, 31)}


def season(kind: str, on: date) -> float:
    """Give the factor on demand in this month; 1 is an average month."""
    return SEASONS[kind][on.month - 1]


def growth(on: date, today: date) -> float:
    """Give the channel's growth: from 0.85 at the start of the history to 1.15 at its end."""
    return 1.15 - 0.3 * (today - on).days / HISTORY_DAYS


def is_working_day(day: date) -> bool:
    """Say whether orders are written on this day: Monday to Friday without the fixed holidays."""
    return day.weekday() not in _WEEKEND and (day.month, day.day) not in _HOLIDAYS


def order_days(shop: Shop, today: date, rng: Random) -> list[date]:
    """Give the days on which a shop ordered, oldest first, the last one before `today`.

    The days are counted back from the next one that is due, so that some shops are due now; those that people sign in to are.
    """
    weekday, weeks_ahead = rng.randrange(5), rng.randrange(shop.every // 7)
    stop, begin = rng.randrange(105, 165), rng.randrange(120, 180)
    if shop.code in {DEMO_SHOP, ENGLISH_SHOP}:
        weekday = today.weekday() % 5
    due = _next_weekday(today, weekday)
    due += timedelta(days=7 * weeks_ahead)
    planned = [due - timedelta(days=shop.every * count) for count in range(1, HISTORY_DAYS // shop.every + 2)]
    age_of = {day: (today - day).days for day in planned}
    if shop.bends == "lapsed":
        planned = [day for day in planned if age_of[day] > stop]
    if shop.bends == "new":
        planned = [day for day in planned if age_of[day] <= begin]
    if shop.bends == "slowing":
        planned = [day for place, day in enumerate(planned) if age_of[day] > _SLOWING_DAYS or not (place + 1) % _KEPT]
    moved = {_working(day) for day in planned if age_of[day] <= HISTORY_DAYS}
    return sorted(day for day in moved if day < today)


def _next_weekday(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def _working(day: date) -> date:
    while not is_working_day(day):
        day += timedelta(days=1)
    return day
