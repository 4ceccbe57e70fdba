"""Reading a seller's price lists: what each is, whom it is for, and whom a change concerns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, String, bindparam, text

from portal.accounts.group_uses import Use
from portal.core.queries import like_pattern
from portal.pricing.models import PriceStrategy
from portal.pricing.rules.price_lists import ChainLink
from tenants.database import db
from tenants.errors import NotFound
from tenants.principal import Principal

_COLUMNS = (
    "l.id, l.code, l.name, l.currency, l.priority, l.valid_from, l.valid_to, b.code as base_code, l.adjustment_percent,"
    " l.adjustment_amount, l.decimals, l.status = 'active' as active, b.name as base_name"
)
_FROM = (
    "from price_list l left join price_list b on b.seller_id = l.seller_id and b.id = l.base_list_id"
    " where l.seller_id = :seller"
)

# The list itself and those derived from it: whoever has one of them as a candidate sees the change.
_FOLLOWING = """
    select l.id from price_list l where l.seller_id = :seller and l.id = :list
    union select d.id from price_list d where d.seller_id = :seller and d.base_list_id = :list
    union select e.id from price_list d join price_list e on e.seller_id = d.seller_id and e.base_list_id = d.id
          where d.seller_id = :seller and d.base_list_id = :list
"""


class PriceListRow(NamedTuple):
    """A price list as its seller sees it; days are None where open, `valid_to` is the first day it no longer applies."""

    id: int
    code: str
    name: str
    currency: str
    priority: int
    valid_from: date | None
    valid_to: date | None
    base_code: str | None
    adjustment_percent: Decimal | None
    adjustment_amount: Decimal | None
    decimals: int | None
    """What a derived price is rounded to; None = 4."""
    active: bool
    base_name: str | None


class AudienceRow(NamedTuple):
    """Whom a list is assigned to, in short."""

    price_list_id: int
    everyone: bool
    groups: list[str]
    accounts: int


class Assigned(NamedTuple):
    """Whom a list is assigned to, in full: codes of price groups and of buyers."""

    everyone: bool
    groups: list[str]
    accounts: list[str]


def list_price_lists(
    principal: Principal, *, words: str = "", after: str | None = None, limit: int
) -> list[PriceListRow]:
    """Give up to `limit` lists of the seller by code, behind the code `after`. The principal is the seller.

    `words` is part of a code or name. Ask for one more than a page shows to learn whether there is a next page.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    condition = ""
    values: dict[str, Any] = {"seller": principal.selling(), "limit": limit}
    if words:
        condition += " and (l.code ilike :pattern or l.name ilike :pattern)"
        values["pattern"] = like_pattern(words)
    if after is not None:
        condition += ' and l.code collate "C" > :after'
        values["after"] = after
    statement = text(f'select {_COLUMNS} {_FROM} {condition} order by l.code collate "C" limit :limit')
    return [PriceListRow(*row) for row in db.session.execute(statement, values)]


def get_price_list(principal: Principal, code: str) -> PriceListRow:
    """Give one list of the seller by its code. The principal is the seller.

    Raises:
        NotFound: the seller has no such list.
        PermissionDenied: the principal is no seller.
    """
    statement = text(f"select {_COLUMNS} {_FROM} and l.code = :code")
    row = db.session.execute(statement, {"seller": principal.selling(), "code": code}).one_or_none()
    if row is None:
        raise NotFound
    return PriceListRow(*row)


def find_price_list(principal: Principal, code: str) -> int | None:
    """Give the id of the seller's list with that code, or None. The principal is the seller."""
    found: int | None = db.session.execute(
        text("select id from price_list where seller_id = :seller and code = :code"),
        {"seller": principal.selling(), "code": code},
    ).scalar_one_or_none()
    return found


def list_codes(principal: Principal) -> list[tuple[str, str]]:
    """Give (code, name) of all lists of the seller by code, for choosing one. The principal is the seller."""
    statement = text('select code, name from price_list where seller_id = :seller order by code collate "C"')
    return [(row.code, row.name) for row in db.session.execute(statement, {"seller": principal.selling()})]


