"""Writing a seller's forecast: of its products and customers, how good it has been, what promotions brought, what is shared.

Everything of a seller is written anew in one transaction, so doing it twice changes nothing. These functions take a
connection of the worker's role inside an open transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, Table, delete, insert, text

from portal.analytics.forecast.accuracy import Seen, judge, look_back
from portal.analytics.forecast.methods import Floats
from portal.analytics.forecast.promotion import promotion_effect
from portal.analytics.forecast.rules import CHOICES, CLASSES, HORIZON, SHORTEST, Forecast, base_demand, forecast
from portal.analytics.models import (
    ChannelForecast,
    DemandForecast,
    ForecastAccuracy,
    ForecastState,
    PromotionEffect,
)
from portal.analytics.queries.demand import WEEK, Demand, read_demand
from portal.analytics.queries.demand_by_account import read_habits, read_promotions, read_shared

JUDGED_BACK = (9, 6, 3, 0)
"""How many weeks before the last one whose four weeks are known the origins of the stored backtest lie."""
LEAST_JUDGED = 26
"""Fewer weeks than this are no backtest."""
MOST_PROMOTIONS = 50
AT_ONCE = 50_000
"""So many customers' series are forecast together: what is held in memory stays small."""
PLACES = 3

_DUE = text(
    """
    select d.seller_id, d.until_on
    from (
        select o.id as seller_id, r.first_on, least(
                   date_trunc('week', now() at time zone o.time_zone), date_trunc('week', r.newest_on) + interval '7 days'
               )::date as until_on
        from organisation o
        join (
            select s.seller_id, min(s.first_on) as first_on, max(s.last_on)::timestamp as newest_on
            from sales_rhythm s group by 1
        ) r on r.seller_id = o.id
        where o.kind <> 'retailer'
    ) d
    left join forecast_state f on f.seller_id = d.seller_id
    where d.first_on < d.until_on and f.origin_on is distinct from d.until_on - 1
    order by random()
    """
)
"""In any order: a seller whose forecast fails takes its turn again, but not that of all others."""
_ALONE = text("select pg_try_advisory_xact_lock(hashtext('forecast'), hashtext(cast(:seller as text)))")


class Due(NamedTuple):
    """A seller whose forecast does not know all weeks that have ended; `until_on` is the Monday after them."""

    seller_id: int
    until_on: date


def find_due(connection: Connection) -> Due | None:
    """Give a seller whose last week with sales has ended and is not in its forecast, and lock it against other workers.

    None where there is none that no other worker has.
    """
    for seller, until_on in connection.execute(_DUE).all():
        if connection.execute(_ALONE, {"seller": seller}).scalar_one():
            return Due(seller, until_on)
    return None


def write_forecast(connection: Connection, due: Due) -> int:
    """Write everything of one seller anew; give how many series were forecast."""
    seller = due.seller_id
    demand = read_demand(connection, seller, due.until_on)
    if demand is None:
        return 0
    now = forecast(base_demand(demand.history, demand.promoted), demand.categories)
    _replace(connection, DemandForecast, {"seller_id": seller}, _product_rows(seller, demand, now))
    judged = _judged(demand)
    _replace(connection, ForecastAccuracy, {"seller_id": seller}, _accuracy_rows(seller, demand, judged))
    _replace(connection, PromotionEffect, {"seller_id": seller}, _effect_rows(connection, seller, demand))
    _replace(connection, ChannelForecast, {"wholesaler_id": seller}, _shared_rows(connection, seller, demand))
    accounts = _write_accounts(connection, seller, due.until_on)
    state = {
        "seller_id": seller,
        "origin_on": due.until_on - timedelta(days=1),
        "weeks": demand.weeks,
        "judged_from": demand.sunday(judged[0].known) if judged else None,
        "judged_to": demand.sunday(judged[-1].known) if judged else None,
    }
    _replace(connection, ForecastState, {"seller_id": seller}, [state])
    return len(demand.products) + accounts


def _replace(connection: Connection, model: Any, whose: Mapping[str, int], rows: list[dict[str, Any]]) -> None:
    table: Table = model.__table__
    connection.execute(delete(table).filter_by(**whose))
    if rows:
        connection.execute(insert(table), rows)


def _whole(found: Forecast, place: int) -> dict[str, list[float]]:
    return {
        "quantities": np.round(found.quantity[place], PLACES).tolist(),
        "lows": np.round(found.low[place], PLACES).tolist(),
        "highs": np.round(found.high[place], PLACES).tolist(),
    }


def _product_rows(seller: int, demand: Demand, found: Forecast) -> list[dict[str, Any]]:
    recent = demand.history[:, -HORIZON:].sum(axis=1)
    return [
        {
            "seller_id": seller,
            "product_id": product.id,
            "owner_id": product.owner_id,
            "origin_on": demand.sunday(demand.weeks),
            "demand_class": CLASSES[found.classes[place]].value,
            "is_regular": bool(found.is_regular[place]),
            "method": CHOICES[found.methods[place]],
            **_whole(found, place),
            "expected_quantity": round(float(found.quantity[place].sum()), PLACES),
            "recent_quantity": float(recent[place]),
        }
        for place, product in enumerate(demand.products)
    ]


def _judged(demand: Demand) -> list[Seen]:
    origins = [demand.weeks - HORIZON - back for back in JUDGED_BACK]
    enough = [origin for origin in origins if origin >= LEAST_JUDGED]
    return list(look_back(demand.history, demand.categories, demand.promoted, enough))


