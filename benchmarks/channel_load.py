"""Measure the loading of a channel folder's orders beside its limit: bare COPY plus INSERT ... SELECT of the same rows.

usage: python -m benchmarks.channel_load [FOLDER]

Without a folder the demo channel is written and measured. Both sides start from clones of one database that holds
everything but the orders, in a server of their own with its default, durable settings; both write into the same tables with
their indexes, foreign keys and row policies, as the same role. The limit gets its rows typed and resolved.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from portal.core import embedded, migration
from portal.integration.channel.load import LoadOrder, load_channel
from portal.integration.demo.generate import write_demo_channel
from tenants.database_roles import RoleUrls, conninfo, prepare_roles, read_role_urls

BASE, LOADED, BARE = "bench_base", "bench_loaded", "bench_bare"
ORDER_COLUMNS = (
    "seller_id, id, buyer_id, order_number, status, source, currency, total, line_count, placed_at, placed_on"
)
LINE_COLUMNS = (
    "seller_id, order_id, line, buyer_id, placed_on, article_id, owner_id, product_id, article_number, ordered_quantity,"
    " shipped_quantity, unit_price, line_amount, net_amount"
)


def run(folder: Path) -> dict[str, float]:
    """Give lines, seconds and lines per second of both sides, their ratio, and the loader's peak memory in MB."""
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as place:
        instance = Path(place)
        with embedded.hold(instance) as admin_url:
            base = prepare_roles(admin_url, instance / "passwords.json", database=BASE)
            migration.upgrade(base.owner)
            rest, orders = _split(folder, instance)
            tree = _load(base, rest, instance, None)
            loaded, bare = (_clone(admin_url, instance, name) for name in (LOADED, BARE))
            with _server_memory(admin_url, LOADED) as server_peak:
                seconds, tree = _timed(lambda: _load(loaded, orders, instance, tree))
            client_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            lines = _count_lines(loaded)
            limit = _bare_seconds(loaded, bare, instance)
    return {
        "lines": lines,
        "loader_seconds": seconds,
        "loader_lines_per_second": lines / seconds,
        "bare_seconds": limit,
        "bare_lines_per_second": lines / limit,
        "share_of_bare_rate": limit / seconds,
        "client_peak_mb": client_peak,
        "server_peak_mb": max(server_peak),
    }


def _split(folder: Path, instance: Path) -> tuple[Path, Path]:
    """Link the orders into one folder and everything else into another."""
    rest, orders = instance / "rest", instance / "orders"
    for target in (rest, orders):
        target.mkdir()
    for path in folder.resolve().iterdir():
        target = orders if path.name.startswith("orders.csv") else rest
        (target / path.name).symlink_to(path, target_is_directory=path.is_dir())
    return rest, orders


def _load(urls: RoleUrls, folder: Path, instance: Path, tree: str | None) -> str:
    order = LoadOrder(folder, instance / "refused.csv", tree)
    report = load_channel(urls.loader, order, hash_password=lambda _: "", note=lambda _: None)
    if report.refused:
        raise SystemExit(f"{report.refused} rows were refused:\n{report.table()}")
    return report.tree


def _clone(admin_url: str, instance: Path, name: str) -> RoleUrls:
    with psycopg.connect(conninfo(admin_url), autocommit=True) as connection:
        statement = sql.SQL("create database {} template {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(BASE)))
        connection.execute("checkpoint")
    return read_role_urls(admin_url, instance / "passwords.json", database=name)


def _bare_seconds(loaded: RoleUrls, bare: RoleUrls, instance: Path) -> float:
    tables = {"sales_order": ORDER_COLUMNS, "order_line": LINE_COLUMNS}
    with psycopg.connect(conninfo(loaded.loader)) as connection:
        for table, columns in tables.items():
            with (
                (instance / table).open("wb") as handle,
                connection.cursor().copy(f"copy (select {columns} from {table}) to stdout".encode()) as copy,
            ):
                for block in copy:
                    handle.write(block)
    with psycopg.connect(conninfo(bare.loader)) as connection:
        started = time.perf_counter()
        for table, columns in tables.items():
            connection.execute(f"create temporary table raw as select {columns} from {table} limit 0".encode())
            with (instance / table).open("rb") as handle, connection.cursor().copy(b"copy raw from stdin") as copy:
                while block := handle.read(262_144):
                    copy.write(block)
            connection.execute(f"insert into {table} ({columns}) select {columns} from raw".encode())
            connection.execute("drop table raw")
        connection.commit()
        return time.perf_counter() - started


def _count_lines(urls: RoleUrls) -> int:
    with psycopg.connect(conninfo(urls.loader)) as connection:
        row = connection.execute("select count(*) from order_line").fetchone()
    return int(row[0]) if row else 0


def _timed(work: Callable[[], str]) -> tuple[float, str]:
    started = time.perf_counter()
    told = work()
    return time.perf_counter() - started, told


@contextmanager
def _server_memory(admin_url: str, database: str) -> Iterator[list[float]]:
    """Watch the private memory (MB) of the server processes that work for the database."""
    seen, done = [0.0], threading.Event()

    def watch() -> None:
        with psycopg.connect(conninfo(admin_url), autocommit=True) as connection:
            while not done.wait(0.5):
                pids = connection.execute("select pid from pg_stat_activity where datname = %s", (database,)).fetchall()
                seen.append(sum(_private_mb(pid) for (pid,) in pids))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _private_mb(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("RssAnon:")), 0.0)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kontor-bench-") as place:
        if len(sys.argv) > 1:
            folder = Path(sys.argv[1])
        else:
            folder = Path(place)
            write_demo_channel(folder, datetime.now(UTC).date())
        for name, value in run(folder).items():
            print(f"{name:26} {value:>14,.2f}")


if __name__ == "__main__":
    main()
