"""What wholesalers share in the access tests: agreements, roll-ups of the channel and sales, each with its canary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from portal.analytics.benchmark_models import Benchmark, BenchmarkState
from portal.analytics.channel_models import (
    ChannelActivity,
    ChannelBuyerMonth,
    ChannelCategoryMonth,
    ChannelDistribution,
    ChannelMonth,
    ChannelProductMonth,
    ChannelProductRunning,
    ChannelRegionMonth,
    ChannelRetailer,
    ChannelSale,
    ChannelStock,
    ChannelTotalCategoryMonth,
    ChannelTotalMonth,
    ChannelTotalRunning,
    ChannelTotalState,
    ChannelValue,
    ChannelWholesalerMonth,
)
from portal.analytics.forecast.rules import HORIZON
from portal.analytics.models import (
    ChannelForecast,
    ChannelState,
    SalesBuyerMonth,
    SalesDay,
    SalesMonth,
    SalesQuarter,
    SalesRhythm,
    SellInMonth,
    SharingAccess,
    SharingAgreement,
)
from portal.sell_out.models import FormerSellOut, SellOut
from tests.factories.access_forecast import add_forecast
from tests.factories.agreements import make_proposal
from tests.factories.canaries import AccessWorld, Canary, number_pattern
from tests.factories.seed import Seed

_SHARED = ["units", "activity", "value", "stock", "service"]
"""Without identity: names of retailers stay with their wholesaler."""


def _add_shared_stock(
    seed: Seed, world: AccessWorld, place: dict[str, Any], product: int, on_hand: int, shown: frozenset[str]
) -> None:
    seed.add(ChannelStock, **place, product_id=product, as_of=date(2026, 10, 2), on_hand=on_hand, cover_days=1)
    for measure in ("sell_in", "sell_through", "stock"):
        seed.add(ChannelState, **place, measure=measure, newest_on=date(2026, 10, 2))
    world.canaries.append(Canary(number_pattern(on_hand), shown, f"shared stock of {sorted(shown)}"))


def _add_shared_value(
    seed: Seed, world: AccessWorld, place: dict[str, Any], product: int, value: int, shown: frozenset[str]
) -> None:
    month = {"month": date(2026, 10, 1), "product_id": product}
    seed.run(
        text("insert into channel_list_price values (:brand_owner_id, :month, :product_id, 1) on conflict do nothing"),
        {**place, **month},
    )
    for region in ("", "DE-101"):
        seed.add(ChannelValue, **place, **month, region=region, units=value, newest_on=date(2026, 10, 2))
    world.canaries.append(Canary(number_pattern(value), shown, f"shared value of {sorted(shown)}"))


def _add_shared_activity(
    seed: Seed, world: AccessWorld, place: dict[str, Any], product: int, points: int, shown: frozenset[str]
) -> None:
    wholesaler = next(code for code, row in world.organisations.items() if row.id == place["wholesaler_id"])
    buyer = next(row for row in world.organisations.values() if row.seller_id == place["wholesaler_id"])
    pseudonym, ordered_on = f"R-{wholesaler}-1", date(2026, 10, 1)
    measured = {"as_of": date(2026, 10, 2), "counted_from": date(2026, 1, 1), "points": points}
    seed.add(ChannelActivity, **place, version=1, pseudonym_key=b"k", **measured)
    standing = {"first_on": ordered_on, "last_on": ordered_on, "products": 1}
    seed.add(ChannelRetailer, **place, buyer_id=buyer.id, pseudonym=pseudonym, **standing)
    seed.add(ChannelDistribution, **place, product_id=product, retailers=points)
    for pattern, what in ((pseudonym, "pseudonym"), (number_pattern(points), "points of distribution")):
        world.canaries.append(Canary(pattern, shown, f"{what} of {wholesaler}"))


def _add_shared(
    seed: Seed, world: AccessWorld, place: dict[str, Any], product: int, mark: int, shown: frozenset[str]
) -> None:
    _add_shared_stock(seed, world, place, product, 9300 + mark, shown)
    _add_shared_value(seed, world, place, product, 8500 + mark, shown)
    _add_shared_activity(seed, world, place, product, 9600 + mark, shown)


def _add_sell_out(seed: Seed, world: AccessWorld, chain: Sequence[Any], product: int, quantity: int) -> None:
    """What the retailer at the end of a chain reported of its manufacturer's product, and what before that."""
    owner, seller, buyer = chain
    day = {"seller_id": seller.id, "buyer_id": buyer.id, "gtin": "00000096385074", "sold_on": date(2026, 10, 1)}
    about = {"owner_id": owner.id, "product_id": product, "units": quantity}
    seed.add(SellOut, **day, **about, quantity=quantity, source="retailer")
    former = {"quantity": quantity, "source": "retailer", "reported_at": datetime(2026, 10, 2, tzinfo=UTC)}
    seed.add(FormerSellOut, **day, **former)
    shown = frozenset({seller.code, buyer.code})
    world.canaries.append(Canary(number_pattern(quantity), shown, f"sell-out of {buyer.code}"))


