"""Rate limits, counted in PostgreSQL so that all web processes and machines count together.

When the table cannot be reached, each process counts in its own memory for a few seconds: the limits become
looser by the number of processes, but neither does a caller get through unlimited nor does an outage of the counter
become an outage of the portal. No address or e-mail is stored, only hashes of the keys.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import math
import random
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar, LiteralString, TypeVar

import psycopg
from flask import Flask, Response, current_app, make_response
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from psycopg_pool import ConnectionPool, PoolTimeout

from portal.web.problems import TooManyRequests
from portal.web.request_context import client_address
from tenants.principal import Principal

logger = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])

SCHEME = "portal-postgresql"

_HIT: LiteralString = """
INSERT INTO rate_limit AS counter (key, hits, expires_at)
VALUES (%(key)s, %(amount)s, now() + make_interval(secs => %(expiry)s))
ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN counter.expires_at <= now() THEN excluded.hits
                ELSE least(counter.hits::bigint + excluded.hits, 2000000000)::integer END,
    expires_at = CASE WHEN counter.expires_at <= now() THEN excluded.expires_at ELSE counter.expires_at END
RETURNING hits
"""
_READ: LiteralString = (
    "SELECT hits, extract(epoch FROM expires_at)::float8 FROM rate_limit WHERE key = %(key)s AND expires_at > now()"
)
_SWEEP: LiteralString = """
DELETE FROM rate_limit WHERE key IN (
    SELECT key FROM rate_limit WHERE expires_at < now() LIMIT 5000 FOR UPDATE SKIP LOCKED)
"""
_SWEEP_EVERY = 5000
"""Hits between two sweeps of a process, on average."""
_MOST_LEASES = 10_000
_PAUSE = 5.0
"""Seconds in which an unreachable table is not asked again."""


class PostgresStorage(Storage):
    """Counts fixed windows in the table `rate_limit`; falls back to memory while the database does not answer."""

    STORAGE_SCHEME: ClassVar[list[str]] = [SCHEME]  # type: ignore[misc]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:  # noqa: FBT001, FBT002 - the base class's signature
        super().__init__(uri, wrap_exceptions, **options)
        self._memory = MemoryStorage()
        self._asked_again_at = 0.0
        self._pool = ConnectionPool(
            str(options["conninfo"]),
            min_size=0,
            max_size=int(options.get("connections", 4)),
            timeout=0.5,
            max_idle=300,
            open=False,
            kwargs={
                "autocommit": True,
                "connect_timeout": 2,
                "application_name": "kontor-rate-limits",
                "options": "-c statement_timeout=500 -c synchronous_commit=off",
            },
            name="rate-limits",
        )

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """What the library may wrap."""
        return psycopg.Error, PoolTimeout

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` hits in the key's window of `expiry` seconds; gives the hits so far."""
        row = self._ask(_HIT, {"key": _stored_key(key), "amount": amount, "expiry": expiry})
        if row is None:
            return self._memory.incr(key, expiry, amount)
        if random.randrange(_SWEEP_EVERY) == 0:  # noqa: S311 - no secret
            self._ask(_SWEEP, {})
        return int(row[0])

    def get(self, key: str) -> int:
        """Give the hits in the key's present window."""
        row = self._ask(_READ, {"key": _stored_key(key)})
        return self._memory.get(key) if row is None else int(row[0])

    def get_expiry(self, key: str) -> float:
        """Give when the key's window ends, in seconds since 1970."""
        row = self._ask(_READ, {"key": _stored_key(key)})
        return self._memory.get_expiry(key) if row is None else float(row[1])

    def check(self) -> bool:
        """Tell whether the table answers."""
        return self._ask("SELECT count(*) FROM rate_limit WHERE false", {}) is not None

    def reset(self) -> int | None:
        """Forget all counters."""
        self._memory.reset()
        self._ask("DELETE FROM rate_limit", {})
        return None

    def clear(self, key: str) -> None:
        """Forget one counter."""
        self._memory.clear(key)
        self._ask("DELETE FROM rate_limit WHERE key = %(key)s", {"key": _stored_key(key)})

    def close(self) -> None:
        """Give the connections back."""
        self._pool.close()

    def _ask(self, statement: LiteralString, values: dict[str, Any]) -> tuple[Any, ...] | None:
        """Run one statement; None when there is no row or the database does not answer."""
        if time.monotonic() < self._asked_again_at:
            return None
        try:
            # Opened at the first use: a web server forks after it made the application.
            self._pool.open()
            with self._pool.connection() as connection:
                cursor = connection.execute(statement, values)
                return cursor.fetchone() if cursor.description else None
        except (psycopg.Error, PoolTimeout) as error:
            self._asked_again_at = time.monotonic() + _PAUSE
            logger.warning("rate limits are counted in memory for %s s: %s", _PAUSE, error)
            return None


@functools.lru_cache(maxsize=100)
def _parse(limit: str) -> RateLimitItem:
    return parse(limit)


def _stored_key(key: str) -> str:
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _too_many(item: RateLimitItem, seconds: float) -> TooManyRequests:
    # The window's end is the database's; between two clocks a second may be missing, and 0 would invite a storm.
    wait = min(max(1, math.ceil(seconds)), item.get_expiry())
    return TooManyRequests(f"Too many requests. Try again in {wait} s.", headers={"Retry-After": str(wait)}, wait=wait)


def too_many(refusal: TooManyRequests, page: ResponseReturnValue) -> Response:
    """Answer with the page of a form that was sent too often."""
    response = make_response(page)
    response.status_code = refusal.status
    response.headers.update(refusal.headers)
    return response


