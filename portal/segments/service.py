"""Writing segments: made, changed, removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, String, bindparam, text
from sqlalchemy.exc import IntegrityError

from portal.catalogue.rules import clean_category
from portal.core.field_errors import code_errors, field_error, refuse_if
from portal.pricing.queries.price_lists import find_buyers, find_groups
from portal.segments.errors import SegmentInUse
from portal.segments.queries import SegmentRow, find_segment, get_segment, is_sold
from portal.segments.rules import OrderRhythm
from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

MOST_NAMED, MOST_DAYS = 1000, 730
_LONGEST = {"code": 100, "name": 200}

_INSERT = text(
    "insert into segment (seller_id, code, name, rhythms, category, bought, category_days)"
    " values (:seller, :code, :name, :rhythms, :category, :bought, :category_days) on conflict do nothing returning code"
).bindparams(bindparam("rhythms", type_=ARRAY(String)))
_UPDATE = text(
    "update segment set name = :name, rhythms = :rhythms, category = :category, bought = :bought,"
    " category_days = :category_days where seller_id = :seller and code = :code"
).bindparams(bindparam("rhythms", type_=ARRAY(String)))
_LOCK = text("select code from segment where seller_id = :seller and code = :code for update")
_CLEAR = tuple(
    text(f"delete from {table} where seller_id = :seller and segment_code = :code")  # noqa: S608 - ours
    for table in ("segment_group", "segment_account")
)
_GROUPS = text(
    "insert into segment_group (seller_id, segment_code, price_group) select :seller, :code, unnest(:groups)"
).bindparams(bindparam("groups", type_=ARRAY(String)))
_ACCOUNTS = text(
    "insert into segment_account (seller_id, segment_code, buyer_id) select :seller, :code, unnest(:buyers)"
).bindparams(bindparam("buyers", type_=ARRAY(BigInteger)))
_REMOVE = text("delete from segment where seller_id = :seller and code = :code")


@dataclass(frozen=True, slots=True)
class SaveSegment:
    """A rule as it is to be. Each part that is set must fit; of `groups` and `accounts`, one of them."""

    code: str
    name: str
    groups: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    rhythms: tuple[OrderRhythm, ...] = ()
    category: str = ""
    bought: bool = True
    """Of the category, within `category_days`: something, or nothing."""
    category_days: int = 90


def create_segment(principal: Principal, command: SaveSegment) -> SegmentRow:
    """Make a segment. The principal is the seller and manages accounts.

    Raises:
        InvalidInput: a field is wrong, a group, account or category unknown, or the code taken; `errors` says which.
        PermissionDenied: the principal is no seller or may not manage accounts.
    """
    principal.require(Permission.ACCOUNTS_MANAGE)
    wrong = _wrong_fields(principal, command)
    if find_segment(principal, command.code) is not None:
        wrong.append(field_error("code", "taken", "There is a segment with this code."))
    refuse_if(wrong, "The segment cannot be taken.")
    if db.session.execute(_INSERT, _values(principal, command)).one_or_none() is None:
        refuse_if([field_error("code", "taken", "There is a segment with this code.")], "The segment cannot be taken.")
    _write_named(principal, command)
    made = get_segment(principal, command.code)
    record(principal, "segment.created", command.code, after=_facts(made))
    return made


def change_segment(principal: Principal, command: SaveSegment) -> SegmentRow:
    """Change everything but the code. The principal is the seller and manages accounts.

    Raises:
        InvalidInput: a field is wrong, or a group, account or category unknown; `errors` says which.
        NotFound: the seller has no such segment.
        PermissionDenied: the principal is no seller or may not manage accounts.
    """
    principal.require(Permission.ACCOUNTS_MANAGE)
    former = _lock(principal, command.code)
    refuse_if(_wrong_fields(principal, command), "The segment cannot be taken.")
    db.session.execute(_UPDATE, _values(principal, command))
    _write_named(principal, command)
    changed = get_segment(principal, command.code)
    if changed != former:
        record(principal, "segment.changed", command.code, before=_facts(former), after=_facts(changed))
    return changed


def remove_segment(principal: Principal, code: str) -> None:
    """Remove a segment that no campaign is for. The principal is the seller and manages accounts.

    Raises:
        NotFound: the seller has no such segment.
        PermissionDenied: the principal is no seller or may not manage accounts.
        SegmentInUse: a campaign is for it.
    """
    principal.require(Permission.ACCOUNTS_MANAGE)
    former = _lock(principal, code)
    try:
        with db.session.begin_nested():
            db.session.execute(_REMOVE, {"seller": principal.selling(), "code": code})
    except IntegrityError as error:
        raise SegmentInUse("A campaign is for this segment.") from error
    record(principal, "segment.removed", code, before=_facts(former))


def _lock(principal: Principal, code: str) -> SegmentRow:
    if db.session.execute(_LOCK, {"seller": principal.selling(), "code": code}).one_or_none() is None:
        raise NotFound
    return get_segment(principal, code)


def _write_named(principal: Principal, command: SaveSegment) -> None:
    key = {"seller": principal.selling(), "code": command.code}
    for statement in _CLEAR:
        db.session.execute(statement, key)
    if command.groups:
        db.session.execute(_GROUPS, {**key, "groups": sorted(set(command.groups))})
    if command.accounts:
        db.session.execute(_ACCOUNTS, {**key, "buyers": sorted(set(find_buyers(principal, command.accounts).values()))})


def _wrong_fields(principal: Principal, command: SaveSegment) -> list[dict[str, str]]:
    wrong = code_errors(command.code)
    for name, most in _LONGEST.items():
        given = getattr(command, name)
        if not given.strip() or len(given) > most or not given.isprintable():
            wrong.append(
                field_error(name, "too-long" if given.strip() else "missing", f"1 to {most} printable characters.")
            )
    if not 1 <= command.category_days <= MOST_DAYS:
        wrong.append(field_error("category_days", "days", f"From 1 to {MOST_DAYS} days."))
    if command.category and not is_sold(principal, clean_category(command.category)):
        wrong.append(field_error("category", "unknown-category", "You list nothing of this category."))
    groups, buyers = find_groups(principal), find_buyers(principal, command.accounts)
    wrong += [
        field_error("groups", "unknown-group", f"No price group {one}.") for one in command.groups if one not in groups
    ]
    wrong += [
        field_error("accounts", "unknown-account", f"No account {one}.")
        for one in command.accounts
        if one not in buyers
    ]
    return wrong


def _values(principal: Principal, command: SaveSegment) -> dict[str, Any]:
    category = clean_category(command.category)
    return {
        "seller": principal.selling(),
        "code": command.code,
        "name": command.name.strip(),
        "rhythms": [each.value for each in OrderRhythm if each in command.rhythms],
        "category": category,
        "bought": command.bought if category else None,
        "category_days": command.category_days,
    }


def _facts(segment: SegmentRow) -> dict[str, Any]:
    return {
        "name": segment.name,
        "groups": segment.groups,
        "accounts": segment.accounts,
        "rhythms": segment.rhythms,
        "category": segment.category,
        "bought": segment.bought,
        "category_days": segment.category_days,
    }
