"""The data: a manufacturer, a wholesaler that sells it on, its buyers with 18 months of orders, its price lists.

Written by the server itself, as its superuser and with foreign keys unchecked, in the shape that real data have: every
foreign key leads somewhere, totals are the sums of their lines, shipments ship what was ordered.
"""

from __future__ import annotations

import psycopg

from benchmarks.sizes import LINES, Size

MANUFACTURER, SELLER, FIRST_BUYER = 1, 2, 3
FIRST_OTHER = 1001
DAYS = 548

ORGANISATIONS = """
insert into organisation (id, root_id, parent_id, seller_id, owner_ids, kind, code, slug, name, street, city, postal_code,
    country, locale, currency, time_zone)
values (1, 1, null, null, '{{1}}', 'manufacturer', 'MAKER', 'maker', 'Hanse Werkzeug AG', 'Elbweg 1', 'Hamburg', '20095', 'DE',
        'de', 'EUR', 'Europe/Berlin'),
       (2, 1, 1, 1, '{{1,2}}', 'wholesaler', 'W1', 'w1', 'Nordwerk Großhandel', 'Kai 7', 'Bremen', '28195', 'DE', 'de', 'EUR',
        'Europe/Berlin');
insert into organisation (id, root_id, parent_id, seller_id, owner_ids, kind, code, slug, name, street, city, postal_code,
    country, locale, currency, time_zone)
select n + 2, 1, 2, 2, array[1, 2, n + 2], 'retailer', 'R' || n, 'r' || n, 'Eisenwaren ' || n, 'Markt ' || n, 'Lübeck',
       (20000 + n)::text, 'DE', 'de', 'EUR', 'Europe/Berlin'
from generate_series(1, {buyers}) n;
insert into price_group (seller_id, code, name) select 2, 'G' || n, 'Gruppe ' || n from generate_series(1, 200) n;
insert into trading_account (seller_id, buyer_id, customer_number, price_group) values (1, 2, 'K1', null);
insert into trading_account (seller_id, buyer_id, customer_number, price_group)
select 2, n + 2, 'K' || n, 'G' || (n % 4 + 1) from generate_series(1, {buyers}) n;
insert into pricing_policy (seller_id, price_strategy) values (2, 'first');
insert into catalogue_version (organisation_id) values (1), (2);
insert into user_account (id, email, name, locale) select n, 'buyer' || n || '@example.com', 'Erika Muster ' || n, 'de'
from generate_series(1, {people}) n;
insert into membership (organisation_id, user_id, role) select n + 2, n, 'admin' from generate_series(1, {people}) n;
insert into api_client (id, organisation_id, client_id, secret_hash, name, scopes)
select n, n + 2, 'bench-' || n, '', 'Benchmark ' || n, '{{buying:read,buying:write}}' from generate_series(1, {people}) n;
"""

CATALOGUE = """
insert into product (owner_id, id, sku, gtin, name_en, name_de, description_en, description_de, brand, category, base_unit,
    attributes)
select case when n % 4 = 0 then 2 else 1 end, n, 'P' || lpad(n::text, 6, '0'), '40' || lpad(n::text, 11, '0'),
    adjective_en || ' ' || thing_en || ' ' || n, adjective_de || ' ' || thing_de || ' ' || n,
    'A ' || lower(adjective_en) || ' ' || thing_en || ' for daily work in shop and yard, number ' || n % 977,
    'Für die tägliche Arbeit in Werkstatt und Hof, ' || thing_de || ' Nummer ' || n % 977,
    'Marke ' || n % 37, 'Group ' || n % 8 || ' > ' || thing_en, 'EA', jsonb_build_object('weight', n % 90)
from (select n, (array['Sturdy', 'Light', 'Long', 'Short', 'Heavy', 'Fine', 'Quiet'])[n % 7 + 1] as adjective_en,
        (array['Robuster', 'Leichter', 'Langer', 'Kurzer', 'Schwerer', 'Feiner', 'Leiser'])[n % 7 + 1] as adjective_de,
        (array['hammer', 'drill', 'saw', 'screw', 'pliers', 'lamp', 'rope', 'glove', 'bucket', 'chisel', 'ladder'])[n % 11 + 1]
            as thing_en,
        (array['Hammer', 'Bohrer', 'Fuchsschwanz', 'Schraubensatz', 'Seitenschneider', 'Strahler', 'Strick', 'Handschuh',
               'Eimer', 'Stechbeitel', 'Tritt'])[n % 11 + 1] as thing_de
      from generate_series(1, {articles}) n) one;
insert into article (seller_id, id, article_number, owner_id, product_id)
select 2, n, 'A-' || lpad(n::text, 6, '0'), case when n % 4 = 0 then 2 else 1 end, n from generate_series(1, {articles}) n;
insert into packaging (owner_id, product_id, unit, contains)
select case when n % 4 = 0 then 2 else 1 end, n, 'CS', 12 from generate_series(3, {articles}, 3) n;
insert into warehouse (seller_id, id, code, name, country) values (2, 1, 'MAIN', 'Bremen', 'DE'), (2, 2, 'SOUTH', 'Ulm', 'DE');
insert into stock_level (seller_id, article_id, warehouse_id, on_hand, incoming_quantity, incoming_on)
select 2, n, 1, 10000000, case when n % 9 = 0 then 500 end, case when n % 9 = 0 then current_date + 12 end
from generate_series(1, {articles}) n
union all select 2, n, 2, n % 90, null, null from generate_series(4, {articles}, 4) n;
"""

