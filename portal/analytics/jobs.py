"""What the worker does with facts: orders, shipments, loaded history and agreements become roll-ups, exactly once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date

from flask import Flask
from sqlalchemy import Connection, delete
from sqlalchemy.exc import DBAPIError

from portal.analytics.agreement_mails import (
    ANSWER_RECEIVED,
    ON_THE_OTHER_SIDE,
    PROPOSAL_RECEIVED,
    mail_agreement,
    tell_other_side,
)
from portal.analytics.models import ForecastState, Grant
from portal.analytics.service.benchmark import find_due_benchmarks, write_benchmark
from portal.analytics.service.channel import move_products, recompute
from portal.analytics.service.channel_activity import write_activity
from portal.analytics.service.channel_stock import write_stock
from portal.analytics.service.channel_value import fix_list_prices
from portal.analytics.service.daily import Due, find_due, note_measured
from portal.analytics.service.sales import recompute_sales
from portal.analytics.service.spans import (
    Touched,
    all_days,
    days_from,
    days_placed,
    days_shipped,
    merged,
    sellers_of_tree,
)
from portal.core.outbox import Event, subscribe, subscribe_group
from portal.core.recurring import recurring

PLACED, CANCELLED = "OrderPlaced", "OrderCancelled"
SHIPPED = "OrderShipped"
LOADED = "HistoryLoaded"
AGREED = ("AgreementAccepted", "AgreementWithdrawn", "SharingAgreementChanged")
"""What changes which days count: an answer, a withdrawal, a loaded channel folder."""
RECATEGORISED = "ProductsRecategorised"
PUBLISHED = "PriceListPublished"
FORECAST_SECONDS = 60
"""Looks whether a week has ended somewhere, or a past was loaded; mostly neither has. One seller at a turn: others wait too."""

DAILY_SECONDS, DAILY_AT_ONCE = 20, 20
"""Looks whether a day has begun at wholesalers that share what is measured once a day, or a week for what is weekly."""

BENCHMARK_SECONDS, BENCHMARKS_AT_ONCE = 60, 5
"""Looks whether a month has ended somewhere."""

logger = logging.getLogger(__name__)


def roll_up(connection: Connection, events: Sequence[Event]) -> None:
    """Recompute the days that shipments, loaded history and changed agreements touch in the channel, and moved products."""
    spans = _loaded(events) + days_shipped(connection, _orders(events, SHIPPED)) + _agreed(connection, events)
    recompute(connection, merged(spans))
    move_products(
        connection,
        [(event.seller_id, event.payload["categories"]) for event in events if event.kind == RECATEGORISED],
    )


def fix_prices(connection: Connection, events: Sequence[Event]) -> None:
    """Value what could not be valued before: a brand owner that had no list price for it may have one now."""
    for owner in {event.seller_id for event in events}:
        fix_list_prices(connection, owner)


def roll_up_sales(connection: Connection, events: Sequence[Event]) -> None:
    """Recompute the days that orders, cancellations and loaded history touch in a seller's own figures."""
    spans = _loaded(events) + days_placed(connection, _orders(events, PLACED, CANCELLED))
    recompute_sales(connection, dict.fromkeys(spans))


def rebuild(connection: Connection, tree: str | None) -> int:
    """Recompute every day of every seller of a tree (None: of all); give how many sellers have sold anything."""
    spans = [span for seller in sellers_of_tree(connection, tree) for span in all_days(connection, seller)]
    recompute(connection, spans)
    recompute_sales(connection, spans)
    return len(spans)


def write_next_forecast(connection: Connection) -> bool:
    """Forecast for one seller whose last week has ended since, or whose past has changed; tell whether there was one."""
    # Imported with the work: it brings arrays, which a web process has no need of.
    from portal.analytics.service.forecast import find_due as find_due_forecast
    from portal.analytics.service.forecast import write_forecast

    due = find_due_forecast(connection)
    if due is None:
        return False
    series = write_forecast(connection, due)
    logger.info("forecast of seller %s: %s series", due.seller_id, series)
    return True


def write_next_stock(connection: Connection) -> int:
    """Measure the stock of wholesalers that share it and for which a week has begun since; give of how many."""
    return _write_due(connection, Grant.STOCK, write_stock)


def write_next_activity(connection: Connection) -> int:
    """Measure how retailers stand at wholesalers that share it and for which a week has begun since; give of how many."""
    return _write_due(connection, Grant.ACTIVITY, write_activity)


def write_next_benchmarks(connection: Connection) -> int:
    """Compare who trades under sellers of which a month has ended since; give for how many months."""
    due = find_due_benchmarks(connection, BENCHMARKS_AT_ONCE)
    for one in due:
        write_benchmark(connection, one)
    return len(due)


def _write_due(connection: Connection, grant: Grant, write: Callable[[Connection, Due], None]) -> int:
    """One that cannot be measured is tried again at a later turn and holds back nobody else."""
    written = 0
    for due in find_due(connection, grant, DAILY_AT_ONCE):
        try:
            with connection.begin_nested():
                write(connection, due)
                note_measured(connection, grant, due)
        except DBAPIError:
            logger.exception("%s of wholesaler %s was not measured", grant, due.wholesaler_id)
        else:
            written += 1
    return written


def forget_forecasts(connection: Connection, events: Sequence[Event]) -> None:
    """Let the forecasts of sellers whose past or agreements have changed be written anew; what is there stays until then."""
    connection.execute(delete(ForecastState).where(ForecastState.seller_id.in_({event.seller_id for event in events})))


def _loaded(events: Sequence[Event]) -> list[Touched]:
    return [
        Touched(event.seller_id, date.fromisoformat(event.payload["from"]), date.fromisoformat(event.payload["to"]))
        for event in events
        if event.kind == LOADED
    ]


def _agreed(connection: Connection, events: Sequence[Event]) -> list[Touched]:
    """Give the days from which on something else counts than before (`from`; without it none do)."""
    spans = []
    for event in events:
        if event.kind in AGREED and event.payload["from"]:
            spans += days_from(connection, event.seller_id, date.fromisoformat(event.payload["from"]))
    return spans


def _orders(events: Sequence[Event], *kinds: str) -> list[tuple[int, int]]:
    found = [(event.seller_id, int(event.payload["order_id"])) for event in events if event.kind in kinds]
    return list(dict.fromkeys(found))


def register(_app: Flask) -> None:
    """Hear of everything that changes the figures."""
    subscribe_group({SHIPPED, LOADED, RECATEGORISED, *AGREED}, "roll_up", roll_up)
    subscribe_group({PLACED, CANCELLED, LOADED}, "roll_up_sales", roll_up_sales)
    subscribe_group({PUBLISHED}, "fix_prices", fix_prices)
    subscribe_group({LOADED, *AGREED}, "forget_forecasts", forget_forecasts)
    subscribe_group({*ON_THE_OTHER_SIDE}, "tell_other_side", tell_other_side)
    subscribe(PROPOSAL_RECEIVED, "mail_agreement", mail_agreement)
    subscribe(ANSWER_RECEIVED, "mail_agreement", mail_agreement)
    recurring("write_next_forecast", FORECAST_SECONDS, write_next_forecast)
    recurring("write_next_stock", DAILY_SECONDS, write_next_stock)
    recurring("write_next_activity", DAILY_SECONDS, write_next_activity)
    recurring("write_next_benchmarks", BENCHMARK_SECONDS, write_next_benchmarks)
