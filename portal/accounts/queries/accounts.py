"""A seller's accounts: the organisations that buy from it and what was agreed with each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import select, text

from portal.core.queries import like_pattern
from tenants.database import db
from tenants.errors import NotFound
from tenants.models import Organisation, OrganisationKind
from tenants.principal import Principal


class AccountState(StrEnum):
    """What an account may do at the moment."""

    ACTIVE = "active"
    STOPPED = "stopped"
    """People sign in and read, but nobody orders."""
    SUSPENDED = "suspended"
    """Nobody of the organisation, or of anything below it, gets in."""
    CLOSED = "closed"
    """The same, and no right is left that could come back."""


class Presence(StrEnum):
    """How far a buyer has come aboard."""

    UNINVITED = "uninvited"
    INVITED = "invited"
    """An invitation can still be accepted."""
    EXPIRED = "expired"
    """Nobody accepted in time."""
    ABOARD = "aboard"
    """Somebody works there."""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account as lists, page and API show it; `credit_limit` is in the seller's currency."""

    buyer_id: int
    code: str
    name: str
    kind: str
    parent_code: str | None
    """The shop it is a branch of; None when it hangs below the seller itself."""
    street: str
    postal_code: str
    city: str
    country: str
    email: str
    vat_id: str
    gln: str
    locale: str
    slug: str
    customer_number: str
    price_group: str | None
    payment_terms_days: int | None
    credit_limit: Decimal | None
    state: AccountState
    created_at: datetime
    closed_at: datetime | None = None
    people: int = 0
    last_seen_at: datetime | None = None
    sort_value: str = ""
    """By what the list it came from is sorted."""
    invited: int = 0
    """Invitations that can still be accepted."""
    aboard_since: datetime | None = None
    """When the first of those who work there came."""
    invited_at: datetime | None = None
    """When the newest invitation was sent that nobody accepted."""

    @property
    def presence(self) -> Presence:
        """Tell how far it has come aboard."""
        if self.people:
            return Presence.ABOARD
        if self.invited:
            return Presence.INVITED
        return Presence.EXPIRED if self.invited_at else Presence.UNINVITED


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """What a list of accounts shows; empty = everything. `sort` is a key of SORTS, with `-` for downwards."""

    q: str = ""
    state: str = ""
    price_group: str = ""
    sort: str = "name"
    presence: frozenset[Presence] = frozenset()
    outside_group: str = ""
    """Those that are in another price group than this one, or in none."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new organisation hangs: the seller itself or one of its shops."""

    id: int
    kind: OrganisationKind
    owner_ids: list[int]
    country: str
    locale: str
    currency: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class AccountCounts:
    """How a seller's accounts stand."""

    accounts: int
    aboard: int
    """With at least one person."""
    invited: int
    """Nobody yet, but an invitation is open."""
    seen_recently: int
    """Somebody was there within 30 days."""

    @property
    def uninvited(self) -> int:
        """Nobody works there, and no invitation is open."""
        return self.accounts - self.aboard - self.invited


SORTS = {
    "name": "lower(o.name)",
    "code": "o.code",
    "customer_number": "t.customer_number",
    "city": "lower(o.city)",
}
_STATE = """case when t.closed_at is not null then 'closed' when o.status <> 'active' then 'suspended'
    when t.status <> 'active' then 'stopped' else 'active' end"""
_COLUMNS = f"""
    o.id as buyer_id, o.code, o.name, o.kind, p.code as parent_code, o.street, o.postal_code, o.city, o.country, o.email,
    o.vat_id, o.gln, o.locale, o.slug, t.customer_number, t.price_group, t.payment_terms_days, t.credit_limit,
    {_STATE} as state, t.created_at, t.closed_at"""
_FROM = """
    from trading_account t join organisation o on o.id = t.buyer_id
    left join organisation p on p.id = o.parent_id and p.seller_id = t.seller_id
    where t.seller_id = :seller and o.seller_id = :seller"""
_WAITING = """from invitation i where i.organisation_id = {buyer} and i.inviting_organisation_id = :seller
    and i.accepted_at is null and i.revoked_at is null"""
