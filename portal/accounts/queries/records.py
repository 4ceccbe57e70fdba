"""What a seller keeps about a buyer: addresses, contacts, documents, notes and tasks.

Each read names the trading edge itself: a seller names the buyer, a buyer is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select, text, tuple_

from portal.accounts.queries.accounts import get_account
from portal.accounts.record_models import (
    AccountAddress,
    AccountContact,
    AccountDocument,
    AccountNote,
    AddressKind,
    TaskKind,
)
from tenants.database import db
from tenants.errors import NotFound
from tenants.models import TradingAccount
from tenants.permissions import Capacity
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task with whom it is about and who is to do it."""

    key: str
    code: str
    name: str
    kind: TaskKind
    text: str
    due_on: date
    assignee_id: int | None
    owner_name: str
    created_by: str
    done_at: datetime | None
    done_by: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks: of one buyer, of one person, those done, those due by a day; empty = all that are open."""

    code: str = ""
    assignee_id: int | None = None
    done: bool = False
    due_by: date | None = None


def edge_of(principal: Principal, code: str = "") -> tuple[int, int]:
    """Give (seller id, buyer id): a seller names its buyer by code, a buyer has one edge.

    Raises:
        PermissionDenied: the principal acts on no trading edge.
        NotFound: the seller has no such buyer.
    """
    if principal.capacity is Capacity.BUYER:
        return principal.buying()
    return principal.selling(), get_account(principal, code).buyer_id


def list_addresses(principal: Principal, code: str = "", *, limit: int | None = None, after: Any = None) -> list[Any]:
    """Give the addresses of a buyer, by name; for a buyer its own.

    Raises:
        NotFound: the seller has no such buyer.
    """
    return _listed(principal, code, AccountAddress, (AccountAddress.name, AccountAddress.key), limit, after)


def list_ship_to(principal: Principal) -> list[Any]:
    """Give the buyer's addresses for goods, the usual one first. The principal buys."""
    rows = [row for row in list_addresses(principal) if row.kind is AddressKind.SHIP_TO]
    return sorted(rows, key=lambda row: not row.is_usual)


def get_address(principal: Principal, key: str, code: str = "") -> Any:
    """Give one address.

    Raises:
        NotFound: there is no such buyer or address.
    """
    return _one(principal, code, AccountAddress, AccountAddress.key == key)


def list_contacts(principal: Principal, code: str, *, limit: int | None = None, after: Any = None) -> list[Any]:
    """Give the contacts at a buyer, by name. The principal is its seller.

    Raises:
        NotFound: the seller has no such buyer.
    """
    return _listed(principal, code, AccountContact, (AccountContact.name, AccountContact.key), limit, after)


def get_contact(principal: Principal, code: str, key: str) -> Any:
    """Give one contact.

    Raises:
        NotFound: there is no such buyer or contact.
    """
    return _one(principal, code, AccountContact, AccountContact.key == key)


def list_documents(principal: Principal, code: str = "", *, limit: int | None = None, after: Any = None) -> list[Any]:
    """Give a buyer's documents without their content, by title; for a buyer those that are shared with it.

    Raises:
        NotFound: the seller has no such buyer.
    """
    return _listed(principal, code, AccountDocument, (AccountDocument.title, AccountDocument.digest), limit, after)


def get_document(principal: Principal, digest: str, code: str = "") -> Any:
    """Give one document with its content.

    Raises:
        NotFound: there is no such buyer or document, or it is not shared with the buyer who asks.
    """
    return _one(principal, code, AccountDocument, AccountDocument.digest == digest, whole=True)


def list_notes(principal: Principal, code: str, *, limit: int | None = None, after: Any = None) -> list[Any]:
    """Give the notes about a buyer, the newest first. The principal is its seller.

    Raises:
        NotFound: the seller has no such buyer.
    """
    order = (AccountNote.happened_on, AccountNote.key)
    return _listed(principal, code, AccountNote, order, limit, after, downwards=True)


