"""Writing promotions: what each gives, on what, to whom, how long and how much of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, String, bindparam, text

from portal.core.field_errors import code_errors, field_error
from portal.pricing.queries.price_lists import find_buyers, find_groups, get_today
from portal.promotions.queries.promotions import PromotionRow, find_listed, find_promotion, get_promotion
from portal.promotions.rules.promotion import Benefit, fold_coupon
from tenants.audit import record
from tenants.database import db
from tenants.errors import InvalidInput
from tenants.permissions import Permission
from tenants.principal import Principal

MOST_PRIORITY = MOST_USES = 999_999_999
AMOUNT_BOUND, QUANTITY_BOUND = 1_000_000_000, 10_000_000
MOST_CODES = 10_000
_LONGEST = {"code": 100, "name": 200, "coupon": 100}
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_COUPON_LETTERS = 16
_PERCENT = frozenset({Benefit.PERCENT, Benefit.MIX, Benefit.ORDER_PERCENT})

# Promotions of one seller are written one after another: what is noted of all their windows would miss one otherwise.
_LOCK = text("select pg_advisory_xact_lock(4711005, hashint8(:seller))")
_LOCK_KNOWN = text(
    "select id from promotion where seller_id = :seller and code = any(:codes) order by id for update"
).bindparams(bindparam("codes", type_=ARRAY(String)))
# Whoever places an order that takes of it waits for this, or this for him: the uses are all there when they are counted.
_LOCK_PROMOTION = text("select id from promotion where seller_id = :seller and id = :promotion for update")
_FIELDS = (
    "name",
    "valid_from",
    "valid_to",
    "priority",
    "combines",
    "coupon",
    "folded_coupon",
    "benefit",
    "value",
    "min_quantity",
    "threshold_amount",
    "buy_quantity",
    "free_quantity",
    "free_article_id",
    "max_uses",
    "max_uses_per_account",
    "budget",
)
_INSERT = text(
    f"insert into promotion (seller_id, code, {', '.join(_FIELDS)})"  # noqa: S608 - columns are constants of ours
    f" values (:seller, :code, {', '.join(':' + name for name in _FIELDS)}) returning id"
)
_UPDATE = text(
    f"update promotion p set {', '.join(f'{name} = :{name}' for name in _FIELDS)},"  # noqa: S608 - the same
    " used_count = u.used, spent_amount = u.spent,"
    " start_told_at = case when :valid_from <= :today or :valid_from is null then p.start_told_at end from (select count(*) as used, coalesce(sum(x.amount), 0) as spent"
    " from promotion_use x where x.seller_id = :seller and x.promotion_id = :promotion and x.given_back_at is null) u"
    " where p.seller_id = :seller and p.id = :promotion"
)
_CLEAR = text("delete from promotion_scope where seller_id = :seller and promotion_id = :promotion")
_CLEAR_AUDIENCE = text("delete from promotion_audience where seller_id = :seller and promotion_id = :promotion")
_SCOPE = text(
    "insert into promotion_scope (seller_id, promotion_id, scope, scope_code)"
    " select :seller, :promotion, 'all', '' where :all_articles"
    " union all select :seller, :promotion, 'article', code from unnest(:articles) as x (code)"
    " union all select :seller, :promotion, 'category', code from unnest(:categories) as x (code)"
    " union all select :seller, :promotion, 'brand', code from unnest(:brands) as x (code)"
).bindparams(*(bindparam(name, type_=ARRAY(String)) for name in ("articles", "categories", "brands")))
_AUDIENCE = text(
    "insert into promotion_audience (seller_id, promotion_id, audience, price_group, buyer_id)"
    " select :seller, :promotion, 'everyone', null, cast(null as bigint) where :everyone"
    " union all select :seller, :promotion, 'group', g.code, null from unnest(:groups) as g (code)"
    " union all select :seller, :promotion, 'account', null, b.id from unnest(:buyers) as b (id)"
).bindparams(bindparam("groups", type_=ARRAY(String)), bindparam("buyers", type_=ARRAY(BigInteger)))
_NOTE_WINDOWS = text(
    "insert into pricing_policy (seller_id, promoted_from, promoted_to)"
    " select :seller, min(coalesce(valid_from, '-infinity')), max(coalesce(valid_to, 'infinity'))"
    " from promotion where seller_id = :seller"
    " on conflict (seller_id) do update set promoted_from = excluded.promoted_from, promoted_to = excluded.promoted_to"
)


@dataclass(frozen=True, slots=True)
class SavePromotion:
    """A promotion as it is to be; days None = open, `valid_to` the first day it no longer applies. Amounts are net."""

    code: str
    benefit: Benefit
    name: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    priority: int = 100
    combines: bool = False
    coupon: str | None = None
    value: Decimal = Decimal(0)
    """A percentage, an amount or price for one base unit, or an amount off the order."""
    min_quantity: Decimal = Decimal(1)
    threshold_amount: Decimal = Decimal(0)
    buy_quantity: Decimal | None = None
    free_quantity: Decimal | None = None
    free_article: str | None = None
    """None = the article that is bought."""
    max_uses: int | None = None
    max_uses_per_account: int | None = None
    budget: Decimal | None = None
    articles: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    all_articles: bool = False
    everyone: bool = False
    groups: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


def lock_promotions(principal: Principal, codes: Iterable[str]) -> None:
    """Lock those that are to be saved together, by id as orders do: no order that takes of several waits for these.

    The principal sells and manages prices.

    Raises:
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    seller_id = principal.selling()
    db.session.execute(_LOCK, {"seller": seller_id})
    db.session.execute(_LOCK_KNOWN, {"seller": seller_id, "codes": sorted(set(codes))})


