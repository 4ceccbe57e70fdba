"""A seller's accounts for programs: list them, create one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Flask
from pydantic import Field, StringConstraints

from portal.accounts.errors import CodeTaken, RoleTooHigh, UnusableValue
from portal.accounts.queries.accounts import AccountFilter, AccountRow, AccountState, list_accounts, sort_key
from portal.accounts.service import accounts as service
from portal.accounts.service.invitations import Invitee
from portal.web.api.fields import USUAL_ITEMS, Amount, ApiAnswer, ApiBody, ApiQuery, Code, Cursor, Limit, Price, Whole
from portal.web.api.operations import operation
from portal.web.api.paging import Page, page_of, read_cursor
from tenants.audit import record_refusal
from tenants.errors import NotFound
from tenants.models import OrganisationKind
from tenants.permissions import Permission, Role, Scope
from tenants.principal import Principal

Line = Annotated[str, StringConstraints(max_length=150, pattern=r"^[^\x00-\x1f\x7f]*$")]
PathCode = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[^\x00-\x20\x7f/\\?#%]+$")]
_WORD = r"[A-Za-z0-9_%+-]+"
Email = Annotated[
    str,
    StringConstraints(
        max_length=254,
        pattern=rf"^{_WORD}(\.{_WORD})*@[A-Za-z0-9]+(-+[A-Za-z0-9]+)*(\.[A-Za-z0-9]+(-+[A-Za-z0-9]+)*)+$",
    ),
]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


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
    status: Literal["active", "stopped", "suspended"] = Field(
        description="`stopped`: cannot order; `suspended`: nobody of it gets in."
    )
    people: int = Field(description="How many people work there.")


class AccountsQuery(ApiQuery):
    """What to list."""

    q: Line = Field(default="", description="Part of name, code, customer number, postal code or city.")
    status: Literal["active", "stopped", "suspended"] | None = None
    price_group: Code | None = None
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class PersonBody(ApiBody):
    """The first person, who gets an invitation by e-mail."""

    email: Email
    name: Line = ""
    role: Literal["manager", "buyer", "approver", "warehouse", "viewer"] = Field(
        default="manager", description="Administrators are appointed by people alone."
    )


class NewAccountBody(ApiBody):
    """A buyer to create."""

    name: Annotated[
        str, StringConstraints(min_length=1, max_length=150, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")
    ]
    code: PathCode | None = Field(default=None, description="Unique in the channel; made from the name when missing.")
    kind: Literal["wholesaler", "retailer"] | None = Field(
        default=None, description="A manufacturer creates wholesalers, a wholesaler retailers, unless said otherwise."
    )
    parent_code: Code | None = Field(default=None, description="The own shop whose branch it is.")
    street: Line = ""
    postal_code: Annotated[str, StringConstraints(max_length=20, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    city: Line = ""
    country: Country | None = None
    email: Email | None = None
    vat_id: Annotated[str, StringConstraints(max_length=20, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    gln: Annotated[str, StringConstraints(pattern=r"^([0-9]{13})?$")] = ""
    locale: Literal["de", "en"] | None = None
    currency: Currency | None = Field(default=None, description="What it sells in itself; the seller's when missing.")
    customer_number: Annotated[str, StringConstraints(max_length=50, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    price_group: (
        Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]+$")] | None
    ) = Field(default=None, description="Made if it does not exist.")
    payment_terms_days: Annotated[int, Field(ge=0, le=365), Whole] | None = None
    credit_limit: Price | None = Field(default=None, description="In the seller's currency.")
    first_person: PersonBody | None = None


class UnknownShop(UnusableValue):
    """`parent_code` names no shop of this seller."""

    code = "unknown-shop"


def register(_app: Flask) -> None:
    """Nothing to bind: importing this module declares the operations."""


@operation(
    "GET",
    "/selling/accounts",
    permission=Permission.ACCOUNTS_VIEW,
    scope=Scope.SELLING_READ,
    summary="List the accounts of your buyers",
    tags=["Accounts"],
    response=Page[AccountAnswer],
    query=AccountsQuery,
)
def list_own_accounts(principal: Principal, query: AccountsQuery) -> Page[AccountAnswer]:
    """By code, a page at a time."""
    wanted = AccountFilter(query.q, query.status or "", query.price_group or "", "code")
    rows = list_accounts(principal, wanted, limit=query.limit + 1, after=read_cursor(query.cursor, 2))
    page: Page[AccountAnswer] = page_of(rows, query.limit, lambda row: _answer(principal, row), sort_key)
    return page


@operation(
    "POST",
    "/selling/accounts",
    permission=Permission.ACCOUNTS_MANAGE,
    scope=Scope.SELLING_WRITE,
    summary="Create a buyer, its account and the first invitation",
    tags=["Accounts"],
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


_SHOP_ERROR = {"pointer": "#/parent_code", "detail": "No shop of yours has this code."}


def _command(body: NewAccountBody) -> service.CreateAccount:
    person = body.first_person
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
        first_person=Invitee(person.email, person.name, Role(person.role)) if person else None,
    )


def _answer(principal: Principal, row: AccountRow) -> AccountAnswer:
    values: dict[str, Any] = {name: getattr(row, name) for name in AccountAnswer.model_fields if hasattr(row, name)}
    return AccountAnswer(**values, status=AccountState(row.state).value, currency=principal.currency)
