"""An account that is stopped while its buyer is placing an order: the database knows it last, and says no."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import text

from portal.core.idempotency import IdempotencyKey
from portal.ordering.errors import AccountClosed
from portal.ordering.service.order_checks import WantedLine
from portal.ordering.service.place_order import PlaceOrder, place_order
from tenants.database import db
from tenants.permissions import Capacity
from tests.factories.placing import acting, sell
from tests.factories.seed import Seed
from tests.factories.world import World


def test_an_account_stopped_meanwhile_places_nothing(app: Flask, seed: Seed, world: World) -> None:
    sell(seed, world.north, "SAW", on_hand=10)
    with acting(app, world.anna, Capacity.BUYER) as anna:
        stop = text("update trading_account set status = 'inactive' where buyer_id = :buyer")
        seed.run(stop, {"buyer": world.anna.id})
        key = IdempotencyKey(anna.actor, "key-1", bytes(32))
        command = PlaceOrder((WantedLine("SAW", Decimal(1)),), key)
        with pytest.raises(AccountClosed):
            place_order(anna, command)
        db.session.rollback()
    assert seed.run(text("select count(*) from sales_order"))[0][0] == 0
    assert seed.run(text("select sum(reserved_quantity) from stock_level"))[0][0] == 0