def list_tasks(
    principal: Principal, wanted: TaskFilter, *, limit: int | None = None, after: Sequence[Any] | None = None
) -> list[TaskRow]:
    """Give the seller's tasks, the most urgent first, behind the key `after` (day, key). The principal is the seller.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    behind_day, behind_key = after or (None, None)
    values = {
        "seller": principal.selling(),
        "code": wanted.code or None,
        "owner": wanted.assignee_id,
        "done": wanted.done,
        "due_by": wanted.due_by,
        "limit": limit,
        "behind_day": behind_day,
        "behind_key": behind_key,
        "zone": principal.time_zone,
    }
    return [TaskRow(**{**row._mapping, "kind": TaskKind(row.kind)}) for row in db.session.execute(_TASKS, values)]  # noqa: SLF001 - SQLAlchemy's public name


_TASKS = text("""
    select t.key, o.code, o.name, t.kind, t.text, t.due_on, t.assignee_id, t.created_by, t.done_at, t.done_by,
           coalesce(nullif(p.name, ''), p.email, '') as owner_name,
           t.done_at is null and t.due_on < (now() at time zone :zone)::date as is_overdue
    from account_task t
    join organisation o on o.id = t.buyer_id and o.seller_id = :seller
    left join people_of(:seller) p on p.user_id = t.assignee_id
    where t.seller_id = :seller and (t.done_at is not null) = :done
      and (cast(:code as text) is null or o.code = :code)
      and (cast(:owner as bigint) is null or t.assignee_id = :owner)
      and (cast(:due_by as date) is null or t.due_on <= :due_by)
      and (cast(:behind_day as date) is null or (t.due_on, t.key) > (cast(:behind_day as date), :behind_key))
    order by t.due_on, t.key limit :limit""")


def count_tasks_due(principal: Principal) -> tuple[int, int]:
    """Give how many of the seller's open tasks are due by today, and how many of them are the principal's own or nobody's.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    statement = text(
        "select count(*), count(*) filter (where t.assignee_id is null or t.assignee_id = :person) from account_task t"
        " where t.seller_id = :seller and t.done_at is null and t.due_on <= (now() at time zone :zone)::date"
    )
    values = {"seller": principal.selling(), "person": principal.user_id, "zone": principal.time_zone}
    every, own = db.session.execute(statement, values).one()
    return every, own


def find_delivery_days(principal: Principal, code: str = "") -> list[int]:
    """Give on which days of the week the seller delivers (1 = Monday); for a buyer to itself.

    Raises:
        NotFound: the seller has no such buyer.
    """
    seller_id, buyer_id = edge_of(principal, code)
    statement = select(TradingAccount.delivery_days).where(
        TradingAccount.seller_id == seller_id, TradingAccount.buyer_id == buyer_id
    )
    return list(db.session.execute(statement).scalar_one())


def find_delivery(principal: Principal) -> tuple[list[dict[str, Any]], list[int]]:
    """Give the buyer's addresses for goods (key, name, city, is_usual; the usual one first) and its delivery days.

    The principal buys.
    """
    seller_id, buyer_id = principal.buying()
    row = db.session.execute(_DELIVERY, {"seller": seller_id, "buyer": buyer_id}).one()
    return row.addresses, list(row.delivery_days)


_DELIVERY = text("""
    select t.delivery_days, coalesce((
        select jsonb_agg(jsonb_build_object('key', a.key, 'name', a.name, 'city', a.city, 'is_usual', a.is_usual)
                         order by not a.is_usual, a.name, a.key)
        from account_address a
        where a.seller_id = :seller and a.buyer_id = :buyer and a.kind = 'ship_to'), '[]'::jsonb) as addresses
    from trading_account t where t.seller_id = :seller and t.buyer_id = :buyer""")


def get_today(principal: Principal) -> date:
    """Give the seller's day."""
    today: date = db.session.execute(select(func.date(func.timezone(principal.time_zone, func.now())))).scalar_one()
    return today


def _listed(
    principal: Principal,
    code: str,
    model: Any,
    order: Sequence[Any],
    limit: int | None,
    after: Sequence[Any] | None,
    *,
    downwards: bool = False,
) -> list[Row[Any]]:
    key = tuple_(*order)
    statement = _of_edge(principal, code, model).order_by(*(each.desc() if downwards else each for each in order))
    if after is not None:
        behind = tuple_(*after)
        statement = statement.where(key < behind if downwards else key > behind)
    return list(db.session.execute(statement.limit(limit)))


def _one(principal: Principal, code: str, model: Any, condition: Any, *, whole: bool = False) -> Row[Any]:
    row = db.session.execute(_of_edge(principal, code, model, whole=whole).where(condition)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _of_edge(principal: Principal, code: str, model: Any, *, whole: bool = False) -> Any:
    seller_id, buyer_id = edge_of(principal, code)
    columns = [column for column in model.__table__.columns if whole or column.name != "content"]
    statement = select(*columns).where(model.seller_id == seller_id, model.buyer_id == buyer_id)
    if model is AccountDocument and principal.capacity is Capacity.BUYER:
        statement = statement.where(AccountDocument.is_shared)
    return statement
