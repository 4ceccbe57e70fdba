"""Framework agreements over HTTP: the seller's, made, changed and ended; the buyer's own."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Flask
from pydantic import Field, StringConstraints

from portal.accounts.api.fields import PageQuery
from portal.accounts.api.record_fields import Base64, document_content
from portal.accounts.document_content import DocumentRefused
from portal.agreements import queries
from portal.agreements.errors import AgreementBegun
from portal.agreements.queries import AgreementRow, AgreementState, CallOffRow
from portal.agreements.service import agreements as service
from portal.pricing.api.price_lists import Adjustment
from portal.web.api import (
    USUAL_ITEMS,
    Amount,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    Cursor,
    InvalidCursor,
    IsoDate,
    Limit,
    NewCode,
    Page,
    Price,
    StockQuantity,
    Text,
    Whole,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Framework agreements"]
_VIEW: Any = {"permission": Permission.PRICES_VIEW, "scope": Scope.SELLING_READ, "tags": _TAGS}
_OWN: Any = {"permission": Permission.PRICES_VIEW, "scope": Scope.BUYING_READ, "tags": _TAGS}
_MANAGE: Any = {"permission": Permission.PRICES_MANAGE, "scope": Scope.SELLING_WRITE, "tags": _TAGS}

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class AgreementBody(ApiBody):
    """An agreement with the account that is named when it is made. Either a quantity or an amount is agreed."""

    name: Name
    valid_from: IsoDate
    valid_to: IsoDate = Field(description="First day on which it no longer holds.")
    agreed_quantity: StockQuantity | None = Field(default=None, description="Base units over all articles.")
    agreed_amount: Price | None = Field(default=None, description="Net, in the seller's currency.")
    base_list: Code | None = Field(default=None, description="The list that the agreement's own is derived from.")
    adjustment_percent: Adjustment | None = Field(default=None, description="On top of the base list.")
    warn_days: Annotated[int, Field(ge=0, le=service.MOST_WARN_DAYS), Whole] = 30
    warn_percent: Annotated[int, Field(ge=1, le=100), Whole] = 80

    def command(self, code: str, account: str) -> service.SaveAgreement:
        """Give it as the service takes it."""
        values = self.model_dump(exclude={"base_list", "code", "account"})
        return service.SaveAgreement(code=code, account=account, base_code=self.base_list, **values)


class NewAgreement(AgreementBody):
    """A new agreement."""

    code: NewCode = Field(description="Of the agreement and of its price list; no list may have it yet.")
    account: Code


class OwnAgreementAnswer(ApiAnswer):
    """An agreement and what is called off of it: order lines as placed, less what was cancelled."""

    code: str
    name: str
    valid_from: IsoDate
    valid_to: IsoDate
    state: AgreementState
    agreed_quantity: StockQuantity | None
    agreed_amount: Amount | None
    called_quantity: StockQuantity
    called_amount: Amount
    order_count: int
    is_ending: bool
    is_nearly_used: bool
    document_digest: str | None = Field(description="The contract, among the documents shared with the account.")


class AgreementAnswer(OwnAgreementAnswer):
    """The same, for its seller."""

    account: str
    account_name: str
    warn_days: int
    warn_percent: int


class CallOffAnswer(ApiAnswer):
    """An order line placed under an agreement, less what was cancelled of it."""

    order_number: str
    placed_on: IsoDate
    line: int
    article_number: str
    quantity: StockQuantity
    cancelled_quantity: StockQuantity
    unit_price: Amount
    amount: Amount


class AgreementsQuery(ApiQuery):
    """Which agreements, and which page of them."""

    q: Text = Field("", max_length=100, description="Part of a code, name or customer's name.")
    state: AgreementState | None = Field(None, strict=False)
    account: Code | None = None
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class OwnAgreementsQuery(ApiQuery):
    """Which of the own agreements, and which page of them."""

    state: AgreementState | None = Field(None, strict=False)
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class ContractBody(ApiBody):
    """A PDF, PNG or JPEG of at most 5 MB, in base64."""

    content: Base64


@operation(
    "GET",
    "/selling/agreements",
    summary="List the framework agreements",
    query=AgreementsQuery,
    response=Page[AgreementAnswer],
    errors=[InvalidCursor],
    **_VIEW,
)
def list_agreements(principal: Principal, query: AgreementsQuery) -> Page[AgreementAnswer]:
    """Those that end first first, those that have ended too."""
    after = read_cursor(query.cursor, 2)
    rows = queries.list_agreements(
        principal,
        state=query.state,
        words=query.q.strip(),
        account=query.account,
        after=after,
        limit=query.limit + 1,
    )
    return page_of(rows, query.limit, AgreementAnswer.model_validate, _key)


@operation(
    "POST",
    "/selling/agreements",
    summary="Make a framework agreement",
    body=NewAgreement,
    response=AgreementAnswer,
    status=201,
    errors=[InvalidInput],
    **_MANAGE,
)
def create_agreement(principal: Principal, body: NewAgreement) -> AgreementAnswer:
    """With a price list of the same code, for exactly that account; its prices are put as those of any list."""
    return AgreementAnswer.model_validate(service.create_agreement(principal, body.command(body.code, body.account)))


@operation("GET", "/selling/agreements/{code}", summary="Read a framework agreement", response=AgreementAnswer, **_VIEW)
def read_agreement(principal: Principal, code: Code) -> AgreementAnswer:
    """With what is called off so far."""
    return AgreementAnswer.model_validate(queries.get_agreement(principal, code))


@operation(
    "PUT",
    "/selling/agreements/{code}",
    summary="Change a framework agreement before it begins",
    body=AgreementBody,
    response=AgreementAnswer,
    errors=[AgreementBegun, InvalidInput, NotFound],
    **_MANAGE,
)
def change_agreement(principal: Principal, code: Code, body: AgreementBody) -> AgreementAnswer:
    """As a whole; its list follows."""
    return AgreementAnswer.model_validate(service.change_agreement(principal, body.command(code, "")))


@operation(
    "POST",
    "/selling/agreements/{code}/endings",
    summary="End a framework agreement",
    response=AgreementAnswer,
    status=201,
    errors=[NotFound],
    **_MANAGE,
)
def end_agreement(principal: Principal, code: Code) -> AgreementAnswer:
    """From today on it and its prices no longer hold; doing it twice changes nothing. Orders placed stay as they are."""
    return AgreementAnswer.model_validate(service.end_agreement(principal, code))


@operation(
    "PUT",
    "/selling/agreements/{code}/document",
    summary="Attach the contract",
    body=ContractBody,
    response=AgreementAnswer,
    errors=[DocumentRefused, NotFound],
    **_MANAGE,
)
def attach_agreement_document(principal: Principal, code: Code, body: ContractBody) -> AgreementAnswer:
    """It is kept among the account's documents, shared with it; another one takes its place."""
    return AgreementAnswer.model_validate(service.attach_document(principal, code, document_content(body.content)))


