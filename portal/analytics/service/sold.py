"""What was sold on which days, from the raw rows, and which version of an agreement was in force on them."""

from __future__ import annotations

_MONTHS = """
    date_trunc('month', cast(:first as date))::date
    and (date_trunc('month', cast(:last as date)) + interval '1 month - 1 day')::date
"""
OF_MONTHS = "between date_trunc('month', cast(:first as date))::date and cast(:last as date)"

# The versions of a wholesaler's agreements: each is in force until the next one or its withdrawal.
IN_FORCE = """
    select s.brand_owner_id as owner_id, s.grants, s.accepted_on,
           least(coalesce(s.withdrawn_on, 'infinity'), coalesce(lead(s.accepted_on) over (
               partition by s.brand_owner_id order by s.accepted_on, s.version), 'infinity')) as until_on
    from sharing_agreement s where s.wholesaler_id = :seller and s.brand_owner_id <> :seller
"""

# What counts as sold on a day: shipped on it, or, in loaded history, placed on it (negative lines are returns). Sell-in goes
# to wholesalers, sell-through to retailers.
GATHER = f"""
    insert into sold (month, owner_id, product_id, buyer_id, units, amount, newest_on)
    select c.month, raw.owner_id, raw.product_id, raw.buyer_id, sum(raw.units), sum(raw.amount), max(raw.sold_on)
    from (
        select s.buyer_id, s.shipped_on as sold_on, l.owner_id, l.product_id, sl.quantity as units,
               sl.quantity * l.net_amount / l.ordered_quantity as amount
        from shipment s
        join shipment_line sl on sl.seller_id = s.seller_id and sl.shipment_id = s.id
        join order_line l on l.seller_id = sl.seller_id and l.order_id = sl.order_id and l.line = sl.line
        where s.seller_id = :seller and s.shipped_on between {_MONTHS}
          and (:everybody or s.buyer_id = any(:buyers))
        union all
        select l.buyer_id, l.placed_on, l.owner_id, l.product_id, l.ordered_quantity, l.net_amount
        from order_line l
        join sales_order o on o.seller_id = l.seller_id and o.id = l.order_id and o.source = 'history'
        where l.seller_id = :seller and o.seller_id = :seller and l.placed_on between {_MONTHS}
          and (:everybody or l.buyer_id = any(:buyers))
    ) raw
    join counted_day c on c.owner_id = raw.owner_id and c.day = raw.sold_on
    join organisation b on b.id = raw.buyer_id
         and b.kind = case when raw.owner_id = :seller then 'wholesaler' else 'retailer' end
    group by 1, 2, 3, 4
"""  # noqa: S608 - parts are constants of this module
