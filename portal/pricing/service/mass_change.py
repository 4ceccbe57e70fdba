"""Changing many prices of a list by one rule, and copying a list: each becomes a draft, written set-wise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.types import Numeric

from portal.core.queries import like_pattern
from portal.pricing.queries.price_lists import get_price_list, get_today
from portal.pricing.queries.revisions import RevisionRow
from portal.pricing.service.drafts import begin_draft, lock_list
from portal.pricing.service.price_lists import ADJUSTMENT_BOUND, SavePriceList, create_price_list
from portal.pricing.service.publishing import publish
from tenants.database import db
from tenants.errors import InvalidInput
from tenants.permissions import Permission
from tenants.principal import Principal

MOST_DECIMALS = 4

# Half away from zero, once, as everywhere (docs: the price rule); with an ending the nearest price that ends so.
_EXACT = "e.net_price * (100 + cast(:percent as numeric)) / 100 + cast(:amount as numeric)"
_PRICE = (
    f"case when {_EXACT} <= 0 then 0 when cast(:ending as numeric) is null then round({_EXACT}, :decimals)"
    f" else greatest(round({_EXACT} - cast(:ending as numeric)) + cast(:ending as numeric), cast(:ending as numeric)) end"
)
_INTO = """
    insert into price_revision_entry (seller_id, revision_id, article_id, min_quantity, valid_from, former_price,
        former_valid_to, net_price, valid_to)
"""
# Of the entries that hold on the day the one that decides, and each that begins later.
_CHANGE = f"""
    {_INTO}
    select :seller, :revision, s.article_id, s.min_quantity, s.target, t.net_price, t.valid_to, s.price, s.valid_to
    from (
        select distinct on (e.article_id, e.min_quantity, greatest(e.valid_from, :on)) e.article_id, e.min_quantity,
               e.net_price, e.valid_to, {_PRICE} as price,
               case when e.valid_from < cast(:starts_on as date) then cast(:starts_on as date) else e.valid_from end as target
        from price_entry e
        join article a on a.seller_id = e.seller_id and a.id = e.article_id
        join product p on p.owner_id = a.owner_id and p.id = a.product_id
        where e.seller_id = :seller and e.price_list_id = :list and (e.valid_to is null or :on < e.valid_to) {{}}
        order by e.article_id, e.min_quantity, greatest(e.valid_from, :on), e.valid_from desc
    ) s
    left join price_entry t on t.seller_id = :seller and t.price_list_id = :list and t.article_id = s.article_id
         and t.min_quantity = s.min_quantity and t.valid_from = s.target
    where s.price <> s.net_price
"""  # noqa: S608 - constants of ours
_COPY = text(f"""
    {_INTO}
    select :seller, :revision, e.article_id, e.min_quantity, e.valid_from, null, null, {_PRICE}, e.valid_to
    from price_entry e
    where e.seller_id = :seller and e.price_list_id = :source and (e.valid_to is null or :on < e.valid_to)
""").bindparams(bindparam("ending", type_=Numeric))  # noqa: S608 - constants of ours
_FILTERS = {
    "words": "(a.article_number ilike :words or p.name_en ilike :words or p.name_de ilike :words)",
    "brand": "p.brand = :brand",
    "category": "(p.category = :category or p.category like :below)",
}


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What happens to each price: times (1 + percent / 100), plus amount, rounded; never below 0."""

    percent: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    decimals: int = 2
    ending: Decimal | None = None
    """The nearest price that ends so (0.99), instead of rounding to decimals."""


@dataclass(frozen=True, slots=True)
class AdjustPrices:
    """Which prices of a list are to be changed by one rule, and from which day on (None = those that hold now)."""

    adjustment: Adjustment
    name: str = ""
    starts_on: date | None = None
    words: str = ""
    brand: str = ""
    category: str = ""
    """With everything below it."""


def adjust_prices(principal: Principal, code: str, command: AdjustPrices) -> RevisionRow:
    """Make a draft in which the list's prices are changed by one rule. The principal is the seller and manages prices.

    Changed are prices that hold on the day, or begin later; with a day today's hold until then.

    Raises:
        InvalidInput: the rule's numbers are out of bounds.
        NotFound: the seller has no such list.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    _check(command.adjustment)
    draft = begin_draft(principal, code, command.name)
    wanted: dict[str, Any] = {"words": command.words, "brand": command.brand, "category": command.category}
    conditions = "".join(f" and {_FILTERS[name]}" for name, value in wanted.items() if value)
    values = {
        **_rule(command.adjustment),
        "seller": principal.selling(),
        "list": lock_list(principal, code),
        "revision": draft.id,
        "on": command.starts_on or get_today(principal),
        "starts_on": command.starts_on,
        "words": like_pattern(command.words),
        "brand": command.brand,
        "category": command.category,
        "below": like_pattern(command.category).removeprefix("%").removesuffix("%") + " > %",
    }
    statement = text(_CHANGE.format(conditions)).bindparams(bindparam("ending", type_=Numeric))
    named = {name: value for name, value in values.items() if f":{name}" in statement.text}
    db.session.execute(statement, named)
    return draft


def copy_price_list(principal: Principal, source: str, code: str, name: str, adjustment: Adjustment) -> RevisionRow:
    """Make a list for nobody yet with the prices of another one, changed by a rule; give its first version, if it has one.

    Base, priority and currency are those of the other list; prices that have ended stay behind. The principal is the
    seller and manages prices.

    Raises:
        InvalidInput: the code is taken or cannot be one, or the rule's numbers are out of bounds.
        NotFound: the seller has no such list.
        NothingToPublish: the other list has no prices of its own.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    _check(adjustment)
    given = get_price_list(principal, source)
    made = create_price_list(
        principal,
        SavePriceList(
            code=code,
            name=name,
            priority=given.priority,
            base_code=given.base_code,
            adjustment_percent=given.adjustment_percent,
            adjustment_amount=given.adjustment_amount,
            decimals=given.decimals,
        ),
    )
    draft = begin_draft(principal, made.code)
    values = {**_rule(adjustment), "seller": principal.selling(), "source": given.id, "revision": draft.id}
    db.session.execute(_COPY, {**values, "on": get_today(principal)})
    return publish(principal, made.code, draft.number, source)


def _rule(adjustment: Adjustment) -> dict[str, Any]:
    return {
        "percent": adjustment.percent,
        "amount": adjustment.amount,
        "decimals": adjustment.decimals,
        "ending": adjustment.ending,
    }


def _check(adjustment: Adjustment) -> None:
    given = {"percent": adjustment.percent, "amount": adjustment.amount}
    wrong = [
        name
        for name, value in given.items()
        if not value.is_finite() or abs(value) >= ADJUSTMENT_BOUND or value != round(value, MOST_DECIMALS)
    ]
    if adjustment.ending is not None and not 0 <= adjustment.ending < 1:
        wrong.append("ending")
    if not 0 <= adjustment.decimals <= MOST_DECIMALS:
        wrong.append("decimals")
    if wrong:
        errors = [
            {"pointer": f"#/{name}", "field": name, "reason": "not-a-number", "detail": "Out of bounds."}
            for name in wrong
        ]
        raise InvalidInput("The rule cannot be taken.", errors=errors)
