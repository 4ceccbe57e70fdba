"""People and groups as SCIM 2.0 describes them (RFC 7643): what the portal keeps of them, and what it can do."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import EmailStr, Field
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Filter,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

MOST_RESULTS: Final = 200


class Name(ComplexAttribute):
    """Parts of a person's name."""

    formatted: str | None = None
    family_name: str | None = None
    given_name: str | None = None


class Email(ComplexAttribute):
    """An e-mail address of a person."""

    value: EmailStr | None = None
    type: str | None = None
    primary: bool | None = None


class User(Resource[Any]):
    """A person: no more than the portal needs. The class bears the resource type's name."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: Name | None = None
    display_name: str | None = None
    active: bool | None = None
    emails: list[Email] | None = None


class Member(ComplexAttribute):
    """Somebody in a group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference[User] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )


class Group(Resource[Any]):
    """A group, whose name may have a role here."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true] = None
    members: list[Member] | None = None


def address_of(user: User) -> str:
    """Give the person's e-mail address: the primary one, else the first, else its name where that is one; or nothing."""
    known = [email for email in user.emails or [] if email.value]
    chosen = next((email for email in known if email.primary), known[0] if known else None)
    text = str(chosen.value) if chosen is not None else (user.user_name or "")
    return text.strip().lower() if "@" in text else ""


def shown_name(user: User) -> str:
    """Give what the person is called."""
    name = user.name
    parts = (name.given_name, name.family_name) if name else ()
    whole = " ".join(part for part in parts if part)
    return (user.display_name or (name.formatted if name else None) or whole or "")[:100]


PROVIDER: Final = ScimProvider(
    models=[User, Group],
    config=ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",
                description="A token that an administrator of the organisation made under Organisation, Single sign-on.",
                primary=True,
            )
        ],
    ),
)
