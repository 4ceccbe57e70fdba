"""Orders of 20 lines: repeated in a browser, placed by programs; beside bare Flask and bare PostgreSQL."""

from __future__ import annotations

import json
import random
import re
import secrets
from collections.abc import Iterable
from urllib.parse import urlencode

from benchmarks.client import Client
from benchmarks.data import FIRST_BUYER, SELLER
from benchmarks.ground import Ground
from benchmarks.results import Result, compare
from benchmarks.rounds import MakeWork, Work
from benchmarks.sizes import LINES
from portal.ordering.grid import row_key

FORM = "application/x-www-form-urlencoded"

HEAD = """
insert into sales_order (seller_id, buyer_id, order_number, source, currency, total, line_count, placed_on, placed_by,
    placed_by_name, purchase_order_number, ship_to, idempotency_scope, idempotency_key, request_hash, response_body)
values (%(seller)s, %(buyer)s, %(number)s, 'api', 'EUR', 100, %(count)s, current_date, 'client:1', 'Bench', '',
    '{"name": "Eisenwaren", "street": "Markt 1", "postal_code": "23552", "city": "Lübeck", "country": "DE"}', 'bare',
    %(number)s, %(hash)s, %(answer)s) returning id
"""
REST = (
    """
    insert into order_line (seller_id, order_id, line, buyer_id, placed_on, article_id, owner_id, product_id, article_number,
        ordered_quantity, unit_price, line_amount, net_amount, explanation)
    select a.seller_id, %(order)s, l.line, %(buyer)s, current_date, a.id, a.owner_id, a.product_id, a.article_number,
        l.quantity, l.price, l.amount, l.amount, %(explanations)s::jsonb -> (l.line::integer - 1)
    from unnest(%(articles)s::bigint[], %(quantities)s::numeric[], %(prices)s::numeric[], %(amounts)s::numeric[])
        with ordinality l (article, quantity, price, amount, line)
    join article a on a.seller_id = %(seller)s and a.id = l.article
    """,
    """
    insert into order_line_explanation (seller_id, order_id, line, explanation)
    select %(seller)s, %(order)s, l.line, l.explanation
    from jsonb_array_elements(%(seller_explanations)s::jsonb) with ordinality l (explanation, line)
    """,
    """
    insert into order_event (seller_id, order_id, buyer_id, kind, actor, actor_name)
    values (%(seller)s, %(order)s, %(buyer)s, 'placed', 'client:1', 'Bench')
    """,
    """
    insert into outbox_event (seller_id, kind, payload, actor)
    values (%(seller)s, 'Bare', jsonb_build_object('order_id', %(order)s::bigint, 'order_number', %(number)s::text,
        'buyer_id', %(buyer)s::bigint, 'placed_on', current_date), 'client:1')
    """,
    """
    insert into audit_entry (organisation_id, id, actor, actor_name, acted_as, action, subject, after, address, request_id)
    values (%(buyer)s, gen_random_uuid(), 'client:1', 'Bench', 'buyer', 'order.placed', %(number)s,
        '{"lines": 20, "total": "400.00"}', '127.0.0.1', %(number)s)
    """,
    """
    update stock_level s set reserved_quantity = s.reserved_quantity + 2
    from unnest(%(articles)s::bigint[]) l (article)
    where s.seller_id = %(seller)s and s.article_id = l.article and s.warehouse_id = 1
    """,
    """
    insert into allocation (seller_id, order_id, line, warehouse_id, article_id, quantity)
    select %(seller)s, %(order)s, l.line, 1, l.article, 2 from unnest(%(articles)s::bigint[]) with ordinality l (article, line)
    """,
)


def repeat_order(ground: Ground) -> Iterable[Result]:
    """Measure from the click on a filled-in list of 20 lines to the confirmed order, as browsers with and without script do it."""
    bare = _bare_order(ground)
    in_place = _repeat(ground, in_place=True)
    yield compare(ground, "repeat order of 20 lines", in_place, bare, share=1 / 6, most_transactions=1)
    plain = _repeat(ground, in_place=False)
    yield compare(ground, "the same without script", plain, bare, share=1 / 6, most_transactions=2)


def place_by_api(ground: Ground) -> Iterable[Result]:
    """Measure placing orders of 20 lines by API beside writing the same rows with plain SQL."""
    yield compare(
        ground, "placing 20 lines by API", _place(ground), _bare_rows(ground), share=1 / 2, most_transactions=1
    )


def article_number(article: int) -> str:
    """Give the article number that the data have for this id."""
    return f"A-{article:06}"


