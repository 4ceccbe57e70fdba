from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from limits import parse
from limits.strategies import FixedWindowRateLimiter

from portal.web.problems import TooManyRequests
from portal.web.rate_limits import PostgresStorage, count, count_api_call, forget, limited, require_below
from tenants.database_roles import RoleUrls, conninfo
from tenants.permissions import Capacity
from tenants.principal import Principal
from tests.web.api_example import Fakes, example_app

pytestmark = pytest.mark.shared_database


@pytest.fixture
def storage(app: Flask, role_urls: RoleUrls) -> Iterator[PostgresStorage]:
    storage = PostgresStorage("portal-postgresql://", conninfo=conninfo(role_urls.app))
    storage.reset()
    yield storage
    storage.close()


def test_hits_are_counted_in_the_database_until_the_window_ends(storage: PostgresStorage) -> None:
    assert [storage.incr("k", 60), storage.incr("k", 60), storage.incr("k", 60, amount=3)] == [1, 2, 5]
    assert (storage.get("k"), storage.get("other")) == (5, 0)
    assert 59 <= storage.get_expiry("k") - time.time() <= 61
    assert storage.check()


def test_a_new_window_starts_at_one(storage: PostgresStorage, role_urls: RoleUrls) -> None:
    storage.incr("k", 60, amount=9)
    with psycopg.connect(conninfo(role_urls.app)) as connection:
        connection.execute("update rate_limit set expires_at = now() - interval '1 second'")
    assert storage.get("k") == 0
    assert storage.incr("k", 60) == 1


def test_keys_are_stored_as_hashes(storage: PostgresStorage, role_urls: RoleUrls) -> None:
    storage.incr("sign-in/anna@example.com/192.0.2.1" * 100, 60)
    with psycopg.connect(conninfo(role_urls.app)) as connection:
        [(key,)] = connection.execute("select key from rate_limit").fetchall()
    assert len(key) == 32
    assert "anna" not in key


def test_one_counter_is_forgotten_and_the_others_kept(storage: PostgresStorage) -> None:
    storage.incr("a", 60)
    storage.incr("b", 60)
    storage.clear("a")
    assert (storage.get("a"), storage.get("b")) == (0, 1)


def test_many_at_once_are_counted_exactly(storage: PostgresStorage) -> None:
    limiter, item = FixedWindowRateLimiter(storage), parse("50/minute")
    allowed: list[bool] = []

    def hit() -> None:
        allowed.extend(limiter.hit(item, "race") for _ in range(25))

    threads = [threading.Thread(target=hit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(allowed), sum(allowed)) == (100, 50)


def test_expired_counters_are_swept(
    storage: PostgresStorage, role_urls: RoleUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.incr("old", 60)
    with psycopg.connect(conninfo(role_urls.app)) as connection:
        connection.execute("update rate_limit set expires_at = now() - interval '1 second'")
    monkeypatch.setattr("portal.web.rate_limits.random.randrange", lambda _bound: 0)
    storage.incr("new", 60)
    with psycopg.connect(conninfo(role_urls.app)) as connection:
        [(rows,)] = connection.execute("select count(*) from rate_limit").fetchall()
    assert rows == 1


def test_without_a_database_each_process_counts_for_itself() -> None:
    storage = PostgresStorage("portal-postgresql://", conninfo="postgresql://nobody@127.0.0.1:1/nothing")
    try:
        started = time.monotonic()
        assert [storage.incr("k", 60) for _ in range(3)] == [1, 2, 3]
        assert time.monotonic() - started < 3
        assert storage.get("k") == 3
        assert not storage.check()
    finally:
        storage.close()


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Flask:
    example = example_app(monkeypatch, Fakes(), RATE_LIMIT_API="2/minute", RATE_LIMIT_ANONYMOUS="2/minute")

    @example.get("/limited")
    @limited("2/minute")
    def limited_page() -> str:
        return "page"

    return example


def test_a_page_and_an_operation_answer_429_with_the_time_to_wait(example: Flask) -> None:
    client = example.test_client()
    bearer = {"Authorization": "Bearer all-scopes"}
    for path, headers in (("/limited", {}), ("/api/v1/buying/articles", bearer), ("/api/v1/brand/figures", {})):
        answers = [client.get(path, headers=headers) for _ in range(3)]
        assert answers[2].status_code == 429
        assert 429 not in {answers[0].status_code, answers[1].status_code}
        assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert answers[2].content_type == "application/problem+json"
    assert client.get("/limited").text.startswith("<h1>429</h1>Try again in ")
    assert client.get("/limited", environ_overrides={"REMOTE_ADDR": "192.0.2.9"}).status_code == 200


def program(actor: str, **values: Any) -> Principal:
    given: dict[str, Any] = {"organisation_id": 7, "organisation_code": "R1", "organisation_name": "Shop", "root_id": 1}
    given |= {"capacity": Capacity.BUYER, "permissions": frozenset(), "currency": "EUR", "time_zone": "UTC"}
    return Principal(**{**given, "locale": "en", "actor": actor, "actor_name": actor, **values})


def test_large_limits_are_taken_by_the_batch_and_hold_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    example = example_app(monkeypatch, Fakes(), RATE_LIMIT_API="1000/minute")
    costs: list[int] = []
    counter = example.extensions["rate_limits"]
    hit = counter.hit

    def noted(*given: Any, cost: int = 1) -> bool:
        costs.append(cost)
        return bool(hit(*given, cost=cost))

    monkeypatch.setattr(counter, "hit", noted)
    with example.app_context():
        for _ in range(1000):
            count_api_call(program("client:1"))
        with pytest.raises(TooManyRequests):
            count_api_call(program("client:1"))
        count_api_call(program("client:2"))
    assert [cost for cost in costs if cost == 5] == [5] * 202
    assert [cost for cost in costs if cost != 5] == [300] * 4


def test_all_programs_of_an_organisation_share_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    example = example_app(monkeypatch, Fakes(), RATE_LIMIT_ORGANISATION="3/minute")
    with example.app_context():
        for name in ("client:1", "client:2", "user:1"):
            count_api_call(program(name))
        with pytest.raises(TooManyRequests):
            count_api_call(program("client:3"))
        count_api_call(program("client:4", organisation_id=8))


def test_a_person_is_counted_by_each_program_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    example = example_app(monkeypatch, Fakes(), RATE_LIMIT_API="1/minute")
    with example.app_context():
        count_api_call(program("user:1", program="client:1"))
        count_api_call(program("user:1", program="personal_token:1"))
        with pytest.raises(TooManyRequests):
            count_api_call(program("user:1", program="client:1"))


def test_failures_are_counted_apart_from_asking(example: Flask) -> None:
    with example.app_context():
        for _ in range(3):
            require_below("2/minute", "sign-in", "anna")
        count("2/minute", "sign-in", "anna")
        count("2/minute", "sign-in", "anna")
        with pytest.raises(TooManyRequests):
            require_below("2/minute", "sign-in", "anna")
        with pytest.raises(TooManyRequests):
            count("2/minute", "sign-in", "anna")
        require_below("2/minute", "sign-in", "bert")
        forget("2/minute", "sign-in", "anna")
        require_below("2/minute", "sign-in", "anna")
