"""Writing price lists: what they are, whom they are for, what they derive from, and how several of them decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn

from sqlalchemy import ARRAY, BigInteger, String, bindparam, insert, text

from portal.core.field_errors import field_error
from portal.pricing.models import PriceList as PriceListTable
from portal.pricing.models import PriceStrategy
from portal.pricing.queries.price_lists import (
    Assigned,
    PriceListRow,
    find_buyers,
    find_groups,
    find_price_list,
    get_assignments,
    get_price_list,
    get_strategy,
    list_derivations,
)
from portal.pricing.rules.price_lists import ChainLink, DerivationProblem, check_derivation, derivation_chains
from tenants.audit import record
from tenants.database import db
from tenants.errors import InvalidInput
from tenants.models import Status
from tenants.permissions import Permission
from tenants.principal import Principal

MOST_PRIORITY = 999_999_999
MOST_DECIMALS = 4
ADJUSTMENT_BOUND = 1_000_000
_LONGEST_CODE, _LONGEST_NAME = 100, 200

_DERIVATION = {
    DerivationProblem.LOOP: "The list would be derived from itself.",
    DerivationProblem.TOO_LONG: "A chain of derivation has at most 3 lists.",
    DerivationProblem.OTHER_SELLER: "The base list belongs to another seller.",
    DerivationProblem.OTHER_CURRENCY: "The base list is in another currency.",
}

# Two lists made each other's base at the same time would be a loop that neither writer sees.
_LOCK_LISTS = text("select pg_advisory_xact_lock(4711003, hashint8(:seller))")
_UPDATE = text(
    "update price_list set name = :name, priority = :priority, valid_from = :valid_from, valid_to = :valid_to,"
    " base_list_id = :base, adjustment_percent = :percent, adjustment_amount = :amount, decimals = :decimals,"
    " status = :status where seller_id = :seller and id = :list"
)
_UNASSIGN = text(
    "delete from price_assignment where seller_id = :seller and price_list_id = :list and not ("
    " (audience = 'everyone' and :everyone) or (audience = 'group' and price_group = any(:groups))"
    " or (audience = 'account' and buyer_id = any(:buyers)))"
)
_ASSIGN = text(
    "insert into price_assignment (seller_id, price_list_id, audience, price_group, buyer_id)"
    " select :seller, :list, 'everyone', null, cast(null as bigint) where :everyone"
    " union all select :seller, :list, 'group', g.code, null from unnest(:groups) as g (code)"
    " union all select :seller, :list, 'account', null, b.id from unnest(:buyers) as b (id)"
    " on conflict do nothing"
)
_AUDIENCE_ARRAYS = (bindparam("groups", type_=ARRAY(String)), bindparam("buyers", type_=ARRAY(BigInteger)))
_SET_STRATEGY = text(
    "insert into pricing_policy (seller_id, price_strategy) values (:seller, :strategy)"
    " on conflict (seller_id) do update set price_strategy = excluded.price_strategy"
)


@dataclass(frozen=True, slots=True)
class SavePriceList:
    """A price list as it is to be; days None = open, `valid_to` the first day it no longer applies."""

    code: str
    name: str = ""
    priority: int = 100
    valid_from: date | None = None
    valid_to: date | None = None
    base_code: str | None = None
    adjustment_percent: Decimal | None = None
    adjustment_amount: Decimal | None = None
    """In the list's currency, for one base unit."""
    decimals: int | None = None
    """What a derived price is rounded to, 0 to 4; None = 4."""
    active: bool = True


def create_price_list(principal: Principal, command: SavePriceList) -> PriceListRow:
    """Add a list in the seller's currency, for nobody yet. The principal is the seller and manages prices.

    Raises:
        InvalidInput: a field is wrong, or the code is taken (reason `taken`); `errors` names field and reason.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    seller_id = _lock(principal)
    _check_fields(command)
    if find_price_list(principal, command.code) is not None:
        _refuse("code", "taken", "There is a list with this code.")
    bases, links = list_derivations(principal)
    base_id = _base_id(principal, command)
    new = ChainLink(0, seller_id, principal.currency)
    _check_chain({**bases, **({new.price_list_id: base_id} if base_id else {})}, {**links, 0: new}, 0)
    values = _values(command, base_id)
    db.session.execute(
        insert(PriceListTable).values(
            seller_id=seller_id,
            code=command.code,
            currency=principal.currency,
            name=values["name"],
            priority=values["priority"],
            valid_from=values["valid_from"],
            valid_to=values["valid_to"],
            base_list_id=base_id,
            adjustment_percent=values["percent"],
            adjustment_amount=values["amount"],
            decimals=values["decimals"],
            status=values["status"],
        )
    )
    made = get_price_list(principal, command.code)
    record(principal, "price_list.created", command.code, after=_facts(made))
    return made


def change_price_list(principal: Principal, command: SavePriceList) -> PriceListRow:
    """Change everything but code and currency of a list. The principal is the seller and manages prices.

    Raises:
        InvalidInput: a field is wrong, or the base list leads back, too far or to another currency; `errors` names it.
        NotFound: the seller has no such list.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    seller_id = _lock(principal)
    former = get_price_list(principal, command.code)
    _check_fields(command)
    bases, links = list_derivations(principal)
    base_id = _base_id(principal, command)
    bases.pop(former.id, None)
    _check_chain({**bases, **({former.id: base_id} if base_id else {})}, links, former.id)
    db.session.execute(_UPDATE, {"seller": seller_id, "list": former.id, **_values(command, base_id)})
    changed = get_price_list(principal, command.code)
    if changed != former:
        record(principal, "price_list.changed", command.code, before=_facts(former), after=_facts(changed))
    return changed


