"""Organisations, accounts, people and signed-in browsers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import Row, text

from tenants.authentication import ABSOLUTE_TIMEOUT, hash_token, new_token
from tenants.models import (
    Membership,
    Organisation,
    OrganisationKind,
    PriceGroup,
    TradingAccount,
    UserAccount,
    UserSession,
)
from tenants.permissions import Role, Scope
from tenants.token_models import ApiClient, ApiToken
from tests.factories.seed import Seed

PASSWORD = "correct horse battery staple"


@cache
def password_hash() -> str:
    """Give the hash of PASSWORD under cheap parameters."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def make_organisation(
    seed: Seed, code: str, kind: str = "retailer", parent: Row[Any] | None = None, **values: Any
) -> Row[Any]:
    """Add an organisation below its parent, with the trading account to its seller."""
    organisation_kind = OrganisationKind(kind)
    seller_id = None
    if parent is not None:
        seller_id = parent.id if parent.kind != OrganisationKind.RETAILER else parent.seller_id
    row = seed.add(
        Organisation,
        **{
            "root_id": parent.root_id if parent is not None else 0,
            "parent_id": parent.id if parent is not None else None,
            "seller_id": seller_id,
            "kind": organisation_kind,
            "code": code,
            "slug": f"{code.lower()}-{seed.number()}",
            "name": f"{code} name",
            "country": "DE",
            "postal_code": "10115",
            "city": "Berlin",
            "street": "Hafenstraße 1",
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
            **values,
        },
    )
    path = [*(parent.owner_ids if parent is not None else []), row.id]
    placed: Row[Any]
    [placed] = seed.run(
        text("update organisation set root_id = :root, owner_ids = :path where id = :id returning *"),
        {"root": path[0], "path": path, "id": row.id},
    )
    if seller_id is not None:
        make_account(seed, seller_id, placed.id, customer_number=f"K-{placed.id}")
    return placed


def make_account(seed: Seed, seller_id: int, buyer_id: int, **values: Any) -> Row[Any]:
    """Add a trading account."""
    return seed.add(TradingAccount, seller_id=seller_id, buyer_id=buyer_id, **values)


def make_price_group(seed: Seed, seller_id: int, code: str, *buyers: Row[Any]) -> str:
    """Add a price group and put the buyers into it."""
    seed.add(PriceGroup, seller_id=seller_id, code=code, name=code.title())
    for buyer in buyers:
        seed.run(
            text("update trading_account set price_group = :code where seller_id = :seller and buyer_id = :buyer"),
            {"code": code, "seller": seller_id, "buyer": buyer.id},
        )
    return code


def make_person(
    seed: Seed, email: str, *memberships: tuple[Row[Any], Role | str], name: str = "", **values: Any
) -> Row[Any]:
    """Add a person with its roles; the password is PASSWORD."""
    person = seed.add(
        UserAccount,
        email=email,
        name=name or email.split("@", maxsplit=1)[0].title(),
        password_hash=password_hash(),
        **values,
    )
    for organisation, role in memberships:
        seed.add(Membership, organisation_id=organisation.id, user_id=person.id, role=Role(role))
    return person


def sign_in(seed: Seed, client: FlaskClient, person: Row[Any], organisation: Row[Any]) -> FlaskClient:
    """Give the browser a live session of the person in the organisation, without the sign-in page."""
    token = new_token()
    seed.add(
        UserSession,
        user_id=person.id,
        organisation_id=organisation.id,
        token_hash=hash_token(token),
        expires_at=datetime.now(UTC) + ABSOLUTE_TIMEOUT,
    )
    with client.session_transaction() as session:
        session["token"] = token
    return client


def make_token(seed: Seed, organisation: Row[Any], *scopes: Scope | str) -> str:
    """Give a bearer token of a new API client; without scopes, with all of them."""
    granted = [str(Scope(scope).value) for scope in scopes or tuple(Scope)]
    client = seed.add(
        ApiClient,
        organisation_id=organisation.id,
        client_id=f"client-{organisation.id}-{seed.number()}",
        secret_hash=b"",
        scopes=granted,
        name="Test client",
    )
    token = new_token()
    seed.add(
        ApiToken,
        client_id=client.id,
        token_hash=hash_token(token),
        scopes=granted,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
    )
    return token
