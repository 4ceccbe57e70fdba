"""Reading a seller's programme, from either side: its buyers see it from the day it runs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, String, bindparam, text

from portal.loyalty.models import Measure, ProgrammeState, RuleScope
from portal.loyalty.rules import EarningRule, Level
from tenants.database import db
from tenants.permissions import Capacity
from tenants.principal import Principal

_SHOWN = "g.seller_id = :seller and (:sees_drafts or g.state <> 'draft')"
_PROGRAMME = text(f"select g.name, g.state, g.expiry_months from loyalty_programme g where {_SHOWN}")  # noqa: S608 - ours
_LEVELS = text(
    "select l.from_points, l.name from loyalty_programme g join loyalty_level l on l.seller_id = g.seller_id"  # noqa: S608 - the same
    f" where {_SHOWN} order by l.from_points"
)
# One that was ended before it began never was in force.
_RULES = text(
    f"""
    select r.number, r.name, r.measure, r.scope, r.scope_code, r.points, r.per, r.factor, r.valid_from, r.valid_to,
           coalesce(d.today >= r.valid_to, false) as is_over
    from loyalty_programme g
    join loyalty_rule r on r.seller_id = g.seller_id and (r.valid_to is null or r.valid_from < r.valid_to)
    cross join (select (now() at time zone :zone)::date as today) d
    where {_SHOWN} order by is_over, r.number
    """  # noqa: S608 - the same
)
_REWARDS = text(
    f"""
    select r.code, a.article_number, p.name_en, p.name_de, p.base_unit, r.quantity, r.points, r.ended_at,
           r.article_id, a.status = 'active' and r.ended_at is null and g.state = 'running' as is_offered
    from loyalty_programme g
    join loyalty_reward r on r.seller_id = g.seller_id
    join article a on a.seller_id = r.seller_id and a.id = r.article_id
    join product p on p.owner_id = a.owner_id and p.id = a.product_id
    where {_SHOWN} and (cast(:codes as text[]) is null or r.code = any(cast(:codes as text[])))
      and (:sees_drafts or r.ended_at is null)
    order by r.ended_at is not null, r.points, r.code
    """  # noqa: S608 - the same
).bindparams(bindparam("codes", type_=ARRAY(String)))
_ABOUT = text(
    """
    select a.article_number, r.number, r.measure, r.points, r.per, r.factor
    from loyalty_programme g
    cross join (select (now() at time zone :zone)::date as today) d
    join loyalty_rule r on r.seller_id = g.seller_id and r.valid_from <= d.today
         and (r.valid_to is null or d.today < r.valid_to)
    join article a on a.seller_id = g.seller_id and a.article_number = any(:articles)
    join product p on p.owner_id = a.owner_id and p.id = a.product_id
    where g.seller_id = :seller and g.state = 'running'
      and (r.scope = 'all' or (r.scope = 'article' and r.scope_code = a.article_number)
           or (r.scope = 'category' and (p.category = r.scope_code or starts_with(p.category, r.scope_code || ' > '))))
    """
).bindparams(bindparam("articles", type_=ARRAY(String)))
_LISTED = text(
    "select a.article_number, a.id from article a where a.seller_id = :seller and a.article_number = :number"
    " and a.status = 'active'"
)
_IS_SOLD = text(
    "select exists (select from article a join product p on p.owner_id = a.owner_id and p.id = a.product_id"
    " where a.seller_id = :seller and (p.category = :category or starts_with(p.category, :category || ' > ')))"
)


class ProgrammeRow(NamedTuple):
    """A programme; points are gone so many months after they were booked."""

    name: str
    state: ProgrammeState
    expiry_months: int


class RuleRow(NamedTuple):
    """A rule: `points` for each full `per` of net amount or base units, or a factor on what it is about."""

    number: int
    name: str
    measure: Measure
    scope: RuleScope
    scope_code: str
    points: int | None
    per: Decimal | None
    factor: Decimal | None
    valid_from: date
    valid_to: date | None
    """First day on which it no longer holds."""
    is_over: bool


class RewardRow(NamedTuple):
    """A reward: base units of an article, free for so many points."""

    code: str
    article_number: str
    name_en: str
    name_de: str
    base_unit: str
    quantity: Decimal
    points: int
    ended_at: datetime | None
    article_id: int
    is_offered: bool
    """The programme runs, and reward and article are not ended."""


def find_programme(principal: Principal) -> ProgrammeRow | None:
    """Give the seller's programme, or None. The principal is the seller, or a buyer, who sees no draft."""
    row = db.session.execute(_PROGRAMME, _side(principal)).one_or_none()
    return ProgrammeRow(row.name, ProgrammeState(row.state), row.expiry_months) if row else None


def list_levels(principal: Principal) -> list[Level]:
    """Give the levels, the lowest first. The principal is the seller or a buyer."""
    return [Level._make(row) for row in db.session.execute(_LEVELS, _side(principal))]


def list_rules(principal: Principal) -> list[RuleRow]:
    """Give the rules, those that are over last. The principal is the seller or a buyer."""
    rows = db.session.execute(_RULES, {**_side(principal), "zone": principal.time_zone})
    return [RuleRow._make(row)._replace(measure=Measure(row.measure), scope=RuleScope(row.scope)) for row in rows]


def list_rewards(principal: Principal, codes: Iterable[str] | None = None) -> list[RewardRow]:
    """Give the rewards, all or those of some codes, the cheapest first.

    The principal is the seller, or a buyer, who sees none that is ended.
    """
    wanted = None if codes is None else list(codes)
    return [RewardRow._make(row) for row in db.session.execute(_REWARDS, {**_side(principal), "codes": wanted})]


def find_rules_about(
    principal: Principal, articles: Iterable[str]
) -> tuple[dict[int, EarningRule], dict[str, list[int]]]:
    """Give today's rules by number, and by article number which of them are about it. The principal buys."""
    seller_id, _buyer = principal.buying()
    rules: dict[int, EarningRule] = {}
    about: dict[str, list[int]] = {}
    values = {"seller": seller_id, "zone": principal.time_zone, "articles": list(articles)}
    for row in db.session.execute(_ABOUT, values):
        rules[row.number] = EarningRule(Measure(row.measure), row.points, row.per, row.factor)
        about.setdefault(row.article_number, []).append(row.number)
    return rules, about


def find_listed(principal: Principal, number: str) -> int | None:
    """Give the row id of an article that the principal, a seller, offers."""
    row = db.session.execute(_LISTED, {"seller": principal.selling(), "number": number}).one_or_none()
    return row.id if row else None


def is_sold(principal: Principal, category: str) -> bool:
    """Tell whether the principal, a seller, lists something of a category or below it."""
    values = {"seller": principal.selling(), "category": category}
    sold: bool = db.session.execute(_IS_SOLD, values).scalar_one()
    return sold


def _side(principal: Principal) -> dict[str, Any]:
    buys = principal.capacity is Capacity.BUYER
    return {"seller": principal.buying()[0] if buys else principal.selling(), "sees_drafts": not buys}