def save_promotion(principal: Principal, command: SavePromotion, *, new: bool = False) -> PromotionRow:
    """Create the promotion, or change all but the code of the one that has it. The principal sells and manages prices.

    `new` refuses a code that is taken.

    Raises:
        InvalidInput: a field is wrong, or an article, group or customer is unknown; `errors` names field and reason.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    seller_id = principal.selling()
    db.session.execute(_LOCK, {"seller": seller_id})
    known = find_promotion(principal, command.code)
    wrong = _wrong_fields(command)
    if new and known is not None:
        wrong.append(field_error("code", "taken", "There is a promotion with this code."))
    numbers = {*command.articles, *([command.free_article] if command.free_article else [])}
    listed, buyers = find_listed(principal, numbers), find_buyers(principal, command.accounts)
    wrong += _unknown(command, listed, buyers, find_groups(principal))
    if wrong:
        raise InvalidInput("The promotion cannot be taken.", errors=wrong)
    former = get_promotion(principal, command.code) if known is not None else None
    values: dict[str, Any] = {name: getattr(command, name) for name in _FIELDS if hasattr(command, name)}
    values |= {
        "seller": seller_id,
        "code": command.code,
        "name": command.name.strip(),
        "benefit": command.benefit.value,
        "folded_coupon": fold_coupon(command.coupon) if command.coupon else None,
        "free_article_id": listed[command.free_article] if command.free_article else None,
    }
    if known is None:
        known = db.session.execute(_INSERT, values).scalar_one()
    else:
        db.session.execute(_LOCK_PROMOTION, {"seller": seller_id, "promotion": known})
        db.session.execute(_UPDATE, {**values, "promotion": known, "today": get_today(principal)})
    _write_reach(seller_id, known, command, buyers)
    db.session.execute(_NOTE_WINDOWS, {"seller": seller_id})
    promotion = get_promotion(principal, command.code)
    if former is None:
        record(principal, "promotion.created", command.code, after=_facts(promotion))
    elif promotion != former:
        record(principal, "promotion.changed", command.code, before=_facts(former), after=_facts(promotion))
    return promotion


def end_promotion(principal: Principal, code: str) -> PromotionRow:
    """Let a promotion give nothing from today on; one that has ended stays as it is. The principal sells, manages prices.

    Raises:
        NotFound: the seller has no such promotion.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    seller_id = principal.selling()
    db.session.execute(_LOCK, {"seller": seller_id})
    promotion, today = get_promotion(principal, code), get_today(principal)
    if promotion.valid_to is not None and promotion.valid_to <= today:
        return promotion
    last = max(today, promotion.valid_from or today)
    db.session.execute(
        text("update promotion set valid_to = :last where seller_id = :seller and id = :promotion"),
        {"seller": seller_id, "promotion": promotion.id, "last": last},
    )
    db.session.execute(_NOTE_WINDOWS, {"seller": seller_id})
    record(principal, "promotion.ended", code, after={"valid_to": last.isoformat()})
    return promotion._replace(valid_to=last)


def new_coupon() -> str:
    """Give a random coupon of 80 bits, such as `7KQ2-M9XD-0TZR-H4WB`: nobody guesses it."""
    letters = "".join(_LETTERS[byte % len(_LETTERS)] for byte in secrets.token_bytes(_COUPON_LETTERS))
    return "-".join(letters[at : at + 4] for at in range(0, _COUPON_LETTERS, 4))


