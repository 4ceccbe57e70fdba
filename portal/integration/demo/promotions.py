"""The promotions of the demo's sellers: some in force, one that comes, one that is over; every kind a buyer meets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from portal.integration.demo.price_lists import first_of_month, next_change


@dataclass(frozen=True)
class Promotion:
    """A promotion as in the channel folder; `scope` and `audience` are pairs (kind, code), `start` and `end` its window."""

    seller: str
    code: str
    name: str
    start: date
    end: date
    benefit: str
    value: str = ""
    scope: tuple[str, str] = ("all", "")
    audience: tuple[str, str] = ("everyone", "")
    priority: int = 100
    coupon: str = ""
    min_quantity: str = ""
    threshold: str = ""
    buy: str = ""
    free: str = ""
    most_by_account: str = ""
    budget: str = ""


def make_promotions(today: date) -> list[Promotion]:
    """Give every promotion as it stands on this day; those in force began with the month before or two weeks ago."""
    month, weeks = first_of_month(today, 0), today - timedelta(days=14)
    later, soon = first_of_month(today, 2), today + timedelta(days=28)
    return [
        Promotion(
            "OSTERMOOR", "MESSWOCHEN", "Messwochen", month, later, "percent", "8", ("category", "Measuring > Lasers")
        ),
        Promotion(
            "OSTERMOOR", "BITS-10-1", "Schrauberbits: 10 kaufen, 1 dazu", weeks, soon, "free_goods",
            scope=("category", "Accessories > Screwdriver bits"), buy="10", free="1", audience=("group", "FACH"),
        ),
        Promotion(
            "OSTERMOOR", "AB-500", "2 % auf Bestellungen ab 500 €", month, later, "order_percent", "2", threshold="500.00",
            priority=200,
        ),
        Promotion(
            "OSTERMOOR", "DANKE", "Dankeschön 15 € ab 250 €", weeks, soon, "order_amount", "15.00", threshold="250.00",
            coupon="DANKE-15", most_by_account="1", budget="900.00", priority=300,
        ),
        Promotion(
            "OSTERMOOR", "GARTEN", "Gartenstart", next_change(today), first_of_month(today, 5), "percent", "10",
            ("category", "Garden"),
        ),
        Promotion(
            "OSTERMOOR", "SAEGEBLATT", "Sägeblatt-Tage", first_of_month(today, -3), first_of_month(today, -2), "percent",
            "12", ("category", "Accessories > Saw blades"), min_quantity="12",
        ),
        Promotion(
            "KELMBACH", "PINSEL", "Pinsel und Rollen", month, later, "percent", "7.5",
            ("category", "Paint > Brushes and rollers"), ("group", "PROFI"),
        ),
        Promotion(
            "DOORNVELD", "LASERS", "Laser weeks", month, later, "percent", "8", ("category", "Measuring > Lasers")
        ),
        Promotion(
            "DOORNVELD", "BITS-10-1", "Screwdriver bits: buy 10, get 1 more", weeks, soon, "free_goods",
            scope=("category", "Accessories > Screwdriver bits"), buy="10", free="1",
        ),
        Promotion(
            "DOORNVELD", "FROM-500", "2% off orders from €500", month, later, "order_percent", "2", threshold="500.00",
            priority=200,
        ),
    ]  # fmt: skip


def promotion_files(promotions: list[Promotion]) -> Iterator[tuple[str, list[list[object]]]]:
    """Give the rows of promotions.csv, promotion_scopes.csv and promotion_audiences.csv."""
    yield "promotions", [
        [
            each.seller, each.code, each.name, each.start, each.end, each.priority, "yes", each.coupon, each.benefit,
            each.value, each.min_quantity, each.threshold, each.buy, each.free, "", "", each.most_by_account, each.budget,
            "", "",
        ]
        for each in promotions
    ]  # fmt: skip
    yield "promotion_scopes", [[each.seller, each.code, *each.scope] for each in promotions]
    yield "promotion_audiences", [[each.seller, each.code, *each.audience] for each in promotions]
