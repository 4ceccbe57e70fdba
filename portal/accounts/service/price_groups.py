"""Price groups: made, renamed and removed, and accounts moved from one into another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from portal.accounts.errors import PriceGroupInUse, UnknownAccounts, UnknownPriceGroup
from portal.accounts.group_uses import find_uses
from portal.accounts.queries.accounts import find_accounts
from portal.accounts.queries.price_groups import PriceGroupRow, find_group, get_group
from portal.accounts.service.accounts import lock_accounts
from tenants.audit import record
from tenants.database import db
from tenants.models import PriceGroup, TradingAccount
from tenants.permissions import Permission
from tenants.principal import Principal


class Moved(NamedTuple):
    """How many accounts changed their group, and how many were in it already."""

    moved: int
    unchanged: int


def save_price_group(principal: Principal, code: str, name: str) -> PriceGroupRow:
    """Make a price group, or rename the one of that code. The principal is the seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
    """
    seller_id = principal.selling()
    principal.require(Permission.ACCOUNTS_MANAGE)
    known = find_group(principal, code)
    if known is not None and known.name == name:
        return known
    db.session.execute(
        upsert(PriceGroup)
        .values(seller_id=seller_id, code=code, name=name)
        .on_conflict_do_update(index_elements=["seller_id", "code"], set_={"name": name})
    )
    if known is None:
        record(principal, "price_group.created", code, after={"name": name})
    else:
        record(principal, "price_group.renamed", code, before={"name": known.name}, after={"name": name})
    return get_group(principal, code)


def remove_price_group(principal: Principal, code: str) -> None:
    """Remove a price group that nothing uses. The principal is the seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: the seller has no such group.
        PriceGroupInUse: accounts are in it, or price lists, promotions or segments name it; `details` name them.
    """
    seller_id = principal.selling()
    principal.require(Permission.ACCOUNTS_MANAGE)
    group = get_group(principal, code)
    try:
        with db.session.begin_nested():
            db.session.execute(delete(PriceGroup).where(PriceGroup.seller_id == seller_id, PriceGroup.code == code))
    except IntegrityError as error:
        uses = {kind: [use.code for use in found] for kind, found in find_uses(principal, code).items()}
        raise PriceGroupInUse(
            "Something still uses this price group.", accounts=get_group(principal, code).accounts, **uses
        ) from error
    record(principal, "price_group.removed", code, before={"name": group.name})


def move_accounts(principal: Principal, codes: Sequence[str], group: str | None) -> Moved:
    """Put several of the seller's accounts into a price group, or into none; all or nothing.

    Their prices change with their next request. The principal is the seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        UnknownPriceGroup: the seller has no such group.
        UnknownAccounts: the seller has no buyer of some of the codes; `details` say which, by their place.
    """
    seller_id = principal.selling()
    principal.require(Permission.ACCOUNTS_MANAGE)
    lock_accounts(principal)
    if group is not None and find_group(principal, group) is None:
        raise UnknownPriceGroup("You have no such price group.", field="price_group")
    accounts = {account.code: account for account in find_accounts(principal, list(codes), [])}
    unknown = [place for place, code in enumerate(codes) if code not in accounts]
    if unknown:
        raise UnknownAccounts("Some of the accounts are not yours.", places=unknown)
    wanted = [accounts[code] for code in dict.fromkeys(codes)]
    changed = [account for account in wanted if account.price_group != group]
    db.session.execute(
        update(TradingAccount)
        .where(TradingAccount.seller_id == seller_id, TradingAccount.buyer_id.in_([a.buyer_id for a in changed]))
        .values(price_group=group)
    )
    for account in changed:
        record(
            principal,
            "account.terms_changed",
            account.code,
            before={"price_group": account.price_group},
            after={"price_group": group},
        )
    return Moved(len(changed), len(wanted) - len(changed))
