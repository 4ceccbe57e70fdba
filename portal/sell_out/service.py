"""Booking what retailers report as sold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Connection, Date, Numeric, Text, bindparam, text

from portal.core.outbox import emit
from portal.sell_out.matching import FORMER, MATCHED, ONE_AT_A_TIME
from portal.sell_out.queries import retailer_ids
from portal.sell_out.rules import BadCell, ReportedRow, RowProblem, find_twice
from tenants.audit import record
from tenants.database import db
from tenants.errors import InvalidInput
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

REPORTED: Final = "SellOutReported"
_SENTENCES: Final = {
    RowProblem.NO_RETAILER: "is not the code of a retailer of this seller",
    RowProblem.NO_GTIN: "is not a GTIN: it has the wrong length or check digit",
    RowProblem.NO_DAY: "is not a day such as 2026-12-31",
    RowProblem.AHEAD: "lies ahead",
    RowProblem.NO_QUANTITY: "is not a number with up to 9 digits and 3 decimals",
    RowProblem.TWICE: "repeats an earlier row",
}

_ALONE = text(ONE_AT_A_TIME.format(seller="cast(:seller as bigint)"))
# What was booked as it stands is not touched: the same report twice changes nothing.
_BOOK = text(
    f"""
    with given as materialized (
        select cast(:seller as bigint) as seller_id, g.*
        from unnest(:rows, :buyers, :gtins, :days, :quantities) g (row, buyer_id, gtin, sold_on, quantity)
    ), named as (select distinct seller_id, gtin, cast(:owners as bigint[]) as owner_ids from given),
    known as materialized ({MATCHED.format(given="named")}),
    kept as ({FORMER.format(given="given")}),
    booked as (
        insert into sell_out as s (seller_id, buyer_id, gtin, sold_on, quantity, owner_id, product_id, units, source)
        select g.seller_id, g.buyer_id, g.gtin, g.sold_on, g.quantity, k.owner_id, k.product_id, g.quantity * k.contains, :by
        from given g left join known k on k.gtin = g.gtin
        order by g.buyer_id, g.gtin, g.sold_on
        on conflict (seller_id, buyer_id, gtin, sold_on) do update
        set quantity = excluded.quantity, owner_id = excluded.owner_id, product_id = excluded.product_id,
            units = excluded.units, source = excluded.source, reported_at = now()
        where s.quantity is distinct from excluded.quantity
        returning s.buyer_id, s.gtin, s.sold_on, s.xmax = 0 as is_new
    )
    select g.row, g.buyer_id, g.gtin, g.sold_on, b.is_new, k.gtin is not null as is_known
    from given g
    left join booked b on b.buyer_id = g.buyer_id and b.gtin = g.gtin and b.sold_on = g.sold_on
    left join known k on k.gtin = g.gtin
    order by g.row
    """  # noqa: S608 - parts are constants of this package
).bindparams(
    bindparam("rows", type_=ARRAY(BigInteger)),
    bindparam("buyers", type_=ARRAY(BigInteger)),
    bindparam("gtins", type_=ARRAY(Text)),
    bindparam("days", type_=ARRAY(Date)),
    bindparam("quantities", type_=ARRAY(Numeric(14, 3))),
    bindparam("owners", type_=ARRAY(BigInteger)),
)


class BadReport(InvalidInput):
    """Some rows cannot be taken, so none was; `errors` names row, column and reason of each."""

    code = "bad-rows"

    def __init__(self, cells: Sequence[BadCell]) -> None:
        self.cells = sorted(cells, key=lambda cell: cell.row)
        super().__init__(
            "Some rows cannot be taken; nothing was changed.",
            error_count=len(self.cells),
            errors=[
                {
                    "pointer": f"#/rows/{cell.row - 1}/{cell.column}",
                    "row": cell.row,
                    "column": cell.column,
                    "reason": cell.problem.value,
                    "detail": _SENTENCES[cell.problem],
                }
                for cell in self.cells
            ],
        )


class UnknownGtin(NamedTuple):
    """A row that is kept aside until a product bears its GTIN."""

    row: int
    gtin: str


@dataclass(frozen=True, slots=True)
class Booking:
    """What a report did, or would do."""

    created: int
    changed: int
    unchanged: int
    unknown: list[UnknownGtin]


def report(principal: Principal, rows: Sequence[ReportedRow], bad: Sequence[BadCell] = ()) -> Booking:
    """Book what a retailer sold: all rows or none. The retailer reports its own, its seller that of any of its retailers.

    `bad` are cells that could not even be read: they are named together with everything else that is wrong.

    Raises:
        BadReport: a row cannot be taken.
        PermissionDenied: the principal may not order (a retailer) or not work on orders (its seller).
    """
    buyers = _buyers(principal, rows)
    wrong = [
        *bad,
        *find_twice(rows),
        *(
            BadCell(row.row, "retailer", RowProblem.NO_RETAILER, row.retailer)
            for row in rows
            if row.retailer not in buyers
        ),
    ]
    if wrong:
        raise BadReport(wrong)
    seller = principal.trading_seller()
    db.session.execute(_ALONE, {"seller": seller})
    found = db.session.execute(
        _BOOK,
        {
            "seller": seller,
            "owners": list(principal.owner_ids),
            "rows": [row.row for row in rows],
            "buyers": [buyers[row.retailer] for row in rows],
            "gtins": [row.gtin for row in rows],
            "days": [row.sold_on for row in rows],
            "quantities": [row.quantity for row in rows],
            "by": "retailer" if principal.capacity is Capacity.BUYER else "wholesaler",
        },
    ).all()
    touched = [(one.buyer_id, one.sold_on) for one in found if one.is_new is not None]
    created = sum(one.is_new is True for one in found)
    booking = Booking(
        created,
        len(touched) - created,
        len(found) - len(touched),
        [UnknownGtin(one.row, one.gtin) for one in found if not one.is_known],
    )
    if touched:
        _tell(principal, booking, touched)
    return booking


def _buyers(principal: Principal, rows: Sequence[ReportedRow]) -> dict[str, int]:
    if principal.capacity is Capacity.BUYER:
        return _own(principal)
    principal.require(Permission.ORDERS_MANAGE)
    return retailer_ids(principal, {row.retailer for row in rows})


def _own(principal: Principal) -> dict[str, int]:
    principal.require(Permission.ORDERS_PLACE)
    _, buyer = principal.buying()
    return {"": buyer}


def _tell(principal: Principal, booking: Booking, touched: Sequence[tuple[int, date]]) -> None:
    days = [day for _, day in touched]
    first, last = min(days).isoformat(), max(days).isoformat()
    buyers = sorted({buyer for buyer, _ in touched})
    emit(principal, REPORTED, {"from": first, "to": last, "buyers": buyers})
    after = {"created": booking.created, "changed": booking.changed, "kept_aside": len(booking.unknown)}
    record(principal, "sell_out.reported", f"{first} – {last}", after=after)


_TAKE = text(
    f"""
    with given as materialized (
        select distinct s.seller_id, s.gtin, o.owner_ids from sell_out s join organisation o on o.id = s.seller_id
        where s.product_id is null and s.seller_id = :seller
    ), known as ({MATCHED.format(given="given")}),
    taken as (
        update sell_out s set owner_id = k.owner_id, product_id = k.product_id, units = s.quantity * k.contains
        from known k where s.seller_id = k.seller_id and s.gtin = k.gtin and s.product_id is null
        returning s.seller_id, s.buyer_id, s.sold_on
    )
    insert into outbox_event (seller_id, kind, payload, actor)
    select t.seller_id, '{REPORTED}', jsonb_build_object(
               'from', min(t.sold_on), 'to', max(t.sold_on), 'buyers', jsonb_agg(distinct t.buyer_id)), 'worker'
    from taken t group by t.seller_id
    """  # noqa: S608 - parts are constants of this package
)
_WAITING = text("select distinct seller_id from sell_out where product_id is null order by seller_id")


def take_kept_aside(connection: Connection) -> int:
    """Take reports whose GTIN a product bears by now, seller by seller; give of how many. Of the worker's role."""
    taken = 0
    for seller in connection.execute(_WAITING).scalars().all():
        connection.execute(_ALONE, {"seller": seller})
        taken += connection.execute(_TAKE, {"seller": seller}).rowcount
    return taken
