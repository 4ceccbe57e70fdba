"""Reading registered units, and how many of a product fail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import text

from portal.core.queries import like_pattern
from portal.support.rules import fault_rate
from tenants.database import db
from tenants.permissions import Capacity
from tenants.principal import Principal

RATE_DAYS: Final = 365

_FOUND = """
    select u.id, coalesce(b.code, '') as account, coalesce(b.name, '') as account_name, a.article_number, p.name_en, p.name_de,
           u.serial_number, u.sold_on, u.registered_at, u.registered_by_name,
           (select count(*) from support_request r
            where r.seller_id = u.seller_id and r.registration_id = u.id and r.kind = 'fault') as faults
    from product_registration u
    join article a on a.seller_id = u.seller_id and a.id = u.article_id
    join product p on p.owner_id = a.owner_id and p.id = a.product_id
    left join organisation b on b.id = u.buyer_id and (cast(:buyer as bigint) is not null or b.seller_id = u.seller_id)
    where u.seller_id = :seller and (cast(:buyer as bigint) is null or u.buyer_id = :buyer)
"""
_LISTED = text(
    f"""{_FOUND} and (cast(:pattern as text) is null or u.serial_number ilike :pattern or a.article_number ilike :pattern
      or p.name_en ilike :pattern or p.name_de ilike :pattern or b.name ilike :pattern)
    and (cast(:after as bigint) is null or u.id < :after) order by u.id desc limit :limit"""
)
_OF_UNIT = text(
    "select u.sold_on from product_registration u where u.seller_id = :seller and u.buyer_id = :buyer"
    " and u.article_id = :article and u.serial_key = :serial"
)
# Of the seller's articles a customer may register those on offer, and those that it ordered; by number, or by GTIN.
_ARTICLE = text(
    """
    select a.id, a.article_number from article a join product p on p.owner_id = a.owner_id and p.id = a.product_id
    where a.seller_id = :seller and (a.article_number = :article or (p.gtin = :article and :article <> ''))
      and ((a.status = 'active' and p.status = 'active') or exists (
            select from order_line l where l.seller_id = :seller and l.buyer_id = :buyer and l.article_id = a.id))
    order by a.article_number <> :article, a.id limit 1
    """
)
_RATES = text(
    """
    select f.sku, f.name_en, f.name_de, f.registered, f.faults from (
        select p.sku, p.name_en, p.name_de, sum(n.registered)::bigint as registered, sum(n.faults)::bigint as faults
        from (
            select u.article_id, count(*) as registered, 0 as faults from product_registration u
            where u.seller_id = :seller and u.sold_on > :since and u.sold_on <= :today group by u.article_id
            union all
            select r.article_id, 0, count(*) from support_request r
            where r.seller_id = :seller and r.kind = 'fault' and r.article_id is not null
              and (r.opened_at at time zone :zone)::date > :since group by r.article_id
        ) n
        join article a on a.seller_id = :seller and a.id = n.article_id
        join product p on p.owner_id = a.owner_id and p.id = a.product_id
        group by p.owner_id, p.id, p.sku, p.name_en, p.name_de
    ) f
    where cast(:after_faults as bigint) is null
       or (-f.faults, -f.registered, f.sku) > (-cast(:after_faults as bigint), -cast(:after_registered as bigint), :after_sku)
    order by f.faults desc, f.registered desc, f.sku limit :limit
    """
)
_COVERAGE = text(
    """
    select (select count(distinct u.buyer_id) from product_registration u
            join organisation o on o.id = u.buyer_id and o.seller_id = :seller
            where u.seller_id = :seller and u.sold_on > :since) as registering,
           (select count(*) from trading_account t join organisation o on o.id = t.buyer_id and o.seller_id = :seller
            where t.seller_id = :seller and t.closed_at is null) as customers,
           (select max(u.registered_at) from product_registration u where u.seller_id = :seller) as newest_at
    """
)
_DAYS = text(
    "select (now() at time zone :zone)::date as today, (now() at time zone :zone)::date - cast(:days as integer) as since"
)


class RegistrationRow(NamedTuple):
    """A registered unit."""

    id: int
    account: str
    account_name: str
    """Both empty where the customer has another seller by now."""
    article_number: str
    name_en: str
    name_de: str
    serial_number: str
    sold_on: date
    registered_at: datetime
    registered_by_name: str
    faults: int
    """Requests of the kind fault about this unit."""


class RateRow(NamedTuple):
    """How many of a product fail, over 365 days: faults asked about, and units registered as sold."""

    sku: str
    name_en: str
    name_de: str
    registered: int
    faults: int

    @property
    def rate(self) -> Decimal | None:
        """Give faults per registered unit; None where none is registered."""
        return fault_rate(self.faults, self.registered)


class RateCoverage(NamedTuple):
    """How many customers registered something in the 365 days, of how many; and when the newest was registered."""

    registering: int
    customers: int
    newest_at: datetime | None


def list_registrations(
    principal: Principal, *, words: str = "", after: int | None = None, limit: int
) -> list[RegistrationRow]:
    """Give up to `limit` units, those last registered first, behind the id `after`. A seller's of all, a buyer's own.

    Raises:
        PermissionDenied: the principal acts on no trading edge.
    """
    values = {"pattern": like_pattern(words) if words else None, "after": after, "limit": limit}
    return [RegistrationRow._make(row) for row in db.session.execute(_LISTED, {**_side(principal), **values})]


def find_registrable(principal: Principal, article: str) -> tuple[int, str] | None:
    """Give (id, number) of the article with that number, or that GTIN, if the principal may register it. It buys."""
    row = db.session.execute(_ARTICLE, {**_side(principal), "article": article}).one_or_none()
    return None if row is None else (row.id, row.article_number)


def find_sold_on(principal: Principal, article_id: int, serial_key: str) -> date | None:
    """Give the day as sold on which the principal registered this unit, or None. It buys."""
    values = {**_side(principal), "article": article_id, "serial": serial_key}
    return db.session.execute(_OF_UNIT, values).scalar_one_or_none()


def list_fault_rates(principal: Principal, *, after: Sequence[Any] | None = None, limit: int) -> list[RateRow]:
    """Give up to `limit` products, those with most faults first, behind (faults, registered, SKU). The principal sells.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    faults, registered, sku = after or (None, None, None)
    key = {"after_faults": faults, "after_registered": registered, "after_sku": sku}
    values = {**_window(principal), "seller": principal.selling(), "zone": principal.time_zone, "limit": limit, **key}
    return [RateRow._make(row) for row in db.session.execute(_RATES, values)]


def rate_coverage(principal: Principal) -> RateCoverage:
    """Tell whose units the rates are of. The principal sells."""
    values = {"seller": principal.selling(), "since": _window(principal)["since"]}
    return RateCoverage._make(db.session.execute(_COVERAGE, values).one())


def get_today(principal: Principal) -> date:
    """Give the day it is at the seller."""
    today: date = _window(principal)["today"]
    return today


def _window(principal: Principal) -> dict[str, Any]:
    row = db.session.execute(_DAYS, {"zone": principal.time_zone, "days": RATE_DAYS}).one()
    return {"today": row.today, "since": row.since}


def _side(principal: Principal) -> dict[str, Any]:
    seller_id, buyer_id = principal.buying() if principal.capacity is Capacity.BUYER else (principal.selling(), None)
    return {"seller": seller_id, "buyer": buyer_id}
