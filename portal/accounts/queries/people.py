"""People and invitations of an organisation: the own one or, for a seller, one of its buyers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, cast, func, select, text, tuple_

from portal.accounts.queries.roles import OwnRoleRow, list_own_roles, permissions_of_role, role_word
from tenants.authentication import hash_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.errors import NotFound
from tenants.models import Invitation
from tenants.permissions import Permission, Role
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person's place in an organisation."""

    user_id: int
    email: str
    name: str
    role: Role
    active: bool
    created_at: datetime
    last_seen_at: datetime | None
    has_second_factor: bool | None
    """None: not for the principal to know."""
    own_role: OwnRoleRow | None = None
    """What it has instead, in the own organisation."""

    @property
    def permissions(self) -> frozenset[Permission]:
        """Give what its role carries."""
        return permissions_of_role(self.own_role or self.role)

    @property
    def role_word(self) -> str:
        """Give by what its role is named in forms, logs and the API."""
        return role_word(self.own_role or self.role)


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation that nobody has accepted yet."""

    id: int
    email: str
    name: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime
    expired: bool
    own_role: str | None = None
    """Code of what it grants instead, into the own organisation."""


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that can be accepted now, as its holder sees it."""

    id: int
    organisation_id: int
    organisation_name: str
    organisation_locale: str
    brand_id: int
    """In whose brand the page appears: the seller's for a shop, else the organisation's own."""
    email: str
    name: str
    role: Role
    invited_by: str
    own_role: str | None = None
    own_role_name: str | None = None


_PEOPLE = text("""
    select p.*, m.own_role, case when :tells_factors then p.user_id in (select people_with_second_factor()) end as has_second_factor
    from people_of(:organisation) p
    left join membership m on m.organisation_id = :organisation and m.user_id = p.user_id
    where (cast(:email as text) is null or p.email = :email) and (cast(:after_name as text) is null or (p.name, p.email) > (:after_name, cast(:after_email as text)))
    order by p.name, p.email limit :limit""")


def list_people(
    principal: Principal,
    organisation_id: int,
    *,
    email: str | None = None,
    limit: int | None = None,
    after: Sequence[Any] | None = None,
) -> list[PersonRow]:
    """Give the people of the own organisation or, for a seller, of one of its buyers, by name; otherwise nobody.

    Who may manage people learns which of the own ones have a second factor. With `email` (in lower case) that person alone, with a limit that many, behind the key `after` (name, e-mail address).
    """
    behind_name, behind_email = after or (None, None)
    tells = organisation_id == principal.organisation_id and principal.may(Permission.PEOPLE_MANAGE)
    values = {"organisation": organisation_id, "email": email, "limit": limit, "tells_factors": tells}
    rows = db.session.execute(_PEOPLE, {**values, "after_name": behind_name, "after_email": behind_email}).all()
    own_roles = {role.code: role for role in list_own_roles(principal)} if any(row.own_role for row in rows) else {}
    return [
        PersonRow(
            row.user_id,
            row.email,
            row.name,
            Role(row.role),
            row.status == "active",
            row.created_at,
            row.last_seen_at,
            row.has_second_factor,
            own_roles.get(row.own_role),
        )
        for row in rows
    ]


def list_invitations(
    principal: Principal,
    organisation_id: int,
    *,
    email: str = "",
    limit: int | None = None,
    after: Sequence[Any] | None = None,
) -> list[InvitationRow]:
    """Give the invitations into that organisation which the principal's organisation sent and nobody accepted.

    The newest first; with `email` that of this address (in lower case) alone, with a limit that many, behind the key
    `after` (instant, number).
    """
    statement = (
        select(
            Invitation.id,
            Invitation.email,
            Invitation.name,
            Invitation.role,
            Invitation.invited_by,
            Invitation.created_at,
            Invitation.expires_at,
            (Invitation.expires_at <= func.now()).label("expired"),
            Invitation.own_role,
        )
        .where(
            Invitation.inviting_organisation_id == principal.organisation_id,
            Invitation.organisation_id == organisation_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        .limit(limit)
    )
    if email:
        statement = statement.where(Invitation.email == email)
    if after is not None:
        at, number = after
        statement = statement.where(
            tuple_(Invitation.created_at, Invitation.id) < tuple_(cast(at, DateTime(timezone=True)), number)
        )
    return [InvitationRow(*row) for row in db.session.execute(statement)]


def get_person(principal: Principal, organisation_id: int, email: str) -> PersonRow:
    """Give the person of that e-mail address (any case) in an organisation that `list_people` answers for.

    Raises:
        NotFound: nobody of that address works there.
    """
    rows = list_people(principal, organisation_id, email=email.lower())
    if not rows:
        raise NotFound
    return rows[0]


def get_invitation(principal: Principal, organisation_id: int, email: str) -> InvitationRow:
    """Give the newest invitation of that e-mail address (any case) which `list_invitations` would list.

    Raises:
        NotFound: there is none.
    """
    rows = list_invitations(principal, organisation_id, email=email.lower(), limit=1)
    if not rows:
        raise NotFound
    return rows[0]


def find_open_invitation(token: str) -> OpenInvitation | None:
    """Give the invitation of that token if it can be accepted now, before anybody is known.

    It ends with the right of those who sent it: the inviting organisation must still be the organisation itself or
    its seller, and everything above must be active.
    """
    act_as(AUTHENTICATION)
    statement = text("""
        select i.id, i.organisation_id, o.name as organisation_name, o.locale as organisation_locale,
               case o.kind when 'retailer' then o.seller_id else o.id end as brand_id,
               i.email, i.name, i.role, i.invited_by, i.own_role, r.name as own_role_name
        from invitation i join organisation o on o.id = i.organisation_id
        left join own_role r on r.organisation_id = i.organisation_id and r.code = i.own_role
        where i.token_hash = :token_hash and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
          and i.inviting_organisation_id in (o.id, o.seller_id)
          and not exists (select from organisation a where a.id = any(o.owner_ids) and a.status <> 'active')""")
    row = db.session.execute(statement, {"token_hash": hash_token(token)}).one_or_none()
    if row is None:
        return None
    values: dict[str, Any] = {**row._mapping, "role": Role(row.role)}  # noqa: SLF001 - SQLAlchemy's public name
    return OpenInvitation(**values)
