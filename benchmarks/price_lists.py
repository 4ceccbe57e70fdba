"""Publishing a whole list's prices and reading a file of them, each beside the bare SQL that writes the same entries."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import psycopg

from benchmarks.client import Client
from benchmarks.ground import Ground
from benchmarks.orders import article_number
from benchmarks.results import Result
from tenants.authentication import hash_token, new_token

LIST = "DEFAULT"
SECONDS_TO_SEE = 1.0
"""After the publication was answered, a buyer's next request shows the new price."""
SHARE = 0.5
_CLIENT = 9_001

DRAFT = """
with draft as (
    insert into price_revision (seller_id, price_list_id, number, name)
    select 2, 1, coalesce(max(number), 0) + 1, 'benchmark' from price_revision where seller_id = 2 and price_list_id = 1
    returning id, number
), filled as (
    insert into price_revision_entry (seller_id, revision_id, article_id, min_quantity, valid_from, former_price,
        former_valid_to, net_price, valid_to)
    select 2, d.id, e.article_id, e.min_quantity, e.valid_from, e.net_price, e.valid_to, e.net_price + 0.01, e.valid_to
    from draft d, price_entry e
    where e.seller_id = 2 and e.price_list_id = 1 and e.min_quantity = 1 and e.valid_from = '-infinity'
)
select number from draft
"""
STAGE = """
create temporary table changed on commit drop as
select article_id, min_quantity, valid_from, net_price + 0.01 as net_price from price_entry
where seller_id = 2 and price_list_id = 1 and min_quantity = 1 and valid_from = '-infinity'
"""
UPSERT = """
insert into price_entry (seller_id, price_list_id, article_id, min_quantity, valid_from, net_price)
select 2, 1, article_id, min_quantity, valid_from, net_price from changed
on conflict (seller_id, price_list_id, article_id, min_quantity, valid_from) do update set net_price = excluded.net_price
"""
LOAD = """
insert into price_entry (seller_id, price_list_id, article_id, min_quantity, net_price)
select 2, %(list)s, a.id, s.min_quantity, s.net_price from staged s
join article a on a.seller_id = 2 and a.article_number = s.article
"""
NEW_LIST = "insert into price_list (seller_id, code, name, currency) values (2, %(code)s, '', 'EUR') returning id"


def publish(ground: Ground) -> Iterable[Result]:
    """Publish a changed price of every article, ask as a buyer, and write the same by one upsert."""
    seller, took, bare, seen = _seller(ground), [], [], []
    for _ in range(ground.size.rounds):
        with ground.connect() as connection:
            number, rows = _draft(connection)
        path = f"/api/v1/selling/price-lists/{LIST}/drafts/{number}/publication"
        took.append(_timed(partial(_post, seller(), path, {"reason": "benchmark"}, 201)))
        seen.append(_timed(partial(_post, ground.program(0), "/api/v1/buying/price-checks", _check(), 200)))
        with ground.connect() as connection:
            connection.execute(STAGE.encode())
            bare.append(_timed(partial(_upsert, connection)))
    slowest = max(seen)
    note = f"a buyer's next check {statistics.median(seen) * 1000:.0f} ms, the slowest {slowest * 1000:.0f}"
    yield _result(f"publishing {rows:,} changed entries", rows, took, bare, note, in_time=slowest < SECONDS_TO_SEE)


def price_import(ground: Ground) -> Iterable[Result]:
    """Read a file with a price of every article into a draft; beside it COPY and INSERT ... SELECT into an empty list.

    Both write new rows: a draft has none before, and rows that are there already are changed without asking for their keys.
    """
    seller, took, bare = _seller(ground), [], []
    for number in range(ground.size.rounds):
        lines = [f"{article_number(one)},{one % 9000 + number + 1}.17,1" for one in range(1, ground.size.articles + 1)]
        body = {"content": "\n".join(["article,net_price,min_quantity", *lines])}
        path = f"/api/v1/selling/price-lists/{LIST}/imports"
        took.append(_timed(partial(_post, seller(), path, body, 201)))
        with ground.connect() as connection:
            [(list_id,)] = connection.execute(NEW_LIST, {"code": f"BARE-{new_token()[:8]}"}).fetchall()
            connection.commit()
            bare.append(_timed(partial(_load, connection, list_id, lines)))
    rows = ground.size.articles
    yield _result(f"reading a file of {rows:,} prices", rows, took, bare, "into a checked draft, by API")


def _upsert(connection: psycopg.Connection[Any]) -> None:
    connection.execute(UPSERT.encode())
    connection.commit()


def _load(connection: psycopg.Connection[Any], list_id: int, lines: list[str]) -> None:
    connection.execute(
        "create temporary table staged (article text, net_price numeric, min_quantity numeric) on commit drop"
    )
    with connection.cursor().copy("copy staged from stdin with (format csv)") as copy:
        copy.write("\n".join(lines).encode())
    connection.execute(LOAD.encode(), {"list": list_id})
    connection.commit()


def _draft(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    [(number,)] = connection.execute(DRAFT.encode()).fetchall()
    [(rows,)] = connection.execute(
        "select count(*) from price_revision_entry e join price_revision r on r.seller_id = 2 and r.id = e.revision_id"
        " where e.seller_id = 2 and r.price_list_id = 1 and r.number = %s",
        (number,),
    ).fetchall()
    return number, rows


def _result(work: str, rows: int, took: list[float], bare: list[float], note: str, *, in_time: bool = True) -> Result:
    portal, limit = rows / statistics.median(took), rows / statistics.median(bare)
    found = statistics.median(other / one for one, other in zip(took, bare, strict=True))
    return Result(
        work,
        f"{SHARE} of the limit",
        found >= SHARE and in_time,
        portal=round(portal, 1),
        limit=round(limit, 1),
        ratio=round(found, 3),
        p50=round(statistics.median(took) * 1000, 1),
        p95=round(max(took) * 1000, 1),
        note=note,
    )


def _seller(ground: Ground) -> Callable[[], Client]:
    """Give a maker of programs of the seller with the right to write: between two calls the server has hung up."""
    token = new_token()
    scopes = ["selling:read", "selling:write"]
    with ground.connect() as connection:
        connection.execute(
            "insert into api_client (id, organisation_id, client_id, secret_hash, name, scopes)"
            " values (%s, 2, 'bench-seller', '', 'Benchmark', %s) on conflict do nothing",
            (_CLIENT, scopes),
        )
        connection.execute(
            "insert into api_token (token_hash, client_id, scopes, expires_at)"
            " values (%s, %s, %s, now() + interval '1 day')",
            (hash_token(token), _CLIENT, scopes),
        )
    return partial(Client, ground.port, {"Authorization": f"Bearer {token}"})


def _check() -> dict[str, Any]:
    return {"lines": [{"article": article_number(1), "quantity": 1}]}


def _post(client: Client, path: str, body: Any, status: int) -> None:
    client.post(path, json.dumps(body).encode(), "application/json", status)


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