def _accuracy_rows(seller: int, demand: Demand, judged: list[Seen]) -> list[dict[str, Any]]:
    return [
        {
            "seller_id": seller,
            "is_regular": is_regular,
            "demand_class": demand_class,
            "series_count": tally.series,
            "method": tally.method,
            "demand": tally.demand,
            "error": round(tally.error, PLACES),
            "bias": round(tally.bias_sum, PLACES),
            "four_week_error": round(tally.four_week_error, PLACES),
            "naive_error": round(tally.naive_error, PLACES),
            "naive_four_week_error": round(tally.naive_four_week_error, PLACES),
            "covered_weeks": tally.covered,
            "judged_weeks": tally.cells,
            "mase": tally.mase,
            "rmsse": tally.rmsse,
        }
        for (is_regular, demand_class), tally in judge(demand.history, judged).items()
    ]


def _effect_rows(connection: Connection, seller: int, demand: Demand) -> list[dict[str, Any]]:
    """Give the effects of the promotions of a year; those that begin in one week share a forecast."""
    until = demand.first_on + demand.weeks * WEEK
    first = max(demand.first_on + SHORTEST * WEEK, until - 52 * WEEK)
    weekly: dict[int, Floats] = {}
    rows = []
    for promotion in read_promotions(connection, seller, first, until, MOST_PROMOTIONS):
        start = (promotion.first_on - demand.first_on) // WEEK
        end = (promotion.until_on - demand.first_on) // WEEK
        places = [place for place, product in enumerate(demand.products) if product.id in promotion.product_ids]
        if not places:
            continue
        if start not in weekly:
            past = base_demand(demand.history[:, :start], demand.promoted[:, :start])
            weekly[start] = forecast(past, demand.categories).quantity.mean(axis=1)
        effect = promotion_effect(demand.history[places], weekly[start][places], start, end)
        rows.append(
            {
                "seller_id": seller,
                "promotion_id": promotion.id,
                "first_on": promotion.first_on,
                "last_on": min(promotion.until_on, until) - timedelta(days=1),
                "product_count": len(places),
                "units": effect.units,
                "expected_units": round(effect.expected_units, PLACES),
                "forward_units": round(effect.forward_units, PLACES),
                "weeks_after": effect.weeks_after,
            }
        )
    return rows


def _shared_rows(connection: Connection, seller: int, demand: Demand) -> list[dict[str, Any]]:
    """Forecast each brand owner's products from shared days alone, as if there were no others."""
    until = demand.first_on + demand.weeks * WEEK
    shared = read_shared(connection, seller, demand.first_on, until)
    rows: list[dict[str, Any]] = []
    for owner in dict.fromkeys(row.owner_id for row in shared.rows):
        places = [place for place, row in enumerate(shared.rows) if row.owner_id == owner]
        history = shared.history[places]
        # Weeks before anything was shared are not weeks without demand.
        begun = int(np.flatnonzero(history.any(axis=0))[0])
        names = {name: number for number, name in enumerate({shared.rows[place].category: None for place in places})}
        found = forecast(history[:, begun:], np.array([names[shared.rows[place].category] for place in places]))
        rows += [
            {
                "brand_owner_id": owner,
                "wholesaler_id": seller,
                "product_id": shared.rows[place].product_id,
                "origin_on": until - timedelta(days=1),
                **_whole(found, at),
                "recent_quantity": float(history[at, -HORIZON:].sum()),
            }
            for at, place in enumerate(places)
        ]
    return rows


_WRITE_ACCOUNTS = text(
    """
    insert into account_demand (seller_id, buyer_id, product_id, owner_id, weekly_quantity, low, high, order_days, last_on,
        usual_days, usual_quantity)
    select :seller, given.* from unnest(cast(:buyers as bigint[]), cast(:products as bigint[]), cast(:owners as bigint[]),
        cast(:quantities as numeric[]), cast(:lows as numeric[]), cast(:highs as numeric[]), cast(:days as integer[]),
        cast(:last as date[]), cast(:usual_days as numeric[]), cast(:usual_quantities as numeric[])) given
    """
)


def _write_accounts(connection: Connection, seller: int, until: date) -> int:
    """Write what customers usually order and are expected to; give how many pairs of customer and product there are."""
    connection.execute(text("delete from account_demand where seller_id = :seller"), {"seller": seller})
    habits = read_habits(connection, seller, until)
    for begin in range(0, len(habits.rows), AT_ONCE):
        rows = habits.rows[begin : begin + AT_ONCE]
        history = habits.history[begin : begin + AT_ONCE]
        found = forecast(history, np.zeros(len(rows), dtype=np.int64))
        connection.execute(
            _WRITE_ACCOUNTS,
            {
                "seller": seller,
                "buyers": [row.buyer_id for row in rows],
                "products": [row.product_id for row in rows],
                "owners": [row.owner_id for row in rows],
                "quantities": np.round(found.quantity.mean(axis=1), PLACES).tolist(),
                "lows": np.round(found.low.mean(axis=1), PLACES).tolist(),
                "highs": np.round(found.high.mean(axis=1), PLACES).tolist(),
                "days": [row.order_days for row in rows],
                "last": [row.last_on for row in rows],
                "usual_days": [row.usual_days for row in rows],
                "usual_quantities": [row.usual_quantity for row in rows],
            },
        )
    return len(habits.rows)
