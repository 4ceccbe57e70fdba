"""Reading handovers: those of a wholesaler, given and taken, and the open one of a shop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text

from tenants.database import db
from tenants.errors import NotFound
from tenants.principal import Principal


class HandoverRow(NamedTuple):
    """A handover as one of the three sees it."""

    key: str
    is_given: bool
    """Whether the reader gives the shop away."""
    account: str | None
    """The shop's code at the one that gives it away, for that one alone."""
    seller_name: str
    receiver_name: str
    shop_name: str
    shop_address: str
    branches: list[str]
    proposed_at: datetime
    expires_at: datetime
    state: str
    """`proposed`, `consented` (by the shop), `handed_over`, `withdrawn`, `declined`, `refused` or `expired`."""

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to agree."""
        return self.state in {"proposed", "consented"}


_COLUMNS = """h.key, h.seller_id = :own as is_given, o.code as account, h.seller_name, h.receiver_name, h.shop_name,
    h.shop_address, h.branches, h.proposed_at, h.expires_at, case when h.outcome <> '' then h.outcome
    when h.expires_at <= now() then 'expired' when h.consented_at is null then 'proposed' else 'consented' end as state"""
_SIDES = "(h.seller_id = :own or (h.receiver_id = :own and h.consented_at is not null))"
_LIST = f"""select {_COLUMNS} from handover h left join organisation o on o.id = h.buyer_id and o.seller_id = :own
    and h.seller_id = :own where {_SIDES}"""  # noqa: S608 - our own constants
_OWN = text(f"""select {_COLUMNS} from handover h left join organisation o on false
    where h.seller_id = :seller and h.buyer_id = :buyer and h.ended_at is null and h.expires_at > now()""")  # noqa: S608 - ours


def list_handovers(principal: Principal, *, limit: int, after: Sequence[Any] | None = None) -> list[HandoverRow]:
    """Give up to `limit` handovers of the seller, the newest first, behind the key (instant, key). It must be a seller.

    Those to it are there once the shop consented.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    values = {"own": principal.selling(), "limit": limit}
    behind = ""
    if after is not None:
        behind = " and (h.proposed_at, h.key) < (cast(:at as timestamptz), :key)"
        values |= {"at": after[0], "key": after[1]}
    statement = text(f"{_LIST}{behind} order by h.proposed_at desc, h.key desc limit :limit")
    return [HandoverRow(*row) for row in db.session.execute(statement, values)]


def get_handover(principal: Principal, key: str) -> HandoverRow:
    """Give one handover from or to the seller.

    Raises:
        NotFound: there is none of that key, or the shop has not consented yet.
        PermissionDenied: the principal is no seller.
    """
    values = {"own": principal.selling(), "key": key}
    row = db.session.execute(text(f"{_LIST} and h.key = :key"), values).one_or_none()
    if row is None:
        raise NotFound
    return HandoverRow(*row)


def list_to_take(principal: Principal) -> list[HandoverRow]:
    """Give the handovers that wait for the seller's own answer, the oldest last; at most 20.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    statement = text(
        f"{_LIST} and h.receiver_id = :own and h.ended_at is null and h.expires_at > now()"
        " order by h.proposed_at desc, h.key desc limit 20"
    )
    return [HandoverRow(*row) for row in db.session.execute(statement, {"own": principal.selling()})]


def find_own_handover(principal: Principal) -> HandoverRow | None:
    """Give the open handover of the buyer itself; None where there is none.

    Raises:
        PermissionDenied: the principal is no buyer.
    """
    seller_id, buyer_id = principal.buying()
    row = db.session.execute(_OWN, {"seller": seller_id, "buyer": buyer_id, "own": 0}).one_or_none()
    return HandoverRow(*row) if row else None
