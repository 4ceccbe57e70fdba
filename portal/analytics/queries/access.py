"""Reading who looked at what a wholesaler shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from tenants.database import db
from tenants.principal import Principal


class Way(StrEnum):
    """How shared figures were taken."""

    SCREEN = "screen"
    HOME = "home page"
    EXPORT = "export"
    API = "API"


@dataclass(frozen=True, slots=True)
class AccessFilter:
    """Which looks to list; an empty value leaves all. The days are the seller's."""

    brand_owner: str = ""
    person: str = ""
    way: Way | None = None
    first_on: date | None = None
    last_on: date | None = None


class Access(NamedTuple):
    """A look at the seller's shared data."""

    at: datetime
    id: UUID
    brand_owner: str
    brand_owner_name: str
    actor_name: str
    what: str
    """`sell-through by month, product; 2026-01-01 to 2026-07-01; screen`: the way stands last."""


# Limits first by the seller's own index; people and ways are few.
_ACCESS = text(
    "select a.at, a.id, o.code, o.name, a.actor_name, a.what from sharing_access a"
    " join organisation o on o.id = a.brand_owner_id"
    " where a.wholesaler_id = :seller"
    " and (cast(:after_at as timestamptz) is null or (a.at, a.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid)))"
    " and (cast(:first_on as date) is null or a.at >= cast(:first_on as date)::timestamp at time zone :zone)"
    " and (cast(:last_on as date) is null or a.at < (cast(:last_on as date) + 1)::timestamp at time zone :zone)"
    " and (:brand_owner = '' or o.code = :brand_owner) and (:person = '' or a.actor_name = :person)"
    " and (:way = '' or right(a.what, length(:way) + 2) = '; ' || :way)"
    " order by a.at desc, a.id desc limit :limit"
)
_PEOPLE = text(
    "select distinct a.actor_name from sharing_access a where a.wholesaler_id = :seller and a.at > now() - interval '1 year'"
    " order by 1 limit 200"
)
EVERYTHING = AccessFilter()


def list_access(
    principal: Principal, chosen: AccessFilter = EVERYTHING, *, limit: int, after: tuple[str, str] | None = None
) -> list[Access]:
    """Give who looked at the seller's shared data, the newest first, from behind (`at`, `id`) on.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    at, identity = after or (None, None)
    parameters = {
        "seller": principal.selling(),
        "zone": principal.time_zone,
        "after_at": at,
        "after_id": identity,
        "brand_owner": chosen.brand_owner,
        "person": chosen.person,
        "way": chosen.way.value if chosen.way else "",
        "first_on": chosen.first_on,
        "last_on": chosen.last_on,
        "limit": limit,
    }
    return [Access(*row) for row in db.session.execute(_ACCESS, parameters)]


def list_onlookers(principal: Principal) -> list[str]:
    """Give the names of the people and programs that looked within a year.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    return list(db.session.execute(_PEOPLE, {"seller": principal.selling()}).scalars())
