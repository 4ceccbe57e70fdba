"""orders.csv: history, loaded as delivered orders; millions of lines, so every step is one statement over all of them."""

from __future__ import annotations

from portal.integration.channel.checks import Check, day, number, pattern, required, whole_number
from portal.integration.channel.stage import ChannelFile, Stage
from portal.pricing.rules.price_lists import minor_unit

LINES_AT_ONCE = 250_000
"""Lines an INSERT takes: the server keeps a note of every row until the statement ends, to check its references."""

# An article as history names it: as listed, or as the nearest owner among the seller and its ancestors calls it.
_SOLD = """
create temporary table sold as
select named.seller_id, named.article, a.id as article_id,
       coalesce(a.owner_id, p.owner_id) as owner_id, coalesce(a.product_id, p.id) as product_id
from (select distinct seller.id as seller_id, seller.owner_ids, s.article
      from stage s join tree seller on seller.code = s.seller_code) named
left join article a on a.seller_id = named.seller_id and a.article_number = named.article
left join lateral (
    select p.owner_id, p.id from product p
    where a.id is null and p.sku = named.article and p.owner_id = any(named.owner_ids)
    order by array_position(named.owner_ids, p.owner_id) desc limit 1
) p on true
"""

_LINE = """
create temporary table line as
select s.row, seller.id as seller_id, buyer.id as buyer_id, account.buyer_id as account_id, s.order_number,
       s.line::int as line, s.placed_on::date as placed_on, sold.article_id, sold.owner_id, sold.product_id,
       s.article as article_number, s.quantity::numeric(14, 3) as quantity, s.unit_price::numeric(14, 4) as unit_price,
       coalesce(s.line_amount::numeric(16, 4), round(s.unit_price::numeric * s.quantity::numeric, {places})) as amount,
       coalesce(s.currency, seller.currency) as currency, seller.currency as seller_currency
from stage s
left join tree seller on seller.code = s.seller_code
left join tree buyer on buyer.code = s.buyer_code
left join trading_account account on account.seller_id = seller.id and account.buyer_id = buyer.id
left join sold on sold.seller_id = seller.id and sold.article = s.article
"""

_HEADER = """
create temporary table header as
select grouped.*, existing.id as order_id, existing.source, existing.id is null as is_new,
       existing.buyer_id as former_buyer_id, existing.placed_on as former_placed_on, existing.currency as former_currency
from (select seller_id, order_number, min(row) as row, min(buyer_id) as buyer_id, min(placed_on) as placed_on,
             min(currency) as currency, sum(amount) as total, count(*) as line_count,
             min(buyer_id) <> max(buyer_id) as has_two_buyers, min(placed_on) <> max(placed_on) as has_two_days
      from line group by seller_id, order_number) grouped
left join sales_order existing on existing.seller_id = grouped.seller_id and existing.order_number = grouped.order_number
"""

_LINKS = (
    Check("seller_code", "l.seller_id is null", "is not the code of a known organisation of this tree"),
    Check("buyer_code", "l.buyer_id is null", "is not the code of a known organisation of this tree"),
    Check("buyer_code", "l.account_id is null", "has no account at this seller"),
    Check("article", "l.product_id is null", "is neither an article of this seller nor a product it may list"),
    Check("currency", "l.currency <> l.seller_currency", "is not the currency of the seller, {{l.seller_currency}}"),
)
_ORDER_CHECKS = (
    Check("buyer_code", "h.has_two_buyers", "is not the only buyer of this order"),
    Check("placed_on", "h.has_two_days", "is not the only day of this order"),
    Check("buyer_code", "h.former_buyer_id <> h.buyer_id", "is not the buyer this order was loaded with before"),
    Check("placed_on", "h.former_placed_on <> h.placed_on", "is not the day this order was loaded with before"),
    Check("currency", "h.former_currency <> h.currency", "is not the currency this order was loaded with before"),
    Check(
        "order_number", "h.source <> 'history' and not {same}", "was placed in the portal; history does not change it"
    ),
)
_JOINED = "line l join header h on h.seller_id = l.seller_id and h.order_number = l.order_number"
_SAME_LINE = (
    "exists (select from order_line o where o.seller_id = h.seller_id and o.order_id = h.order_id and o.line = l.line"
    " and o.article_number = l.article_number and o.ordered_quantity - o.cancelled_quantity = l.quantity)"
)

