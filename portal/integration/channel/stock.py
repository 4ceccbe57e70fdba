"""warehouses.csv and stock.csv: levels as counted, each difference a movement of the ledger."""

from __future__ import annotations

from portal.integration.channel.checks import Check, day, known, number, required, selling
from portal.integration.channel.stage import ChannelFile, Stage


def _write_warehouses(stage: Stage) -> int:
    return stage.upsert(
        "warehouse",
        "seller_id, code",
        {
            "seller_id": "seller.id",
            "code": "s.code",
            "name": "coalesce(s.name, '')",
            "postal_code": "coalesce(s.postal_code, '')",
            "country": "coalesce(s.country, '')",
        },
    )


def _write_stock(stage: Stage) -> int:
    # New levels start at zero, so that every piece on hand comes from a movement.
    added = stage.count(
        "insert into stock_level (seller_id, article_id, warehouse_id)"
        f" select seller.id, a.id, w.id from {stage.file.source} order by a.id, w.id on conflict do nothing"
    )
    # Orders take stock at the same time: the levels are locked, in the order in which orders lock them.
    stage.run("drop table if exists count")
    stage.run(
        "create temporary table count as with locked as materialized (select level.seller_id, level.article_id,"
        f" level.warehouse_id, level.on_hand, s.row from {stage.file.source}"
        " join stock_level level on level.seller_id = seller.id and level.article_id = a.id and level.warehouse_id = w.id"
        " order by level.seller_id, level.article_id, level.warehouse_id for update of level)"
        " select locked.*, coalesce(s.on_hand::numeric, locked.on_hand) - locked.on_hand as difference,"
        " s.incoming_quantity::numeric as incoming_quantity, s.incoming_on::date as incoming_on"
        " from locked join stage s on s.row = locked.row"
    )
    changed = stage.count(
        "update stock_level level set on_hand = level.on_hand + count.difference,"
        " incoming_quantity = count.incoming_quantity, incoming_on = count.incoming_on from count"
        " where level.seller_id = count.seller_id and level.article_id = count.article_id"
        " and level.warehouse_id = count.warehouse_id and (count.difference <> 0"
        " or (level.incoming_quantity, level.incoming_on) is distinct from (count.incoming_quantity, count.incoming_on))"
    )
    stage.run(
        "insert into stock_movement (seller_id, article_id, warehouse_id, kind, quantity, reference, actor)"
        " select seller_id, article_id, warehouse_id, 'count', difference, 'stock.csv', 'loader' from count"
        " where difference <> 0 order by row"
    )
    return max(added, changed)


WAREHOUSES = ChannelFile(
    name="warehouses",
    columns=("seller_code", "code", "name", "postal_code", "country"),
    cells=(*required("seller_code", "code"),),
    source="stage s left join tree seller on seller.code = s.seller_code",
    links=(known("seller_code", "seller"), selling("seller_code", "seller")),
    key="s.seller_code, s.code",
    write=_write_warehouses,
)

STOCK = ChannelFile(
    name="stock",
    columns=("seller_code", "warehouse_code", "article", "on_hand", "incoming_quantity", "incoming_on"),
    cells=(
        *required("seller_code", "warehouse_code", "article"),
        number("on_hand", 3, lowest=">= 0"),
        number("incoming_quantity", 3, lowest=">= 0"),
        day("incoming_on"),
        Check(
            "incoming_quantity",
            "s.incoming_on is not null and s.incoming_quantity is null",
            "is missing beside incoming_on",
        ),
    ),
    source="stage s left join tree seller on seller.code = s.seller_code"
    " left join warehouse w on w.seller_id = seller.id and w.code = s.warehouse_code"
    " left join article a on a.seller_id = seller.id and a.article_number = s.article",
    links=(
        known("seller_code", "seller"),
        known("warehouse_code", "w", "warehouse of this seller"),
        known("article", "a", "article of this seller"),
    ),
    key="s.seller_code, s.warehouse_code, s.article",
    write=_write_stock,
)
