"""Real coupons, campaigns and receipts run through the promotion engine: what can be mapped agrees to the cent, the rest is counted.

All receipts, and the figures, in `make soak`.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from decimal import Decimal

import pytest

from portal.promotions.rules.evaluation import evaluate
from tests.promotions.complete_journey import baskets, coupons, receipts, redeemed
from tests.soak import FULL

pytestmark = [pytest.mark.needs("shared data"), pytest.mark.soak]

RECEIPTS = None if FULL else 2_000


def test_every_coupon_of_every_campaign_is_a_promotion_but_for_its_value() -> None:
    found = coupons()
    assert len(found) == 1_197
    assert len({key.campaign for key in found}) == 27
    assert sum(len(coupon.products) for coupon in found.values()) == 111_332
    assert all(coupon.starts_on <= coupon.ends_on for coupon in found.values())
    used = Counter(key in found for keys in redeemed().values() for key in keys)
    assert used == {True: 1_056}


def test_receipts_cost_what_was_paid_to_the_cent() -> None:
    unmapped: Counter[str] = Counter()
    off: Counter[Decimal] = Counter()
    given: Counter[str] = Counter()
    lines, took = 0, 0.0
    for basket in itertools.islice(baskets(unmapped), RECEIPTS):
        started = time.process_time()
        outcome = evaluate(
            basket.lines,
            basket.promotions,
            on=basket.on,
            minor_unit=2,
            coupons=basket.coupons,
            free_price=lambda _number: None,
        )
        took += time.process_time() - started
        for paid, line in zip(basket.paid, outcome.lines, strict=True):
            assert line.net_amount is not None
            lines += 1
            off[line.net_amount - paid] += 1
            given.update(each.promotion.code.partition("-")[0] for each in line.applied)
    if not FULL:
        assert set(off) == {Decimal(0)}
        return
    # The one line is fuel at 0.0024 a unit: 10.44 less 0.435 is 10.005, and the amount left is what is rounded.
    assert off == {Decimal(0): 48_597, Decimal("0.01"): 1}
    assert unmapped == {"an amount that no price of four decimals a unit gives": 440, "quantity 0": 263}
    assert not [code for code in given if code.startswith("C")]
    known = _lines_of_known_coupons()
    print(f"\n{lines} lines, {lines / took:,.0f} a second; given {dict(given)}; by a coupon that is named {known}")  # noqa: T201 - the figures of `make soak`


def _lines_of_known_coupons() -> int:
    """Count the lines on which a coupon paid that the household is known to have used that day: only these tell its value."""
    return sum(
        line.coupon_disc > 0 and any(product in coupons()[key].products for key in redeemed().get((household, day), ()))
        for household, day, sold in receipts(Counter())
        for product, line in sold.items()
    )