PRICES = """
insert into price_list (seller_id, id, code, name, currency, priority) values (2, 1, 'DEFAULT', 'Listenpreis', 'EUR', 100);
insert into price_list (seller_id, id, code, name, currency, priority)
select 2, 1 + n, 'GROUP' || n, 'Gruppenpreis ' || n, 'EUR', 50 from generate_series(1, 4) n
union all select 2, 10 + n, 'CONTRACT' || n, 'Rahmenvertrag ' || n, 'EUR', 10 from generate_series(1, {contracts}) n
union all select 2, 1000 + n, 'REGION' || n, 'Region ' || n, 'EUR', 60 from generate_series(1, {regions}) n;
insert into price_assignment (seller_id, price_list_id, audience, price_group, buyer_id)
select 2, 1, 'everyone', null, null::bigint
union all select 2, 1 + n, 'group', 'G' || n, null from generate_series(1, 4) n
union all select 2, 10 + n, 'account', null, n + 2 from generate_series(1, {contracts}) n
union all select 2, 1000 + n, 'group', 'G' || (n % 190 + 5), null from generate_series(1, {regions}) n;
"""

ENTRIES = """
insert into price_entry (seller_id, price_list_id, article_id, min_quantity, valid_from, valid_to, net_price)
select {seller}, 1, n, 1, '-infinity'::date, case when n % 50 = 0 then current_date + 30 end, (n % 9000 + 100) / 100.0
from generate_series(1, {articles}) n
union all select {seller}, 1, n, 1, current_date + 30, null, (n % 9000 + 110) / 100.0 from generate_series(50, {articles}, 50) n
union all select {seller}, 1, n, t, '-infinity', null, (n % 9000 + 100) / 100.0 * (1 - t / 1000.0)
    from generate_series(20, {articles}, 20) n, unnest(array[10, 100]) t
union all select {seller}, 1 + g, n, t, '-infinity', null, (n % 9000 + 90) / 100.0 * (1 - t / 1000.0)
    from generate_series(1, 4) g, generate_series(g, {articles}, 20) n, unnest(array[1, 12]) t where t = 1 or n % 2 = 0
union all select {seller}, 10 + c, n, 1, '-infinity', null, (n % 9000 + 80) / 100.0
    from generate_series(1, {contracts}) c, generate_series(c, {articles}, {articles} / 500) n;
"""

REGION_PRICES = """
insert into price_entry (seller_id, price_list_id, article_id, min_quantity, net_price)
select 2, 1000 + {region}, n, t, (n % 9000 + {region}) / 100.0 * (1 - t / 1000.0)
from generate_series(1, {articles}) n, unnest(array[1, 10, 100]) t where t = 1 or n % 20 = 0
order by n, t;
"""