@operation(
    "GET",
    "/selling/agreements/{code}/call-offs",
    summary="List what was called off under a framework agreement",
    query=PageQuery,
    response=Page[CallOffAnswer],
    errors=[InvalidCursor, NotFound],
    **_VIEW,
)
def list_call_offs(principal: Principal, code: Code, query: PageQuery) -> Page[CallOffAnswer]:
    """Order lines, the newest first."""
    return _call_offs(principal, code, query)


@operation(
    "GET",
    "/buying/agreements",
    summary="List your framework agreements",
    query=OwnAgreementsQuery,
    response=Page[OwnAgreementAnswer],
    errors=[InvalidCursor],
    **_OWN,
)
def list_own_agreements(principal: Principal, query: OwnAgreementsQuery) -> Page[OwnAgreementAnswer]:
    """Those that end first first."""
    after = read_cursor(query.cursor, 2)
    rows = queries.list_agreements(principal, state=query.state, after=after, limit=query.limit + 1)
    return page_of(rows, query.limit, OwnAgreementAnswer.model_validate, _key)


@operation(
    "GET", "/buying/agreements/{code}", summary="Read your framework agreement", response=OwnAgreementAnswer, **_OWN
)
def read_own_agreement(principal: Principal, code: Code) -> OwnAgreementAnswer:
    """With what is called off so far."""
    return OwnAgreementAnswer.model_validate(queries.get_agreement(principal, code))


@operation(
    "GET",
    "/buying/agreements/{code}/call-offs",
    summary="List what you called off under your framework agreement",
    query=PageQuery,
    response=Page[CallOffAnswer],
    errors=[InvalidCursor, NotFound],
    **_OWN,
)
def list_own_call_offs(principal: Principal, code: Code, query: PageQuery) -> Page[CallOffAnswer]:
    """Your order lines, the newest first."""
    return _call_offs(principal, code, query)


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing this module has declared."""


def _call_offs(principal: Principal, code: str, query: PageQuery) -> Page[CallOffAnswer]:
    queries.get_agreement(principal, code)
    rows = queries.list_call_offs(principal, code, after=read_cursor(query.cursor, 3), limit=query.limit + 1)
    return page_of(rows, query.limit, CallOffAnswer.model_validate, _call_off_key)


def _key(row: AgreementRow) -> tuple[Any, ...]:
    return row.valid_to, row.code


def _call_off_key(row: CallOffRow) -> tuple[Any, ...]:
    return row.placed_on, row.order_number, row.line
