"""What each file of a channel folder holds, read under the loader role from the tree's tables.

The temporary table `tree` names the organisations that are written, `minor_unit` the decimals of their currencies.
"""

from __future__ import annotations


def _trimmed(number: str) -> str:
    """Give a number without needless zeros, as people write it."""
    return f"trim_scale({number})"


EXPORTS = {
    "organisations": (
        "select o.code, o.kind, parent.code, o.name, o.street, o.city, o.postal_code, o.country, o.locale, o.currency,"
        " o.vat_id, o.gln, o.email, o.status, o.time_zone from tree join organisation o on o.id = tree.id"
        " left join tree parent on parent.id = o.parent_id order by tree.depth, o.code"
    ),
    # Who was removed stays removed: a folder has no word for it. Nor has it one for own roles, so who has one goes as a viewer.
    "users": (
        "select tree.code, person.email, person.name, case when m.own_role is null then m.role else 'viewer' end, null from tree join membership m on m.organisation_id = tree.id"
        " join user_account person on person.id = m.user_id"
        " where m.status = 'active' and person.status = 'active' order by tree.depth, tree.code, person.email"
    ),
    "accounts": (
        "select seller.code, buyer.code, a.customer_number, a.price_group, a.payment_terms_days,"
        f" {_trimmed('a.credit_limit')}, a.status from tree seller join trading_account a on a.seller_id = seller.id"
        " join tree buyer on buyer.id = a.buyer_id order by 1, 2"
    ),
    "sellers": (
        "select seller.code, p.price_strategy from tree seller join pricing_policy p on p.seller_id = seller.id order by 1"
    ),
    "categories": (
        "select owner.code, c.path, c.name_en, c.name_de from tree owner join category_name c on c.owner_id = owner.id"
        " order by 1, 2"
    ),
    "products": (
        "select owner.code, p.sku, p.gtin, p.name_en, p.name_de, p.description_en, p.description_de, p.brand, p.category,"
        " p.base_unit, p.attributes, p.status from tree owner join product p on p.owner_id = owner.id order by 1, 2"
    ),
    "packagings": (
        f"select owner.code, p.sku, k.unit, {_trimmed('k.contains')}, k.gtin from tree owner"
        " join product p on p.owner_id = owner.id join packaging k on k.owner_id = p.owner_id and k.product_id = p.id"
        " order by 1, 2, 3"
    ),
    "listings": (
        f"select seller.code, a.article_number, owner.code, p.sku, {_trimmed('a.min_quantity')},"
        f" {_trimmed('a.order_multiple')}, a.backorder, a.status from tree seller join article a on a.seller_id = seller.id"
        " join tree owner on owner.id = a.owner_id"
        " join product p on p.owner_id = a.owner_id and p.id = a.product_id order by 1, 2"
    ),
    "price_lists": (
        "select seller.code, l.code, l.name, l.currency, l.priority, l.valid_from, l.valid_to, base.code,"
        f" {_trimmed('l.adjustment_percent')}, {_trimmed('l.adjustment_amount')}, l.decimals, l.status"
        " from tree seller join price_list l on l.seller_id = seller.id"
        " left join price_list base on base.seller_id = l.seller_id and base.id = l.base_list_id order by 1, 2"
    ),
    "price_entries": (
        f"select seller.code, l.code, a.article_number, {_trimmed('e.min_quantity')}, {_trimmed('e.net_price')},"
        " nullif(e.valid_from, '-infinity'), e.valid_to from tree seller join price_list l on l.seller_id = seller.id"
        " join price_entry e on e.seller_id = l.seller_id and e.price_list_id = l.id"
        " join article a on a.seller_id = e.seller_id and a.id = e.article_id"
        " order by 1, 2, 3, e.min_quantity, e.valid_from"
    ),
    "price_assignments": (
        "select seller.code, l.code, a.audience, coalesce(a.price_group, buyer.code) from tree seller"
        " join price_list l on l.seller_id = seller.id"
        " join price_assignment a on a.seller_id = l.seller_id and a.price_list_id = l.id"
        " left join tree buyer on buyer.id = a.buyer_id order by 1, 2, 3, 4"
    ),
    "promotions": (
        "select seller.code, p.code, p.name, p.valid_from, p.valid_to, p.priority,"
        " case when p.combines then 'yes' else 'no' end, p.coupon, p.benefit,"
        f" {_trimmed('p.value')}, {_trimmed('p.min_quantity')}, {_trimmed('p.threshold_amount')},"
        f" {_trimmed('p.buy_quantity')}, {_trimmed('p.free_quantity')}, a.article_number, p.max_uses,"
        f" p.max_uses_per_account, {_trimmed('p.budget')}, funder.code, {_trimmed('p.funding_amount')}"
        " from tree seller join promotion p on p.seller_id = seller.id"
        " left join article a on a.seller_id = p.seller_id and a.id = p.free_article_id"
        " left join tree funder on funder.id = p.funder_id order by 1, 2"
    ),
    "promotion_scopes": (
        "select seller.code, p.code, s.scope, nullif(s.scope_code, '') from tree seller"
        " join promotion p on p.seller_id = seller.id"
        " join promotion_scope s on s.seller_id = p.seller_id and s.promotion_id = p.id order by 1, 2, 3, 4"
    ),
    "promotion_audiences": (
        "select seller.code, p.code, a.audience, coalesce(a.price_group, buyer.code) from tree seller"
        " join promotion p on p.seller_id = seller.id"
        " join promotion_audience a on a.seller_id = p.seller_id and a.promotion_id = p.id"
        " left join tree buyer on buyer.id = a.buyer_id order by 1, 2, 3, 4"
    ),
    "warehouses": (
        "select seller.code, w.code, w.name, w.postal_code, w.country from tree seller"
        " join warehouse w on w.seller_id = seller.id order by 1, 2"
    ),
    "stock": (
        f"select seller.code, w.code, a.article_number, {_trimmed('s.on_hand')}, {_trimmed('s.incoming_quantity')},"
        " s.incoming_on from tree seller join stock_level s on s.seller_id = seller.id"
        " join warehouse w on w.seller_id = s.seller_id and w.id = s.warehouse_id"
        " join article a on a.seller_id = s.seller_id and a.id = s.article_id order by 1, 2, 3"
    ),
    # What was cancelled was never delivered; the rest of a partly cancelled line keeps its share of the amount.
    "orders": (
        "select seller.code, buyer.code, o.order_number, l.line, o.placed_on, l.article_number,"
        f" {_trimmed('l.ordered_quantity - l.cancelled_quantity')}, {_trimmed('l.unit_price')},"
        " trim_scale(case when l.cancelled_quantity = 0 then l.net_amount else round(l.net_amount"
        " * (l.ordered_quantity - l.cancelled_quantity) / l.ordered_quantity, minor_unit.places) end), o.currency"
        " from tree seller join sales_order o on o.seller_id = seller.id join tree buyer on buyer.id = o.buyer_id"
        " join minor_unit on minor_unit.currency = seller.currency"
        " join order_line l on l.seller_id = o.seller_id and l.order_id = o.id"
        " where l.cancelled_quantity = 0 or l.cancelled_quantity <> l.ordered_quantity"
        " order by seller.code, o.placed_on, o.order_number, l.line"
    ),
    # A withdrawal is written as an agreement that grants nothing from that day on.
    "sharing": (
        "with newest as (select distinct on (brand_owner_id, wholesaler_id, accepted_on) * from sharing_agreement"
        "  order by brand_owner_id, wholesaler_id, accepted_on, version desc), agreed as ("
        " select brand_owner_id, wholesaler_id, accepted_on as agreed_on,"
        "  case when withdrawn_on <= accepted_on then '' else array_to_string(grants, ' ') end as grants from newest"
        " union all select brand_owner_id, wholesaler_id, withdrawn_on, '' from newest ended"
        "  where withdrawn_on > accepted_on and not exists (select from newest later"
        "   where later.brand_owner_id = ended.brand_owner_id and later.wholesaler_id = ended.wholesaler_id"
        "   and later.accepted_on > ended.accepted_on and later.accepted_on <= ended.withdrawn_on))"
        " select brand.code, wholesaler.code, agreed.grants, agreed.agreed_on from tree brand"
        " join agreed on agreed.brand_owner_id = brand.id"
        " join tree wholesaler on wholesaler.id = agreed.wholesaler_id order by 1, 2, 4"
    ),
    "sell_out": (
        f"select buyer.code, s.gtin, s.sold_on, {_trimmed('s.quantity')} from tree seller"
        " join sell_out s on s.seller_id = seller.id join tree buyer on buyer.id = s.buyer_id"
        " join organisation o on o.id = s.buyer_id and o.seller_id = s.seller_id order by 1, 3, 2"
    ),
}

PICTURES = (
    "select owner.code, p.sku, k.content_type, k.content from tree owner join product p on p.owner_id = owner.id"
    " join product_picture k on k.owner_id = p.owner_id and k.product_id = p.id and k.position = 1 order by 1, 2"
)
