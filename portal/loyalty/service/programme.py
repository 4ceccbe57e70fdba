"""Writing a programme: made, started, ended; its rules and rewards, which are ended and never changed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from portal.catalogue.rules import clean_category
from portal.core.field_errors import field_error, refuse_if
from portal.loyalty.errors import ProgrammeNotReady
from portal.loyalty.models import Measure, ProgrammeState, RuleScope
from portal.loyalty.queries.programme import (
    ProgrammeRow,
    RewardRow,
    RuleRow,
    find_listed,
    find_programme,
    is_sold,
    list_levels,
    list_rewards,
    list_rules,
)
from portal.loyalty.rules import Level
from portal.pricing.queries.price_lists import get_today
from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

MOST_MONTHS, MOST_LEVELS, MOST_RULES, MOST_REWARDS = 120, 10, 100, 200
MOST_REWARD_POINTS, MOST_RULE_POINTS = 1_000_000_000, 10_000
_LONGEST_NAME, _MOST_FACTOR = 100, 100
_PER_BOUND = Decimal(10**9)
_MOST_DECIMALS = 3
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}")
_REFUSED = "The programme cannot be taken."

_LOCK = text("select state from loyalty_programme where seller_id = :seller for update")
_SAVE = text(
    "insert into loyalty_programme (seller_id, name, expiry_months) values (:seller, :name, :months)"
    " on conflict (seller_id) do update set name = excluded.name, expiry_months = excluded.expiry_months"
)
_NO_LEVELS = text("delete from loyalty_level where seller_id = :seller")
_LEVEL = text("insert into loyalty_level (seller_id, from_points, name) values (:seller, :from_points, :name)")
_STATE = text("update loyalty_programme set state = :state where seller_id = :seller")
# An order earns by the rules of its day. So none begins before the programme did, or ends in the middle of a day.
_BEGIN_RULES = text(
    "update loyalty_rule set valid_from = :today"
    " where seller_id = :seller and valid_from < :today and (valid_to is null or valid_to > :today)"
)
_END_RULES = text(
    "update loyalty_rule set valid_to = greatest(valid_from, cast(:day as date))"
    " where seller_id = :seller and (valid_to is null or valid_to > greatest(valid_from, cast(:day as date)))"
    " and (cast(:number as integer) is null or number = :number) returning number"
)
_ADD_RULE = text(
    "insert into loyalty_rule (seller_id, name, measure, scope, scope_code, points, per, factor, valid_from, valid_to)"
    " values (:seller, :name, :measure, :scope, :scope_code, :points, :per, :factor, :valid_from, :valid_to)"
    " returning number"
)
_ADD_REWARD = text(
    "insert into loyalty_reward (seller_id, code, article_id, quantity, points)"
    " values (:seller, :code, :article, :quantity, :points)"
)
_END_REWARD = text(
    "update loyalty_reward set ended_at = now() where seller_id = :seller and code = :code and ended_at is null"
)


@dataclass(frozen=True, slots=True)
class SaveProgramme:
    """A programme as it is to be; the levels replace those there were."""

    name: str
    expiry_months: int
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class AddRule:
    """A rule: `points` for each full `per` of net amount or base units; of a multiplier the factor alone."""

    name: str
    measure: Measure
    scope: RuleScope = RuleScope.ALL
    scope_code: str = ""
    points: int | None = None
    per: Decimal | None = None
    factor: Decimal | None = None
    valid_from: date | None = None
    """None: today."""
    valid_to: date | None = None
    """First day on which it no longer holds."""


@dataclass(frozen=True, slots=True)
class AddReward:
    """A reward: base units of an article that the seller offers, free for so many points."""

    code: str
    article: str
    quantity: Decimal
    points: int


def save_programme(principal: Principal, command: SaveProgramme) -> ProgrammeRow:
    """Make the seller's programme, as a draft, or change its name, levels and how long new points last.

    The principal sells and manages loyalty.

    Raises:
        InvalidInput: a field is wrong; `errors` says which.
        PermissionDenied: the principal may not manage loyalty.
    """
    principal.require(Permission.LOYALTY_MANAGE)
    seller_id = principal.selling()
    refuse_if(_wrong_programme(command), _REFUSED)
    db.session.execute(_LOCK, {"seller": seller_id})
    former = _facts(principal)
    values = {"seller": seller_id, "name": command.name.strip(), "months": command.expiry_months}
    db.session.execute(_SAVE, values)
    db.session.execute(_NO_LEVELS, {"seller": seller_id})
    for level in command.levels:
        db.session.execute(_LEVEL, {"seller": seller_id, "from_points": level.from_points, "name": level.name.strip()})
    saved = _facts(principal)
    if saved != former:
        record(principal, "loyalty_programme.saved", command.name.strip(), before=former, after=saved)
    return _get(principal)


def start_programme(principal: Principal) -> ProgrammeRow:
    """Let customers see the programme, and orders placed from today on earn points; one that runs stays as it is.

    The principal sells and manages loyalty.

    Raises:
        ProgrammeNotReady: there is none yet.
        PermissionDenied: the principal may not manage loyalty.
    """
    principal.require(Permission.LOYALTY_MANAGE)
    key = {"seller": principal.selling()}
    if _lock(principal) is not ProgrammeState.RUNNING:
        db.session.execute(_BEGIN_RULES, {**key, "today": get_today(principal)})
        db.session.execute(_STATE, {**key, "state": ProgrammeState.RUNNING.value})
        record(principal, "loyalty_programme.started", _get(principal).name)
    return _get(principal)


def end_programme(principal: Principal) -> ProgrammeRow:
    """Let no reward be taken any more, and no order placed from tomorrow on earn points; one that has ended stays as it is.

    Orders placed until then still earn, and the points stay until they expire. The principal sells and manages loyalty.

    Raises:
        ProgrammeNotReady: it does not run.
        PermissionDenied: the principal may not manage loyalty.
    """
    principal.require(Permission.LOYALTY_MANAGE)
    state = _lock(principal)
    if state is ProgrammeState.DRAFT:
        raise ProgrammeNotReady("The programme has not been started.", state=state.value)
    if state is ProgrammeState.RUNNING:
        _end_rules(principal, None)
        db.session.execute(_STATE, {"seller": principal.selling(), "state": ProgrammeState.ENDED.value})
        record(principal, "loyalty_programme.ended", _get(principal).name)
    return _get(principal)


def add_rule(principal: Principal, command: AddRule) -> RuleRow:
    """Add a rule; it holds for orders placed from today on, or later. The principal sells and manages loyalty.

    Raises:
        InvalidInput: a field is wrong, an article or category unknown; `errors` says which.
        ProgrammeNotReady: there is no programme yet, or it has ended.
        PermissionDenied: the principal may not manage loyalty.
    """
    principal.require(Permission.LOYALTY_MANAGE)
    state = _lock(principal)
    if state is ProgrammeState.ENDED:
        raise ProgrammeNotReady("The programme has ended.", state=state.value)
    today = get_today(principal)
    refuse_if(_wrong_rule(principal, command, today), "The rule cannot be taken.")
    is_factor = command.measure is Measure.MULTIPLIER
    values = {
        "seller": principal.selling(),
        "name": command.name.strip(),
        "measure": command.measure.value,
        "scope": command.scope.value,
        "scope_code": _scope_code(command),
        "points": None if is_factor else command.points,
        "per": None if is_factor else command.per,
        "factor": command.factor if is_factor else None,
        "valid_from": command.valid_from or today,
        "valid_to": command.valid_to,
    }
    number = db.session.execute(_ADD_RULE, values).scalar_one()
    added = next(rule for rule in list_rules(principal) if rule.number == number)
    record(principal, "loyalty_rule.added", str(number), after=_rule_facts(added))
    return added


def end_rule(principal: Principal, number: int) -> None:
    """Let a rule not hold for orders placed from tomorrow on; one that has ended stays as it is.

    The principal sells and manages loyalty.

    Raises:
        NotFound: the seller has no such rule.
        ProgrammeNotReady: there is no programme yet.
        PermissionDenied: the principal may not manage loyalty.
    """
    principal.require(Permission.LOYALTY_MANAGE)
    _lock(principal)
    if all(rule.number != number for rule in list_rules(principal)):
        raise NotFound
    if _end_rules(principal, number):
        record(principal, "loyalty_rule.ended", str(number))


def add_reward(principal: Principal, command: AddReward) -> RewardRow:
    """Add a reward. The principal sells and manages loyalty.

    Raises:
        InvalidInput: a field is wrong, the article unknown or the code taken; `errors` says which.
        ProgrammeNotReady: there is no programme yet.
        PermissionDenied: the principal may not manage loyalty.
    """
    principal.require(Permission.LOYALTY_MANAGE)
    _lock(principal)
    article_id = find_listed(principal, command.article)
    refuse_if(_wrong_reward(principal, command, article_id), "The reward cannot be taken.")
    values = {"code": command.code, "article": article_id, "quantity": command.quantity, "points": command.points}
    db.session.execute(_ADD_REWARD, {"seller": principal.selling(), **values})
    facts = {"articles": [command.article], "quantity": f"{command.quantity:f}", "points": command.points}
    record(principal, "loyalty_reward.added", command.code, after=facts)
    return list_rewards(principal, [command.code])[0]


def end_reward(principal: Principal, code: str) -> None:
    """Let a reward be taken no more; one that has ended stays as it is. The principal sells and manages loyalty.

    Raises:
        NotFound: the seller has no such reward.
        ProgrammeNotReady: there is no programme yet.
        PermissionDenied: the principal may not manage loyalty.
    """
    principal.require(Permission.LOYALTY_MANAGE)
    _lock(principal)
    known = list_rewards(principal, [code])
    if not known:
        raise NotFound
    if known[0].ended_at is None:
        db.session.execute(_END_REWARD, {"seller": principal.selling(), "code": code})
        record(principal, "loyalty_reward.ended", code)


def _lock(principal: Principal) -> ProgrammeState:
    state = db.session.execute(_LOCK, {"seller": principal.selling()}).scalar_one_or_none()
    if state is None:
        raise ProgrammeNotReady("There is no programme yet.", state=None)
    return ProgrammeState(state)


def _get(principal: Principal) -> ProgrammeRow:
    found = find_programme(principal)
    if found is None:
        raise ProgrammeNotReady("There is no programme yet.", state=None)
    return found


def _end_rules(principal: Principal, number: int | None) -> bool:
    """End one rule, or all, with the day of today; of a draft it never held."""
    is_draft = _get(principal).state is ProgrammeState.DRAFT
    day = date.min if is_draft else get_today(principal) + timedelta(days=1)
    return bool(db.session.execute(_END_RULES, {"seller": principal.selling(), "number": number, "day": day}).all())


def _facts(principal: Principal) -> dict[str, Any] | None:
    known = find_programme(principal)
    if known is None:
        return None
    levels = [f"{level.name}: {level.from_points}" for level in list_levels(principal)]
    return {"name": known.name, "expiry_months": known.expiry_months, "levels": levels}


def _rule_facts(rule: RuleRow) -> dict[str, Any]:
    return {
        "name": rule.name,
        "all_articles": rule.scope is RuleScope.ALL,
        "categories": [rule.scope_code] if rule.scope is RuleScope.CATEGORY else [],
        "articles": [rule.scope_code] if rule.scope is RuleScope.ARTICLE else [],
        "points": rule.points,
        "per": None if rule.per is None else f"{rule.per:f}",
        "factor": None if rule.factor is None else f"{rule.factor:f}",
        "valid_from": rule.valid_from.isoformat(),
        "valid_to": rule.valid_to.isoformat() if rule.valid_to else None,
    }


def _wrong_name(name: str) -> list[dict[str, str]]:
    if name.strip() and len(name) <= _LONGEST_NAME and name.isprintable():
        return []
    return [field_error("name", "missing", f"1 to {_LONGEST_NAME} printable characters.")]


def _wrong_programme(command: SaveProgramme) -> list[dict[str, str]]:
    wrong = _wrong_name(command.name)
    if not 1 <= command.expiry_months <= MOST_MONTHS:
        wrong.append(field_error("expiry_months", "out-of-range", f"From 1 to {MOST_MONTHS} months."))
    names = [level.name.strip() for level in command.levels]
    if len(names) > MOST_LEVELS or any(
        not name or len(name) > _LONGEST_NAME or not name.isprintable() for name in names
    ):
        wrong.append(field_error("levels", "level-name", f"Up to {MOST_LEVELS} levels, each with a name."))
    counts = Counter(level.from_points for level in command.levels)
    if any(number > 1 or not 0 <= points <= MOST_REWARD_POINTS for points, number in counts.items()):
        wrong.append(field_error("levels", "level-points", "Each level begins at other points, from 0 on."))
    return wrong


def _scope_code(command: AddRule) -> str:
    if command.scope is RuleScope.ALL:
        return ""
    return clean_category(command.scope_code) if command.scope is RuleScope.CATEGORY else command.scope_code.strip()


def _is_exact(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_MOST_DECIMALS


def _wrong_rule(principal: Principal, command: AddRule, today: date) -> list[dict[str, str]]:
    wrong = _wrong_name(command.name)
    code = _scope_code(command)
    if command.scope is RuleScope.ARTICLE and find_listed(principal, code) is None:
        wrong.append(field_error("scope_code", "unknown-article", "You offer no such article."))
    if command.scope is RuleScope.CATEGORY and not (code and is_sold(principal, code)):
        wrong.append(field_error("scope_code", "unknown-category", "You list nothing of this category."))
    if command.measure is Measure.MULTIPLIER:
        if command.factor is None or not _is_exact(command.factor) or not 1 < command.factor <= _MOST_FACTOR:
            wrong.append(field_error("factor", "out-of-range", f"Above 1, at most {_MOST_FACTOR}."))
    else:
        if command.points is None or not 1 <= command.points <= MOST_RULE_POINTS:
            wrong.append(field_error("points", "out-of-range", f"From 1 to {MOST_RULE_POINTS} points."))
        if command.per is None or not _is_exact(command.per) or not 0 < command.per < _PER_BOUND:
            wrong.append(field_error("per", "not-a-number", "A number above 0."))
    if command.valid_from is not None and command.valid_from < today:
        wrong.append(field_error("valid_from", "is-over", "A rule holds from today on, or later."))
    if command.valid_to is not None and command.valid_to <= (command.valid_from or today):
        wrong.append(field_error("valid_to", "ends-before-start", "It ends before it begins."))
    if not wrong and sum(not rule.is_over for rule in list_rules(principal)) >= MOST_RULES:
        wrong.append(field_error("name", "too-many", f"At most {MOST_RULES} rules."))
    return wrong


def _wrong_reward(principal: Principal, command: AddReward, article_id: int | None) -> list[dict[str, str]]:
    wrong = []
    known = list_rewards(principal)
    if not _CODE.fullmatch(command.code):
        wrong.append(field_error("code", "not-a-code", "Up to 50 letters, digits, full stops, lines and dashes."))
    if any(reward.code == command.code for reward in known):
        wrong.append(field_error("code", "taken", "There is, or was, a reward with this code."))
    elif sum(reward.ended_at is None for reward in known) >= MOST_REWARDS:
        wrong.append(field_error("code", "too-many", f"At most {MOST_REWARDS} rewards."))
    if article_id is None:
        wrong.append(field_error("article", "unknown-article", "You offer no such article."))
    if not _is_exact(command.quantity) or not 0 < command.quantity < _PER_BOUND:
        wrong.append(field_error("quantity", "not-a-number", "A number above 0."))
    if not 1 <= command.points <= MOST_REWARD_POINTS:
        wrong.append(field_error("points", "out-of-range", f"From 1 to {MOST_REWARD_POINTS} points."))
    return wrong