_WRITTEN = {
    "seller_id": "l.seller_id",
    "order_id": "h.order_id",
    "line": "l.line",
    "buyer_id": "l.buyer_id",
    "placed_on": "l.placed_on",
    "article_id": "l.article_id",
    "owner_id": "l.owner_id",
    "product_id": "l.product_id",
    "article_number": "l.article_number",
    "ordered_quantity": "l.quantity",
    "shipped_quantity": "greatest(l.quantity, 0)",
    "unit_price": "l.unit_price",
    "line_amount": "l.amount",
    "net_amount": "l.amount",
}


def _write(stage: Stage) -> int:
    _resolve(stage)
    stage.note("orders: writing")
    changed = _write_new(stage) + _write_known(stage)
    if changed:
        _tell(stage)
    return changed


def _resolve(stage: Stage) -> None:
    """Find what each line refers to and refuse what does not fit, with the order it belongs to."""
    places = " ".join(
        f"when '{currency}' then {minor_unit(currency)}"
        for (currency,) in stage.rows("select distinct currency from tree where currency ~ '^[A-Z]{3}$'")
    )
    stage.note("orders: looking up what the lines refer to")
    stage.run("drop table if exists sold, line, header, touched")
    stage.run(_SOLD)
    stage.run("analyze sold")
    stage.run(_LINE.format(places=f"case seller.currency {places} else 2 end" if places else "2"))
    stage.run("create index on line using brin (row)")
    stage.run("analyze line")
    _refuse_lines(stage, _LINKS, "line l")
    stage.note("orders: looking for lines that stand there twice")
    _refuse_repeated(stage)
    stage.run(_HEADER)
    stage.run("analyze header")
    _refuse_lines(stage, _ORDER_CHECKS, _JOINED)
    stage.run("create temporary table touched (seller_id bigint, order_id bigint, placed_on date)")


def _refuse_lines(stage: Stage, checks: tuple[Check, ...], source: str) -> None:
    """Refuse lines and their orders; the staged texts are joined only where something is wrong."""
    checks = tuple(
        Check(
            check.column,
            check.refused_if.replace("{same}", _SAME_LINE),
            check.reason.replace("{{", "{").replace("}}", "}"),
        )
        for check in checks
    )
    wrong = " or ".join(f"({check.refused_if})" for check in checks)
    stage.run("drop table if exists wrong")
    stage.run(f"create temporary table wrong as select l.row from {source} where {wrong}")
    if stage.rows("select exists (select from wrong)") == [(True,)]:
        stage.refuse(checks, f"{source} join wrong on wrong.row = l.row join stage s on s.row = l.row")
        _drop_refused(stage)


def _refuse_repeated(stage: Stage) -> None:
    key = "seller_id, order_number, line"
    if stage.rows(f"select exists (select from line group by {key} having count(*) > 1)") == [(True,)]:
        stage.refuse_repeated("s.seller_code, s.order_number, s.line::int")
        _drop_refused(stage)


def _drop_refused(stage: Stage) -> None:
    stage.drop_refused()
    stage.run("delete from line l using refusal r where r.row = l.row")
    if stage.rows("select to_regclass('pg_temp.header') is not null") == [(True,)]:
        stage.run(
            "delete from header h where not exists (select from line l where l.seller_id = h.seller_id"
            " and l.order_number = h.order_number)"
        )


