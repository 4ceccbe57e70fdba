"""Registered units and fault rates for programs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, PlainSerializer, StringConstraints

from portal.support.errors import AlreadyRegistered
from portal.support.queries.registrations import RateRow, list_fault_rates, list_registrations, rate_coverage
from portal.support.service.registrations import MOST_SERIAL, RegisterUnit, register_unit
from portal.web.api import (
    USUAL_ITEMS,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    Cursor,
    InvalidCursor,
    IsoDate,
    Limit,
    Page,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import InvalidInput
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Support"]
_OWN: Any = {"permission": Permission.SUPPORT_VIEW, "scope": Scope.BUYING_READ, "tags": _TAGS}
_VIEW: Any = {"permission": Permission.SUPPORT_VIEW, "scope": Scope.SELLING_READ, "tags": _TAGS}
_ASK: Any = {"permission": Permission.SUPPORT_ASK, "scope": Scope.BUYING_WRITE, "tags": _TAGS}

Serial = Annotated[str, StringConstraints(min_length=1, max_length=MOST_SERIAL, pattern=r"^[^\x00-\x1f\x7f]+$")]
Rate = Annotated[Decimal, PlainSerializer(lambda rate: f"{rate:.4f}", return_type=str, when_used="json-unless-none")]


class RegistrationBody(ApiBody):
    """A unit that you sold on."""

    article: Code = Field(description="Your supplier's article number, or the GTIN.")
    serial_number: Serial
    sold_on: IsoDate


class OwnRegistrationAnswer(ApiAnswer):
    """A registered unit."""

    article_number: str
    serial_number: str
    sold_on: date
    registered_at: AwareDatetime
    registered_by_name: str
    faults: int = Field(description="Support requests of the kind fault about this unit.")


class RegistrationAnswer(OwnRegistrationAnswer):
    """The same, for the seller."""

    account: str = Field(description="Empty: buys elsewhere by now.")
    account_name: str


class RegistrationsQuery(ApiQuery):
    """Which units, and which page of them."""

    q: Annotated[str, StringConstraints(max_length=100)] = Field(
        "", description="Part of a serial number, article or name."
    )
    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class RatesQuery(ApiQuery):
    """Which page of the products."""

    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class RateAnswer(ApiAnswer):
    """How many of a product fail, over 365 days."""

    sku: str
    registered: int = Field(description="Units registered as sold within the 365 days.")
    faults: int = Field(description="Support requests of the kind fault, opened within the 365 days.")
    rate: Rate | None = Field(description="Faults per registered unit, with 4 decimals; null: none is registered.")


class RatesAnswer(ApiAnswer):
    """A page of products, those with most faults first, and whose units they are of."""

    items: list[RateAnswer]
    next_cursor: str | None
    customers_registering: int
    customers: int
    newest_at: AwareDatetime | None


@operation(
    "GET",
    "/buying/registrations",
    summary="List the units that you registered",
    query=RegistrationsQuery,
    response=Page[OwnRegistrationAnswer],
    errors=[InvalidCursor],
    **_OWN,
)
def list_own_registrations(principal: Principal, query: RegistrationsQuery) -> Page[OwnRegistrationAnswer]:
    """Those last registered first."""
    return _page(principal, query, OwnRegistrationAnswer)


@operation(
    "POST",
    "/buying/registrations",
    summary="Register a unit that you sold",
    body=RegistrationBody,
    response=OwnRegistrationAnswer,
    status=201,
    errors=[AlreadyRegistered, InvalidInput],
    **_ASK,
)
def register_product(principal: Principal, body: RegistrationBody) -> OwnRegistrationAnswer:
    """By its serial number, which counts without spaces and capitals. Once for each unit: 409 `already-registered` afterwards."""
    command = RegisterUnit(body.article, body.serial_number, body.sold_on)
    return OwnRegistrationAnswer.model_validate(register_unit(principal, command))


@operation(
    "GET",
    "/selling/registrations",
    summary="List the units that your customers registered",
    query=RegistrationsQuery,
    response=Page[RegistrationAnswer],
    errors=[InvalidCursor],
    **_VIEW,
)
def list_registered_units(principal: Principal, query: RegistrationsQuery) -> Page[RegistrationAnswer]:
    """Those last registered first."""
    return _page(principal, query, RegistrationAnswer)


@operation(
    "GET",
    "/selling/fault-rates",
    summary="Tell how many of each product fail",
    query=RatesQuery,
    response=RatesAnswer,
    errors=[InvalidCursor],
    **_VIEW,
)
def list_product_fault_rates(principal: Principal, query: RatesQuery) -> RatesAnswer:
    """Faults asked about ÷ units registered as sold, both of the last 365 days, over your own customers."""
    rows = list_fault_rates(principal, after=read_cursor(query.cursor, 3), limit=query.limit + 1)
    page = page_of(rows, query.limit, RateAnswer.model_validate, _rate_key)
    coverage = rate_coverage(principal)
    return RatesAnswer(
        items=page.items,
        next_cursor=page.next_cursor,
        customers_registering=coverage.registering,
        customers=coverage.customers,
        newest_at=coverage.newest_at,
    )


def _page(principal: Principal, query: RegistrationsQuery, answer: type[Any]) -> Page[Any]:
    after = read_cursor(query.cursor, 1)
    rows = list_registrations(
        principal, words=query.q.strip(), after=int(after[0]) if after else None, limit=query.limit + 1
    )
    return page_of(rows, query.limit, answer.model_validate, lambda row: (row.id,))


def _rate_key(row: RateRow) -> tuple[int, int, str]:
    return row.faults, row.registered, row.sku
