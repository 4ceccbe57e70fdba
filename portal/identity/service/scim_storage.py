"""Where the SCIM server (scim2-server) reads and writes the people and groups of one organisation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from scim2_models import (
    InvalidValueException,
    Meta,
    NotFoundException,
    NotImplementedException,
    PreconditionFailedException,
    Reference,
    Resource,
    ResourceType,
    ResponseParameters,
    ScimFilter,
    SearchRequest,
    UniquenessException,
)
from scim2_models.path import CompareOperator, Comparison
from scim2_server.storage import ScimStorage, SearchPage
from sqlalchemy import delete, func, insert, update
from sqlalchemy.exc import IntegrityError

from portal.identity.models import ProvisionedGroup, ProvisionedGroupMember, ProvisionedPerson
from portal.identity.queries.provisioning import (
    GroupRow,
    PersonRow,
    Provisioning,
    find_group,
    find_person,
    list_groups,
    list_people,
)
from portal.identity.scim_resources import Group, Member, User, address_of, shown_name
from portal.identity.service.memberships import Source
from portal.identity.service.provisioning import adopt_members, follow, linked, withdraw
from tenants.database import db

_USER = "User"


class OrganisationStorage(ScimStorage):
    """The people and groups of the organisation whose token was sent."""

    def __init__(self, place: Provisioning, source: Source) -> None:
        self.place = place
        self.source = source

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,  # noqa: ARG002 - the base class's signature
    ) -> Resource[Any]:
        """Give one."""
        if resource_type.name == _USER:
            return _user(self._person(resource_id))
        return _group(self._group(resource_id))

    def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,  # noqa: ARG002 - the base class's signature; pages go by index
    ) -> SearchPage:
        """Give a page of those that the filter matches, in the order of their ids."""
        if len(resource_types) != 1:
            raise NotImplementedException(detail="Please search people or groups.")
        wanted = search_request.filter
        found: Iterable[Resource[Any]]
        if resource_types[0].name == _USER:
            adopt_members(self.place)
            found = map(_user, list_people(self.place.organisation_id, **_equalities(wanted)))
        else:
            found = map(_group, list_groups(self.place.organisation_id))
        matching = [resource for resource in found if wanted is None or wanted.match(resource)]
        start = search_request.start_index_0 or 0
        stop = None if search_request.count is None else start + search_request.count
        return SearchPage(len(matching), matching[start:stop])

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """Keep a new one, and bring memberships in step."""
        number = uuid4()
        if resource_type.name == _USER:
            assert isinstance(resource, User)  # noqa: S101 - the server parsed it as such
            adopt_members(self.place)
            self._write_person(number, resource, is_new=True)
            person = linked(self.place, self._person(str(number), lock=True))
            self._keep_account(person)
            follow(self.place, person, self.source)
        else:
            assert isinstance(resource, Group)  # noqa: S101 - the same
            members = self._members(resource)
            db.session.execute(
                insert(ProvisionedGroup).values(
                    organisation_id=self.place.organisation_id,
                    id=number,
                    display_name=resource.display_name,
                    external_id=resource.external_id,
                )
            )
            self._put_members(number, members)
            self._follow_all(members)
        return self.get(resource_type, str(number))

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """Keep the new state of one, and bring memberships in step where it matters to them."""
        if resource_type.name == _USER:
            assert isinstance(resource, User)  # noqa: S101 - the server parsed it as such
            self._update_person(str(resource.id), resource, expected_version)
        else:
            assert isinstance(resource, Group)  # noqa: S101 - the same
            self._update_group(str(resource.id), resource, expected_version)
        return self.get(resource_type, str(resource.id))

    def delete(self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None) -> None:
        """Forget one; a person no longer works here."""
        own = self.place.organisation_id
        if resource_type.name == _USER:
            person = self._person(resource_id, lock=True)
            _check_version(person.version, expected_version)
            withdraw(self.place, person, self.source)
            db.session.execute(
                delete(ProvisionedPerson).where(
                    ProvisionedPerson.organisation_id == own, ProvisionedPerson.id == person.id
                )
            )
        else:
            group = self._group(resource_id, lock=True)
            _check_version(group.version, expected_version)
            db.session.execute(
                delete(ProvisionedGroup).where(ProvisionedGroup.organisation_id == own, ProvisionedGroup.id == group.id)
            )
            self._follow_all(UUID(number) for number in group.members)

    def _update_person(self, resource_id: str, resource: User, expected_version: str | None) -> None:
        before = self._person(resource_id, lock=True)
        _check_version(before.version, expected_version)
        self._write_person(before.id, resource, is_new=False)
        after = self._person(resource_id)
        if after.is_active is not before.is_active:
            follow(self.place, after, self.source)

    def _update_group(self, resource_id: str, resource: Group, expected_version: str | None) -> None:
        before = self._group(resource_id, lock=True)
        _check_version(before.version, expected_version)
        members, former = self._members(resource), {UUID(number) for number in before.members}
        db.session.execute(
            update(ProvisionedGroup)
            .where(ProvisionedGroup.organisation_id == self.place.organisation_id, ProvisionedGroup.id == before.id)
            .values(
                display_name=resource.display_name,
                external_id=resource.external_id,
                version=before.version + 1,
                changed_at=func.clock_timestamp(),
            )
        )
        db.session.execute(
            delete(ProvisionedGroupMember).where(
                ProvisionedGroupMember.organisation_id == self.place.organisation_id,
                ProvisionedGroupMember.group_id == before.id,
            )
        )
        self._put_members(before.id, members)
        is_other = (before.display_name, before.external_id) != (resource.display_name, resource.external_id)
        self._follow_all(members | former if is_other else members ^ former)

    def _write_person(self, number: UUID, resource: User, *, is_new: bool) -> None:
        values = {
            "user_name": (resource.user_name or "").strip(),
            "external_id": resource.external_id,
            "email": address_of(resource),
            "display_name": shown_name(resource),
            "is_active": resource.active is not False,
            "resource": resource.model_dump(exclude={"id", "meta", "external_id"}),
        }
        own = self.place.organisation_id
        try:
            with db.session.begin_nested():
                if is_new:
                    db.session.execute(insert(ProvisionedPerson).values(organisation_id=own, id=number, **values))
                else:
                    db.session.execute(
                        update(ProvisionedPerson)
                        .where(ProvisionedPerson.organisation_id == own, ProvisionedPerson.id == number)
                        .values(**values, version=ProvisionedPerson.version + 1, changed_at=func.clock_timestamp())
                    )
        except IntegrityError as error:
            raise UniquenessException(detail="Somebody has that userName already.") from error

    def _keep_account(self, person: PersonRow) -> None:
        db.session.execute(
            update(ProvisionedPerson)
            .where(ProvisionedPerson.organisation_id == self.place.organisation_id, ProvisionedPerson.id == person.id)
            .values(user_id=person.user_id)
        )

    def _members(self, resource: Group) -> set[UUID]:
        numbers = {_number(member.value or "") for member in resource.members or []}
        if any(number is None or find_person(self.place.organisation_id, number) is None for number in numbers):
            raise InvalidValueException(detail="A member is none of the organisation's people.")
        return {number for number in numbers if number is not None}

    def _put_members(self, group: UUID, members: set[UUID]) -> None:
        own = self.place.organisation_id
        rows = [{"organisation_id": own, "group_id": group, "person_id": person} for person in sorted(members)]
        if rows:
            db.session.execute(insert(ProvisionedGroupMember), rows)

    def _follow_all(self, people: Iterable[UUID]) -> None:
        for number in sorted(people):
            follow(self.place, self._person(str(number), lock=True), self.source)

    def _person(self, resource_id: str, *, lock: bool = False) -> PersonRow:
        number = _number(resource_id)
        found = find_person(self.place.organisation_id, number, lock=lock) if number else None
        if found is None:
            raise NotFoundException
        return found

    def _group(self, resource_id: str, *, lock: bool = False) -> GroupRow:
        number = _number(resource_id)
        found = find_group(self.place.organisation_id, number, lock=lock) if number else None
        if found is None:
            raise NotFoundException
        return found


def _user(row: PersonRow) -> User:
    user = User.model_validate(row.resource)
    user.id, user.external_id = str(row.id), row.external_id
    user.user_name = row.user_name
    user.meta = _meta(_USER, row)
    return user


def _group(row: GroupRow) -> Group:
    members = [Member(value=number, ref=Reference(f"Users/{number}")) for number in row.members]
    group = Group(id=str(row.id), external_id=row.external_id, display_name=row.display_name, members=members or None)
    group.meta = _meta("Group", row)
    return group


def _meta(kind: str, row: PersonRow | GroupRow) -> Meta:
    return Meta(resource_type=kind, created=row.created_at, last_modified=row.changed_at, version=f'W/"{row.version}"')


def _check_version(version: int, expected: str | None) -> None:
    if expected is not None and expected != f'W/"{version}"':
        raise PreconditionFailedException


def _number(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _equalities(wanted: ScimFilter[Any] | None) -> dict[str, str]:
    """Give what the database can look up by itself; the filter is applied to what it finds all the same."""
    node = wanted.ast if wanted is not None else None
    if not isinstance(node, Comparison) or node.op != CompareOperator.eq or not isinstance(node.value, str):
        return {}
    column = {"username": "user_name", "externalid": "external_id"}.get(str(node.attr_path).casefold())
    return {column: node.value} if column else {}