def _add_returns(seed: Seed, world: AccessWorld, chain: Sequence[Any], product: int, members: int) -> None:
    """How a wholesaler of a manufacturer and a retailer of that wholesaler compare, which each alone sees."""
    for number, (seller, buyer) in enumerate(pairwise(chain)):
        until = {"seller_id": seller.id, "until_on": date(2026, 10, 1)}
        count = members + 100 * number
        seed.add(Benchmark, **until, buyer_id=buyer.id, measure="growth", own_figure=1, member_count=count)
        if buyer.code != "SOUTH":
            seed.add(BenchmarkState, **until, audience=f"{buyer.kind}s")
        world.canaries.append(Canary(number_pattern(count), frozenset({buyer.code}), f"benchmark of {buyer.code}"))
    _add_sell_out(seed, world, chain, product, members + 400)


def add_channel(seed: Seed, world: AccessWorld, goods: Mapping[str, tuple[Any, Any, Any]]) -> None:
    """Roll-ups and stock of three wholesalers; south grants nothing, so nobody sees what it sold and has."""
    codes = world.organisations
    for number, (owner, wholesaler, grants) in enumerate(
        (("ACME", "NORTH", _SHARED), ("ACME", "SOUTH", []), ("ZENIT", "WEST", _SHARED))
    ):
        place = {"brand_owner_id": codes[owner].id, "wholesaler_id": codes[wholesaler].id}
        product = goods[owner][0].product_id
        buyer = next(row for row in codes.values() if row.seller_id == codes[wholesaler].id)
        units, sold_in = Decimal(6100 + 13 * number), Decimal(7100 + 13 * number)
        seed.add(SharingAgreement, **place, grants=grants, accepted_on=date(2026, 1, 1))
        asked = f"Asked-of-{wholesaler}"
        make_proposal(seed, codes[owner], codes[wholesaler], "units", message=asked, proposed_by=f"{asked}-by")
        world.canaries.append(
            Canary(rf"{asked}(?!\w)", frozenset({owner, wholesaler}), f"what is asked of {wholesaler}")
        )
        month = {**place, "month": date(2026, 10, 1), "product_id": product}
        bought = {"buyer_id": buyer.id, "region": "10", "units": units}
        seed.add(ChannelSale, **month, **bought)
        seed.add(ChannelBuyerMonth, **place, month=date(2026, 10, 1), newest_on=date(2026, 10, 2), **bought)
        seed.add(ChannelMonth, **month, region="10", units=units)
        seed.add(ChannelProductMonth, **month, units=units)
        seed.add(ChannelProductRunning, **month, units=units, newest_month=month["month"], third_month=month["month"])
        seed.add(ChannelRegionMonth, **place, month=month["month"], region="10", units=units)
        seed.add(ChannelCategoryMonth, **place, month=month["month"], category="Tools", units=units)
        seed.add(ChannelWholesalerMonth, **place, month=month["month"], units=units)
        if wholesaler != "SOUTH":
            seed.add(ChannelTotalState, brand_owner_id=codes[owner].id, wholesaler_ids=[codes[wholesaler].id])
            total = {name: value for name, value in month.items() if name != "wholesaler_id"}
            seed.add(ChannelTotalMonth, **total, units=units)
            seed.add(ChannelTotalRunning, **total, units=units, newest_month=month["month"], third_month=month["month"])
            total["category"] = "Tools"
            del total["product_id"]
            seed.add(ChannelTotalCategoryMonth, **total, units=units)
        seed.add(SellInMonth, **month, units=sold_in, amount=sold_in)
        sales = {"units": 1, "amount": sold_in + 1000}
        seed.add(
            SalesDay,
            seller_id=codes[wholesaler].id,
            placed_on=date(2026, 10, 1),
            buyer_id=buyer.id,
            order_count=1,
            **sales,
        )
        seed.add(
            SalesMonth,
            seller_id=codes[wholesaler].id,
            month=date(2026, 10, 1),
            owner_id=codes[owner].id,
            product_id=product,
            **sales,
        )
        own = {"seller_id": codes[wholesaler].id, **sales}
        quarter = {"quarter": date(2026, 10, 1), "owner_id": codes[owner].id, "product_id": product}
        seed.add(SalesQuarter, **own, **quarter)
        seed.add(SalesBuyerMonth, **own, month=date(2026, 10, 1), buyer_id=buyer.id)
        add_forecast(seed, own["seller_id"], buyer.id, quarter["owner_id"], product)
        weeks = [units] * HORIZON
        bounds = {"quantities": weeks, "lows": weeks, "highs": weeks, "recent_quantity": units}
        seed.add(ChannelForecast, **place, product_id=product, origin_on=date(2026, 10, 4), **bounds)
        days = {"first_on": date(2026, 10, 1), "last_on": date(2026, 10, 1), "order_days": 1, "order_count": 1}
        seed.add(SalesRhythm, seller_id=own["seller_id"], buyer_id=buyer.id, amount=own["amount"], **days)
        _add_returns(seed, world, [codes[owner], codes[wholesaler], buyer], product, 5500 + 13 * number)
        world.canaries.append(
            Canary(number_pattern(int(sold_in) + 1000), frozenset({wholesaler}), f"sales of {wholesaler}")
        )
        shown = frozenset({owner, wholesaler}) if grants else frozenset({wholesaler})
        _add_shared(seed, world, place, product, 13 * number, shown)
        seed.add(SharingAccess, **place, id=uuid4(), actor_name=f"look-{owner}", what="sell-through")
        world.canaries.append(Canary(number_pattern(int(units)), shown, f"sell-through of {wholesaler}"))
        # What it bought is its own business too: it is on the pages that show it as the brand owner sees it.
        traders = frozenset({owner, wholesaler})
        world.canaries.append(Canary(number_pattern(int(sold_in)), traders, f"sell-in of {wholesaler}"))
