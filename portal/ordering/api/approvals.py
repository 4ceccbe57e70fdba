"""Orders that wait for an approver over HTTP, and the rule that says which do."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from portal.accounts.api.fields import EmailAddress
from portal.accounts.errors import UnusableValue
from portal.accounts.queries.people import list_people
from portal.core.idempotency import IdempotencyKey, IdempotencyKeyReused
from portal.loyalty.errors import RewardsRefused
from portal.ordering.api.asked import PlaceOrderBody
from portal.ordering.approval_models import RequestState
from portal.ordering.errors import (
    AccountClosed,
    ApprovalNeeded,
    ApprovalRefused,
    CouponsRefused,
    LinesRefused,
    OutOfStock,
    PricesChanged,
    RequestDecided,
)
from portal.ordering.models import OrderSource
from portal.ordering.queries.approvals import LimitRow, get_request, get_rule, list_limits, list_requests
from portal.ordering.service import approvals as service
from portal.ordering.service.approval_rule import SaveRule, require_approver, save_rule
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
    StockQuantity,
    StoredAnswer,
    answer_text,
    operation,
    page_of,
    read_cursor,
)
from tenants.errors import NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_MOST_PEOPLE = 1000
_TAGS = ["approvals"]
_VIEW: Any = {"permission": Permission.ORDERS_VIEW, "scope": Scope.BUYING_READ, "tags": _TAGS}
_ASK: Any = {"permission": Permission.ORDERS_PLACE, "scope": Scope.BUYING_WRITE, "tags": _TAGS}
_DECIDE: Any = {"permission": Permission.ORDERS_APPROVE, "scope": Scope.BUYING_ADMIN, "tags": _TAGS}
_RULE: Any = {"permission": Permission.PEOPLE_MANAGE, "scope": Scope.BUYING_ADMIN, "tags": _TAGS}

Reason = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]


class RequestLineAnswer(ApiAnswer):
    """A line as it was asked for; base units, and the unit price last shown."""

    article: str
    quantity: StockQuantity
    unit_price: Price


class RequestAnswer(ApiAnswer):
    """An order that waits, or waited, for an approver; it holds no stock and no price."""

    request_number: str
    state: RequestState
    currency: str
    total: Amount = Field(description="Net, at the prices last shown.")
    limit_amount: Amount | None = Field(description="What who asked may order alone; null: any amount.")
    lines: list[RequestLineAnswer]
    coupons: list[str]
    purchase_order_number: str
    requested_on: date | None
    ship_to: str = Field(description="Key of the address for goods; empty: the usual one.")
    requested_by_name: str
    requested_at: datetime
    decided_by_name: str
    decided_at: datetime | None
    reason: str
    order_number: str | None = Field(description="The order it became.")


class RequestsQuery(ApiQuery):
    """Which requests, and which page of them."""

    state: RequestState | None = None
    cursor: Cursor | None = None
    limit: Limit = USUAL_ITEMS


class ApprovalBody(ApiBody):
    """What the approval is given for."""

    total: Price | None = Field(
        default=None,
        description="Order only at this total, as it was read; another one is refused with `prices-changed`.",
    )
    at_any_price: bool = Field(default=False, description="Order even where prices are no longer those last shown.")


class RefusalBody(ApiBody):
    """Why it is declined."""

    reason: Reason = ""


class PersonLimitBody(ApiBody):
    """What one person orders alone and approves; null: as the rule says, and any amount."""

    email: EmailAddress
    places_up_to: Price | None = None
    approves_up_to: Price | None = None


class RuleBody(ApiBody):
    """What is ordered alone; null = any amount. People who are not named keep their limits."""

    places_up_to: Price | None = None
    four_eyes: bool = Field(default=False, description="Nobody approves its own; limits hold for approvers too.")
    people: list[PersonLimitBody] = Field(default_factory=list, max_length=_MOST_PEOPLE)


class PersonLimitAnswer(ApiAnswer):
    """What one person orders alone and approves."""

    email: str
    places_up_to: Amount | None
    approves_up_to: Amount | None


class RuleAnswer(ApiAnswer):
    """What is ordered alone, and who has limits of its own."""

    places_up_to: Amount | None
    four_eyes: bool
    people: list[PersonLimitAnswer]


@operation(
    "POST",
    "/buying/order-requests",
    summary="Ask for an order to be approved",
    body=PlaceOrderBody,
    response=RequestAnswer,
    status=201,
    idempotency=True,
    errors=[LinesRefused, CouponsRefused, RewardsRefused, PricesChanged, UnusableValue, IdempotencyKeyReused],
    **_ASK,
)
def create_order_request(principal: Principal, body: PlaceOrderBody, idempotency: IdempotencyKey) -> StoredAnswer:
    """As an order, once for each idempotency key; approvers are told. Nothing is reserved until one of them approves.

    A repeat is given the request as it stands by then.
    """
    asked = service.request_order(principal, body.command(idempotency))
    return StoredAnswer(answer_text(RequestAnswer.model_validate(asked)), replayed=asked.replayed)


@operation(
    "GET",
    "/buying/order-requests",
    summary="List orders that wait for approval, or waited",
    query=RequestsQuery,
    response=Page[RequestAnswer],
    errors=[InvalidCursor],
    **_VIEW,
)
def list_order_requests(principal: Principal, query: RequestsQuery) -> Page[RequestAnswer]:
    """The newest first."""
    rows = list_requests(principal, state=query.state, after=read_cursor(query.cursor, 1), limit=query.limit + 1)
    return page_of(rows, query.limit, RequestAnswer.model_validate, lambda row: (row.id,))


@operation(
    "GET",
    "/buying/order-requests/{request_number}",
    summary="Read an order that waits for approval, or waited",
    response=RequestAnswer,
    errors=[NotFound],
    **_VIEW,
)
def read_order_request(principal: Principal, request_number: Code) -> RequestAnswer:
    """With what became of it."""
    return RequestAnswer.model_validate(get_request(principal, request_number))


@operation(
    "POST",
    "/buying/order-requests/{request_number}/approvals",
    summary="Approve an order that waits, and place it",
    body=ApprovalBody,
    response=RequestAnswer,
    status=201,
    errors=[
        NotFound,
        RequestDecided,
        ApprovalRefused,
        ApprovalNeeded,
        LinesRefused,
        CouponsRefused,
        RewardsRefused,
        OutOfStock,
        PricesChanged,
        AccountClosed,
    ],
    **_DECIDE,
)
def approve_order_request(principal: Principal, request_number: Code, body: ApprovalBody) -> RequestAnswer:
    """In the name of who asked. Prices that differ from those last shown refuse it with `prices-changed`; it goes on waiting."""
    approved = service.approve_request(
        principal, request_number, source=OrderSource.API, at_any_price=body.at_any_price, total=body.total
    )
    return RequestAnswer.model_validate(approved)


@operation(
    "POST",
    "/buying/order-requests/{request_number}/refusals",
    summary="Decline an order that waits",
    body=RefusalBody,
    response=RequestAnswer,
    status=201,
    errors=[NotFound, RequestDecided],
    **_DECIDE,
)
def decline_order_request(principal: Principal, request_number: Code, body: RefusalBody) -> RequestAnswer:
    """Who asked is told, with the reason."""
    return RequestAnswer.model_validate(service.decline_request(principal, request_number, body.reason.strip()))


@operation(
    "POST",
    "/buying/order-requests/{request_number}/withdrawals",
    summary="Take an order that waits back into the basket",
    response=RequestAnswer,
    status=201,
    errors=[NotFound, RequestDecided],
    **_ASK,
)
def withdraw_order_request(principal: Principal, request_number: Code) -> RequestAnswer:
    """The caller's own basket then holds its lines."""
    return RequestAnswer.model_validate(service.withdraw_request(principal, request_number))