PROMOTIONS = """
insert into promotion (seller_id, id, code, name, valid_from, valid_to, priority, combines, benefit, value, min_quantity,
    buy_quantity, free_quantity)
select {seller}, n, 'PROMO' || n, 'Aktion ' || n, current_date - 30, current_date + 60, n, n % 3 = 0,
       case when n % 10 = 0 then 'free_goods' when n % 4 = 0 then 'amount' else 'percent' end,
       case when n % 10 = 0 then 0 when n % 4 = 0 then 0.25 else 5 + n % 11 end, 1 + n % 3,
       case when n % 10 = 0 then 10 end, case when n % 10 = 0 then 1 end
from generate_series(1, {promotions}) n;
insert into promotion_audience (seller_id, promotion_id, audience, price_group)
select {seller}, n, case when n % 5 = 0 then 'group' else 'everyone' end, case when n % 5 = 0 then 'G' || (n / 5 % 4 + 1) end
from generate_series(1, {promotions}) n;
insert into promotion_scope (seller_id, promotion_id, scope, scope_code)
select {seller}, n, 'brand', 'Marke ' || n from generate_series(1, {promotions} / 10) n
union all select {seller}, n + {promotions} / 10, 'category', 'Group ' || n from generate_series(1, {promotions} / 15) n
union all select {seller}, n % ({promotions} * 5 / 6) + {promotions} / 6 + 1, 'article', 'A-' || lpad((n * 10)::text, 6, '0')
from generate_series(1, {articles} / 10) n;
"""

# What another seller has without a trade of its own: its articles, its lists for everyone, four groups and contracts.
OTHER_SELLER = """
insert into organisation (id, root_id, parent_id, seller_id, owner_ids, kind, code, slug, name, street, city, postal_code,
    country, locale, currency, time_zone)
values ({seller}, 1, 1, 1, array[1, {seller}], 'wholesaler', 'W{seller}', 'w{seller}', 'Handel {seller}', 'Kai 7', 'Bremen',
        '28195', 'DE', 'de', 'EUR', 'Europe/Berlin');
insert into trading_account (seller_id, buyer_id, customer_number, price_group) values (1, {seller}, 'K{seller}', null);
insert into price_group (seller_id, code, name) select {seller}, 'G' || n, 'Gruppe ' || n from generate_series(1, 4 + {contracts}) n;
insert into pricing_policy (seller_id, price_strategy) values ({seller}, 'first');
insert into catalogue_version (organisation_id) values ({seller});
insert into article (seller_id, id, article_number, owner_id, product_id)
select {seller}, n, 'A-' || lpad(n::text, 6, '0'), 1, case when n % 4 = 0 then n - 1 else n end from generate_series(1, {articles}) n;
insert into price_list (seller_id, id, code, name, currency, priority)
select {seller}, 1, 'DEFAULT', 'Listenpreis', 'EUR', 100
union all select {seller}, 1 + n, 'GROUP' || n, 'Gruppenpreis ' || n, 'EUR', 50 from generate_series(1, 4) n
union all select {seller}, 10 + n, 'CONTRACT' || n, 'Rahmenvertrag ' || n, 'EUR', 10 from generate_series(1, {contracts}) n;
insert into price_assignment (seller_id, price_list_id, audience, price_group)
select {seller}, 1, 'everyone', null
union all select {seller}, 1 + n, 'group', 'G' || n from generate_series(1, 4) n
union all select {seller}, 10 + n, 'group', 'G' || (4 + n) from generate_series(1, {contracts}) n;
"""

