"""What follows when a provider says who works for an organisation (SCIM): memberships, roles, invitations.

Everything runs in the authentication context, for the organisation of the provider's token. A person of nobody, with an
address of a proven domain, gets an account and works here at once; whoever has an account elsewhere, or an address of another
domain, is invited. Only what the provider changes has an effect, so that what people decide here stays.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from scim2_models import ConflictException
from sqlalchemy import func, text, update

from portal.accounts.queries.sign_in import find_credentials
from portal.accounts.service.invitations import VALID_FOR, end_invitations
from portal.accounts.tokens import INVITATION, link_token, new_nonce
from portal.identity.models import ProvisionedPerson, ProvisioningToken
from portal.identity.queries.provisioning import PersonRow, Provisioning, groups_of
from portal.identity.queries.sign_in import find_default_role, find_membership, owns_domain, roles_of_groups
from portal.identity.rules import groups_decide, role_of
from portal.identity.service.memberships import Member, Source, grant, make_account, note_of_provider, take_away
from tenants.authentication import hash_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.permissions import Role

# Those who work here already and whose address is of a proven domain; others are none of the provider's business.
_ADOPT = text("""
    insert into provisioned_person (organisation_id, id, user_id, user_name, email, display_name, granted_role, resource)
    select m.organisation_id, gen_random_uuid(), u.id, u.email, u.email, u.name, m.role,
           jsonb_build_object('userName', u.email, 'displayName', u.name, 'active', true,
               'emails', jsonb_build_array(jsonb_build_object('value', u.email, 'primary', true)))
    from membership m
    join user_account u on u.id = m.user_id
    join email_domain d on d.organisation_id = m.organisation_id and d.proven_at is not null
         and d.domain = split_part(u.email, '@', 2)
    where m.organisation_id = :organisation and m.status = 'active'
      and not exists (select from provisioned_person p where p.organisation_id = m.organisation_id and p.user_id = u.id)
    on conflict do nothing
""")
# Whoever was invited and came since.
_RECOGNISE = text("""
    update provisioned_person p set user_id = u.id
    from user_account u join membership m on m.user_id = u.id and m.status = 'active'
    where p.organisation_id = :organisation and p.user_id is null and p.email <> '' and u.email = p.email
      and m.organisation_id = p.organisation_id
""")
_INVITE = text("""
with invited as (
    insert into invitation (organisation_id, inviting_organisation_id, invited_by, email, name, role, token_hash, expires_at)
    values (:organisation, :organisation, :by, :email, :name, :role, :token_hash, now() + make_interval(days => :days))
    returning id
)
insert into outbox_event (seller_id, kind, payload, actor)
select b.id, 'InvitationSent',
       jsonb_build_object('email', cast(:email as text), 'name', cast(:name as text), 'organisation', o.name,
           'invited_by', cast(:by as text), 'inviting_organisation', o.name, 'locale', o.locale,
           'nonce', cast(:nonce as text),
           'brand', jsonb_build_object('name', b.name, 'accent', b.accent_colour, 'reply_to', b.email,
               'time_zone', b.time_zone,
               'logo_path', case when b.logo is null then '' else '/brand/' || b.slug || '/logo' end)),
       'provisioning'
from organisation o
join organisation b on b.id = case o.kind when 'retailer' then o.seller_id else o.id end
cross join invited
where o.id = :organisation
""")
_INVITED_BY: Final = "SCIM"


def source_of(place: Provisioning, address: str = "", request_id: str = "") -> Source:
    """Give who says so, for the log."""
    return Source("provisioning", f"{place.organisation_name} (SCIM)", address, request_id)


def touch(place: Provisioning) -> None:
    """Note that the token was used; to the minute."""
    db.session.execute(
        update(ProvisioningToken)
        .where(
            ProvisioningToken.id == place.token_id,
            func.coalesce(ProvisioningToken.last_used_at, text("'-infinity'"))
            < func.now() - text("interval '1 minute'"),
        )
        .values(last_used_at=func.now())
    )


def adopt_members(place: Provisioning) -> None:
    """Let the provider see who works here already under its domains, and who accepted its invitation."""
    act_as(AUTHENTICATION)
    db.session.execute(_RECOGNISE, {"organisation": place.organisation_id})
    db.session.execute(_ADOPT, {"organisation": place.organisation_id})


def follow(place: Provisioning, person: PersonRow, source: Source) -> None:
    """Bring membership and role in step with what the provider says of the person now.

    Raises:
        ConflictException: the last administrator would go.
    """
    role = _role(place, person)
    if role is person.granted_role:
        return
    if role is None:
        withdraw(place, person, source)
        _keep(place, person, granted_role=None)
        return
    user_id = person.user_id or _account(place, person)
    if user_id is None:
        end_invitations(place.organisation_id, place.organisation_id, person.email)
        _invite(place, person, role, source)
    else:
        grant(Member(place.organisation_id, user_id, person.email), role, source)
    _keep(place, person, granted_role=role, user_id=user_id)


def withdraw(place: Provisioning, person: PersonRow, source: Source) -> None:
    """Close the organisation to the person, end its sessions here, and its invitation.

    Raises:
        ConflictException: it is the last administrator.
    """
    end_invitations(place.organisation_id, place.organisation_id, person.email)
    if person.user_id is None:
        return
    member = Member(place.organisation_id, person.user_id, person.email or person.user_name)
    if not take_away(member, source, cause="provisioning"):
        raise ConflictException(detail="This is the organisation's last administrator.")


def linked(place: Provisioning, person: PersonRow) -> PersonRow:
    """Give the person with its account, where the address belongs to somebody who works or worked here."""
    known = find_credentials(person.email) if person.email else None
    if known is None or find_membership(place.organisation_id, known.user_id) is None:
        return person
    return replace(person, user_id=known.user_id)


def _role(place: Provisioning, person: PersonRow) -> Role | None:
    if not person.is_active:
        return None
    roles, default = roles_of_groups(place.organisation_id), find_default_role(place.organisation_id)
    if groups_decide(roles, default):
        return role_of(groups_of(place.organisation_id, person.id), roles, default)
    known = find_membership(place.organisation_id, person.user_id) if person.user_id else None
    return known.role if known else None


def _account(place: Provisioning, person: PersonRow) -> int | None:
    """Make the account of an address that is the organisation's to give, and nobody's yet."""
    if not person.email or not owns_domain(place.organisation_id, person.email):
        return None
    return make_account(person.email, person.display_name, place.locale)


def _invite(place: Provisioning, person: PersonRow, role: Role, source: Source) -> None:
    if not person.email:
        return
    nonce = new_nonce()
    values: dict[str, Any] = {
        "organisation": place.organisation_id,
        "by": _INVITED_BY,
        "email": person.email,
        "name": person.display_name,
        "role": role.value,
        "nonce": nonce,
        "token_hash": hash_token(link_token(INVITATION, nonce)),
        "days": VALID_FOR.days,
    }
    db.session.execute(_INVITE, values)
    member = Member(place.organisation_id, 0, person.email)
    note_of_provider(
        member, "invitation.sent", source, after={"organisation": place.organisation_name, "role": role.value}
    )


def _keep(place: Provisioning, person: PersonRow, **values: Any) -> None:
    db.session.execute(
        update(ProvisionedPerson)
        .where(ProvisionedPerson.organisation_id == place.organisation_id, ProvisionedPerson.id == person.id)
        .values(**values)
    )
