"""Reading campaigns: the seller's, with what became of them, and those that were released to a buyer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import text

from portal.pricing.queries import quote_articles
from portal.promotions.queries.promoted import promote
from tenants.database import db
from tenants.errors import NotFound
from tenants.principal import Principal

_STATE = """
    case when c.released_at is null then 'draft' when c.valid_from = c.valid_to then 'over'
         when t.day < c.valid_from then 'ahead' when t.day < c.valid_to then 'running' else 'over' end
"""
_ORDERED = """
    exists (select from order_line l
            where l.seller_id = r.seller_id and l.buyer_id = r.buyer_id
              and l.placed_on >= c.valid_from and l.placed_on < c.valid_to and l.ordered_quantity > l.cancelled_quantity
              and l.article_number = any(m.numbers))
"""
# Once for each campaign: offset 0 keeps the planner from asking for every order line.
_NUMBERS = "cross join lateral (select campaign_articles(c.code) as numbers offset 0) m"
_SAID = f"""
    select c.code, c.segment_code, g.name as segment_name, c.title_en, c.title_de, c.text_en, c.text_de,
           c.valid_from, c.valid_to, c.picture is not null as has_picture, c.released_at, {_STATE} as state,
           coalesce((select array_agg(a.article_number order by x.place) from campaign_article x
                     join article a on a.seller_id = x.seller_id and a.id = x.article_id
                     where x.seller_id = c.seller_id and x.campaign_code = c.code), '{{}}') as articles,
           coalesce((select array_agg(p.code order by p.code) from campaign_promotion x
                     join promotion p on p.seller_id = x.seller_id and p.id = x.promotion_id
                     where x.seller_id = c.seller_id and x.campaign_code = c.code), '{{}}') as promotions,
"""  # noqa: S608 - constants of ours
_OF_SELLER = """
    from campaign c
    join segment g on g.seller_id = c.seller_id and g.code = c.segment_code
    cross join lateral (select (now() at time zone :time_zone)::date as day) t
"""
_FOUND = f"""
    {_SAID} n.receivers, n.told, n.mails, n.opened, n.ordered
    {_OF_SELLER} {_NUMBERS}
    cross join lateral (
        select count(*) as receivers, count(r.told_at) as told, coalesce(sum(r.mail_count), 0) as mails,
               count(r.opened_at) as opened, count(*) filter (where {_ORDERED}) as ordered
        from campaign_receiver r where r.seller_id = c.seller_id and r.campaign_code = c.code) n
    where c.seller_id = :seller
"""  # noqa: S608 - constants of ours
# The counts look at the orders of every receiver, which is too much for each mail.
_UNCOUNTED = text(
    f"{_SAID} 0 as receivers, 0 as told, 0 as mails, 0 as opened, 0 as ordered {_OF_SELLER}"
    " where c.seller_id = :seller and c.code = :code"
)
_RECEIVERS = text(
    f"""
    select o.code, o.name, r.told_at, r.mail_count, r.opened_at, {_ORDERED} as has_ordered
    from campaign_receiver r
    join campaign c on c.seller_id = r.seller_id and c.code = r.campaign_code
    join organisation o on o.id = r.buyer_id and o.seller_id = r.seller_id
    {_NUMBERS}
    where r.seller_id = :seller and r.campaign_code = :code and o.code > :after order by o.code limit :limit
    """  # noqa: S608 - constants of ours
)
_OWN = "select * from own_campaigns(:code)"
_OWN_ARTICLES = text("select own_campaign_articles(:code)")
_ARTICLES = text("select campaign_articles(:code)")
_MAY_BE_MAILED = text("select may_be_mailed(:buyer, :user, :kind)")
_PICTURE = text("select picture, picture_type from campaign where seller_id = :seller and code = :code")
_OWN_PICTURE = text("select content, content_type from own_campaign_picture(:code)")
_OFFERED = text(
    """
    select a.id, a.article_number, a.min_quantity, p.name_en, p.name_de, p.base_unit
    from unnest(cast(:numbers as text[])) with ordinality as n (number, place)
    join article a on a.seller_id = :seller and a.article_number = n.number and a.status = 'active'
    join product p on p.owner_id = a.owner_id and p.id = a.product_id and p.status = 'active'
    order by n.place
    """
)


class CampaignState(StrEnum):
    """Where a campaign stands on the seller's day."""

    DRAFT = "draft"
    AHEAD = "ahead"
    RUNNING = "running"
    OVER = "over"


