"""What a mail about an order says and to whom it goes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, text

from tenants.database import db
from tenants.principal import Principal

_MOST_PEOPLE = 5

_ORDER = text(
    "select o.order_number, o.total, o.currency, o.line_count, o.purchase_order_number, o.requested_on, o.status,"
    " o.buyer_id, b.id is not null as is_customer, b.name as buyer_name, b.email as buyer_email, b.locale as buyer_locale,"
    " s.id as seller_id, s.name as seller_name, s.email as seller_email, s.locale as seller_locale"
    " from sales_order o join organisation s on s.id = o.seller_id"
    " left join organisation b on b.id = o.buyer_id and b.seller_id = o.seller_id"
    " where o.seller_id = :seller and o.id = :order"
)
_FORMER = text("select buyer_name, buyer_locale, buyer_addresses from order_contact(:order)")
_PEOPLE = text(
    "select email from people_of(:organisation) where status = 'active' and role in ('admin', 'manager')"
    " and user_id not in (select notice_choosers(:organisation, :kind)) order by role, email limit :most"
)


def find_order(principal: Principal, order_id: int) -> Row[Any] | None:
    """Give an order (its row id) with both sides' names, addresses and languages. The principal is the seller.

    A buyer that moved to another seller has neither here (`is_customer` is false): `find_former_buyer` tells them.
    """
    return db.session.execute(_ORDER, {"seller": principal.selling(), "order": order_id}).one_or_none()


def find_former_buyer(principal: Principal, order_id: int) -> Row[Any]:
    """Give name, language and addresses of an order's buyer that buys elsewhere by now. The principal is the seller."""
    principal.selling()
    return db.session.execute(_FORMER, {"order": order_id}).one()


def list_responsible(principal: Principal, organisation_id: int, kind: str) -> list[str]:
    """Give the mail addresses of those who manage the seller's own organisation or one of its buyers.

    Who has chosen how to be told of that kind of message (portal/notices/kinds.py) is not among them: it is told so.
    """
    principal.selling()
    rows = db.session.execute(_PEOPLE, {"organisation": organisation_id, "kind": kind, "most": _MOST_PEOPLE})
    return [row.email for row in rows]