_PEOPLE = f"""
    select a.*, coalesce(w.people, 0) as people, w.last_seen_at, w.aboard_since, i.invited, i.invited_at
    from page a
    left join account_presence(array(select buyer_id from page)) w on w.buyer_id = a.buyer_id
    cross join lateral (select count(*) filter (where i.expires_at > now()) as invited, max(i.created_at) as invited_at
                        {_WAITING.format(buyer="a.buyer_id")}) i
    order by a.place"""  # noqa: S608 - our own constants
_ABOARD = """o.id = any(array(select w.buyer_id from account_presence(array(
    select b.id from organisation b where b.seller_id = :seller)) w))"""
_ASKED = f"exists (select {_WAITING.format(buyer='o.id')}"
_PRESENT = {
    Presence.ABOARD: _ABOARD,
    Presence.INVITED: f"(not {_ABOARD} and {_ASKED} and i.expires_at > now()))",
    Presence.EXPIRED: f"(not {_ABOARD} and {_ASKED}) and not {_ASKED} and i.expires_at > now()))",
    Presence.UNINVITED: f"(not {_ABOARD} and not {_ASKED}))",
}


def list_accounts(
    principal: Principal, wanted: AccountFilter, *, limit: int, after: Sequence[Any] | None = None
) -> list[AccountRow]:
    """Give up to `limit` accounts of the seller behind the sort key `after` (value, buyer id).

    The principal must be a seller. Ask for one row more than a page shows to learn whether there is a next page.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    condition, values = _conditions(principal, wanted)
    expression = SORTS.get(wanted.sort.removeprefix("-"), SORTS["name"])
    direction, comparison = ("desc", "<") if wanted.sort.startswith("-") else ("asc", ">")
    if after is not None:
        condition += f" and ({expression}, o.id) {comparison} (:after_value, cast(:after_id as bigint))"
        values |= {"after_value": after[0], "after_id": after[1]}
    order = f"{expression} {direction}, o.id {direction}"
    statement = (
        f"with page as materialized (select {_COLUMNS}, {expression} as sort_value, row_number() over (order by {order}) as place"
        f" {_FROM} {condition} order by {order} limit :limit) {_PEOPLE}"
    )
    rows = db.session.execute(text(statement), {**values, "limit": limit})
    return [_account(row) for row in rows]


def sort_key(row: AccountRow) -> tuple[str, int]:
    """Give the key behind which the next page starts."""
    return row.sort_value, row.buyer_id


def count_accounts(principal: Principal, wanted: AccountFilter) -> int:
    """Give how many accounts of the seller the filter lets through.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    condition, values = _conditions(principal, wanted)
    count: int = db.session.execute(text(f"select count(*) {_FROM} {condition}"), values).scalar_one()
    return count


def get_account(principal: Principal, code: str) -> AccountRow:
    """Give one account of the seller by the buyer's code.

    Raises:
        NotFound: the seller has no buyer of that code.
        PermissionDenied: the principal is no seller.
    """
    statement = f"with page as materialized (select {_COLUMNS}, 1 as place {_FROM} and o.code = :code) {_PEOPLE}"
    row = db.session.execute(text(statement), {"seller": principal.selling(), "code": code}).one_or_none()
    if row is None:
        raise NotFound
    return _account(row)


def find_accounts(principal: Principal, codes: Sequence[str], customer_numbers: Sequence[str]) -> list[AccountRow]:
    """Give the seller's accounts that have one of the codes or of the customer numbers.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    statement = (
        f"with page as materialized (select {_COLUMNS}, 1 as place {_FROM}"
        f" and (o.code = any(:codes) or t.customer_number = any(:numbers))) {_PEOPLE}"
    )
    values = {"seller": principal.selling(), "codes": list(codes), "numbers": list(customer_numbers)}
    return [_account(row) for row in db.session.execute(text(statement), values)]


def get_place(principal: Principal, shop_code: str = "") -> Place:
    """Give the seller itself or, by its code, one of its shops, as the place of a new organisation.

    Raises:
        NotFound: the seller has no shop of that code.
        PermissionDenied: the principal is no seller.
    """
    seller_id = principal.selling()
    wanted = Organisation.id == seller_id
    if shop_code:
        is_shop = Organisation.kind == OrganisationKind.RETAILER
        wanted = (Organisation.code == shop_code) & (Organisation.seller_id == seller_id) & is_shop
    row = db.session.execute(
        select(
            Organisation.id,
            Organisation.kind,
            Organisation.owner_ids,
            Organisation.country,
            Organisation.locale,
            Organisation.currency,
            Organisation.time_zone,
        ).where(wanted)
    ).one_or_none()
    if row is None:
        raise NotFound
    return Place(*row)


def list_branches(principal: Principal, buyer_id: int) -> list[tuple[str, str]]:
    """Give (code, name) of the branches below one of the seller's shops, by name.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    statement = text(
        "select code, name from organisation where seller_id = :seller and :buyer = any(owner_ids) and id <> :buyer"
        " order by name, id"
    )
    rows = db.session.execute(statement, {"seller": principal.selling(), "buyer": buyer_id})
    return [(row.code, row.name) for row in rows]


