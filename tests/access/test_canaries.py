"""Every tenant's secrets are marked; no answer, header or file that another one gets holds a mark."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import text

from tenants.permissions import Capacity
from tests.access.asking import Answer, Asker
from tests.access.rows import Row, every_row
from tests.factories.access_world import AccessWorld
from tests.factories.canaries import bare, mark_of
from tests.factories.seed import Seed
from tests.soak import some

pytestmark = [pytest.mark.shared_database, pytest.mark.usefixtures("harmless")]

ROWS = [
    row
    for row in every_row()
    if not row.is_public and (row.is_safe or row.endpoint in {"api.check_own_prices", "basket.quote"})
]
READERS = (
    *(
        (code, "admin")
        for code in ("ACME", "ZENIT", "NORTH", "SOUTH", "WEST", "SUB", "ANNA", "BRUNO", "BRANCH", "TINA")
    ),
    *((code, "admin") for code in ("CLARA", "DORA", "MOVED", "SHOP-S", "SHOP-W")),
    *(("NORTH", role) for role in ("viewer", "warehouse")),
    *(("ANNA", role) for role in ("viewer", "warehouse")),
)
WHOLE = {("ACME", "admin"), ("NORTH", "admin"), ("ANNA", "admin"), ("SUB", "admin")}
"""Who is asked for every route; the others, for every third, each for others: for all in the soak."""
# Four digits in a row stand in every few hashes, by chance.
_RANDOM = re.compile(r"\b[0-9a-f]{32,}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def relations(row: Row, code: str) -> tuple[str, ...]:
    """Give whose objects are asked for: the own, and of the others one, for each reader and route another; all in the soak."""
    return ("own", *some(("foreign", "parent"), f"{row} {code}", 2))


def leaks(world: AccessWorld, row: Row, answer: Answer, code: str) -> list[str]:
    """Name the secrets in an answer that the organisation may not know; what the request itself names is no secret."""
    whole = answer.text + "\n" + "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    whole = _RANDOM.sub("<random>", whole)
    bare_whole = bare(whole)
    asked = f"{row.query} {row.body} {row.form}"
    return [
        f"{canary.what} ({match[0]!r})"
        for canary in world.canaries
        if code not in canary.known_to
        and mark_of(canary.pattern) in bare_whole
        and (match := re.search(canary.pattern, whole))
        and not re.search(canary.pattern, asked)
    ]


@pytest.mark.soak
@pytest.mark.parametrize(("code", "role"), READERS)
def test_nobody_reads_anothers_secrets(code: str, role: str, asker: Asker) -> None:
    found = []
    rows = ROWS if (code, role) in WHOLE else some(ROWS, f"{code} {role}", 3)
    for row in rows:
        if row.scope is not None and role != "admin":
            continue
        for relation in relations(row, code) if row.objects and role == "admin" else ("own",):
            answer = asker.send(row, asker.usual(row, code, role), relation)
            found += [f"{row} ({relation}): {leak}" for leak in leaks(asker.world, row, answer, code)]
    assert found == []


def test_everybody_reads_their_own_secrets(asker: Asker) -> None:
    """The search above finds what is there: each canary shows somewhere to one of those who may know it."""
    shown: set[str] = set()
    for code in ("NORTH", "ANNA", "ACME", "WEST", "SUB"):
        for row in ROWS:
            answer = asker.send(row, asker.usual(row, code), "own")
            found = [
                canary
                for canary in asker.world.canaries
                if canary.what not in shown and code in canary.known_to and re.search(canary.pattern, answer.text)
            ]
            shown |= {canary.what for canary in found}
            assert [one for one in found if mark_of(one.pattern) not in bare(answer.text)] == []
    wanted = {
        "own price of NORTH-ANNA",
        "price of NORTH for everyone",
        "orders of NORTH-ANNA",
        "customer number of NORTH-ANNA",
        "goods of NORTH",
        "article numbers of NORTH",
        "price list of NORTH",
        "own list of NORTH-ANNA",
        "warehouse of NORTH",
        "stock of NORTH",
        "people of NORTH",
        "name of ANNA",
        "log of NORTH",
        "sell-in of NORTH",
        "what is asked of NORTH",
        "sell-through of NORTH",
    }
    assert wanted - shown == set()


def test_what_others_change_changes_no_byte(asker: Asker, seed: Seed, app: Flask) -> None:
    """Prices, names, stock and orders of everybody else change; north and anna see order, counts and pages as before."""
    own = asker.world.organisations
    before = _views(asker)
    others = {"own": [own[code].id for code in ("NORTH", "ACME")], "shops": [own["ANNA"].id]}
    for statement in (
        "update price_entry set net_price = net_price * 3 + 1 where seller_id <> all(:own)",
        "update price_list set name = name || ' new', priority = 1 where seller_id <> all(:own)",
        "update product set name_en = 'A ' || name_en, category = 'A' where owner_id <> all(:own)",
        "update article set min_quantity = 9 where seller_id <> all(:own)",
        "update stock_level set on_hand = on_hand + 1000 where seller_id <> all(:own)",
        "update sales_order set total = total + 1, placed_at = now() where seller_id <> all(:own)",
        "update organisation set name = 'A ' || name where id <> all(:own) and seller_id <> all(:own)",
        (
            "insert into sales_order (seller_id, buyer_id, order_number, currency, total, line_count, placed_on)"
            " select seller_id, buyer_id, 'Z-' || id, currency, total, line_count, placed_on from sales_order"
            " where seller_id <> all(:own)"
        ),
        "update trading_account set customer_number = 'new', credit_limit = 1 where seller_id <> all(:own)",
    ):
        seed.run(text(statement), others)
    after = _views(asker)
    changed = [" ".join(asked) for asked in before if before[asked].everything() != after[asked].everything()]
    assert not changed, "; ".join(changed)


def _views(asker: Asker) -> dict[tuple[str, str], Answer]:
    """Ask as seller and as buyer; one's own sessions are left out, because they tell how long ago they were seen."""
    return {
        (str(row), code): asker.send(row, asker.usual(row, code))
        for row in ROWS
        for code in ("NORTH", "ANNA")
        if row.capacity is not Capacity.BRAND_OWNER and row.endpoint != "your_account.show"
    }