def save_price_list(principal: Principal, command: SavePriceList) -> PriceListRow:
    """Create the list, or change the one that has its code; see those two. The principal is the seller.

    Raises:
        InvalidInput: as `create_price_list` and `change_price_list`.
        PermissionDenied: the principal may not manage prices.
    """
    known = find_price_list(principal, command.code) is not None
    return change_price_list(principal, command) if known else create_price_list(principal, command)


def assign_price_list(principal: Principal, code: str, wanted: Assigned) -> Assigned:
    """Let the list be for exactly these: everyone, price groups and buyers by code. The principal is the seller.

    Raises:
        InvalidInput: a group or buyer is unknown; `errors` names each.
        NotFound: the seller has no such list.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    seller_id = _lock(principal)
    price_list = get_price_list(principal, code)
    groups, buyers = find_groups(principal), find_buyers(principal, wanted.accounts)
    errors = [
        field_error("groups", "unknown-group", "There is no such price group.", each)
        for each in wanted.groups
        if each not in groups
    ]
    errors += [
        field_error("accounts", "unknown-account", "There is no such account.", each)
        for each in wanted.accounts
        if each not in buyers
    ]
    if errors:
        raise InvalidInput("The audience cannot be taken.", errors=errors)
    former = get_assignments(principal, price_list.id)
    given = {
        "seller": seller_id,
        "list": price_list.id,
        "everyone": wanted.everyone,
        "groups": sorted(set(wanted.groups)),
        "buyers": sorted({buyers[each] for each in wanted.accounts}),
    }
    db.session.execute(_UNASSIGN.bindparams(*_AUDIENCE_ARRAYS), given)
    db.session.execute(_ASSIGN.bindparams(*_AUDIENCE_ARRAYS), given)
    now = get_assignments(principal, price_list.id)
    if now != former:
        record(principal, "price_list.assigned", code, before=former._asdict(), after=now._asdict())
    return now


def choose_strategy(principal: Principal, strategy: PriceStrategy) -> None:
    """Choose which of several applicable lists decides. The principal is the seller and manages prices.

    Raises:
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    seller_id = _lock(principal)
    former = get_strategy(principal)
    if former is strategy:
        return
    db.session.execute(_SET_STRATEGY, {"seller": seller_id, "strategy": strategy.value})
    record(principal, "price_strategy.chosen", before={"strategy": former.value}, after={"strategy": strategy.value})


def _lock(principal: Principal) -> int:
    seller_id = principal.selling()
    db.session.execute(_LOCK_LISTS, {"seller": seller_id})
    return seller_id


def _base_id(principal: Principal, command: SavePriceList) -> int | None:
    if not command.base_code:
        return None
    base_id = find_price_list(principal, command.base_code)
    if base_id is None:
        _refuse("base_code", "unknown-list", "There is no such list.")
    return base_id


def _check_chain(bases: dict[int, int], links: dict[int, ChainLink], list_id: int) -> None:
    for chain in derivation_chains(list_id, bases):
        problem = check_derivation([links[each] for each in chain])
        if problem is not None:
            _refuse("base_code", problem.value, _DERIVATION[problem])


def _check_fields(command: SavePriceList) -> None:
    wrong = []
    if not 0 < len(command.code) <= _LONGEST_CODE or not command.code.isprintable() or "/" in command.code:
        wrong.append(field_error("code", "not-a-code", "A code has 1 to 100 printable characters and no slash."))
    if len(command.name) > _LONGEST_NAME or not (command.name.isprintable() or not command.name):
        wrong.append(field_error("name", "too-long", "A name has up to 200 printable characters."))
    if abs(command.priority) > MOST_PRIORITY:
        wrong.append(field_error("priority", "too-large", "A priority has up to 9 digits."))
    if command.valid_from and command.valid_to and command.valid_to < command.valid_from:
        wrong.append(field_error("valid_to", "ends-before-start", "The list ends before it begins."))
    wrong += _wrong_adjustments(command)
    if command.decimals is not None and not 0 <= command.decimals <= MOST_DECIMALS:
        wrong.append(field_error("decimals", "out-of-range", "From 0 to 4 decimals."))
    if wrong:
        raise InvalidInput("The price list cannot be taken.", errors=wrong)


def _wrong_adjustments(command: SavePriceList) -> list[dict[str, str]]:
    wrong = []
    given = {"adjustment_percent": command.adjustment_percent, "adjustment_amount": command.adjustment_amount}
    for name, value in given.items():
        if value is None:
            continue
        if not value.is_finite() or abs(value) >= ADJUSTMENT_BOUND or value != round(value, 4):
            wrong.append(field_error(name, "not-a-number", "A number below one million with up to 4 decimals."))
        elif value and not command.base_code:
            wrong.append(field_error(name, "no-base", "Only a derived list has an adjustment."))
    return wrong


def _values(command: SavePriceList, base_id: int | None) -> dict[str, Any]:
    return {
        "name": command.name.strip(),
        "priority": command.priority,
        "valid_from": command.valid_from,
        "valid_to": command.valid_to,
        "base": base_id,
        "percent": command.adjustment_percent,
        "amount": command.adjustment_amount,
        "decimals": command.decimals,
        "status": (Status.ACTIVE if command.active else Status.INACTIVE).value,
    }


def _facts(price_list: PriceListRow) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str | int | bool) or value is None else str(value)
        for name, value in price_list._asdict().items()
        # The base list goes by its code; what it is called is its own affair.
        if name not in {"id", "base_name"}
    }


def _refuse(name: str, reason: str, detail: str) -> NoReturn:
    raise InvalidInput(detail, errors=[field_error(name, reason, detail)])
