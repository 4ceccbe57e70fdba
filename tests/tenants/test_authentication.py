"""Sessions and tokens become principals only while everything behind them is alive."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from portal.pricing.models import PriceAssignment, PriceList
from tenants.authentication import (
    SignedIn,
    authenticate_session,
    hash_token,
    principal_for_person,
)
from tenants.database import ContextSwitchRefused, act_as, db
from tenants.models import UserSession
from tenants.permissions import Capacity, Permission
from tenants.tokens import authenticate_token
from tests.factories.organisations import make_price_group, make_token
from tests.factories.seed import Seed
from tests.factories.world import World


def session_of(seed: Seed, world: World, who: str, organisation: Any, **values: Any) -> str:
    """Give the token of a new session."""
    token = f"{who}-{seed.number()}"
    expires_at = values.pop("expires_at", datetime.now(UTC) + timedelta(days=1))
    seed.add(
        UserSession,
        user_id=world.people[who].id,
        organisation_id=organisation.id,
        token_hash=hash_token(token),
        expires_at=expires_at,
        **values,
    )
    return token


def signed_in(app: Flask, token: str) -> SignedIn | None:
    """Look the session up in a transaction of its own."""
    with app.app_context():
        person = authenticate_session(token)
        db.session.commit()
        return person


def test_a_session_gives_its_person_and_all_organisations_it_works_in(app: Flask, seed: Seed, world: World) -> None:
    person = signed_in(app, session_of(seed, world, "shop", world.shop_west))
    assert person is not None
    assert person.email == "shop@example.com"
    assert person.current is not None
    assert person.current.code == "SHOP-W"
    assert {row.code for row in person.memberships} == {"SHOP-S", "SHOP-W"}


@pytest.mark.parametrize(
    "values",
    [
        {"revoked_at": datetime.now(UTC)},
        {"expires_at": datetime.now(UTC) - timedelta(seconds=1)},
        {"last_seen_at": datetime.now(UTC) - timedelta(days=8)},
    ],
    ids=["revoked", "expired", "idle"],
)
def test_an_ended_session_is_nobody(app: Flask, seed: Seed, world: World, values: dict[str, Any]) -> None:
    assert signed_in(app, session_of(seed, world, "anna", world.anna, **values)) is None


def test_suspending_an_ancestor_ends_every_way_in_at_once(app: Flask, seed: Seed, world: World) -> None:
    token = session_of(seed, world, "branch", world.branch)
    bearer = make_token(seed, world.branch)
    seed.run(text("update organisation set status = 'inactive' where id = :id"), {"id": world.north.id})
    person = signed_in(app, token)
    assert person is not None
    assert person.memberships == ()
    with app.app_context():
        assert authenticate_token(hash_token(bearer), Capacity.BUYER) is None


def test_a_branch_buys_from_the_chains_seller(app: Flask, seed: Seed, world: World) -> None:
    with app.app_context():
        person = authenticate_session(session_of(seed, world, "branch", world.branch))
        assert person is not None
        principal = principal_for_person(person, Capacity.BUYER)
        assert principal is not None
        assert principal.buying() == (world.north.id, world.branch.id)
        assert principal_for_person(person, Capacity.SELLER) is None


def test_candidate_lists_come_in_deciding_order_with_their_base_lists(app: Flask, seed: Seed, world: World) -> None:
    seller = world.north.id
    group = make_price_group(seed, seller, "GOLD", world.anna)

    def price_list(code: str, **values: Any) -> int:
        row = seed.add(PriceList, seller_id=seller, code=code, **{"currency": "EUR", **values})
        return int(row.id)

    def assign(price_list_id: int, audience: str, **values: Any) -> None:
        seed.add(PriceAssignment, seller_id=seller, price_list_id=price_list_id, audience=audience, **values)

    base = price_list("BASE")
    middle = price_list("MIDDLE", base_list_id=base)
    everyone_b = price_list("b")
    everyone_a = price_list("Z")
    urgent = price_list("URGENT", priority=1)
    grouped = price_list("GROUPED", base_list_id=middle)
    own = price_list("OWN", priority=900)
    for unused in (
        price_list("OTHER", currency="USD"),
        price_list("OLD", valid_to=date(2020, 1, 1)),
        price_list("OFF", status="inactive"),
    ):
        assign(unused, "everyone")
    for everybody in (everyone_a, everyone_b, urgent, own):
        assign(everybody, "everyone")
    assign(grouped, "group", price_group=group)
    assign(own, "account", buyer_id=world.anna.id)
    assign(price_list("BRUNOS"), "account", buyer_id=world.bruno.id)

    with app.app_context():
        principal = authenticate_token(hash_token(make_token(seed, world.anna)), Capacity.BUYER)
    assert principal is not None
    # "Z" before "b": codes compare by code point.
    assert principal.candidate_lists == ((own, 1), (grouped, 2), (urgent, 3), (everyone_a, 3), (everyone_b, 3))
    assert set(principal.price_list_ids) == {own, grouped, middle, base, urgent, everyone_a, everyone_b}


def test_a_token_carries_its_scopes_for_one_capacity(app: Flask, seed: Seed, world: World) -> None:
    bearer = hash_token(make_token(seed, world.north, "buying:read", "selling:read"))
    with app.app_context():
        selling = authenticate_token(bearer, Capacity.SELLER)
        buying = authenticate_token(bearer, Capacity.BUYER)
    assert selling is not None
    assert buying is not None
    assert selling.seller_id == world.north.id
    assert buying.buying() == (world.acme.id, world.north.id)
    assert not buying.may(Permission.ORDERS_PLACE)
    assert not buying.may(Permission.STOCK_VIEW)


def test_an_open_transaction_never_changes_its_principal(app: Flask, seed: Seed, world: World) -> None:
    with app.app_context():
        first = authenticate_token(hash_token(make_token(seed, world.anna)), Capacity.BUYER)
        second = authenticate_token(hash_token(make_token(seed, world.bruno)), Capacity.BUYER)
        act_as(first)
        assert db.session.execute(text("select ctx_buyer()")).scalar_one() == world.anna.id
        with pytest.raises(ContextSwitchRefused):
            act_as(second)
        db.session.commit()
        act_as(second)
        assert db.session.execute(text("select ctx_buyer()")).scalar_one() == world.bruno.id


def test_a_tokens_use_is_noted_once_a_minute(app: Flask, seed: Seed, world: World) -> None:
    """Or every call of a busy client would wait for the one before, to write the same row."""
    bearer = hash_token(make_token(seed, world.anna))

    def used() -> Any:
        with app.app_context():
            assert authenticate_token(bearer, Capacity.BUYER) is not None
            db.session.commit()
        [row] = seed.run(
            text("select last_used_at, now() - last_used_at < interval '1 minute' as lately from api_client")
        )
        return row

    first = used()
    assert first.lately
    assert used().last_used_at == first.last_used_at
    seed.run(text("update api_client set last_used_at = now() - interval '61 seconds'"))
    assert used().lately