@operation("GET", "/buying/approval-rule", summary="Read what is ordered alone", response=RuleAnswer, **_RULE)
def read_approval_rule(principal: Principal) -> RuleAnswer:
    """By everybody, and by people with limits of their own. It needs to approve orders as well."""
    require_approver(principal)
    return _rule(principal)


@operation(
    "PUT",
    "/buying/approval-rule",
    summary="Say what is ordered alone",
    body=RuleBody,
    response=RuleAnswer,
    errors=[NotFound],
    **_RULE,
)
def change_approval_rule(principal: Principal, body: RuleBody) -> RuleAnswer:
    """It holds for the next order; of programs too, unless they have the scope `buying:admin`. It needs to approve orders as well."""
    require_approver(principal)
    people = {person.email: person.user_id for person in list_people(principal, principal.organisation_id)}
    wanted = {each.email.lower(): LimitRow(each.places_up_to, each.approves_up_to) for each in body.people}
    if not wanted.keys() <= people.keys():
        raise NotFound
    limits = {people[email]: limit for email, limit in wanted.items()}
    save_rule(principal, SaveRule(body.places_up_to, body.four_eyes, limits))
    return _rule(principal)


def _rule(principal: Principal) -> RuleAnswer:
    rule, limits = get_rule(principal), list_limits(principal)
    people = list_people(principal, principal.organisation_id) if limits else []
    return RuleAnswer(
        places_up_to=rule.places_up_to,
        four_eyes=rule.four_eyes,
        people=[
            PersonLimitAnswer(email=person.email, **limits[person.user_id]._asdict())
            for person in people
            if person.user_id in limits
        ],
    )
