"""What writing the roll-ups has in common: settings of a large span, tables of the session's own, parameters with types."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, BigInteger, Connection, Date, Text, TextClause, bindparam, text

BIG_SPAN = ("set local work_mem = '64MB'", "set local hash_mem_multiplier = 4")
"""A whole seller's lines are grouped and sorted in memory as far as 64 MB (256 MB for hashing) go, whatever the server's usual is."""

# Raw rows are gathered once into a table of the session's own: with its own statistics even right after a load, before the
# server has looked at the big tables. Which days of whose products count stands beside them, with the month each lies in.
_STAGE = """
    create temporary table if not exists counted_day (
        owner_id bigint not null, day date not null, month date not null) on commit delete rows;
    create temporary table if not exists sold (
        month date not null, owner_id bigint not null, product_id bigint not null, buyer_id bigint not null,
        units numeric(20, 3) not null, amount numeric not null, newest_on date not null) on commit delete rows;
    create temporary table if not exists touched_product (product_id bigint primary key) on commit delete rows;
    create temporary table if not exists touched_category (category varchar primary key) on commit delete rows;
    create temporary table if not exists touched_region (region varchar primary key) on commit delete rows;
    truncate counted_day, sold, touched_product, touched_category, touched_region
"""

# Cells added up from finer ones: who bought stays known where they are fewer than three. A retailer that moved within the
# month bought from two wholesalers and is one all the same.
_ADD_UP = """
    insert into {table} ({names}, units, few_buyers)
    select {names}, units, case when a.is_enough or cardinality(f.buyers) >= 3 then null else f.buyers end
    from (
        select {keys}, sum(m.units) as units, bool_or(m.few_buyers is null) as is_enough,
               string_agg(array_to_string(m.few_buyers, ','), ',') filter (where m.few_buyers <> '{{}}') as few
        from {source}
        where {condition}
        group by {keys}
    ) a
    cross join lateral (
        select coalesce(array_agg(distinct b.buyer order by b.buyer), '{{}}') as buyers
        from unnest(string_to_array(a.few, ',')::bigint[]) b (buyer) where not a.is_enough
    ) f
"""


def stage(connection: Connection) -> None:
    """Make the session's own tables, or empty them."""
    for statement in _STAGE.split(";"):
        connection.execute(text(statement))


def add_up(table: str, keys: tuple[str, ...], source: str, condition: str) -> str:
    """Write a statement that adds up the cells `m` of a source by keys (`m.month`) into a coarser level."""
    names = ", ".join(key.rpartition(".")[2] for key in keys)
    return _ADD_UP.format(table=table, names=names, keys=", ".join(keys), source=source, condition=condition)


def run(connection: Connection, statement: str, parameters: dict[str, Any]) -> None:
    """Execute a statement with those of the parameters that it names."""
    named = {name: value for name, value in parameters.items() if f":{name}" in statement}
    connection.execute(_typed(statement), named)


def _typed(statement: str) -> TextClause:
    """Tell the driver the types that the server could not infer."""
    types: dict[str, Any] = {
        **dict.fromkeys(("seller", "owner"), BigInteger),
        **dict.fromkeys(("first", "last", "month", "before"), Date),
        "buyers": ARRAY(BigInteger),
        "categories": ARRAY(Text),
    }
    named = [bindparam(name, type_=kind) for name, kind in types.items() if f":{name}" in statement]
    return text(statement).bindparams(*named)