def list_places(principal: Principal, account: AccountRow, parent_code: str = "") -> list[tuple[str, str]]:
    """Give (code, name) of the seller's shops whose branch the account can become, by name; with a code that one alone.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    statement = text("""
        select o.code, o.name from organisation o
        where o.seller_id = :seller and o.kind = 'retailer' and not :buyer = any(o.owner_ids)
          and (:code = '' or o.code = :code)
          and not exists (select from organisation a where a.id = any(o.owner_ids) and a.status <> 'active')
        order by lower(o.name), o.id""")
    values = {"seller": principal.selling(), "buyer": account.buyer_id, "code": parent_code}
    return [(row.code, row.name) for row in db.session.execute(statement, values)]


def list_price_groups(
    principal: Principal, *, limit: int | None = None, after: str | None = None
) -> list[tuple[str, str]]:
    """Give (code, name) of the seller's price groups, by code; with a limit that many, behind the code `after`.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    statement = text(
        "select code, name from price_group where seller_id = :seller and (cast(:after as text) is null or code > :after)"
        " order by code limit :limit"
    )
    rows = db.session.execute(statement, {"seller": principal.selling(), "after": after, "limit": limit})
    return [(row.code, row.name) for row in rows]


def count_by_presence(principal: Principal) -> AccountCounts:
    """Give how many accounts are aboard, invited and in use, for the seller's home page.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    statement = text(f"""
        with page as materialized (select o.id as buyer_id {_FROM} and o.status = 'active'), present as (
            select p.buyer_id, w.people, w.last_seen_at from page p
            left join account_presence(array(select buyer_id from page)) w on w.buyer_id = p.buyer_id
        )
        select count(*), count(*) filter (where people > 0),
               count(*) filter (where people is null and exists (
                   select from invitation i where i.organisation_id = present.buyer_id
                   and i.inviting_organisation_id = :seller and i.accepted_at is null and i.revoked_at is null
                   and i.expires_at > now())),
               count(*) filter (where last_seen_at > now() - interval '30 days')
        from present""")  # noqa: S608 - our own constants
    return AccountCounts(*db.session.execute(statement, {"seller": principal.selling()}).one())


def _conditions(principal: Principal, wanted: AccountFilter) -> tuple[str, dict[str, Any]]:
    parts, values = [""], {"seller": principal.selling()}
    more: dict[str, Any] = {}
    if wanted.q:
        parts.append("concat_ws(' ', o.name, o.code, t.customer_number, o.postal_code, o.city) ilike :pattern")
        more["pattern"] = like_pattern(wanted.q)
    if wanted.state:
        parts.append(f"{_STATE} = :state")
        more["state"] = wanted.state
    if wanted.price_group:
        parts.append("t.price_group = :price_group")
        more["price_group"] = wanted.price_group
    if wanted.outside_group:
        parts.append("t.price_group is distinct from :outside_group")
        more["outside_group"] = wanted.outside_group
    if wanted.presence:
        parts.append(f"({' or '.join(_PRESENT[each] for each in sorted(wanted.presence))})")
    return " and ".join(parts), values | more


def _account(row: Any) -> AccountRow:
    values = {name: value for name, value in row._mapping.items() if name != "place"}  # noqa: SLF001 - SQLAlchemy's public name
    return AccountRow(**{**values, "state": AccountState(values["state"])})