def list_derivations(principal: Principal) -> tuple[dict[int, int], dict[int, ChainLink]]:
    """Give what each list of the seller is derived from (id → id), and what a check of derivation needs of each list."""
    seller_id = principal.selling()
    statement = text("select id, base_list_id, currency from price_list where seller_id = :seller")
    rows = db.session.execute(statement, {"seller": seller_id}).all()
    bases = {row.id: row.base_list_id for row in rows if row.base_list_id is not None}
    return bases, {row.id: ChainLink(row.id, seller_id, row.currency) for row in rows}


def find_audiences(principal: Principal, price_list_ids: Iterable[int]) -> dict[int, AudienceRow]:
    """Give whom each list is assigned to, in one statement; lists for nobody are left out. The principal is the seller."""
    statement = text(
        "select a.price_list_id, bool_or(a.audience = 'everyone'),"
        " coalesce(array_agg(a.price_group order by a.price_group) filter (where a.audience = 'group'), '{}'),"
        " count(*) filter (where a.audience = 'account')"
        " from price_assignment a where a.seller_id = :seller and a.price_list_id = any(:lists) group by a.price_list_id"
    ).bindparams(bindparam("lists", type_=ARRAY(BigInteger)))
    rows = db.session.execute(statement, {"seller": principal.selling(), "lists": list(price_list_ids)})
    return {row[0]: AudienceRow(*row) for row in rows}


def get_assignments(principal: Principal, price_list_id: int) -> Assigned:
    """Give whom a list is assigned to, codes in order. The principal is the seller."""
    statement = text(
        "select a.audience, a.price_group, o.code from price_assignment a left join organisation o on o.id = a.buyer_id"
        " where a.seller_id = :seller and a.price_list_id = :list order by a.price_group, o.code"
    )
    rows = db.session.execute(statement, {"seller": principal.selling(), "list": price_list_id}).all()
    return Assigned(
        everyone=any(row.audience == "everyone" for row in rows),
        groups=[row.price_group for row in rows if row.audience == "group"],
        accounts=[row.code for row in rows if row.audience == "account"],
    )


def count_entries(principal: Principal, price_list_ids: Iterable[int]) -> dict[int, int]:
    """Give how many entries each list has, in one statement; empty lists are left out. The principal is the seller."""
    statement = text(
        "select price_list_id, count(*) from price_entry where seller_id = :seller and price_list_id = any(:lists)"
        " group by price_list_id"
    ).bindparams(bindparam("lists", type_=ARRAY(BigInteger)))
    rows = db.session.execute(statement, {"seller": principal.selling(), "lists": list(price_list_ids)})
    return {row[0]: row[1] for row in rows}


def count_taken_over(principal: Principal, price_list_ids: Iterable[int]) -> dict[int, int]:
    """Give how many prices each derived list takes over, in one statement: none left out. The principal is the seller.

    Those of its base, and of the base's base, for articles without an entry nearer to the list.
    """
    statement = text("""
        with recursive chain as (
            select l.id as list_id, l.base_list_id as base_id, array[l.id] as nearer from price_list l
            where l.seller_id = :seller and l.id = any(:lists) and l.base_list_id is not null
            union all
            select c.list_id, b.base_list_id, c.nearer || b.id
            from chain c join price_list b on b.seller_id = :seller and b.id = c.base_id
            where b.base_list_id is not null and b.base_list_id <> all(c.nearer)
        )
        select c.list_id, (select count(*) from price_entry e where e.seller_id = :seller and e.price_list_id = c.base_id
                           and not exists (select from price_entry n where n.seller_id = :seller
                                           and n.price_list_id = any(c.nearer) and n.article_id = e.article_id))
        from chain c
    """).bindparams(bindparam("lists", type_=ARRAY(BigInteger)))
    taken: defaultdict[int, int] = defaultdict(int)
    for list_id, count in db.session.execute(statement, {"seller": principal.selling(), "lists": list(price_list_ids)}):
        taken[list_id] += count
    return dict(taken)