# A buyer comes back to some sixty articles; orders lie evenly over the days.
ORDERS = """
create temporary table made as
select row_number() over (order by k, b) as id, b + 2 as buyer_id, k, (current_date - {days} + k * {days} / {orders})::date as placed_on
from generate_series(0, {orders} - 1) k, generate_series(1, {buyers}) b;
insert into order_line (seller_id, order_id, line, buyer_id, placed_on, article_id, owner_id, product_id, article_number,
    ordered_quantity, shipped_quantity, unit_price, line_amount, net_amount, explanation)
select 2, id, line, buyer_id, placed_on, n, case when n % 4 = 0 then 2 else 1 end, n, 'A-' || lpad(n::text, 6, '0'),
    quantity, quantity, price, round(quantity * price, 2), round(quantity * price, 2),
    jsonb_build_object('price_list', 'Listenpreis', 'min_quantity', '1.000', 'valid_from', null, 'valid_to', null,
                       'unit_price', price::text)
from (select m.id, m.buyer_id, m.placed_on, line, 1 + (buyer_id * 7919 + line * 3571 + (k % 3) * 13) % {articles} as n,
             (k + line) % 24 + 1 as quantity
      from made m, generate_series(1, {lines}) line) one,
    lateral (select ((n % 9000 + 100) / 100.0)::numeric(14, 4) as price) priced;
insert into sales_order (seller_id, id, buyer_id, order_number, status, currency, total, line_count, placed_at, placed_on,
    placed_by, placed_by_name, ship_to)
select 2, m.id, m.buyer_id, 'H' || lpad(m.id::text, 8, '0'), case when k > {orders} - 3 then 'placed' else 'delivered' end,
    'EUR', t.total, {lines}, m.placed_on + interval '9 hours', m.placed_on, 'user:1', 'Erika Muster',
    '{{"name": "Eisenwaren", "street": "Markt 1", "postal_code": "23552", "city": "Lübeck", "country": "DE"}}'
from made m join (select order_id, sum(net_amount) as total from order_line group by order_id) t on t.order_id = m.id;
insert into order_event (seller_id, order_id, buyer_id, kind, actor, actor_name, at)
select 2, m.id, m.buyer_id, kind, 'user:1', 'Erika Muster', m.placed_on + interval '9 hours' + hours * interval '1 hour'
from made m, (values ('placed', 0), ('confirmed', 2), ('shipped', 26), ('delivered', 50)) e (kind, hours)
where e.kind = 'placed' or m.k <= {orders} - 3;
insert into shipment (seller_id, id, buyer_id, order_id, shipment_number, tracking_code, shipped_at, shipped_on)
select 2, m.id, m.buyer_id, m.id, 'L' || lpad(m.id::text, 8, '0'), '', m.placed_on + interval '35 hours', m.placed_on + 1
from made m where m.k <= {orders} - 3;
insert into shipment_line (seller_id, shipment_id, line, order_id, buyer_id, quantity)
select 2, s.id, l.line, s.id, s.buyer_id, l.ordered_quantity
from shipment s join order_line l on l.seller_id = 2 and l.order_id = s.id;
drop table made;
"""

BARE = """
create schema bare;
create table bare.orders (id bigint generated always as identity primary key, buyer_id bigint not null,
    total numeric(16, 4) not null, placed_at timestamptz not null default now());
create table bare.lines (order_id bigint not null, line integer not null, article_id bigint not null,
    quantity numeric(14, 3) not null, unit_price numeric(14, 4) not null, primary key (order_id, line));
create table bare.stock (article_id bigint primary key, quantity numeric(14, 3) not null) with (fillfactor = 80);
insert into bare.stock select n, 10000000 from generate_series(1, {articles}) n;
"""

SEQUENCES = (
    ("organisation", "id"),
    ("user_account", "id"),
    ("api_client", "id"),
    ("price_list", "id"),
    ("promotion", "id"),
    ("product", "id"),
    ("article", "id"),
    ("warehouse", "id"),
    ("sales_order", "id"),
    ("shipment", "id"),
)
PEOPLE = 8


def region_lists(size: Size) -> int:
    """Give how many lists of the whole assortment fill the entries up to the size asked."""
    return max(0, round((size.entries - size.articles * 1.4) / (size.articles * 1.1)))


def write_data(admin_url: str, size: Size) -> None:
    """Fill an empty, migrated database."""
    regions = region_lists(size)
    numbers = {
        "articles": size.articles,
        "buyers": size.buyers,
        "people": PEOPLE,
        "contracts": size.contract_lists,
        "regions": regions,
        "promotions": size.promotions,
        "orders": size.orders_of_buyer,
        "lines": LINES,
        "days": DAYS,
    }
    with psycopg.connect(admin_url) as connection:
        connection.execute("set session_replication_role = replica")
        promoted = (PROMOTIONS,) if size.promotions else ()
        for part in (ORGANISATIONS, CATALOGUE, PRICES, ENTRIES, *promoted):
            connection.execute(part.format(seller=SELLER, **numbers).encode())
        for seller in range(FIRST_OTHER, FIRST_OTHER + size.other_sellers):
            for part in (OTHER_SELLER, ENTRIES, *promoted):
                connection.execute(part.format(seller=seller, **numbers).encode())
        for region in range(1, regions + 1):
            connection.execute(REGION_PRICES.format(region=region, **numbers).encode())
        for part in (ORDERS, BARE):
            connection.execute(part.format(**numbers).encode())
        for table, column in SEQUENCES:
            statement = (
                f"select setval(pg_get_serial_sequence('{table}', '{column}'), (select max({column}) from {table}))"
            )
            connection.execute(statement.encode())
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")
