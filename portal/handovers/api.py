"""Handovers over HTTP. A shop's consent is not among them: a person gives it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Flask
from pydantic import AwareDatetime, Field, StringConstraints

from portal.accounts.api.fields import PageQuery, PriceGroupCode, ShortLine, TermDays
from portal.accounts.service.accounts import Terms
from portal.handovers import queries, service
from portal.handovers.errors import CannotHandOver, HandoverChanged, HandoverEnded
from portal.handovers.queries import HandoverRow
from portal.web.api import (
    ApiAnswer,
    ApiBody,
    Code,
    InvalidCursor,
    Page,
    Price,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Handovers"]
_MANAGE: Any = {"permission": Permission.ACCOUNTS_MANAGE, "scope": Scope.SELLING_WRITE, "tags": _TAGS}
_OWN: Any = {"permission": Permission.ORGANISATION_MANAGE, "scope": Scope.BUYING_ADMIN, "tags": _TAGS}

SignInPage = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]


class HandoverAnswer(ApiAnswer):
    """A shop that one wholesaler hands over to another one."""

    key: str
    is_given: bool = Field(description="Whether you give it away; else it comes to you.")
    account: str | None = Field(description="Its code, where you give it away.")
    seller_name: str
    receiver_name: str
    shop_name: str
    shop_address: str
    branches: list[str] = Field(description="Names of the branches that come along.")
    proposed_at: AwareDatetime
    expires_at: AwareDatetime
    state: Literal["proposed", "consented", "handed_over", "withdrawn", "declined", "refused", "expired"]


class NewHandover(ApiBody):
    """A shop to hand over."""

    account: Code
    receiver: SignInPage = Field(description="Name of the other wholesaler's sign-in page: `/w/<name>/`.")


class NewTerms(ApiBody):
    """On which terms you take the shop over; its branches get the same but the customer number."""

    customer_number: ShortLine = ""
    price_group: PriceGroupCode | None = Field(default=None, description="Made if it does not exist.")
    payment_terms_days: TermDays | None = None
    credit_limit: Price | None = Field(default=None, description="In your currency.")


class TakenOver(ApiAnswer):
    """The new account."""

    code: str
    name: str


@operation(
    "GET",
    "/selling/handovers",
    permission=Permission.ACCOUNTS_VIEW,
    scope=Scope.SELLING_READ,
    tags=_TAGS,
    summary="List the handovers from and to you",
    response=Page[HandoverAnswer],
    query=PageQuery,
    errors=[InvalidCursor],
)
def list_handovers(principal: Principal, query: PageQuery) -> Page[HandoverAnswer]:
    """The newest first; those to you once the shop consented."""
    rows = queries.list_handovers(principal, after=read_cursor(query.cursor, 2), limit=query.limit + 1)
    return page_of(rows, query.limit, _answer, lambda row: (row.proposed_at.isoformat(), row.key))


@operation(
    "POST",
    "/selling/handovers",
    summary="Propose to hand a shop over",
    response=HandoverAnswer,
    body=NewHandover,
    status=201,
    errors=[CannotHandOver, NotFound],
    **_MANAGE,
)
def propose_handover(principal: Principal, body: NewHandover) -> HandoverAnswer:
    """With its branches; its administrators are asked for their consent, then the other wholesaler."""
    return _answer(service.propose_handover(principal, body.account, body.receiver))


@operation(
    "DELETE",
    "/selling/handovers/{key}",
    summary="Take a handover back, or decline it",
    response=None,
    status=204,
    errors=[HandoverEnded, NotFound],
    **_MANAGE,
)
def end_handover(principal: Principal, key: Code) -> None:
    """Back what you proposed; decline what comes to you."""
    given = queries.get_handover(principal, key).is_given
    (service.withdraw_handover if given else service.refuse_handover)(principal, key)


@operation(
    "POST",
    "/selling/handovers/{key}/account",
    summary="Take a shop over",
    response=TakenOver,
    body=NewTerms,
    status=201,
    errors=[HandoverChanged, HandoverEnded, NotFound],
    **_MANAGE,
)
def take_over(principal: Principal, key: Code, body: NewTerms) -> TakenOver:
    """Its new account at yours, and the end of the former one, in one act."""
    queries.get_handover(principal, key)
    terms = Terms(body.customer_number, body.price_group, body.payment_terms_days, body.credit_limit)
    account = service.take_over(principal, key, terms)
    return TakenOver(code=account.code, name=account.name)


@operation(
    "GET",
    "/buying/handover",
    summary="Read which other supplier is proposed to you",
    response=HandoverAnswer,
    errors=[NotFound],
    **_OWN,
)
def read_own_handover(principal: Principal) -> HandoverAnswer:
    """The open one. Consenting is for a person, on the screen."""
    handover = queries.find_own_handover(principal)
    if handover is None:
        raise NotFound
    return _answer(handover)


@operation(
    "DELETE",
    "/buying/handover/{key}",
    summary="Decline another supplier, or take the consent back",
    response=None,
    status=204,
    errors=[HandoverEnded],
    **_OWN,
)
def decline_own_handover(principal: Principal, key: Code) -> None:
    """Until the other wholesaler has accepted."""
    service.decline(principal, key)


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing this module has declared."""


def _answer(row: HandoverRow) -> HandoverAnswer:
    facts = row._asdict()
    return HandoverAnswer(**facts)
