"""The figures' pages over many order lines: what each costs the database."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable

from benchmarks.client import Client
from benchmarks.data import MANUFACTURER
from benchmarks.ground import Ground, session_cookie
from benchmarks.results import Result
from benchmarks.statements import time_in_log
from portal.core.config import PROJECT_FOLDER

MOST_MILLISECONDS = 100
WHOLESALER = 1_000_000
PERSON, MAKERS_PERSON = 1_000_000, 1_000_001
_TIMES = 5
_LINES = 20
_RETAILERS, _RETAILERS_OF_OTHERS = 2_000, 300
_OTHERS, _SHARE_OF_OTHERS = 13, 65
_ONE, _CATEGORY = f"wholesaler=W{WHOLESALER}", "category=Group+1+%3E+hammer"

PAGES = (
    ("sales by month", PERSON, "/selling/figures/"),
    ("sales by category", PERSON, "/selling/figures/?by=category"),
    ("sales by retailer", PERSON, "/selling/figures/?by=retailer"),
    ("sales by product", PERSON, "/selling/figures/?by=product"),
    ("slowing retailers", PERSON, "/selling/figures/customers"),
    ("channel by month", MAKERS_PERSON, "/brand/channel/"),
    ("channel by wholesaler", MAKERS_PERSON, "/brand/channel/?by=wholesaler"),
    ("channel by category", MAKERS_PERSON, "/brand/channel/?by=category"),
    ("channel by product", MAKERS_PERSON, "/brand/channel/?by=product"),
    ("channel by region", MAKERS_PERSON, "/brand/channel/?by=region"),
    ("a wholesaler's channel by category", MAKERS_PERSON, f"/brand/channel/?by=category&{_ONE}"),
    ("a wholesaler's channel by product", MAKERS_PERSON, f"/brand/channel/?by=product&{_ONE}"),
    ("a wholesaler's channel by region", MAKERS_PERSON, f"/brand/channel/?by=region&{_ONE}"),
    ("a category's channel by wholesaler", MAKERS_PERSON, f"/brand/channel/?by=wholesaler&{_CATEGORY}"),
    ("a category's channel by product", MAKERS_PERSON, f"/brand/channel/?by=product&{_CATEGORY}"),
    ("a category's channel by region", MAKERS_PERSON, f"/brand/channel/?by=region&{_CATEGORY}"),
    ("a wholesaler's category by product", MAKERS_PERSON, f"/brand/channel/?by=product&{_ONE}&{_CATEGORY}"),
    ("a wholesaler's category by region", MAKERS_PERSON, f"/brand/channel/?by=region&{_ONE}&{_CATEGORY}"),
)

# The fixed part: who looks at the figures.
PEOPLE = """
insert into user_account (id, email, name, locale) values ({seller}, 'w2@example.com', 'Wilma', 'de'),
    ({seller} + 1, 'maker@example.com', 'Max', 'de');
insert into membership (organisation_id, user_id, role) values ({seller}, {seller}, 'admin'), (1, {seller} + 1, 'admin');
"""

# A wholesaler and its shops, with 18 months of orders and nothing else, that shares its units.
WHOLESALER_DATA = """
insert into organisation (id, root_id, parent_id, seller_id, owner_ids, kind, code, slug, name, country, locale, currency,
    time_zone)
values ({seller}, 1, 1, 1, '{{1,{seller}}}', 'wholesaler', 'W{seller}', 'w{seller}', 'Südwerk {seller}', 'DE', 'de', 'EUR',
    'Europe/Berlin');
insert into organisation (id, root_id, parent_id, seller_id, owner_ids, kind, code, slug, name, postal_code, country, locale,
    currency, time_zone)
select {seller} + n, 1, {seller}, {seller}, array[1, {seller}, {seller} + n], 'retailer', 'S{seller}-' || n,
       's{seller}-' || n, 'Laden ' || n, (10000 + n * 37 % 89999)::text, 'DE', 'de', 'EUR', 'Europe/Berlin'
