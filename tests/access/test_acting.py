"""The relation "acting on behalf": every route as north's manager who works in anna's name."""

from __future__ import annotations

import pytest

from tenants.permissions import Role
from tests.access.asking import Asker
from tests.access.rows import Row, every_row
from tests.factories.access_world import RELATIONS

pytestmark = [pytest.mark.shared_database, pytest.mark.usefixtures("harmless")]

OF_NO_CAPACITY = {
    "organisation.show": 200,
    "catalogue.picture": 200,
    "record_of_processing.show_record": 200,
    "acted.show": 200,
    "acted.end": 302,
    "sign_in.switch": 302,
}
"""What is open of the pages that every organisation has; people, secrets, factors, settings and the log are not."""
OWN_REQUESTS = {"approvals.show", "approvals.withdraw"}
"""Anna's buyer asked for that order: the seller's people see of what waits only what they asked for themselves."""
SAVED = {"own_reports.save", "own_reports.change", "own_reports.remove"}
"""Whoever acts looks at reports and leaves none of its own."""
SCREENS = [row for row in every_row() if not row.is_public and row.scope is None]
BUYING = [row for row in SCREENS if row.capacity == "buyer"]


def acting(asker: Asker) -> dict[str, str]:
    return asker.as_person("NORTH for ANNA", "manager")


def expected(row: Row) -> int:
    """A retailer's buyer is the most that somebody acting is; sellers' and brand owners' pages are not there."""
    if row.capacity is None:
        return OF_NO_CAPACITY.get(row.endpoint, 403)
    if row.capacity != "buyer":
        return 404
    if row.endpoint in OWN_REQUESTS:
        return row.absent
    return row.gives if Role.BUYER in row.allowed and row.endpoint not in SAVED else 403


@pytest.mark.parametrize("row", SCREENS, ids=str)
def test_screens_on_behalf(row: Row, asker: Asker) -> None:
    assert asker.send(row, acting(asker)).status == expected(row)


@pytest.mark.parametrize("row", [row for row in BUYING if row.objects], ids=str)
def test_objects_on_behalf(row: Row, asker: Asker) -> None:
    """Anna's are found; those of her sibling, her seller, her branch and strangers are as if they were not there."""
    headers = acting(asker)
    missing = asker.send(row, headers, "missing")
    for relation in RELATIONS:
        if relation not in row.finds and all(relation in asker.world.objects[kind] for kind in row.objects.values()):
            assert asker.send(row, headers, relation).everything() == missing.everything(), relation


@pytest.mark.parametrize("row", [row for row in every_row() if row.scope is not None], ids=str)
def test_no_operation_takes_the_browsers_session(row: Row, asker: Asker) -> None:
    assert asker.send(row, acting(asker)).status == 401


@pytest.mark.parametrize("row", BUYING, ids=str)
def test_another_sellers_manager_acts_for_its_own_retailer_alone(row: Row, asker: Asker) -> None:
    """South's manager in clara's name finds nothing of anna's."""
    if row.objects and row.absent != row.gives:
        headers = asker.as_person("SOUTH for CLARA", "manager")
        assert asker.send(row, headers).everything() == asker.send(row, headers, "missing").everything()
