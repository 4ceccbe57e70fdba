"""Where a seller's shops hang: each directly below the seller or as a branch below another of its shops."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from portal.accounts.errors import CannotMove
from portal.accounts.queries.accounts import AccountRow, get_account, get_place, list_places
from portal.core.outbox import emit
from tenants.audit import record
from tenants.database import db
from tenants.models import OrganisationKind
from tenants.permissions import Permission
from tenants.principal import Principal

_LOCK: Final = text("select pg_advisory_xact_lock(hashtextextended('branches', :seller))")
_MOVE: Final = text("select move_shop(:shop, :parent)")
_END_SEATS: Final = text("select end_former_seats(:shop, :former)")


def lock_branches(principal: Principal) -> None:
    """Let of two who move, add or close branches of the seller one wait for the other, until the transaction ends.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    db.session.execute(_LOCK, {"seller": principal.selling()})


def move_shop(principal: Principal, code: str, parent_code: str) -> AccountRow:
    """Hang a shop, with its branches, below another shop of the seller, or directly below the seller (empty code).

    Its account, terms and orders stay, and its people but those who also work in the chain it leaves: they lose their seats
    in it and its branches, and its programs end with them. Suspending or closing the old chain no longer concerns it, the new
    one's does.

    The principal must be the seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: the seller has no such buyer, or no such shop.
        CannotMove: it is a sub-distributor; the other shop is one of its own branches, or nobody gets in there.
    """
    principal.require(Permission.ACCOUNTS_MANAGE)
    lock_branches(principal)
    account = get_account(principal, code)
    if (account.parent_code or "") == parent_code:
        return account
    parent = get_place(principal, parent_code)
    fits = account.kind == OrganisationKind.RETAILER and (
        not parent_code or list_places(principal, account, parent_code)
    )
    if not fits or not db.session.execute(_MOVE, {"shop": account.buyer_id, "parent": parent.id}).scalar_one():
        raise CannotMove("It cannot be a branch of that shop.", field="parent_code")
    former = get_place(principal, account.parent_code).owner_ids if account.parent_code else []
    values = {"shop": account.buyer_id, "former": former}
    ended: int = db.session.execute(_END_SEATS, values).scalar_one()
    before, after = {"branch_of": account.parent_code or ""}, {"branch_of": parent_code}
    record(principal, "account.moved", code, before=before, after={**after, "seats_ended": ended} if ended else after)
    moved = {"buyer_id": account.buyer_id, "code": code, "from_code": before["branch_of"], "to_code": parent_code}
    emit(principal, "BranchMoved", moved)
    return get_account(principal, code)
