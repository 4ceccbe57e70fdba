"""sell_out.csv: what retailers report as sold; unknown GTINs are kept aside and taken once a product bears them."""

from __future__ import annotations

from portal.integration.channel.checks import Check, day, gtin, known, number, required
from portal.integration.channel.stage import ChannelFile, Stage
from portal.sell_out.matching import FORMER, MATCHED, ONE_AT_A_TIME
from portal.sell_out.service import REPORTED

_ALONE = (
    ONE_AT_A_TIME.format(seller="seller_id")
    + """
    from (select distinct retailer.seller_id from stage s join tree retailer on retailer.code = s.retailer_code
          order by 1) given"""
)
_BOOK = f"""
    with given as materialized (
        select retailer.seller_id, retailer.id as buyer_id, lpad(s.gtin, 14, '0') as gtin, s.sold_on::date as sold_on,
               s.quantity::numeric(14, 3) as quantity
        from stage s join tree retailer on retailer.code = s.retailer_code
    ), named as (
        select distinct g.seller_id, g.gtin, seller.owner_ids from given g join tree seller on seller.id = g.seller_id
    ), known as materialized ({MATCHED.format(given="named")}),
    kept as ({FORMER.format(given="given")}),
    booked as (
        insert into sell_out as present (seller_id, buyer_id, gtin, sold_on, quantity, owner_id, product_id, units, source)
        select g.seller_id, g.buyer_id, g.gtin, g.sold_on, g.quantity, k.owner_id, k.product_id, g.quantity * k.contains,
               'channel'
        from given g left join known k on k.seller_id = g.seller_id and k.gtin = g.gtin
        order by g.seller_id, g.buyer_id, g.gtin, g.sold_on
        on conflict (seller_id, buyer_id, gtin, sold_on) do update
        set quantity = excluded.quantity, owner_id = excluded.owner_id, product_id = excluded.product_id,
            units = excluded.units, source = excluded.source, reported_at = now()
        where present.quantity is distinct from excluded.quantity
        returning seller_id, buyer_id, sold_on
    ), told as (
        insert into outbox_event (seller_id, kind, payload, actor)
        select seller_id, '{REPORTED}', jsonb_build_object(
                   'from', min(sold_on), 'to', max(sold_on), 'buyers', jsonb_agg(distinct buyer_id)), 'loader'
        from booked group by seller_id
    )
    select count(*) from booked
"""


def _write(stage: Stage) -> int:
    stage.run(_ALONE)
    return int(stage.rows(_BOOK)[0][0])


SELL_OUT = ChannelFile(
    name="sell_out",
    columns=("retailer_code", "gtin", "sold_on", "quantity"),
    cells=(
        *required("retailer_code", "gtin", "sold_on", "quantity"),
        gtin("gtin"),
        day("sold_on"),
        Check("sold_on", "s.sold_on::date > current_date + 1", "lies ahead"),
        Check("sold_on", "s.sold_on::date < '2000-01-01'", "lies before the year 2000"),
        number("quantity", 3, digits=12),
    ),
    source="stage s left join tree retailer on retailer.code = s.retailer_code",
    links=(
        known("retailer_code", "retailer"),
        Check("retailer_code", "retailer.kind <> 'retailer'", "is not a retailer"),
    ),
    key="s.retailer_code, lpad(s.gtin, 14, '0'), s.sold_on::date",
    write=_write,
)
