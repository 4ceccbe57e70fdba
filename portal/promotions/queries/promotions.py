"""Reading a seller's promotions: what each is, on what, for whom, and what orders have taken of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, String, bindparam, text

from portal.accounts.group_uses import Use
from portal.core.queries import like_pattern
from portal.promotions.rules.promotion import Benefit
from tenants.database import db
from tenants.errors import NotFound
from tenants.principal import Principal

_FOUND = """
    select p.id, p.code, p.name, p.valid_from, p.valid_to, p.priority, p.combines, p.coupon, p.benefit, p.value,
           p.min_quantity, p.threshold_amount, p.buy_quantity, p.free_quantity, a.article_number as free_article,
           p.max_uses, p.max_uses_per_account, p.budget,
           coalesce((select array_agg(s.scope_code order by s.scope_code) from promotion_scope s
                     where s.seller_id = :seller and s.promotion_id = p.id and s.scope = 'article'), '{}') as articles,
           coalesce((select array_agg(s.scope_code order by s.scope_code) from promotion_scope s
                     where s.seller_id = :seller and s.promotion_id = p.id and s.scope = 'category'), '{}') as categories,
           coalesce((select array_agg(s.scope_code order by s.scope_code) from promotion_scope s
                     where s.seller_id = :seller and s.promotion_id = p.id and s.scope = 'brand'), '{}') as brands,
           exists (select from promotion_scope s
                   where s.seller_id = :seller and s.promotion_id = p.id and s.scope = 'all') as all_articles,
           exists (select from promotion_audience d
                   where d.seller_id = :seller and d.promotion_id = p.id and d.audience = 'everyone') as everyone,
           coalesce((select array_agg(d.price_group order by d.price_group) from promotion_audience d
                     where d.seller_id = :seller and d.promotion_id = p.id and d.audience = 'group'), '{}') as groups,
           coalesce((select array_agg(o.code order by o.code) from promotion_audience d
                     join organisation o on o.id = d.buyer_id and o.seller_id = d.seller_id
                     where d.seller_id = :seller and d.promotion_id = p.id and d.audience = 'account'), '{}') as accounts,
           u.used, u.spent
    from promotion p
    left join article a on a.seller_id = :seller and a.id = p.free_article_id
    cross join lateral (
        select count(*) as used, coalesce(sum(x.amount), 0) as spent from promotion_use x
        where x.seller_id = :seller and x.promotion_id = p.id and x.given_back_at is null) u
    where p.seller_id = :seller
"""


class PromotionRow(NamedTuple):
    """A promotion as its seller sees it; days are None where open, `valid_to` is the first day it no longer applies."""

    id: int
    code: str
    name: str
    valid_from: date | None
    valid_to: date | None
    priority: int
    combines: bool
    coupon: str | None
    benefit: Benefit
    value: Decimal
    min_quantity: Decimal
    threshold_amount: Decimal
    buy_quantity: Decimal | None
    free_quantity: Decimal | None
    free_article: str | None
    max_uses: int | None
    max_uses_per_account: int | None
    budget: Decimal | None
    articles: list[str]
    categories: list[str]
    brands: list[str]
    all_articles: bool
    everyone: bool
    groups: list[str]
    accounts: list[str]
    used_count: int
    """Orders that took of it and were not cancelled."""
    spent_amount: Decimal
    """Net, free goods at the buyers' prices."""


def list_promotions(
    principal: Principal, *, words: str = "", after: str | None = None, limit: int
) -> list[PromotionRow]:
    """Give up to `limit` promotions of the seller by code, behind the code `after`. The principal is the seller.

    `words` is part of a code or name. Ask for one more than a page shows to learn whether there is a next page.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    condition = ""
    values: dict[str, Any] = {"seller": principal.selling(), "limit": limit}
    if words:
        condition += " and (p.code ilike :pattern or p.name ilike :pattern)"
        values["pattern"] = like_pattern(words)
    if after is not None:
        condition += ' and p.code collate "C" > :after'
        values["after"] = after
    statement = text(f'{_FOUND} {condition} order by p.code collate "C" limit :limit')
    return [_row(row) for row in db.session.execute(statement, values)]


def get_promotion(principal: Principal, code: str) -> PromotionRow:
    """Give one promotion of the seller by its code. The principal is the seller.

    Raises:
        NotFound: the seller has no such promotion.
        PermissionDenied: the principal is no seller.
    """
    statement = text(f"{_FOUND} and p.code = :code")
    row = db.session.execute(statement, {"seller": principal.selling(), "code": code}).one_or_none()
    if row is None:
        raise NotFound
    return _row(row)


def find_promotion(principal: Principal, code: str) -> int | None:
    """Give the id of the seller's promotion with that code, or None. The principal is the seller."""
    found: int | None = db.session.execute(
        text("select id from promotion where seller_id = :seller and code = :code"),
        {"seller": principal.selling(), "code": code},
    ).scalar_one_or_none()
    return found


def find_promotions(principal: Principal, codes: Iterable[str]) -> dict[str, int]:
    """Give the ids of the seller's promotions by code; unknown ones are left out. The principal is the seller."""
    rows = db.session.execute(
        text("select code, id from promotion where seller_id = :seller and code = any(:codes)"),
        {"seller": principal.selling(), "codes": list(codes)},
    )
    return {row.code: row.id for row in rows}


def find_listed(principal: Principal, numbers: Iterable[str]) -> dict[str, int]:
    """Give the ids of the seller's articles by number, ended ones too; unknown ones are left out. The principal sells."""
    statement = text(
        "select article_number, id from article where seller_id = :seller and article_number = any(:numbers)"
    ).bindparams(bindparam("numbers", type_=ARRAY(String)))
    rows = db.session.execute(statement, {"seller": principal.selling(), "numbers": list(set(numbers))})
    return {row.article_number: row.id for row in rows}


def list_promotions_of_group(principal: Principal, group: str) -> list[Use]:
    """Give the promotions that are for a price group, past ones included, by code. The principal is the seller."""
    statement = text(
        "select p.code, p.name from promotion_audience a"
        " join promotion p on p.seller_id = a.seller_id and p.id = a.promotion_id"
        " where a.seller_id = :seller and a.price_group = :group order by p.code"
    )
    return [Use(*row) for row in db.session.execute(statement, {"seller": principal.selling(), "group": group})]


def _row(row: Any) -> PromotionRow:
    return PromotionRow._make(row)._replace(benefit=Benefit(row.benefit))