class CampaignRow(NamedTuple):
    """A campaign as its seller sees it, with what became of it."""

    code: str
    segment_code: str
    segment_name: str
    title_en: str
    title_de: str
    text_en: str
    text_de: str
    valid_from: date
    valid_to: date
    has_picture: bool
    released_at: datetime | None
    state: CampaignState
    articles: list[str]
    promotions: list[str]
    receivers: int
    """Buyers to whom it was released."""
    told: int
    mails: int
    """People to whom it was mailed."""
    opened: int
    """Buyers of whom somebody opened the page while signed in."""
    ordered: int
    """Buyers that ordered one of its articles within its days."""


class ReceiverRow(NamedTuple):
    """A buyer to whom a campaign was released."""

    code: str
    name: str
    told_at: datetime | None
    mail_count: int
    opened_at: datetime | None
    has_ordered: bool


class OwnCampaignRow(NamedTuple):
    """A campaign as a buyer sees it."""

    code: str
    title_en: str
    title_de: str
    text_en: str
    text_de: str
    valid_from: date
    valid_to: date
    has_picture: bool
    is_over: bool
    opened_at: datetime | None


class PreviewRow(NamedTuple):
    """An article of a campaign as one of the buyers would see it: net, at its least quantity, after promotions."""

    article_number: str
    name_en: str
    name_de: str
    base_unit: str
    quantity: Decimal
    unit_price: Decimal | None
    net_amount: Decimal | None


def list_campaigns(principal: Principal, *, after: Sequence[Any] | None = None, limit: int) -> list[CampaignRow]:
    """Give up to `limit` campaigns of the seller, those that begin last first, behind the key (first day, code).

    Raises:
        PermissionDenied: the principal is no seller.
    """
    values: dict[str, Any] = {**_seller(principal), "limit": limit}
    condition = ""
    if after is not None:
        condition = " and (c.valid_from, c.code) < (cast(:first as date), cast(:code as text))"
        values |= {"first": after[0], "code": after[1]}
    statement = text(f"{_FOUND}{condition} order by c.valid_from desc, c.code desc limit :limit")
    return [_row(row) for row in db.session.execute(statement, values)]


def has_campaign(principal: Principal, code: str) -> bool:
    """Say whether the seller has a campaign with that code. The principal is the seller."""
    return db.session.execute(_UNCOUNTED, {**_seller(principal), "code": code}).one_or_none() is not None


def get_campaign(principal: Principal, code: str) -> CampaignRow:
    """Give a campaign of the seller. The principal is the seller.

    Raises:
        NotFound: the seller has none with that code.
    """
    row = db.session.execute(text(f"{_FOUND} and c.code = :code"), {**_seller(principal), "code": code}).one_or_none()
    if row is None:
        raise NotFound
    return _row(row)


def get_uncounted(principal: Principal, code: str) -> CampaignRow:
    """Give a campaign of the seller quickly: its counts are 0, whatever became of it. The principal is the seller.

    Raises:
        NotFound: the seller has none with that code.
    """
    row = db.session.execute(_UNCOUNTED, {**_seller(principal), "code": code}).one_or_none()
    if row is None:
        raise NotFound
    return _row(row)


