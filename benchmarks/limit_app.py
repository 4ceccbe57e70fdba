"""The limit: what Flask itself can do on this machine, with one query or two set-based statements and nothing else."""

from __future__ import annotations

import os

from flask import Flask, Response, render_template_string, request
from psycopg_pool import ConnectionPool

PAGE = """<!doctype html><html lang="de"><head><title>Articles</title></head><body><table>
{% for row in rows %}<tr><th>{{ row[1] }}</th><td>{{ row[0] }}</td><td>{{ row[2] }}</td><td>{{ row[3] }}</td>
<td>{{ row[4] }} EUR</td><td>{{ row[5] }}</td></tr>
{% endfor %}</table></body></html>"""

ROWS = """
select a.article_number, p.name_de, p.brand, p.category, e.net_price, s.available
from (select * from article where seller_id = 2 and id > %s order by id limit 24) a
join product p on p.owner_id = a.owner_id and p.id = a.product_id
cross join lateral (select e.net_price from price_entry e where e.seller_id = 2 and e.price_list_id = 1
    and e.article_id = a.id and e.min_quantity = 1 and e.valid_from = '-infinity' limit 1) e
cross join lateral (select s.on_hand - s.reserved_quantity as available from stock_level s
    where s.seller_id = 2 and s.article_id = a.id and s.warehouse_id = 1 limit 1) s
order by a.id
"""

INSERT = """
with head as (insert into bare.orders (buyer_id, total)
    select 3, sum(q * p) from unnest(%(quantities)s::numeric[], %(prices)s::numeric[]) l (q, p) returning id)
insert into bare.lines (order_id, line, article_id, quantity, unit_price)
select head.id, l.line, l.article, l.quantity, l.price
from head, unnest(%(articles)s::bigint[], %(quantities)s::numeric[], %(prices)s::numeric[]) with ordinality
    l (article, quantity, price, line)
"""

TAKE = """
update bare.stock s set quantity = s.quantity - l.quantity
from unnest(%(articles)s::bigint[], %(quantities)s::numeric[]) l (article, quantity) where s.article_id = l.article
"""

app = Flask(__name__)
pool = ConnectionPool(
    os.environ["LIMIT_DATABASE"], min_size=0, max_size=6, kwargs={"prepare_threshold": 1}, open=False, num_workers=1
)


@app.get("/rows")
def rows() -> str:
    """A page of 24 rows from one query."""
    pool.open()
    with pool.connection() as connection:
        found = connection.execute(ROWS, (request.args.get("after", 0, int),), binary=True).fetchall()
    return render_template_string(PAGE, rows=found)


@app.post("/order")
def order() -> Response:
    """An order in two set-based statements."""
    pool.open()
    form = request.form
    values = {
        "articles": [int(text) for text in form.getlist("article")],
        "quantities": [int(text) for text in form.getlist("quantity")],
        "prices": form.getlist("price"),
    }
    with pool.connection() as connection:
        connection.execute(INSERT, values)
        connection.execute(TAKE, values)
    return Response("placed", status=201)
