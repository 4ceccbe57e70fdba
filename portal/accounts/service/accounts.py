"""A seller's accounts: organisations are created from above, terms agreed, accounts stopped and suspended."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from portal.accounts.errors import CodeTaken, UnusableValue
from portal.accounts.queries.accounts import AccountRow, AccountState, Place, get_account, get_place
from portal.accounts.rules import propose_code, propose_slug
from portal.accounts.service.branches import lock_branches
from portal.accounts.service.invitations import InvitedInto, Invitee, invite
from portal.core.outbox import emit
from portal.web.rate_limits import count, require_below
from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound
from tenants.models import Organisation, OrganisationKind, PriceGroup, Status, TradingAccount
from tenants.permissions import Permission
from tenants.principal import Principal

_TRIES: Final = 20
_TAKEN_CODES: Final = ("30/hour", "codes that could not be used")
_LOCK: Final = text("select pg_advisory_xact_lock(hashtextextended('many accounts', :seller))")
_UNIQUE_VIOLATION: Final = "23505"
_ACTIONS: Final = {
    AccountState.ACTIVE: "account.reactivated",
    AccountState.STOPPED: "account.stopped",
    AccountState.SUSPENDED: "account.suspended",
    AccountState.CLOSED: "account.closed",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a seller agrees with a buyer; `credit_limit` in the seller's currency, None = none set."""

    customer_number: str = ""
    price_group: str | None = None
    """Code of a price group; it is made if it does not exist."""
    payment_terms_days: int | None = None
    credit_limit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """Who a buyer is and where; empty country, locale, currency and time zone are the seller's."""

    name: str
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    email: str = ""
    vat_id: str = ""
    gln: str = ""
    locale: str = ""
    currency: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """A buyer to be created, with its terms and the first person to invite."""

    details: Details
    code: str = ""
    """Empty: one is made from the name."""
    kind: OrganisationKind | None = None
    """None: what the seller usually creates, a wholesaler by a manufacturer, else a retailer."""
    parent_code: str = ""
    """The shop whose branch it is; empty: directly below the seller."""
    terms: Terms = field(default_factory=Terms)
    first_person: Invitee | None = None


def create_account(principal: Principal, command: CreateAccount) -> AccountRow:
    """Create an organisation that buys from the principal's, its trading account and the first invitation, in one act.

    The principal must be a seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        CodeTaken: the code cannot be used.
        TooManyRequests: so many codes could not be used that more look like a search for those of others.
        NotFound: there is no such shop to hang a branch below.
        UnusableValue: a branch that is no retailer.
        RoleTooHigh: the first person's role may do more than the principal's own.
    """
    return get_account(principal, open_account(principal, command))


def open_account(principal: Principal, command: CreateAccount) -> str:
    """Do what `create_account` does and give the new buyer's code alone, where many are created at once.

    Raises:
        PermissionDenied, CodeTaken, TooManyRequests, NotFound, UnusableValue, RoleTooHigh: as there.
    """
    seller_id = principal.selling()
    principal.require(Permission.ACCOUNTS_MANAGE)
    seller = get_place(principal)
    if command.parent_code:
        lock_branches(principal)
    parent = get_place(principal, command.parent_code) if command.parent_code else seller
    kind = command.kind or usual_kind(seller.kind)
    if kind is OrganisationKind.MANUFACTURER or (command.parent_code and kind is not OrganisationKind.RETAILER):
        raise UnusableValue("a branch is a retailer", field="kind")
    organisation_id, code = _insert_organisation(principal, command, kind, parent)
    group = _price_group(seller_id, command.terms.price_group)
    db.session.execute(
        insert(TradingAccount).values(
            seller_id=seller_id, buyer_id=organisation_id, **asdict(command.terms) | {"price_group": group}
        )
    )
    record(principal, "account.created", code, after={"name": command.details.name, "kind": kind.value})
    emit(principal, "AccountCreated", {"buyer_id": organisation_id, "code": code})
    if command.first_person is not None:
        locale = command.details.locale or parent.locale
        invite(principal, InvitedInto(organisation_id, command.details.name, locale), command.first_person)
    return code


def lock_accounts(principal: Principal) -> None:
    """Let one act on many of the seller's accounts wait for the other, until the transaction ends.

    Raises:
        PermissionDenied: the principal is no seller.
    """
    db.session.execute(_LOCK, {"seller": principal.selling()})


def usual_kind(seller_kind: OrganisationKind) -> OrganisationKind:
    """Give what a seller of that kind usually creates."""
    is_top = seller_kind is OrganisationKind.MANUFACTURER
    return OrganisationKind.WHOLESALER if is_top else OrganisationKind.RETAILER


def change_terms(principal: Principal, code: str, terms: Terms) -> AccountRow:
    """Agree other terms with a buyer; the principal must be its seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: the seller has no such buyer.
    """
    seller_id = principal.selling()
    principal.require(Permission.ACCOUNTS_MANAGE)
    account = get_account(principal, code)
    group = _price_group(seller_id, terms.price_group)
    db.session.execute(
        update(TradingAccount)
        .where(TradingAccount.seller_id == seller_id, TradingAccount.buyer_id == account.buyer_id)
        .values(**asdict(terms) | {"price_group": group})
    )
    changed = get_account(principal, code)
    before, after = _terms_of(account, principal.currency), _terms_of(changed, principal.currency)
    if before != after:
        record(principal, "account.terms_changed", code, before=before, after=after)
    return changed


