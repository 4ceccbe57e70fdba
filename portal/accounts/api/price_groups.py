"""Price groups over HTTP: listed, made, renamed and removed, and accounts moved from one into another."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from portal.accounts.api.fields import PageQuery, PriceGroupCode
from portal.accounts.errors import PriceGroupInUse, UnknownAccounts, UnknownPriceGroup
from portal.accounts.group_uses import find_uses
from portal.accounts.queries.price_groups import get_group, list_groups
from portal.accounts.service import price_groups as service
from portal.web.api import ApiAnswer, ApiBody, Code, InvalidCursor, Page, operation, page_of, read_text_cursor
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Accounts"]
_VIEW: Any = {"permission": Permission.ACCOUNTS_VIEW, "scope": Scope.SELLING_READ, "tags": _TAGS}
_MANAGE: Any = {"permission": Permission.ACCOUNTS_MANAGE, "scope": Scope.SELLING_WRITE, "tags": _TAGS}

GroupName = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")
]


class PriceGroupAnswer(ApiAnswer):
    """A seller's name for buyers that share conditions."""

    code: str
    name: str
    accounts: int = Field(description="How many buyers are in it.")


class PriceGroupDetailAnswer(PriceGroupAnswer):
    """A price group and what is for it, by code."""

    price_lists: list[str]
    promotions: list[str]
    segments: list[str]


class PriceGroupBody(ApiBody):
    """What it is called."""

    name: GroupName


class PriceGroupMoveBody(ApiBody):
    """Which accounts, and where to."""

    accounts: Annotated[list[Code], Field(min_length=1, max_length=500)]
    price_group: PriceGroupCode | None = Field(description="An existing one; null = none.")


class PriceGroupMoveAnswer(ApiAnswer):
    """What became of them."""

    moved: int
    unchanged: int = Field(description="Those that were in it already.")


@operation(
    "GET",
    "/selling/price-groups",
    summary="List the price groups",
    response=Page[PriceGroupAnswer],
    query=PageQuery,
    errors=[InvalidCursor],
    **_VIEW,
)
def list_own_price_groups(principal: Principal, query: PageQuery) -> Page[PriceGroupAnswer]:
    """By code."""
    after = read_text_cursor(query.cursor)
    rows = list_groups(principal, limit=query.limit + 1, after=after)
    return page_of(rows, query.limit, PriceGroupAnswer.model_validate, lambda row: (row.code,))


@operation(
    "GET",
    "/selling/price-groups/{code}",
    summary="Read a price group and what is for it",
    response=PriceGroupDetailAnswer,
    **_VIEW,
)
def read_price_group(principal: Principal, code: Code) -> PriceGroupDetailAnswer:
    """Its buyers are listed by `GET /selling/accounts?price_group=`."""
    group = get_group(principal, code)
    uses = {kind: [use.code for use in found] for kind, found in find_uses(principal, code).items()}
    return PriceGroupDetailAnswer(**group._asdict(), **{"price_lists": [], "promotions": [], "segments": [], **uses})


@operation(
    "PUT",
    "/selling/price-groups/{code}",
    summary="Make or rename a price group",
    response=PriceGroupAnswer,
    body=PriceGroupBody,
    **_MANAGE,
)
def put_price_group(principal: Principal, code: PriceGroupCode, body: PriceGroupBody) -> PriceGroupAnswer:
    """New under a new code, renamed under a known one."""
    return PriceGroupAnswer.model_validate(service.save_price_group(principal, code, body.name.strip()))


@operation(
    "DELETE",
    "/selling/price-groups/{code}",
    summary="Remove a price group",
    response=None,
    status=204,
    errors=[PriceGroupInUse],
    **_MANAGE,
)
def remove_price_group(principal: Principal, code: Code) -> None:
    """Refused while accounts are in it or price lists, promotions or segments are for it: the refusal names them."""
    service.remove_price_group(principal, code)


@operation(
    "POST",
    "/selling/price-group-moves",
    summary="Move accounts into a price group",
    response=PriceGroupMoveAnswer,
    body=PriceGroupMoveBody,
    errors=[UnknownAccounts, UnknownPriceGroup],
    **_MANAGE,
)
def move_accounts_into_price_group(principal: Principal, body: PriceGroupMoveBody) -> PriceGroupMoveAnswer:
    """All or nothing. Their prices change with their next request; orders already placed keep theirs."""
    try:
        done = service.move_accounts(principal, body.accounts, body.price_group)
    except UnknownAccounts as unknown:
        problem = {"detail": "No account of yours has this code."}
        places = unknown.details["places"]
        raise UnknownAccounts(
            unknown.message, errors=[{"pointer": f"#/accounts/{place}", **problem} for place in places]
        ) from unknown
    return PriceGroupMoveAnswer(moved=done.moved, unchanged=done.unchanged)