def count_buyers(principal: Principal, price_list_id: int) -> int:
    """Count the active buyers to whom the list, or one derived from it, is assigned. The principal is the seller."""
    statement = text(f"""
        with following as materialized ({_FOLLOWING}), given as materialized (
            select a.audience, a.price_group, a.buyer_id from price_assignment a
            where a.seller_id = :seller and a.price_list_id in (select id from following)
        )
        select count(*) from trading_account t where t.seller_id = :seller and t.status = 'active' and (
            exists (select from given g where g.audience = 'everyone')
            or t.price_group in (select g.price_group from given g where g.audience = 'group')
            or t.buyer_id in (select g.buyer_id from given g where g.audience = 'account'))
    """)  # noqa: S608 - constants of ours
    count: int = db.session.execute(statement, {"seller": principal.selling(), "list": price_list_id}).scalar_one()
    return count


def count_buyers_of_each(principal: Principal, price_list_ids: Iterable[int]) -> dict[int, int]:
    """Count the active buyers each list itself is assigned to, in one statement. The principal is the seller."""
    statement = text(
        "select a.price_list_id, count(distinct t.buyer_id) from price_assignment a"
        " join trading_account t on t.seller_id = a.seller_id and t.status = 'active'"
        " and (a.audience = 'everyone' or t.buyer_id = a.buyer_id or t.price_group = a.price_group)"
        " where a.seller_id = :seller and a.price_list_id = any(:lists) group by a.price_list_id"
    ).bindparams(bindparam("lists", type_=ARRAY(BigInteger)))
    rows = db.session.execute(statement, {"seller": principal.selling(), "lists": list(price_list_ids)})
    return {row[0]: row[1] for row in rows}


def count_all_buyers(principal: Principal) -> int:
    """Count the seller's active buyers: whom a change of strategy may concern. The principal is the seller."""
    statement = text("select count(*) from trading_account where seller_id = :seller and status = 'active'")
    count: int = db.session.execute(statement, {"seller": principal.selling()}).scalar_one()
    return count


def get_strategy(principal: Principal) -> PriceStrategy:
    """Give the seller's strategy, `first` where none was chosen. The principal is the seller."""
    statement = text("select price_strategy from pricing_policy where seller_id = :seller")
    chosen = db.session.execute(statement, {"seller": principal.selling()}).scalar_one_or_none()
    return PriceStrategy(chosen or PriceStrategy.FIRST)


def find_buyers(principal: Principal, codes: Iterable[str]) -> dict[str, int]:
    """Give the ids of the seller's buyers by organisation code; unknown codes are left out. The principal is the seller."""
    statement = text(
        "select o.code, o.id from trading_account t join organisation o on o.id = t.buyer_id"
        " where t.seller_id = :seller and o.root_id = :root and o.code = any(:codes)"
    ).bindparams(bindparam("codes", type_=ARRAY(String)))
    parameters = {"seller": principal.selling(), "root": principal.root_id, "codes": list(set(codes))}
    return {row.code: row.id for row in db.session.execute(statement, parameters)}


def find_groups(principal: Principal) -> dict[str, str]:
    """Give the names of the seller's price groups by code. The principal is the seller."""
    statement = text("select code, name from price_group where seller_id = :seller order by code")
    return {row.code: row.name for row in db.session.execute(statement, {"seller": principal.selling()})}


def list_lists_of_group(principal: Principal, group: str) -> list[Use]:
    """Give the lists that are assigned to a price group, by code. The principal is the seller."""
    statement = text(
        "select l.code, l.name from price_assignment a"
        " join price_list l on l.seller_id = a.seller_id and l.id = a.price_list_id"
        " where a.seller_id = :seller and a.price_group = :group order by l.code"
    )
    return [Use(*row) for row in db.session.execute(statement, {"seller": principal.selling(), "group": group})]


def get_today(principal: Principal) -> date:
    """Give the day it is for the seller, by the database's clock."""
    today: date = db.session.execute(
        text("select (now() at time zone :time_zone)::date"), {"time_zone": principal.time_zone}
    ).scalar_one()
    return today