def may_be_mailed(principal: Principal, buyer_id: int, user_id: int, kind: str) -> bool:
    """Say whether a person still works at one of the seller's buyers and gets mails of a kind. The principal is the seller."""
    principal.selling()
    values = {"buyer": buyer_id, "user": user_id, "kind": kind}
    return bool(db.session.execute(_MAY_BE_MAILED, values).scalar_one())


def list_receivers(principal: Principal, code: str, *, after: str = "", limit: int) -> list[ReceiverRow]:
    """Give up to `limit` buyers to whom the campaign was released, by code. The principal is the seller."""
    values = {"seller": principal.selling(), "code": code, "after": after, "limit": limit}
    return [ReceiverRow._make(row) for row in db.session.execute(_RECEIVERS, values)]


def list_articles(principal: Principal, code: str) -> list[str]:
    """Give the numbers of all articles that a campaign is about, its promotions' included. The principal is the seller."""
    principal.selling()
    numbers: list[str] = db.session.execute(_ARTICLES, {"code": code}).scalar_one()
    return numbers


def preview_articles(principal: Principal, code: str, buyer_id: int) -> list[PreviewRow]:
    """Give the campaign's articles with the prices that one of the seller's buyers has today. The principal is the seller."""
    values = {"seller": principal.selling(), "numbers": list_articles(principal, code)}
    rows = db.session.execute(_OFFERED, values).all()
    if not rows:
        return []
    quote = quote_articles(principal, [(row.id, row.min_quantity) for row in rows], buyer_id=buyer_id)
    lines = promote(principal, quote, buyer_id=buyer_id).lines
    return [
        PreviewRow(
            row.article_number,
            row.name_en,
            row.name_de,
            row.base_unit,
            row.min_quantity,
            line.unit_price,
            line.net_amount,
        )
        for row, line in zip(rows, lines, strict=True)
    ]


def find_picture(principal: Principal, code: str) -> tuple[bytes, str]:
    """Give a campaign's picture and its media type. The principal is the seller.

    Raises:
        NotFound: the seller has no such campaign, or it has no picture.
    """
    row = db.session.execute(_PICTURE, {"seller": principal.selling(), "code": code}).one_or_none()
    if row is None or row.picture is None:
        raise NotFound
    return bytes(row.picture), row.picture_type


def list_own_campaigns(principal: Principal) -> list[OwnCampaignRow]:
    """Give the campaigns that run for the buyer, those that end first first. The principal is the buyer.

    Raises:
        PermissionDenied: the principal is no buyer.
    """
    principal.buying()
    rows = db.session.execute(text(f"{_OWN} where not is_over order by valid_to, code"), {"code": None})
    return [OwnCampaignRow._make(row) for row in rows]


def get_own_campaign(principal: Principal, code: str) -> OwnCampaignRow:
    """Give a campaign that was released to the buyer and has begun, one that is over included. The principal is the buyer.

    Raises:
        NotFound: there is none.
    """
    principal.buying()
    row = db.session.execute(text(_OWN), {"code": code}).one_or_none()
    if row is None:
        raise NotFound
    return OwnCampaignRow._make(row)


def list_own_articles(principal: Principal, code: str) -> list[str]:
    """Give the numbers of the articles that a campaign of the buyer is about. The principal is the buyer."""
    principal.buying()
    return db.session.execute(_OWN_ARTICLES, {"code": code}).scalar_one() or []


def find_own_picture(principal: Principal, code: str) -> tuple[bytes, str]:
    """Give the picture of a campaign of the buyer and its media type. The principal is the buyer.

    Raises:
        NotFound: there is no such campaign, or it has no picture.
    """
    principal.buying()
    row = db.session.execute(_OWN_PICTURE, {"code": code}).one_or_none()
    if row is None:
        raise NotFound
    return bytes(row.content), row.content_type


def _seller(principal: Principal) -> dict[str, Any]:
    return {"seller": principal.selling(), "time_zone": principal.time_zone}


def _row(row: Any) -> CampaignRow:
    return CampaignRow._make(row)._replace(state=CampaignState(row.state), mails=int(row.mails))
