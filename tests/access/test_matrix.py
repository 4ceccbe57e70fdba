"""The access matrix: every route and operation, as every role and for every relation of what it names."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.web.screens import declarations
from tenants.permissions import Role
from tests.access.asking import Asker
from tests.access.offered import offered
from tests.access.rows import OUTSIDERS, Row, every_row, tables
from tests.factories.access_world import RELATIONS

pytestmark = [pytest.mark.shared_database, pytest.mark.usefixtures("harmless")]

ROWS = every_row()
OWN_OBJECTS = {
    *("your_account.end_session", "passkeys.remove", "second_factor.renew_codes"),
    *("own_programs.end_grant", "own_programs.end_token", "notices.open_one"),
}
"""What belongs to a person itself is for everybody else as if it were not there."""


def test_every_route_and_operation_has_a_row_in_its_features_table(app: Flask) -> None:
    """Whoever adds one says in tests/access/matrix/<feature>.py who may use it; rows.py explains how."""
    stated = {(row.endpoint, row.method): feature for feature, rows in tables() for row in rows}
    asked = offered(app)
    assert [
        f"tests/access/matrix/{asked[key]}.py lacks {key[1]} {key[0]}" for key in sorted(set(asked) - set(stated))
    ] == []
    assert sorted(f"{method} {endpoint}" for endpoint, method in set(stated) - set(asked)) == []
    moved = {"accounts": {"home.show", "home_selling.show"}}
    misplaced = {
        key: stated[key] for key in asked if stated[key] != asked[key] and key[0] not in moved.get(stated[key], ())
    }
    assert misplaced == {}
    assert len(ROWS) == len(stated), "a route has two rows"


def test_every_screen_declares_who_may_see_it(app: Flask) -> None:
    """What is no declared screen is an operation of the API, a file, or a page for machines."""
    undeclared = {
        endpoint
        for endpoint, _ in offered(app)
        if endpoint not in declarations(app) and not endpoint.startswith("api.")
    }
    assert undeclared == {"static", "health.healthz", "health.readyz", "health.metrics"} - set(declarations(app))


def test_every_row_names_each_object_of_its_address(app: Flask) -> None:
    """An address with a variable part is tried for every relation."""
    for row in ROWS:
        for rule in app.url_map.iter_rules(row.endpoint):
            if row.method in (rule.methods or set()):
                named = set(row.objects) | set(row.path)
                of_account = {"account_invitation", "account_invitee"} & set(row.objects.values())
                known = named | {"code"} if of_account else named
                assert rule.arguments <= known, str(row)


def to_sign_in(row: Row) -> tuple[int, str]:
    """Give how strangers are answered: led to the sign-in, over which what they typed into a form is kept."""
    return (302, "/sign-in") if row.is_safe else (401, "")


@pytest.mark.parametrize("row", [row for row in ROWS if not row.is_public and row.scope is None], ids=str)
def test_screens_by_role(row: Row, asker: Asker) -> None:
    got = {role: asker.send(row, asker.as_person(row.actor, role.value)) for role in Role}
    assert {role.value: answer.status for role, answer in got.items()} == {
        role.value: row.gives if role in row.allowed else (404 if row.endpoint in OWN_OBJECTS else 403) for role in Role
    }
    refused = {answer.text for role, answer in got.items() if role not in row.allowed}
    assert len(refused) <= 1 or row.capacity is None or all("ART-" not in text for text in refused)
    stranger = asker.send(row, {})
    assert (stranger.status, stranger.location.partition("?")[0]) == to_sign_in(row)
    for outsider in OUTSIDERS.get(row.capacity, ()) if row.capacity else ():
        assert asker.send(row, asker.as_person(outsider, "admin")).status == 404
    program = asker.send(row, asker.as_client(asker.world.tokens[row.actor]))
    assert program.status == to_sign_in(row)[0], "a token opened a screen"


@pytest.mark.parametrize("row", [row for row in ROWS if row.is_public], ids=str)
def test_pages_for_everybody(row: Row, asker: Asker) -> None:
    assert asker.send(row, {}).status == row.gives


@pytest.mark.parametrize("row", [row for row in ROWS if row.scope is not None], ids=str)
def test_operations_by_scope(row: Row, asker: Asker) -> None:
    assert row.scope is not None
    alone, others = asker.world.scoped[row.actor, row.scope]
    tokens = {"every scope": asker.world.tokens[row.actor], "the scope": alone, "every other scope": others}
    got = {name: asker.send(row, asker.as_client(token)).status for name, token in tokens.items()}
    assert got == {"every scope": row.gives, "the scope": row.gives, "every other scope": 403}
    for headers in ({}, asker.as_client("wrong"), asker.as_person(row.actor, "admin")):
        assert asker.send(row, headers).status == 401
    for outsider in OUTSIDERS[row.capacity] if row.capacity else ():
        assert asker.send(row, asker.as_client(asker.world.tokens[outsider])).status == 401


@pytest.mark.parametrize("row", [row for row in ROWS if row.objects], ids=str)
def test_objects_by_relation(row: Row, asker: Asker) -> None:
    headers = {} if row.is_public else asker.usual(row)
    missing = asker.send(row, headers, "missing")
    assert missing.status == row.absent
    for relation in RELATIONS:
        if all(relation in asker.world.objects[kind] for kind in row.objects.values()):
            answer = asker.send(row, headers, relation)
            if relation in row.finds:
                assert answer.status == row.gives, relation
                assert row.absent == row.gives or answer.everything() != missing.everything(), relation
            else:
                assert answer.everything() == missing.everything(), relation
