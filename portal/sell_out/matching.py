"""Which product bears a GTIN, as SQL: for reports as they come in and for those that were kept aside."""

from __future__ import annotations

from typing import Final

MATCHED: Final = """
    select distinct on (g.seller_id, g.gtin) g.seller_id, g.gtin, c.owner_id, c.product_id, c.contains
    from {given} g
    join (
        select p.owner_id, p.id as product_id, lpad(p.gtin, 14, '0') as gtin, 1::numeric as contains, p.status
        from product p where p.gtin > ''
        union all
        select k.owner_id, k.product_id, lpad(k.gtin, 14, '0'), k.contains, p.status
        from packaging k join product p on p.owner_id = k.owner_id and p.id = k.product_id
        where k.gtin > '' and k.contains <= 1000000
    ) c on c.gtin = g.gtin and c.owner_id = any(g.owner_ids) and c.status <> 'draft'
    left join article a on a.seller_id = g.seller_id and a.owner_id = c.owner_id and a.product_id = c.product_id
    order by g.seller_id, g.gtin, (a.id is null), c.contains, array_position(g.owner_ids, c.owner_id) desc, c.product_id
"""
"""Of several the one the seller lists, then the smallest unit, then that of the nearest owner.

A packaging of more than a million is none: what is reported of it stays aside, and no sum overflows.
`given` has seller_id, gtin (14 digits) and owner_ids, whose products the seller may list.
"""

ONE_AT_A_TIME: Final = "select pg_advisory_xact_lock(hashtext('sell-out'), hashtext({seller}::text))"
"""Taken before the rows are read, so that what a report replaces is what stood there when it came."""

FORMER: Final = """
    insert into former_sell_out (seller_id, buyer_id, gtin, sold_on, quantity, source, reported_at)
    select s.seller_id, s.buyer_id, s.gtin, s.sold_on, s.quantity, s.source, s.reported_at
    from sell_out s join {given} g on g.seller_id = s.seller_id and g.buyer_id = s.buyer_id and g.gtin = s.gtin
         and g.sold_on = s.sold_on
    where s.quantity is distinct from g.quantity
"""