def kept_or_new_coupon(principal: Principal, code: str) -> str:
    """Give the coupon that the promotion has already, or a new one. The principal is the seller."""
    known = find_promotion(principal, code)
    kept = get_promotion(principal, code).coupon if known is not None else None
    return kept or new_coupon()


def _write_reach(seller_id: int, promotion_id: int, command: SavePromotion, buyers: dict[str, int]) -> None:
    key = {"seller": seller_id, "promotion": promotion_id}
    db.session.execute(_CLEAR, key)
    scopes = {name: sorted(set(getattr(command, name))) for name in ("articles", "categories", "brands")}
    db.session.execute(_SCOPE, {**key, **scopes, "all_articles": command.all_articles})
    db.session.execute(_CLEAR_AUDIENCE, key)
    audience = {
        "everyone": command.everyone,
        "groups": sorted(set(command.groups)),
        "buyers": sorted({buyers[each] for each in command.accounts}),
    }
    db.session.execute(_AUDIENCE, {**key, **audience})


def _wrong_fields(command: SavePromotion) -> list[dict[str, str]]:
    wrong = code_errors(command.code)
    for name, most in _LONGEST.items():
        given = getattr(command, name) or ""
        if len(given) > most or not (given.isprintable() or not given):
            wrong.append(field_error(name, "too-long", f"Up to {most} printable characters."))
    if command.coupon is not None and (not command.coupon.strip() or "," in command.coupon):
        wrong.append(field_error("coupon", "not-a-coupon", "A coupon is not empty and has no comma."))
    if command.valid_from and command.valid_to and command.valid_to < command.valid_from:
        wrong.append(field_error("valid_to", "ends-before-start", "It ends before it begins."))
    if abs(command.priority) > MOST_PRIORITY:
        wrong.append(field_error("priority", "too-large", "A priority has up to 9 digits."))
    if command.benefit in _PERCENT and command.value > 100:  # noqa: PLR2004 - percent
        wrong.append(field_error("value", "more-than-hundred", "At most 100 percent."))
    if command.benefit is Benefit.FREE_GOODS:
        wrong += [
            field_error(name, "missing", "Say how many.")
            for name in ("buy_quantity", "free_quantity")
            if getattr(command, name) is None
        ]
    return wrong + _wrong_numbers(command)


def _wrong_numbers(command: SavePromotion) -> list[dict[str, str]]:
    wrong = []
    bounds = {
        "value": (4, AMOUNT_BOUND, True),
        "threshold_amount": (4, AMOUNT_BOUND, True),
        "budget": (4, AMOUNT_BOUND, True),
        "min_quantity": (3, QUANTITY_BOUND, False),
        "buy_quantity": (3, QUANTITY_BOUND, False),
        "free_quantity": (3, QUANTITY_BOUND, False),
    }
    for name, (decimals, bound, may_be_zero) in bounds.items():
        number = getattr(command, name)
        if number is None:
            continue
        fits = number.is_finite() and number < bound and number == round(number, decimals)
        if not fits or number < 0 or (number == 0 and not may_be_zero):
            wrong.append(field_error(name, "not-a-number", f"A number from 0 with up to {decimals} decimals."))
    for name in ("max_uses", "max_uses_per_account"):
        number = getattr(command, name)
        if number is not None and not 0 <= number <= MOST_USES:
            wrong.append(field_error(name, "not-a-number", "A whole number from 0 with up to 9 digits."))
    return wrong


def _unknown(
    command: SavePromotion, listed: dict[str, int], buyers: dict[str, int], groups: dict[str, str]
) -> list[dict[str, str]]:
    wrong = [
        field_error("articles", "unknown-article", "There is no such article.", each)
        for each in command.articles
        if each not in listed
    ]
    if command.free_article and command.free_article not in listed:
        wrong.append(field_error("free_article", "unknown-article", "There is no such article.", command.free_article))
    wrong += [
        field_error("groups", "unknown-group", "There is no such price group.", each)
        for each in command.groups
        if each not in groups
    ]
    return wrong + [
        field_error("accounts", "unknown-account", "There is no such account.", each)
        for each in command.accounts
        if each not in buyers
    ]


def _facts(promotion: PromotionRow) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str | int | bool | list) or value is None else str(value)
        for name, value in promotion._asdict().items()
        if name not in {"id", "used_count", "spent_amount"}
    }