def wait_text(refusal: TooManyRequests) -> str:
    """Say how long to wait."""
    wait = -(-int(refusal.details.get("wait", 60)) // 60)
    return str(gettext("There were too many attempts. Please wait %(minutes)s min and try again.", minutes=wait))


def limited(limit: str, *, by: Callable[[], str] = client_address, name: str | None = None) -> Callable[[View], View]:
    """Decorate a view: at most `limit` ("10/minute") requests for each value of `by`, an address by default.

    Views of one `name` share their count. What is to count failures alone (signing in) calls `require_below` and
    `count` itself.
    """

    def decorate(view: View) -> View:
        label = name or f"{view.__module__}.{view.__qualname__}"

        @functools.wraps(view)
        def run(*arguments: Any, **named: Any) -> Any:
            count(limit, label, by())
            return view(*arguments, **named)

        typed: Any = run
        return typed  # type: ignore[no-any-return]

    return decorate


def count(limit: str, name: str, *who: str) -> None:
    """Count one act of `who` under `name`, at most `limit` ("10/minute").

    Raises:
        TooManyRequests: the limit is used up.
    """
    item, counter = _parse(limit), _counter()
    if counter and not counter.hit(item, name, *who):
        raise _too_many(item, counter.get_window_stats(item, name, *who).reset_time - time.time())


def require_below(limit: str, name: str, *who: str) -> None:
    """Refuse when `who` has used up the limit, without counting (for limits on failures).

    Raises:
        TooManyRequests: the limit is used up.
    """
    item, counter = _parse(limit), _counter()
    if counter and not counter.test(item, name, *who):
        raise _too_many(item, counter.get_window_stats(item, name, *who).reset_time - time.time())


def give_back(limit: str, name: str, *who: str) -> None:
    """Take back one act that was counted: where failures alone count, an attempt counts until it succeeded."""
    if counter := _counter():
        counter.hit(_parse(limit), name, *who, cost=-1)


def forget(limit: str, name: str, *who: str) -> None:
    """Forget what was counted, as failures after a success."""
    if counter := _counter():
        counter.clear(_parse(limit), name, *who)


def _counter() -> RateLimiter | None:
    """Give the application's counter, None where limits are switched off."""
    counter: RateLimiter | None = current_app.extensions["rate_limits"]
    return counter


class _Leases:
    """Takes hits of a large limit from the database by the hundred and hands them out one by one.

    An API call then costs a look-up in memory instead of a statement. What a process took and did not use is lost when
    the window ends: a limit may be reached early by that much for each process.
    """

    def __init__(self) -> None:
        self._left: dict[tuple[str, ...], tuple[int, float]] = {}
        self._lock = threading.Lock()

    def take(self, limit: str, name: str, *who: str) -> None:
        """Count one act.

        Raises:
            TooManyRequests: the limit is used up.
        """
        item, counter = _parse(limit), _counter()
        size = item.amount // 200
        if counter is None or size <= 1:
            return count(limit, name, *who)
        key, now = (limit, name, *who), time.time()
        with self._lock:
            left, until = self._left.get(key, (0, 0.0))
            if left > 0 and now < until:
                self._left[key] = (left - 1, until)
                return None
        allowed = counter.hit(item, name, *who, cost=size)
        until = counter.get_window_stats(item, name, *who).reset_time
        if not allowed:
            raise _too_many(item, until - now)
        with self._lock:
            if len(self._left) >= _MOST_LEASES:
                self._left = {other: lease for other, lease in self._left.items() if now < lease[1]}
            # Another thread may have taken a lease meanwhile; its rest is lost, which errs on the safe side.
            self._left[key] = (size - 1, until)
        return None


def count_api_call(principal: Principal) -> None:
    """Count a call of a program, for itself and for its organisation.

    Raises:
        TooManyRequests: the program, or all of its organisation together, call too often.
    """
    leases: _Leases = current_app.extensions["rate_limit_leases"]
    leases.take(current_app.config["RATE_LIMIT_API"], "api", principal.caller)
    leases.take(current_app.config["RATE_LIMIT_ORGANISATION"], "api organisation", str(principal.organisation_id))


def count_anonymous_call(address: str) -> None:
    """Count a call without a valid token.

    Raises:
        TooManyRequests: the address sends too many of them.
    """
    count(current_app.config["RATE_LIMIT_ANONYMOUS"], "api anonymous", address)


def register_rate_limits(app: Flask) -> None:
    """Count on the application's database (SQLALCHEMY_DATABASE_URI, the web role) or where RATELIMIT_STORAGE_URI says."""
    app.config.setdefault("RATE_LIMIT_API", "20000/minute")
    app.config.setdefault("RATE_LIMIT_ORGANISATION", "60000/minute")
    app.config.setdefault("RATE_LIMIT_ANONYMOUS", "3000/minute")
    app.config.setdefault("RATE_LIMIT_TOKEN", "120/minute")
    app.config.setdefault("RATE_LIMIT_TOKEN_FAILURES", "20/minute")
    app.config.setdefault("RATELIMIT_ENABLED", True)
    app.config.setdefault("RATELIMIT_STORAGE_URI", f"{SCHEME}://")
    counter = None
    if app.config["RATELIMIT_ENABLED"]:
        options: dict[str, Any] = {}
        if app.config["RATELIMIT_STORAGE_URI"].startswith(SCHEME):
            options["conninfo"] = _conninfo(app.config["SQLALCHEMY_DATABASE_URI"])
        counter = FixedWindowRateLimiter(storage_from_string(app.config["RATELIMIT_STORAGE_URI"], **options))
    app.extensions["rate_limits"] = counter
    app.extensions["rate_limit_leases"] = _Leases()


def _conninfo(url: str) -> str:
    return str(url).replace("postgresql+psycopg://", "postgresql://", 1)