def own_articles(ground: Ground, number: int, count: int = LINES) -> list[int]:
    """Give articles that this client alone orders."""
    return sorted(random.Random(f"articles of {number}").sample(range(1, ground.size.articles, 8), count))


def shown_prices(program: Client, articles: list[int]) -> dict[str, str]:
    """Ask for today's own unit prices, as the page shows them."""
    lines = [{"article": article_number(article), "quantity": 2} for article in articles]
    _, answer = program.post("/api/v1/buying/price-checks", json.dumps({"lines": lines}).encode(), "application/json")
    return {line["article"]: line["unit_price"] for line in json.loads(answer)["lines"]}


def _repeat(ground: Ground, *, in_place: bool) -> MakeWork:
    def make(number: int) -> Work:
        browser = ground.browser(number)
        found = re.search(rb'name="csrf-token" content="([^"]+)"', browser.get("/buying/orders"))
        if found is None:
            raise AssertionError("no CSRF token")
        fields = {"csrf_token": found[1].decode(), "act": "order", "purchase_order_number": "", "requested_on": ""}
        for article, price in shown_prices(ground.program(number), own_articles(ground, number)).items():
            key = row_key(article)
            fields |= {f"article-{key}": article, f"quantity-{key}": "2", f"shown_price-{key}": price}
        form = urlencode(fields)

        def work() -> None:
            body = f"{form}&idempotency_key={secrets.token_urlsafe(16)}".encode()
            if in_place:
                _, page = browser.post("/buying/restock", body, FORM, 201, "X-Fragment: confirmation\r\n")
            else:
                where, _ = browser.post("/buying/restock", body, FORM, 303)
                page = browser.get("/" + where.split("/", 3)[3] if where.startswith("http") else where)
            if page.count(b"A-") < LINES:
                raise AssertionError("no confirmation")

        return work

    return make


def _bare_order(ground: Ground) -> MakeWork:
    def make(number: int) -> Work:
        client = ground.limit()
        lines = [("article", article) for article in own_articles(ground, number)]
        body = urlencode([*lines, *[("quantity", 2)] * LINES, *[("price", "10.0000")] * LINES]).encode()

        def work() -> None:
            client.post("/order", body, FORM, 201)

        return work

    return make


def _place(ground: Ground) -> MakeWork:
    def make(number: int) -> Work:
        program, chance = ground.program(number), random.Random()

        def work() -> None:
            articles = chance.sample(range(1, ground.size.articles + 1), LINES)
            body = json.dumps({"lines": [{"article": article_number(one), "quantity": 2} for one in articles]})
            key = f"Idempotency-Key: {secrets.token_urlsafe(16)}\r\n"
            program.post("/api/v1/buying/orders", body.encode(), "application/json", 201, key)

        return work

    return make


def _bare_rows(ground: Ground) -> MakeWork:
    """Give the limit: the same rows in the same tables with their keys, by one connection each, past every wall.

    Every row brings its own values, as it does in the portal: prices, amounts and explanations of 20 lines are sent and
    read, not one of them copied 20 times. They are those of an order of the portal, so that the client costs nothing.
    """
    _place(ground)(0)()
    with ground.connect() as connection:
        rows = connection.execute(
            "select l.explanation::text, e.explanation::text, o.response_body"
            " from order_line l join order_line_explanation e using (seller_id, order_id, line)"
            " join sales_order o on o.seller_id = l.seller_id and o.id = l.order_id"
            " where o.idempotency_scope <> 'bare' and o.source = 'api' order by o.id desc, l.line limit %s",
            (LINES,),
        ).fetchall()
    constant = {
        "seller": SELLER,
        "count": LINES,
        "hash": bytes(32),
        "quantities": _array("2"),
        "prices": _array("10.0000"),
        "amounts": _array("20.00"),
        "explanations": "[" + ",".join(row[0] for row in rows) + "]",
        "seller_explanations": "[" + ",".join(row[1] for row in rows) + "]",
        "answer": rows[0][2],
    }

    def make(number: int) -> Work:
        connection, chance = ground.connect(), random.Random()
        connection.prepare_threshold = 1

        def work() -> None:
            articles = sorted(chance.sample(range(1, ground.size.articles + 1), LINES))
            values = {**constant, "buyer": FIRST_BUYER + number, "articles": articles, "number": secrets.token_hex(8)}
            found = connection.execute(HEAD, values).fetchone()
            values["order"] = found[0] if found else None
            with connection.pipeline():
                for statement in REST:
                    connection.execute(statement.encode(), values)
            connection.commit()

        return work

    return make


def _array(value: str) -> str:
    """Give an array's text with the value once a line."""
    return "{" + ",".join([value] * LINES) + "}"
