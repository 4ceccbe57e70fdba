"""A seller's accounts for programs: list them, create one, read and change one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from portal.accounts.api.fields import (
    Country,
    Currency,
    Email,
    Gln,
    Line,
    Name,
    PathCode,
    PersonBody,
    PostalCode,
    PriceGroupCode,
    ShortLine,
    TermDays,
    VatId,
    unsent,
)
from portal.accounts.errors import CannotMove, CodeTaken, RoleTooHigh, UnusableValue
from portal.accounts.open_orders import count_open_orders, find_last_orders
from portal.accounts.queries.accounts import (
    AccountFilter,
    AccountRow,
    AccountState,
    Presence,
    get_account,
    list_accounts,
    list_branches,
    sort_key,
)
from portal.accounts.service import accounts as service
from portal.accounts.service.branches import move_shop
from portal.web.api import (
    USUAL_ITEMS,
    Amount,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    Cursor,
    InvalidCursor,
    Limit,
    Page,
    Price,
    operation,
    page_of,
    read_cursor,
)
from tenants.audit import record_refusal
from tenants.errors import NotFound
from tenants.models import OrganisationKind
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Accounts"]


class AccountAnswer(ApiAnswer):
    """A buyer and what was agreed with it."""

    code: str
    name: str
    kind: Literal["wholesaler", "retailer"]
    parent_code: str | None = Field(description="The shop it is a branch of.")
    street: str
    postal_code: str
    city: str
    country: str
    email: str
    vat_id: str
    gln: str
    locale: str
    customer_number: str
    price_group: str | None
    payment_terms_days: int | None
    credit_limit: Amount | None = Field(description="In `currency`; null = none set.")
    currency: str
    status: Literal["active", "stopped", "suspended", "closed"] = Field(
        description="`stopped`: cannot order; `suspended`: nobody of it gets in; `closed`: nor has anybody a right left."
    )
    people: int = Field(description="How many people work there.")
    invited: int = Field(description="Invitations that can still be accepted.")
    last_seen_at: AwareDatetime | None = Field(description="When somebody of it was there last.")
    presence: Presence = Field(
        description="`uninvited`, `invited`, `expired` (nobody accepted in time) or `aboard` (somebody works there)."
    )
    invited_at: AwareDatetime | None = Field(description="When the newest invitation was sent that nobody accepted.")
    aboard_since: AwareDatetime | None = Field(description="When the first of those who work there came.")
    last_order_on: date | None


class BranchAnswer(ApiAnswer):
    """A branch of a shop."""

    code: str
    name: str


class AccountDetailAnswer(AccountAnswer):
    """A buyer, what hangs below it, and what is still to be shipped to it."""

    branches: list[BranchAnswer]
    open_orders: int = Field(
        description="Orders of which something can still be shipped; they go on when it is stopped."
    )
    open_orders_with_branches: int = Field(description="The same, its branches' included.")


class AccountsQuery(ApiQuery):
    """What to list."""

    q: Line = Field(default="", description="Part of name, code, customer number, postal code or city.")
    status: Literal["active", "stopped", "suspended", "closed"] | None = None
    price_group: Code | None = None
    presence: Literal["uninvited", "invited", "expired", "aboard"] | None = None
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class NewAccountBody(ApiBody):
    """A buyer to create."""

    name: Name
    code: PathCode | None = Field(default=None, description="Unique in the channel; made from the name when missing.")
    kind: Literal["wholesaler", "retailer"] | None = Field(
        default=None, description="A manufacturer creates wholesalers, a wholesaler retailers, unless said otherwise."
    )
    parent_code: Code | None = Field(default=None, description="The own shop whose branch it is.")
    street: Line = ""
    postal_code: PostalCode = ""
    city: Line = ""
    country: Country | None = None
    email: Email | None = None
    vat_id: VatId = ""
    gln: Gln = ""
    locale: Literal["de", "en"] | None = None
    currency: Currency | None = Field(default=None, description="What it sells in itself; the seller's when missing.")
    customer_number: ShortLine = ""
    price_group: PriceGroupCode | None = Field(default=None, description="Made if it does not exist.")
    payment_terms_days: TermDays | None = None
    credit_limit: Price | None = Field(default=None, description="In the seller's currency.")
    first_person: PersonBody | None = None


class UnknownShop(UnusableValue):
    """`parent_code` names no shop of this seller."""

    code = "unknown-shop"


_DETAILS = ("name", "street", "postal_code", "city", "country", "email", "vat_id", "gln", "locale")
_TERMS = ("customer_number", "price_group", "payment_terms_days", "credit_limit")


class AccountChanges(ApiBody):
    """What is to be changed of a buyer; what is not sent stays."""

    name: Name = unsent()
    street: Line = unsent()
    postal_code: PostalCode = unsent()
    city: Line = unsent()
    country: Country = unsent()
    email: Email | None = Field(default=None, description="null = none.")
    vat_id: VatId = unsent()
    gln: Gln = unsent()
    locale: Literal["de", "en"] = unsent()
    customer_number: ShortLine = unsent()
    price_group: PriceGroupCode | None = Field(default=None, description="Made if it does not exist; null = none.")
    payment_terms_days: TermDays | None = Field(default=None, description="null = none set.")
    credit_limit: Price | None = Field(default=None, description="In the seller's currency; null = none set.")
    parent_code: Code | None = Field(
        default=None, description="The own shop whose branch it becomes, its branches coming along; null = independent."
    )
    status: Literal["active", "stopped", "suspended", "closed"] = unsent(
        description="`stopped`: cannot order; `suspended`: nobody of it or below it gets in; `closed`: and every right of"
        " people and programs in it and its branches has ended for good."
    )

    def sent(self, fields: tuple[str, ...]) -> dict[str, Any]:
        """Give those of the fields that were sent."""
        return {name: getattr(self, name) for name in fields if name in self.model_fields_set}


@operation(
    "GET",
    "/selling/accounts",
    permission=Permission.ACCOUNTS_VIEW,
    scope=Scope.SELLING_READ,
    summary="List the accounts of your buyers",
    tags=_TAGS,
    response=Page[AccountAnswer],
    query=AccountsQuery,
    errors=[InvalidCursor],
)
def list_own_accounts(principal: Principal, query: AccountsQuery) -> Page[AccountAnswer]:
    """By code, a page at a time."""
    presence = frozenset({Presence(query.presence)} if query.presence else ())
    wanted = AccountFilter(query.q, query.status or "", query.price_group or "", "code", presence)
    rows = list_accounts(principal, wanted, limit=query.limit + 1, after=read_cursor(query.cursor, 2))
    ordered = find_last_orders(principal, [row.buyer_id for row in rows])
    return page_of(rows, query.limit, lambda row: AccountAnswer(**_values(principal, row, ordered)), sort_key)


@operation(
    "POST",
    "/selling/accounts",
    permission=Permission.ACCOUNTS_MANAGE,
    scope=Scope.SELLING_WRITE,
    summary="Create a buyer, its account and the first invitation",
    tags=_TAGS,
    response=AccountAnswer,
    status=201,
    body=NewAccountBody,
    errors=[CodeTaken, RoleTooHigh, UnusableValue, UnknownShop],
)
def create_account(principal: Principal, body: NewAccountBody) -> AccountAnswer:
    """All or nothing; the invitation goes out by e-mail once everything is stored."""
    try:
        account = service.create_account(principal, _command(body))
    except NotFound as error:
        raise UnknownShop("You have no shop of that code.", errors=[_SHOP_ERROR]) from error
    except CodeTaken:
        record_refusal(principal, "account.code_refused", body.code or "")
        raise
    return _answer(principal, account)


@operation(
    "GET",
    "/selling/accounts/{code}",
    permission=Permission.ACCOUNTS_VIEW,
    scope=Scope.SELLING_READ,
    summary="Read one account",
    tags=_TAGS,
    response=AccountDetailAnswer,
)
def read_account(principal: Principal, code: Code) -> AccountDetailAnswer:
    """With its branches, and the orders that are still open."""
    return _detail(principal, get_account(principal, code))


@operation(
    "PATCH",
    "/selling/accounts/{code}",
    permission=Permission.ACCOUNTS_MANAGE,
    scope=Scope.SELLING_WRITE,
    summary="Change terms, details, place or status of an account",
    tags=_TAGS,
    response=AccountDetailAnswer,
    body=AccountChanges,
    errors=[CannotMove, UnknownShop],
)
def change_account(principal: Principal, code: Code, body: AccountChanges) -> AccountDetailAnswer:
    """What is not sent stays; all or nothing.

    Whoever stops, suspends or closes a buyer finds its open orders in the answer: they are not cancelled. Suspending ends the
    access of its people and programs, and of those of its branches, with their next request.
    """
    account = get_account(principal, code)
    terms, details = body.sent(_TERMS), body.sent(_DETAILS)
    if terms:
        service.change_terms(principal, code, service.Terms(**{**_present(account, _TERMS), **terms}))
    if details:
        wanted = {**_present(account, _DETAILS), **details}
        wanted |= {"name": wanted["name"].strip(), "email": wanted["email"] or ""}
        service.change_details(principal, code, service.Details(**wanted))
    if body.sent(("parent_code",)):
        _move(principal, code, body.parent_code or "")
    if body.sent(("status",)):
        service.change_state(principal, code, AccountState(body.status))
    return _detail(principal, get_account(principal, code))


def _move(principal: Principal, code: str, parent_code: str) -> None:
    try:
        move_shop(principal, code, parent_code)
    except NotFound as error:
        raise UnknownShop("You have no shop of that code.", errors=[_SHOP_ERROR]) from error


def _present(account: AccountRow, fields: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(account, name) for name in fields}


_SHOP_ERROR = {"pointer": "#/parent_code", "detail": "No shop of yours has this code."}


def _command(body: NewAccountBody) -> service.CreateAccount:
    return service.CreateAccount(
        details=service.Details(
            name=body.name.strip(),
            street=body.street,
            postal_code=body.postal_code,
            city=body.city,
            country=body.country or "",
            email=body.email or "",
            vat_id=body.vat_id,
            gln=body.gln,
            locale=body.locale or "",
            currency=body.currency or "",
        ),
        code=body.code or "",
        kind=OrganisationKind(body.kind) if body.kind else None,
        parent_code=body.parent_code or "",
        terms=service.Terms(body.customer_number, body.price_group, body.payment_terms_days, body.credit_limit),
        first_person=body.first_person.invitee() if body.first_person else None,
    )


def _answer(principal: Principal, row: AccountRow) -> AccountAnswer:
    return AccountAnswer(**_values(principal, row, find_last_orders(principal, [row.buyer_id])))


def _detail(principal: Principal, row: AccountRow) -> AccountDetailAnswer:
    orders = count_open_orders(principal, row.buyer_id)
    branches = [BranchAnswer(code=code, name=name) for code, name in list_branches(principal, row.buyer_id)]
    return AccountDetailAnswer(
        **_values(principal, row, find_last_orders(principal, [row.buyer_id])),
        branches=branches,
        open_orders=orders.own,
        open_orders_with_branches=orders.with_branches,
    )


def _values(principal: Principal, row: AccountRow, last_orders: Mapping[int, date]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in AccountAnswer.model_fields if hasattr(row, name)}
    more = {"status": AccountState(row.state).value, "currency": principal.currency}
    return {**values, **more, "last_order_on": last_orders.get(row.buyer_id)}
