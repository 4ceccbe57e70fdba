"""What the sellers of the access tests expect to sell."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text

from portal.analytics.forecast.rules import HORIZON
from portal.analytics.models import AccountDemand, DemandForecast, ForecastAccuracy, ForecastState, PromotionEffect
from tests.factories.seed import Seed


def add_forecast(seed: Seed, seller_id: int, buyer_id: int, owner_id: int, product_id: int) -> None:
    """What a seller expects of a product and of a customer, how well it did, and what a promotion brought."""
    about = {"seller_id": seller_id, "product_id": product_id, "owner_id": owner_id}
    seed.add(
        DemandForecast,
        **about,
        origin_on=date(2026, 10, 4),
        demand_class="smooth",
        is_regular=True,
        method="level",
        quantities=[1] * HORIZON,
        lows=[1] * HORIZON,
        highs=[1] * HORIZON,
        expected_quantity=1,
        recent_quantity=1,
    )
    seed.add(
        AccountDemand,
        **about,
        buyer_id=buyer_id,
        weekly_quantity=1,
        low=1,
        high=1,
        order_days=9,
        last_on=date(2026, 10, 1),
        usual_days=7,
        usual_quantity=1,
    )
    errors = ("demand", "error", "bias", "four_week_error", "naive_error", "naive_four_week_error")
    counts = {"series_count": 1, "covered_weeks": 1, "judged_weeks": 1, **dict.fromkeys(errors, 1)}
    seed.add(ForecastAccuracy, seller_id=seller_id, is_regular=True, demand_class="smooth", method="level", **counts)
    seed.add(ForecastState, seller_id=seller_id, origin_on=date(2026, 10, 4), weeks=1)
    [(promotion_id,)] = seed.run(
        text("select min(id) from promotion where seller_id = :seller").bindparams(seller=seller_id)
    )
    sums = dict.fromkeys(("product_count", "units", "expected_units", "forward_units", "weeks_after"), 1)
    if promotion_id is not None:
        days = {"first_on": date(2026, 9, 28), "last_on": date(2026, 10, 4)}
        seed.add(PromotionEffect, seller_id=seller_id, promotion_id=promotion_id, **days, **sums)