def _write_new(stage: Stage) -> int:
    """Insert the orders the database does not have, and their lines."""
    stage.run(
        "with added as (insert into sales_order (seller_id, buyer_id, order_number, status, source, currency, total,"
        " line_count, placed_at, placed_on)"
        " select h.seller_id, h.buyer_id, h.order_number, 'delivered', 'history', h.currency, h.total, h.line_count,"
        " (h.placed_on + time '12:00') at time zone seller.time_zone, h.placed_on"
        " from header h join tree seller on seller.id = h.seller_id where h.is_new order by h.row"
        " returning seller_id, order_number, id)"
        " update header h set order_id = added.id from added"
        " where h.is_new and h.seller_id = added.seller_id and h.order_number = added.order_number"
    )
    stage.run("analyze header")
    columns, expressions = ", ".join(_WRITTEN), ", ".join(_WRITTEN.values())
    [(last,)] = stage.rows(f"select coalesce(max(l.row), 0) from {_JOINED} where h.is_new")
    written = 0
    for first in range(1, last + 1, LINES_AT_ONCE):
        written += stage.count(
            f"insert into order_line ({columns}) select {expressions} from {_JOINED}"
            " where h.is_new and l.row >= %(first)s and l.row < %(end)s",
            {"first": first, "end": first + LINES_AT_ONCE},
        )
        stage.note(f"orders: {written:,} lines written")
    if written:
        stage.run("insert into touched select seller_id, order_id, placed_on from header where is_new")
    return written


def _write_known(stage: Stage) -> int:
    """Bring lines of orders that were loaded before up to date; lines the file does not name stay."""
    others = [column for column in _WRITTEN if column not in {"seller_id", "order_id", "line"}]
    present = ", ".join(f"o.{column}" for column in others)
    given = ", ".join(_WRITTEN[column] for column in others)
    stage.run("drop table if exists changed")
    stage.run(
        f"create temporary table changed as select {', '.join(f'{e} as {c}' for c, e in _WRITTEN.items())} from {_JOINED}"
        " left join order_line o on o.seller_id = h.seller_id and o.order_id = h.order_id and o.line = l.line"
        f" where not h.is_new and h.source = 'history' and ({present}) is distinct from ({given})"
    )
    written = stage.count(
        f"insert into order_line ({', '.join(_WRITTEN)}) select {', '.join(_WRITTEN)} from changed"
        " order by order_id, line on conflict (seller_id, order_id, line) do update set "
        + ", ".join(f"{column} = excluded.{column}" for column in others)
    )
    if written:
        stage.run("insert into touched select distinct seller_id, order_id, placed_on from changed")
        stage.run(
            "update sales_order o set total = summed.total, line_count = summed.line_count from ("
            " select l.seller_id, l.order_id, sum(l.net_amount) as total, count(*) as line_count from order_line l"
            " where (l.seller_id, l.order_id) in (select seller_id, order_id from changed) group by 1, 2) summed"
            " where o.seller_id = summed.seller_id and o.id = summed.order_id"
        )
    return written


def _tell(stage: Stage) -> None:
    """Tell the roll-ups which days of which sellers to compute again."""
    stage.run(
        "insert into outbox_event (seller_id, kind, payload, actor)"
        " select seller_id, 'HistoryLoaded', jsonb_build_object('from', min(placed_on), 'to', max(placed_on)), 'loader'"
        " from touched group by seller_id order by seller_id"
    )


ORDERS = ChannelFile(
    name="orders",
    columns=(
        "seller_code",
        "buyer_code",
        "order_number",
        "line",
        "placed_on",
        "article",
        "quantity",
        "unit_price",
        "line_amount",
        "currency",
    ),
    cells=(
        *required("seller_code", "buyer_code", "order_number", "line", "placed_on", "article", "quantity"),
        whole_number("line", 1, 999_999_999),
        day("placed_on"),
        number("quantity", 3),
        number("unit_price", 4),
        number("line_amount", 4, digits=16),
        Check("line_amount", "s.line_amount is null and s.unit_price is null", "is missing, and so is unit_price"),
        pattern("currency", "^[A-Z]{3}$", "is not a currency code of three letters"),
    ),
    source="",
    links=(),
    key="",
    together="s.seller_code, s.order_number",
    write=_write,
)
