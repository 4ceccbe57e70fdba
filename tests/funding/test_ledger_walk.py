"""A random walk over both ledgers of co-funding in the database: they never drift from order lines by a cent.

Orders come, change, ship and come back in any order; the worker hears of them late, twice and many at once; both sides claim and answer
through the services and their walls. 100,000 steps in `make soak`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row, text

from portal.core.worker import worker_engine
from portal.funding.errors import ClaimNotReady, NothingToClaim
from portal.funding.models import FundingOffer, FundingProduct, FundingPromotion
from portal.funding.queries import get_offer
from portal.funding.rules import OWNERS_STEPS, VOID, ClaimStep
from portal.funding.service.booking import book
from portal.funding.service.claims import claim, take_step
from tenants.authentication import build_principal
from tenants.database import act_as, db
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal
from tests.factories.catalogue import make_product
from tests.factories.placing import sell
from tests.factories.promotions import make_promotion
from tests.factories.seed import Seed
from tests.factories.world import World
from tests.soak import FULL

STEPS, CHECKS = (100_000, 100) if FULL else (250, 4)
RATES = {"TIGHT": Decimal("0.3335"), "AMPLE": Decimal("1.0050")}
BUDGETS = {"TIGHT": Decimal("12.34"), "AMPLE": Decimal(10_000_000)}

ORDER = text(
    """
    with made as (
        insert into sales_order (seller_id, buyer_id, order_number, currency, total, line_count, placed_on)
        values (:seller, :buyer, :number, 'EUR', 0, 1, '2026-11-22') returning id)
    insert into order_line (seller_id, order_id, line, buyer_id, placed_on, article_id, owner_id, product_id, article_number,
                            ordered_quantity, line_amount, net_amount, explanation, cause_line)
    select :seller, made.id, n, :buyer, '2026-11-22', :article, :owner, :product, :article_number, :quantity, 0, 0,
           cast(:explanation as jsonb), case when n = 2 then 1 end
    from made cross join generate_series(1, cast(:lines as int)) n returning order_id
    """
)
CANCEL = "cancelled_quantity = cancelled_quantity + :moved"
SHIP = "shipped_quantity = shipped_quantity + :moved"
TAKE_BACK = "shipped_quantity = shipped_quantity - :moved, cancelled_quantity = cancelled_quantity + :moved"

# What order lines say, reckoned without the rules: every funded line with what is booked for it, and every booking without a line.
DRIFT = text(
    """
    with funded as (
        select p.code, l.order_id, l.line, l.ordered_quantity - l.cancelled_quantity as units, l.shipped_quantity as shipped,
               f.funding_amount as rate
        from order_line l
        join funding_promotion p on p.seller_id = l.seller_id and cast(l.explanation as text) like '%"' || p.promotion_code || '"%'
        join funding_offer f on f.seller_id = p.seller_id and f.code = p.code
        join funding_product g on g.seller_id = f.seller_id and g.code = f.code and g.product_id = l.product_id
        where l.cause_line is null
    ), booked as (
        select code, order_id, line, sum(units) as units, sum(amount) filter (where kind <> 'released') as amount,
               coalesce(sum(amount) filter (where kind = 'released'), 0) as released,
               (array_agg(amount order by id))[1] < round((array_agg(units order by id))[1] * max(f.rate), 2) as is_cut
        from funding_entry join (select code, funding_amount as rate from funding_offer) f using (code)
        group by code, order_id, line
    )
    select code, order_id, line, f.units, b.units as booked_units, b.amount, b.released, b.is_cut
    from funded f full join booked b using (code, order_id, line)
    where case
        when f.code is null then true
        when b.code is null then f.units <> 0
        else f.units <> b.units
          or case when b.is_cut then b.amount > round(f.rate * f.units, 2) else b.amount <> round(f.rate * f.units, 2) end
          or b.released <> least(b.amount, round(f.rate * f.shipped, 2)) end
    """
)
SUMS = text(
    """
    select f.code, f.units, f.accrued_amount, f.released_amount, f.budget,
           sum(e.units), sum(e.amount) filter (where e.kind <> 'released'),
           coalesce(sum(e.amount) filter (where e.kind = 'released'), 0)
    from funding_offer f join funding_entry e on e.seller_id = f.seller_id and e.code = f.code
    group by f.seller_id, f.code order by f.code
    """
)


class Walk:
    """What was done so far: orders by what is still open, those that the worker has not heard of, and claims."""

    def __init__(self, app: Flask, seed: Seed, world: World, articles: list[Row[Any]]) -> None:
        self.seed, self.world, self.articles = seed, world, articles
        self.chance = random.Random(20261122)
        self.worker = worker_engine(app)
        self.desk = _principal(world.north, Capacity.SELLER)
        self.owner = _principal(world.acme, Capacity.BRAND_OWNER)
        self.orders: list[int] = []
        self.unheard: set[int] = set()
        self.claims: dict[tuple[str, int], tuple[Decimal, ClaimStep]] = {}
        self.done: dict[str, int] = {}

    def step(self) -> None:
        acts: list[Callable[[], str]] = [
            self.place,
            self.move,
            self.move,
            self.hear,
            self.hear,
            self.claim,
            self.answer,
        ]
        name = self.chance.choices(acts, [5, 5, 5, 4, 4, 2, 5])[0]()
        self.done[name] = self.done.get(name, 0) + 1

    def place(self) -> str:
        article = self.chance.choice(self.articles)
        named = [{"code": code} for code in ("TIGHT-P", "AMPLE-P", "OTHER-P") if self.chance.random() < 0.6]
        at = self.chance.randint(0, len(named))
        made = self.seed.run(
            ORDER,
            {
                "seller": self.world.north.id,
                "buyer": self.world.anna.id,
                "number": f"W-{len(self.orders)}",
                "article": article.id,
                "owner": article.owner_id,
                "product": article.product_id,
                "article_number": article.article_number,
                "quantity": Decimal(self.chance.randint(1, 9_000)) / 1_000,
                "explanation": json.dumps({"promotions": named[:at], "order_promotions": named[at:]}),
                "lines": self.chance.choice((1, 1, 2)),
            },
        )
        self.orders.append(made[0].order_id)
        self.unheard.add(made[0].order_id)
        return "place"

    def move(self) -> str:
        """Cancel, ship or take back a part of an order's first line; a return is what was shipped and is gone again."""
        if not self.orders:
            return "none"
        name, change, most = self.chance.choice(
            (
                ("cancel", CANCEL, "ordered_quantity - cancelled_quantity - shipped_quantity"),
                ("ship", SHIP, "ordered_quantity - cancelled_quantity - shipped_quantity"),
                ("take back", TAKE_BACK, "shipped_quantity"),
            )
        )
        order = self.chance.choice(self.orders[-50:])
        key = {"seller": self.world.north.id, "order": order}
        where = "where seller_id = :seller and order_id = :order and line = 1"
        [row] = self.seed.run(text(f"select {most} as most from order_line {where}"), key)
        share = Decimal(self.chance.choice((1000, self.chance.randint(1, 999)))) / 1000
        moved = (row.most * share).quantize(Decimal("0.001"))
        self.seed.run(text(f"update order_line set {change} {where}"), {**key, "moved": moved})
        self.unheard.add(order)
        return name

    def hear(self) -> str:
        """Book some of what happened, and something that was booked before."""
        heard = self.chance.sample(sorted(self.unheard), min(len(self.unheard), self.chance.randint(1, 6)))
        self._book([*heard, *self.orders[-2:]])
        return "hear"

    def claim(self) -> str:
        code = self.chance.choice(tuple(RATES))
        with _acting(self.desk):
            claimable = get_offer(self.desk, code).claimable
            try:
                made = claim(self.desk, code)
            except NothingToClaim:
                assert claimable <= 0
                return "nothing to claim"
        assert made.amount == claimable > 0
        self.claims[code, made.number] = made.amount, ClaimStep.CLAIMED
        return "claim"

    def answer(self) -> str:
        """Try any step on one of the last claims; what may follow is known without the rules."""
        if not self.claims:
            return "none"
        (code, number), (amount, state) = self.chance.choice(list(self.claims.items())[-10:])
        wanted = self.chance.choice([step for step in ClaimStep if step is not ClaimStep.CLAIMED])
        follows = {
            "claimed": {"withdrawn", "approved", "rejected"},
            "approved": {"settled", "rejected"},
            "settled": {"reversed"},
        }
        side = self.owner if wanted in OWNERS_STEPS else self.desk
        with _acting(side):
            try:
                made = take_step(side, code, number, wanted, wholesaler="NORTH")
            except ClaimNotReady:
                assert wanted not in follows.get(state, ())
                return "refused"
        assert wanted in follows[state]
        assert made.amount == amount
        self.claims[code, number] = amount, wanted
        return wanted.value

    def check(self) -> None:
        """Compare the ledgers with order lines, and claims with what was done."""
        self._book(sorted(self.unheard))
        assert self.seed.run(DRIFT) == []
        for code, units, accrued, released, budget, *sums in self.seed.run(SUMS):
            assert [units, accrued, released] == sums
            assert 0 <= released <= accrued <= budget
            with _acting(self.owner):
                offer = get_offer(self.owner, code, "NORTH")
            own = [known for (claimed, _), known in self.claims.items() if claimed == code]
            assert offer.claimed_amount == sum(amount for amount, state in own if state not in VOID)
            assert offer.settled_amount == sum(amount for amount, state in own if state is ClaimStep.SETTLED)

    def _book(self, orders: list[int]) -> None:
        with self.worker.begin() as connection:
            book(connection, [(self.world.north.id, order) for order in orders])
        self.unheard -= set(orders)