from generate_series(1, {retailers}) n;
insert into trading_account (seller_id, buyer_id, customer_number) values (1, {seller}, 'K{seller}');
insert into trading_account (seller_id, buyer_id, customer_number)
select {seller}, {seller} + n, 'S' || n from generate_series(1, {retailers}) n;
insert into sharing_agreement (brand_owner_id, wholesaler_id, version, grants, accepted_on)
values (1, {seller}, 1, '{{units}}', current_date - 900);
create temporary table made as
select n + {seller} * 100 as id, {seller} + 1 + n % {retailers} as buyer_id,
       (current_date - 547 + n * 547 / {orders})::date as placed_on, n from generate_series(0, {orders} - 1) n;
insert into sales_order (seller_id, id, buyer_id, order_number, status, source, currency, total, line_count, placed_at,
    placed_on)
select {seller}, id, buyer_id, 'F' || id, 'delivered', 'history', 'EUR', {lines} * 20, {lines}, placed_on, placed_on from made;
insert into order_line (seller_id, order_id, line, buyer_id, placed_on, owner_id, product_id, article_number,
    ordered_quantity, shipped_quantity, unit_price, line_amount, net_amount)
select {seller}, id, line, buyer_id, placed_on, case when p % 4 = 0 then 2 else 1 end, p, 'X', 1 + n % 9, 1 + n % 9, 5,
       (1 + n % 9) * 5, (1 + n % 9) * 5
from made, generate_series(1, {lines}) line,
    lateral (select 1 + (n * 37 + line * 4099) % least({articles}, 10000) as p) product;
drop table made;
"""


def figures(ground: Ground) -> Iterable[Result]:
    """Measure each page's time in the database, after the roll-ups were computed."""
    _fill(ground)
    with ground.connect() as connection:
        organisations = {PERSON: WHOLESALER, MAKERS_PERSON: MANUFACTURER}
        cookies = {
            person: session_cookie(connection, ground.instance, person, organisation)
            for person, organisation in organisations.items()
        }
    for name, person, path in PAGES:
        browser = Client(ground.port, {"Accept-Language": "de"})
        browser.set_cookie("kontor", cookies[person])
        yield _measured(ground, name, browser, path)


def _measured(ground: Ground, name: str, browser: Client, path: str) -> Result:
    for _ in range(_TIMES):
        browser.get(path)
    with time_in_log(ground.admin_url, ground.log) as times:
        for _ in range(_TIMES):
            browser.get(path)
    spent = sum(times) / _TIMES
    return Result(
        f"figures, {name}",
        f"below {MOST_MILLISECONDS} ms of database time",
        0 < spent < MOST_MILLISECONDS,
        p50=round(spent, 1),
    )


def _wholesalers(lines: int) -> Iterable[tuple[int, int, int]]:
    """Give id, shops and order lines: one has all that are asked, the others together a fifth of that."""
    yield WHOLESALER, _RETAILERS, lines
    for number in range(1, _OTHERS + 1):
        yield WHOLESALER + number * 10_000, _RETAILERS_OF_OTHERS, lines // _SHARE_OF_OTHERS


def _fill(ground: Ground) -> None:
    with ground.connect() as connection:
        known = connection.execute("select from organisation where id = %s", (WHOLESALER,)).fetchone()
        if known is not None:
            return
        started = time.perf_counter()
        connection.execute("set session_replication_role = replica")
        connection.execute(PEOPLE.format(seller=WHOLESALER).encode())
        for seller, retailers, lines in _wholesalers(ground.size.figure_lines):
            values = {
                "seller": seller,
                "retailers": retailers,
                "orders": lines // _LINES,
                "lines": _LINES,
                "articles": ground.size.articles,
            }
            connection.execute(WHOLESALER_DATA.format(**values).encode())
    with ground.connect() as connection:
        connection.autocommit = True
        connection.execute("vacuum analyze sales_order, order_line")
    written = sum(lines for _, _, lines in _wholesalers(ground.size.figure_lines))
    print(f"  wrote {written:,} lines in {time.perf_counter() - started:.0f} s", flush=True)
    started = time.perf_counter()
    command = [sys.executable, "-m", "flask", "--app", "app", "analytics", "rebuild"]
    subprocess.run(command, cwd=PROJECT_FOLDER, env=ground.environment, check=True, capture_output=True)
    with ground.connect() as connection:
        connection.autocommit = True
        connection.execute("vacuum analyze")
    print(f"  computed the roll-ups in {time.perf_counter() - started:.0f} s", flush=True)
