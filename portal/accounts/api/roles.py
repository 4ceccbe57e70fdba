"""The roles of the own organisation over HTTP: what each may; own ones made, changed and removed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from portal.accounts.api.fields import PathCode, ShortLine
from portal.accounts.api.own import ADMIN, own_operation
from portal.accounts.errors import RoleExists, RoleInUse, RoleTooHigh, UnknownRole, UnusableValue
from portal.accounts.queries.roles import OwnRoleRow, list_own_roles
from portal.accounts.service import roles as service
from portal.web.api import ApiAnswer, ApiBody, ApiQuery, Code
from tenants.permissions import KIND_PERMISSIONS, ROLE_PERMISSIONS, Permission, Role
from tenants.principal import Principal

_TAGS = ["People"]

RoleName = Annotated[
    str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")
]


class RoleAnswer(ApiAnswer):
    """A role and what it carries."""

    code: str = Field(description="By which it is given to people and invitations.")
    name: str
    is_built_in: bool
    like_role: Role = Field(description="The built-in role whose messages its people get.")
    permissions: list[Permission] = Field(description="Those of use in this kind of organisation.")
    people: int | None = Field(description="How many have it; null for built-in roles.")


class RolesAnswer(ApiAnswer):
    """All roles: the built-in ones, then the organisation's own by name."""

    roles: list[RoleAnswer]


class RoleBody(ApiBody):
    """A role as it is to be."""

    name: RoleName
    permissions: Annotated[list[Permission], Field(max_length=len(Permission), strict=False)]
    like_role: Annotated[Role, Field(strict=False)] = Role.VIEWER


class SavingQuery(ApiQuery):
    """Whether what is there may be changed."""

    only_new: bool = Field(default=False, description="true: a role of this code that exists already is not changed.")


class RemovalQuery(ApiQuery):
    """What becomes of those who have it."""

    successor: ShortLine = Field(default="", description="Code of the role that they get; needed if somebody has it.")


@own_operation(
    "GET",
    "/roles",
    scopes=ADMIN,
    permission=Permission.PEOPLE_VIEW,
    summary="List the roles of the own organisation",
    tags=_TAGS,
    response=RolesAnswer,
)
def list_roles_in_own(principal: Principal) -> RolesAnswer:
    """With what each carries."""
    there = KIND_PERMISSIONS[principal.organisation_kind]
    built_in = [
        RoleAnswer(
            code=role.value,
            name=role.value,
            is_built_in=True,
            like_role=role,
            permissions=sorted(ROLE_PERMISSIONS[role] & there),
            people=None,
        )
        for role in Role
    ]
    return RolesAnswer(roles=[*built_in, *map(_answer, list_own_roles(principal))])


@own_operation(
    "PUT",
    "/roles/{code}",
    scopes=ADMIN,
    permission=Permission.PEOPLE_MANAGE,
    summary="Make a role from permissions, or change one",
    tags=_TAGS,
    response=RoleAnswer,
    body=RoleBody,
    query=SavingQuery,
    errors=[RoleExists, RoleTooHigh, UnusableValue],
)
def put_own_role(principal: Principal, code: PathCode, body: RoleBody, query: SavingQuery) -> RoleAnswer:
    """New under a new code, changed under a known one; it holds with the next request of everybody who has it.

    Nobody gives what its own role does not carry. Programs count as managers.
    """
    command = service.SaveRole(code, body.name.strip(), frozenset(body.permissions), body.like_role)
    return _answer(service.save_role(principal, command, only_new=query.only_new))


@own_operation(
    "DELETE",
    "/roles/{code}",
    scopes=ADMIN,
    permission=Permission.PEOPLE_MANAGE,
    summary="Remove a role",
    tags=_TAGS,
    response=None,
    status=204,
    query=RemovalQuery,
    errors=[RoleInUse, RoleTooHigh, UnknownRole],
)
def remove_own_role(principal: Principal, code: Code, query: RemovalQuery) -> None:
    """Whoever has it, or is invited as it, gets the successor at once."""
    service.remove_role(principal, code, query.successor)


def _answer(role: OwnRoleRow) -> RoleAnswer:
    return RoleAnswer(
        code=role.code,
        name=role.name,
        is_built_in=False,
        like_role=role.like_role,
        permissions=sorted(role.permissions),
        people=role.people,
    )