def change_details(principal: Principal, code: str, details: Details) -> None:
    """Correct name and address of a buyer; the principal must be its seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: the seller has no such buyer.
    """
    principal.require(Permission.ACCOUNTS_MANAGE)
    account = get_account(principal, code)
    given = {name: value for name, value in asdict(details).items() if name not in {"currency", "time_zone"}}
    before = {name: getattr(account, name) for name in given}
    changes = {name: value for name, value in given.items() if value != before[name]}
    if not changes:
        return
    db.session.execute(
        update(Organisation)
        .where(Organisation.id == account.buyer_id, Organisation.seller_id == principal.selling())
        .values(**changes)
    )
    record(principal, "account.details_changed", code, before={name: before[name] for name in changes}, after=changes)


def change_state(principal: Principal, code: str, state: AccountState) -> AccountRow:
    """Let a buyer order again, stop its ordering, suspend everybody of it and below it, or close it, at once.

    Closing also ends every right that people and programs have in it and its branches: who comes back when it is opened
    again is invited anew. Its orders stay, and those still open go on.

    The principal must be its seller with accounts:manage.

    Raises:
        PermissionDenied: capacity or permission is missing.
        NotFound: the seller has no such buyer.
    """
    seller_id = principal.selling()
    principal.require(Permission.ACCOUNTS_MANAGE)
    lock_branches(principal)
    _lock_account(seller_id, code)
    account = get_account(principal, code)
    if account.state is state:
        return account
    orders = Status.ACTIVE if state is AccountState.ACTIVE else Status.INACTIVE
    enters = Status.INACTIVE if state in {AccountState.SUSPENDED, AccountState.CLOSED} else Status.ACTIVE
    closed_at = func.now() if state is AccountState.CLOSED else None
    db.session.execute(
        update(TradingAccount)
        .where(TradingAccount.seller_id == seller_id, TradingAccount.buyer_id == account.buyer_id)
        .values(status=orders, closed_at=closed_at)
    )
    db.session.execute(
        update(Organisation)
        .where(Organisation.id == account.buyer_id, Organisation.seller_id == seller_id)
        .values(status=enters)
    )
    if state is AccountState.CLOSED:
        db.session.execute(text("select end_rights_in(:buyer)"), {"buyer": account.buyer_id})
    record(principal, _ACTIONS[state], code, before={"state": account.state.value}, after={"state": state.value})
    emit(principal, "AccountStateChanged", {"buyer_id": account.buyer_id, "code": code, "state": state.value})
    return get_account(principal, code)


def _lock_account(seller_id: int, code: str) -> None:
    """Let of two who change the state of an account at once the second see what the first made of it."""
    db.session.execute(
        select(TradingAccount.buyer_id)
        .join(Organisation, Organisation.id == TradingAccount.buyer_id)
        .where(TradingAccount.seller_id == seller_id, Organisation.code == code)
        .with_for_update(of=TradingAccount)
    )


def _insert_organisation(
    principal: Principal, command: CreateAccount, kind: OrganisationKind, parent: Place
) -> tuple[int, str]:
    organisation_id: int = db.session.execute(text("select nextval('organisation_id_seq')")).scalar_one()
    details = command.details
    row = {
        **asdict(details),
        "id": organisation_id,
        "root_id": principal.root_id,
        "parent_id": parent.id,
        "seller_id": principal.selling(),
        "owner_ids": [*parent.owner_ids, organisation_id],
        "kind": kind,
        "country": details.country or parent.country,
        "locale": details.locale or parent.locale,
        "currency": details.currency or parent.currency,
        "time_zone": details.time_zone or parent.time_zone,
    }
    if command.code:
        require_below(*_TAKEN_CODES, str(principal.organisation_id))
    slug = propose_slug(details.name)
    for attempt in range(_TRIES):
        # Slugs and codes of others are out of sight, so the only way to learn that one is taken is to try.
        code = command.code or propose_code(details.name)
        tried = slug if not attempt else f"{slug}-{secrets.token_hex(2)}"
        try:
            if _inserted({**row, "code": code, "slug": tried}, code_may_vary=not command.code):
                return organisation_id, code
        except CodeTaken:
            # An own code tells its owner nothing: a list of accounts may be sent again and again.
            if not _is_own_code(principal, code):
                count(*_TAKEN_CODES, str(principal.organisation_id))
            raise
    raise _taken(details.name)


def _is_own_code(principal: Principal, code: str) -> bool:
    if code == principal.organisation_code:
        return True
    try:
        get_account(principal, code)
    except NotFound:
        return False
    return True


def _inserted(row: dict[str, Any], *, code_may_vary: bool) -> bool:
    statement = upsert(Organisation).values(**row)
    on_slug = [] if code_may_vary else [Organisation.slug]
    try:
        with db.session.begin_nested():
            done = db.session.execute(
                statement.on_conflict_do_nothing(index_elements=on_slug or None).returning(Organisation.id)
            )
            return done.scalar_one_or_none() is not None
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", "") == _UNIQUE_VIOLATION:
            raise _taken(row["name"]) from error
        raise


def _taken(name: str) -> CodeTaken:
    """Say no more than that it cannot be used: an own account has it, or somebody else's whom nobody may know of."""
    return CodeTaken("This code cannot be used.", suggestion=propose_code(name))


def _price_group(seller_id: int, code: str | None) -> str | None:
    if not code:
        return None
    db.session.execute(upsert(PriceGroup).values(seller_id=seller_id, code=code, name=code).on_conflict_do_nothing())
    return code


def _terms_of(account: AccountRow, currency: str) -> dict[str, Any]:
    limit = account.credit_limit
    return {
        "customer_number": account.customer_number,
        "price_group": account.price_group,
        "payment_terms_days": account.payment_terms_days,
        "credit_limit": None if limit is None else format(limit.normalize(), "f"),
        "currency": currency,
    }
