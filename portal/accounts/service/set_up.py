"""What an operator sets up at the command line, before or beside anybody who could sign in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, LiteralString
from uuid import uuid4

import psycopg

from portal.accounts.service.alerts import ALERT, alert_values
from tenants.audit import entry_values
from tenants.authentication import capacities_of, hash_token, new_token
from tenants.database_roles import conninfo
from tenants.permissions import SCOPE_CAPACITY, Role, Scope

_WITHOUT_FACTOR: Final[tuple[LiteralString, ...]] = (
    "delete from authenticator where user_id = %s",
    "delete from recovery_code where user_id = %s",
    "delete from passkey where user_id = %s",
    "delete from passkey_challenge where user_id = %s",
    "delete from sign_in_step where user_id = %s",
    "update user_session set revoked_at = now() where user_id = %s and revoked_at is null",
    "update api_grant set revoked_at = now() where user_id = %s and revoked_at is null",
    "update personal_token set revoked_at = now() where user_id = %s and revoked_at is null",
)

Connection = psycopg.Connection[tuple[Any, ...]]


class SetUpRefused(Exception):
    """The command cannot be done; the message is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class NewClient:
    """An API client as it is told once: the secret is kept as a hash alone."""

    client_id: str
    client_secret: str
    note: str
    """One sentence about scopes that the organisation cannot use today; empty where it can use all."""


def create_api_client(loader_url: str, organisation: str, scopes: list[Scope], name: str = "") -> NewClient:
    """Make an API client of the organisation (`CODE` or `ROOT/CODE`); no Principal, for operators alone.

    Raises:
        SetUpRefused: the organisation is unknown or its code is ambiguous.
    """
    granted = [scope.value for scope in scopes]
    with psycopg.connect(conninfo(loader_url)) as connection:
        organisation_id = find_organisation(connection, organisation)
        note = _useless(connection, organisation_id, organisation, scopes)
        client = NewClient(f"kontor-{uuid4().hex}", new_token(), note)
        connection.execute(
            "insert into api_client (organisation_id, client_id, secret_hash, name, scopes) values (%s, %s, %s, %s, %s)",
            (organisation_id, client.client_id, hash_token(client.client_secret), name, granted),
        )
        record_of_operator(connection, organisation_id, "api_client.created", client.client_id)
    return client


def create_person(loader_url: str, organisation: str, email: str, role: Role, name: str, password_hash: str) -> None:
    """Give a person a role in the organisation (`CODE` or `ROOT/CODE`) and a password; a known one gets both anew.

    `password_hash` comes from `portal.accounts.passwords.hash_password`. No Principal, for operators alone.

    Raises:
        SetUpRefused: the organisation is unknown or its code is ambiguous.
    """
    with psycopg.connect(conninfo(loader_url)) as connection:
        organisation_id = find_organisation(connection, organisation)
        connection.execute(
            "with person as (insert into user_account as present (email, name, password_hash) values (%s, %s, %s)"
            " on conflict (email) do update set password_hash = excluded.password_hash, status = 'active',"
            " name = coalesce(nullif(excluded.name, ''), present.name) returning id)"
            " insert into membership (organisation_id, user_id, role) select %s, id, %s from person"
            " on conflict (organisation_id, user_id) do update set role = excluded.role, own_role = null, status = 'active'",
            (email, name, password_hash, organisation_id, role.value),
        )
        record_of_operator(connection, organisation_id, "person.created", email)


def find_person_and_places(connection: Connection, email: str) -> tuple[int, list[int]]:
    """Give the row ids of the person with that e-mail address and of the organisations it works in.

    Raises:
        SetUpRefused: nobody has that e-mail address.
    """
    person = connection.execute("select id from user_account where email = %s", (email,)).fetchone()
    if person is None:
        raise SetUpRefused(f"Nobody has the e-mail address {email}.")
    places = connection.execute("select organisation_id from membership where user_id = %s", person).fetchall()
    return person[0], [organisation_id for (organisation_id,) in places]


def reset_second_factor(loader_url: str, email: str) -> int:
    """Take every second factor of the person away and end its sessions; gives how many organisations it works in.

    For who lost its device and its recovery codes; it sets a new one up at the next sign-in where one is demanded.

    Raises:
        SetUpRefused: nobody has that e-mail address.
    """
    with psycopg.connect(conninfo(loader_url)) as connection:
        person_id, places = find_person_and_places(connection, email)
        for statement in _WITHOUT_FACTOR:
            connection.execute(statement, (person_id,))
        for organisation_id in places:
            record_of_operator(connection, organisation_id, "second_factor.reset", email)
        if places:
            told = {"action": "second_factor.reset", "address": ""}
            connection.execute(ALERT, alert_values(person_id, places[0], "SecondFactorChanged", **told))
    return len(places)


def find_organisation(connection: Connection, name: str) -> int:
    """Give the id of the organisation called `CODE`, or `ROOT/CODE` where several trees have that code.

    Raises:
        SetUpRefused: there is none, or more than one.
    """
    root, separator, code = name.rpartition("/")
    rows = connection.execute(
        "select o.id, top.code from organisation o join organisation top on top.id = o.root_id"
        " where o.code = %s and (%s = '' or top.code = %s) order by top.code",
        (code, separator, root),
    ).fetchall()
    if not rows:
        raise SetUpRefused(f"There is no organisation {name}.")
    if len(rows) > 1:
        choices = ", ".join(f"{top}/{code}" for _, top in rows)
        raise SetUpRefused(f"Several trees have an organisation {code}; say which one: {choices}.")
    return int(rows[0][0])


def _useless(connection: Connection, organisation_id: int, name: str, scopes: list[Scope]) -> str:
    row = connection.execute("select kind, seller_id from organisation where id = %s", (organisation_id,)).fetchone()
    kind, seller_id = row or ("", None)
    capacities = capacities_of(kind, has_seller=seller_id is not None)
    useless = [scope for scope in scopes if SCOPE_CAPACITY[scope] not in capacities]
    return f"{name} is a {kind}, to which these scopes give nothing: {', '.join(useless)}." if useless else ""


def record_of_operator(
    connection: Connection, organisation_id: int, action: str, subject: str, *, person_id: int | None = None
) -> None:
    """Note in the organisation's log what the operator did, and to whom."""
    note = entry_values(organisation_id, "operator", action, subject, actor_name="Operator", person_id=person_id)
    connection.execute(*note)