def _principal(organisation: Row[Any], capacity: Capacity) -> Principal:
    principal = build_principal(
        organisation.id, capacity, permissions=frozenset(Permission), actor="user:1", actor_name="Tester"
    )
    assert principal is not None
    db.session.rollback()
    return principal


@contextmanager
def _acting(principal: Principal) -> Iterator[None]:
    act_as(principal)
    try:
        yield
        db.session.commit()
    finally:
        db.session.rollback()


@pytest.fixture
def articles(seed: Seed, world: World) -> list[Row[Any]]:
    """Fund a saw twice and a drill once; a hammer of the same brand is funded by nobody."""
    made = {sku: make_product(seed, world.acme, sku) for sku in ("SAW", "DRILL", "HAMMER")}
    for code, skus in (("TIGHT", ("SAW",)), ("AMPLE", ("SAW", "DRILL"))):
        key = {"seller_id": world.north.id, "code": code}
        seed.add(
            FundingOffer,
            **key,
            owner_id=world.acme.id,
            name=code,
            valid_from=date(2020, 1, 1),
            valid_to=date(2999, 1, 1),
            currency="EUR",
            funding_amount=RATES[code],
            budget=BUDGETS[code],
            state="accepted",
        )
        for sku in skus:
            seed.add(FundingProduct, **key, owner_id=world.acme.id, product_id=made[sku].id)
        make_promotion(seed, world.north, f"{code}-P", value="5")
        seed.add(FundingPromotion, **key, promotion_code=f"{code}-P")
    return [sell(seed, world.north, f"N-{sku}", owner_product=product) for sku, product in made.items()]


@pytest.mark.soak
def test_the_ledgers_never_drift_from_order_lines_by_a_cent(
    app: Flask, seed: Seed, world: World, articles: list[Row[Any]]
) -> None:
    with app.app_context():
        walk = Walk(app, seed, world, articles)
        for number in range(STEPS):
            walk.step()
            if number % (STEPS // CHECKS) == 0:
                walk.check()
        walk.check()
        walk.worker.dispose()
    assert set(walk.done) >= {
        "place",
        "cancel",
        "ship",
        "take back",
        "hear",
        "claim",
        "approved",
        "rejected",
        "refused",
    }
    tight = seed.run(text("select count(*) as cut from outbox_event where kind = 'FundingUsedUp'"))
    assert tight[0].cut > 0
    print(f"\n{STEPS} steps: {sorted(walk.done.items())}")  # noqa: T201 - the figures of `make soak`
