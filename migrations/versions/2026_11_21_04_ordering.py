"""Placing an order in one call, freeing backorders, and the few acts of a buyer on what it may not write itself."""

from __future__ import annotations

from alembic import op

revision = "202611210004"
down_revision = "202611210003"
branch_labels = None
depends_on = None

# Everything that changes allocations takes its locks in one order: the order's row, then the stock levels of all
# affected articles by (article, warehouse); allocations are read after that.

PLACE_ORDER = """
-- Places an order of the buyer in context with the seller in context: header, lines, explanations, event, outbox, stock,
-- all or nothing. Gives {"state": "placed" | "replayed" | "in-progress" | "number-taken", ...}; nothing is written unless
-- "placed". Raises KT001 (lines short of stock, as JSON in the detail), KT002 (an article is gone), KT003 (no account).
create function place_order(
    p_order jsonb, p_articles bigint[], p_quantities numeric[], p_unit_prices numeric[], p_line_amounts numeric[],
    p_net_amounts numeric[], p_explanations jsonb, p_seller_explanations jsonb,
    p_scope text, p_key text, p_request_hash bytea, p_response text)
returns jsonb language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
    v_seller constant bigint := ctx_seller();
    v_buyer constant bigint := ctx_buyer();
    v_count constant integer := cardinality(p_articles);
    v_written integer;
    v_known record;
    v_edge record;
    v_order bigint;
    v_split record;
begin
    if v_seller is null or v_buyer is null or coalesce(v_count, 0) = 0 or 0 >= any (p_quantities) then
        raise exception 'an order has an edge and lines with quantities above 0' using errcode = '22023';
    end if;
    if p_key is not null then
        if not pg_try_advisory_xact_lock(hashtextextended(concat_ws(chr(10), v_seller, p_scope, p_key), 0)) then
            return jsonb_build_object('state', 'in-progress');
        end if;
        select o.order_number, o.request_hash, o.response_body into v_known
        from sales_order o
        where o.seller_id = v_seller and o.idempotency_scope = p_scope and o.idempotency_key = p_key
          and o.buyer_id = v_buyer;
        if found then
            return jsonb_build_object('state', 'replayed', 'order_number', v_known.order_number,
                'request_hash', encode(v_known.request_hash, 'hex'), 'response', v_known.response_body);
        end if;
    end if;
    if exists (select from sales_order o
               where o.seller_id = v_seller and o.order_number = p_order ->> 'order_number') then
        return jsonb_build_object('state', 'number-taken');
    end if;
    select s.currency, (now() at time zone s.time_zone)::date as placed_on,
           jsonb_build_object('name', b.name, 'street', b.street, 'postal_code', b.postal_code, 'city', b.city,
                              'country', b.country) as ship_to
    into v_edge
    from trading_account t join organisation s on s.id = t.seller_id join organisation b on b.id = t.buyer_id
    where t.seller_id = v_seller and t.buyer_id = v_buyer and t.status = 'active';
    if not found then
        raise exception 'no active account' using errcode = 'KT003';
    end if;

    insert into sales_order (seller_id, buyer_id, order_number, source, currency, total, line_count, placed_on, placed_by,
        placed_by_name, purchase_order_number, requested_on, ship_to, idempotency_scope, idempotency_key, request_hash,
        response_body)
    select v_seller, v_buyer, p_order ->> 'order_number', p_order ->> 'source', v_edge.currency,
        (select sum(amount) from unnest(p_net_amounts) amount), v_count, v_edge.placed_on, p_order ->> 'actor',
        p_order ->> 'actor_name', p_order ->> 'purchase_order_number', (p_order ->> 'requested_on')::date, v_edge.ship_to,
        p_scope, p_key, p_request_hash, p_response
    returning id into v_order;

    insert into order_line (seller_id, order_id, line, buyer_id, placed_on, article_id, owner_id, product_id,
        article_number, ordered_quantity, unit_price, line_amount, net_amount, explanation)
    select v_seller, v_order, l.line, v_buyer, v_edge.placed_on, a.id, a.owner_id, a.product_id, a.article_number,
        l.quantity, l.unit_price, l.line_amount, l.net_amount, p_explanations -> (l.line::integer - 1)
    from unnest(p_articles, p_quantities, p_unit_prices, p_line_amounts, p_net_amounts) with ordinality
        as l (article_id, quantity, unit_price, line_amount, net_amount, line)
    join article a on a.seller_id = v_seller and a.id = l.article_id and a.status = 'active';
    get diagnostics v_written = row_count;
    if v_written <> v_count then
        raise exception 'an article is not offered any more' using errcode = 'KT002';
    end if;

    insert into order_line_explanation (seller_id, order_id, line, explanation)
    select v_seller, v_order, e.line, e.explanation
    from jsonb_array_elements(p_seller_explanations) with ordinality as e (explanation, line);

    insert into order_event (seller_id, order_id, buyer_id, kind, actor, actor_name)
    values (v_seller, v_order, v_buyer, 'placed', p_order ->> 'actor', p_order ->> 'actor_name');

    insert into outbox_event (seller_id, kind, payload, actor)
    values (v_seller, 'OrderPlaced', jsonb_build_object('order_id', v_order, 'order_number', p_order ->> 'order_number',
        'buyer_id', v_buyer, 'placed_on', v_edge.placed_on), p_order ->> 'actor');

    -- Stock last: its rows are the contended ones. Each article's demand, line after line, and its supply, warehouse
    -- after warehouse, are laid on one scale; where they overlap, that line gets from that warehouse.
    with locked as materialized (
        select s.article_id, s.warehouse_id, greatest(s.on_hand - s.reserved_quantity, 0) as available
        from stock_level s
        where s.seller_id = v_seller and s.article_id = any (p_articles)
        order by s.article_id, s.warehouse_id
        for update of s
    ), supply as (
        select k.article_id, k.warehouse_id,
               sum(k.available) over (partition by k.article_id order by w.code, w.id) - k.available as from_here,
               sum(k.available) over (partition by k.article_id order by w.code, w.id) as to_here
        from locked k join warehouse w on w.seller_id = v_seller and w.id = k.warehouse_id
    ), demand as (
        select l.line, l.article_id, l.quantity,
               sum(l.quantity) over (partition by l.article_id order by l.line) - l.quantity as from_here,
               sum(l.quantity) over (partition by l.article_id order by l.line) as to_here
        from unnest(p_articles, p_quantities) with ordinality as l (article_id, quantity, line)
    ), split as (
        select d.line, d.article_id, s.warehouse_id,
               least(d.to_here, s.to_here) - greatest(d.from_here, s.from_here) as quantity
        from demand d join supply s using (article_id)
        where least(d.to_here, s.to_here) > greatest(d.from_here, s.from_here)
    ), short as (
        select d.line, d.quantity, coalesce(p.quantity, 0) as available
        from demand d
        left join (select line, sum(quantity) as quantity from split group by line) p using (line)
        join article a on a.seller_id = v_seller and a.id = d.article_id
        where coalesce(p.quantity, 0) < d.quantity and a.backorder = 'deny'
    )
    select array_agg(line) as lines, array_agg(article_id) as articles, array_agg(warehouse_id) as warehouses,
           array_agg(quantity) as quantities,
           (select jsonb_agg(jsonb_build_object('line', line, 'quantity', quantity, 'available', available) order by line)
            from short) as short
    into v_split from split;
    if v_split.short is not null then
        raise exception 'not enough stock' using errcode = 'KT001', detail = v_split.short::text;
    end if;

    if v_split.lines is not null then
        update stock_level s set reserved_quantity = s.reserved_quantity + t.quantity
        from (select article_id, warehouse_id, sum(quantity) as quantity
              from unnest(v_split.articles, v_split.warehouses, v_split.quantities)
                  as x (article_id, warehouse_id, quantity)
              group by article_id, warehouse_id) t
        where s.seller_id = v_seller and s.article_id = t.article_id and s.warehouse_id = t.warehouse_id;

        insert into allocation (seller_id, order_id, line, warehouse_id, article_id, quantity)
        select v_seller, v_order, x.line, x.warehouse_id, x.article_id, x.quantity
        from unnest(v_split.lines, v_split.articles, v_split.warehouses, v_split.quantities)
            as x (line, article_id, warehouse_id, quantity);
    end if;
    return jsonb_build_object('state', 'placed', 'order_number', p_order ->> 'order_number');
end $$;
"""

ALLOCATE_WAITING = """
-- Gives free stock of the articles to open order lines that wait for it, oldest order first, and tells how many lines got
-- some. Runs with its caller's rights, for the seller in context. An order somebody is changing right now is passed over:
-- waiting for it could deadlock, and whoever changes it can still ship from free stock.
create function allocate_waiting(p_articles bigint[]) returns integer
language plpgsql volatile set search_path = pg_catalog, public as $$
declare
    v_seller constant bigint := ctx_seller();
    v_split record;
begin
    perform from stock_level s where s.seller_id = v_seller and s.article_id = any (p_articles)
    order by s.article_id, s.warehouse_id for update of s;

    with waiting as materialized (
        select o.placed_at, o.id as order_id, l.line, l.article_id,
               l.ordered_quantity - l.cancelled_quantity - l.shipped_quantity - coalesce(
                   (select sum(a.quantity) from allocation a
                    where a.seller_id = v_seller and a.order_id = l.order_id and a.line = l.line), 0) as quantity
        from sales_order o
        join order_line l on l.seller_id = v_seller and l.order_id = o.id and l.article_id = any (p_articles)
        where o.seller_id = v_seller and o.status in ('placed', 'confirmed', 'partly_shipped')
        for no key update of o skip locked
    ), demand as (
        select w.*, sum(w.quantity) over oldest_first - w.quantity as from_here, sum(w.quantity) over oldest_first as to_here
        from waiting w where w.quantity > 0
        window oldest_first as (partition by w.article_id order by w.placed_at, w.order_id, w.line)
    ), free as (
        select s.article_id, s.warehouse_id, w.code, greatest(s.on_hand - s.reserved_quantity, 0) as available
        from stock_level s join warehouse w on w.seller_id = v_seller and w.id = s.warehouse_id
        where s.seller_id = v_seller and s.article_id = any (p_articles)
    ), supply as (
        select f.*, sum(f.available) over by_code - f.available as from_here, sum(f.available) over by_code as to_here
        from free f window by_code as (partition by f.article_id order by f.code, f.warehouse_id)
    ), split as (
        select d.order_id, d.line, d.article_id, s.warehouse_id,
               least(d.to_here, s.to_here) - greatest(d.from_here, s.from_here) as quantity
        from demand d join supply s using (article_id)
        where least(d.to_here, s.to_here) > greatest(d.from_here, s.from_here)
    )
    select array_agg(order_id) as orders, array_agg(line) as lines, array_agg(article_id) as articles,
           array_agg(warehouse_id) as warehouses, array_agg(quantity) as quantities,
           count(distinct (order_id, line)) as served
    into v_split from split;
    if v_split.lines is null then
        return 0;
    end if;

    update stock_level s set reserved_quantity = s.reserved_quantity + t.quantity
    from (select article_id, warehouse_id, sum(quantity) as quantity
          from unnest(v_split.articles, v_split.warehouses, v_split.quantities) as x (article_id, warehouse_id, quantity)
          group by article_id, warehouse_id) t
    where s.seller_id = v_seller and s.article_id = t.article_id and s.warehouse_id = t.warehouse_id;

    insert into allocation (seller_id, order_id, line, warehouse_id, article_id, quantity)
    select v_seller, x.order_id, x.line, x.warehouse_id, x.article_id, x.quantity
    from unnest(v_split.orders, v_split.lines, v_split.articles, v_split.warehouses, v_split.quantities)
        as x (order_id, line, article_id, warehouse_id, quantity)
    on conflict (seller_id, order_id, line, warehouse_id)
        do update set quantity = allocation.quantity + excluded.quantity;
    return v_split.served;
end $$;
"""

BUYERS_ACTS = """
-- What of each line has stock set aside, for orders of the seller in context (and of the buyer, where there is one).
create function allocated_quantities(p_orders bigint[])
returns table (order_id bigint, line integer, allocated_quantity numeric)
language sql stable security definer set search_path = pg_catalog, public as $$
    select a.order_id, a.line, sum(a.quantity)
    from sales_order o join allocation a on a.seller_id = o.seller_id and a.order_id = o.id
    where o.seller_id = ctx_seller() and a.seller_id = ctx_seller() and o.id = any (p_orders)
      and coalesce(o.buyer_id = ctx_buyer(), ctx_buyer() is null)
    group by a.order_id, a.line
$$;

-- Cancels the whole of an own order that the seller has not confirmed yet. Gives whether it did: null = no such order.
create function cancel_own_order(p_order_number text, p_actor text, p_actor_name text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
    v_seller constant bigint := ctx_seller();
    v_buyer constant bigint := ctx_buyer();
    v_order record;
    v_articles bigint[];
begin
    select o.id, o.status into v_order from sales_order o
    where o.seller_id = v_seller and o.buyer_id = v_buyer and o.order_number = p_order_number for no key update;
    if not found then
        return null;
    end if;
    if v_order.status <> 'placed' then
        return false;
    end if;
    select coalesce(array_agg(distinct l.article_id), '{}') into v_articles
    from order_line l where l.seller_id = v_seller and l.order_id = v_order.id and l.article_id is not null;
    perform from stock_level s where s.seller_id = v_seller and s.article_id = any (v_articles)
    order by s.article_id, s.warehouse_id for update of s;

    update stock_level s set reserved_quantity = s.reserved_quantity - t.quantity
    from (select a.article_id, a.warehouse_id, sum(a.quantity) as quantity from allocation a
          where a.seller_id = v_seller and a.order_id = v_order.id group by a.article_id, a.warehouse_id) t
    where s.seller_id = v_seller and s.article_id = t.article_id and s.warehouse_id = t.warehouse_id;
    delete from allocation a where a.seller_id = v_seller and a.order_id = v_order.id;
    update order_line l set cancelled_quantity = l.ordered_quantity - l.shipped_quantity
    where l.seller_id = v_seller and l.order_id = v_order.id;
    update sales_order o set status = 'cancelled' where o.seller_id = v_seller and o.id = v_order.id;
    perform note_own_act(v_order.id, p_order_number, 'cancelled', 'OrderCancelled', p_actor, p_actor_name);
    perform allocate_waiting(v_articles);
    return true;
end $$;

-- Confirms the receipt of an own order that was shipped. Gives whether it did: null = no such order.
create function confirm_own_receipt(p_order_number text, p_actor text, p_actor_name text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
    v_order record;
begin
    select o.id, o.status into v_order from sales_order o
    where o.seller_id = ctx_seller() and o.buyer_id = ctx_buyer() and o.order_number = p_order_number for no key update;
    if not found then
        return null;
    end if;
    if v_order.status <> 'shipped' then
        return false;
    end if;
    update sales_order o set status = 'delivered' where o.seller_id = ctx_seller() and o.id = v_order.id;
    perform note_own_act(v_order.id, p_order_number, 'delivered', 'OrderDelivered', p_actor, p_actor_name);
    return true;
end $$;

create function note_own_act(
    p_order bigint, p_order_number text, p_kind text, p_event text, p_actor text, p_actor_name text)
returns void language sql volatile security definer set search_path = pg_catalog, public as $$
    insert into order_event (seller_id, order_id, buyer_id, kind, actor, actor_name, details)
    values (ctx_seller(), p_order, ctx_buyer(), p_kind, p_actor, p_actor_name, '{"by": "buyer"}');
    insert into outbox_event (seller_id, kind, payload, actor)
    values (ctx_seller(), p_event, jsonb_build_object('order_id', p_order, 'order_number', p_order_number,
        'buyer_id', ctx_buyer(), 'by', 'buyer'), p_actor);
$$;
"""

RIGHTS = {
    "place_order(jsonb, bigint[], numeric[], numeric[], numeric[], numeric[], jsonb, jsonb, text, text, bytea, text)": (
        "portal_buyer"
    ),
    "allocated_quantities(bigint[])": "portal_seller, portal_buyer",
    "cancel_own_order(text, text, text)": "portal_buyer",
    "confirm_own_receipt(text, text, text)": "portal_buyer",
    "note_own_act(bigint, text, text, text, text, text)": "portal_placement",
}


def upgrade() -> None:
    """Expand."""
    # As text, because a replay is the same byte for byte and jsonb keeps neither order nor spacing.
    op.execute("alter table sales_order alter column response_body type text using response_body::text")
    for functions in (PLACE_ORDER, ALLOCATE_WAITING, BUYERS_ACTS):
        op.execute(functions)
    op.execute("revoke all on function allocate_waiting(bigint[]) from public")
    op.execute("grant execute on function allocate_waiting(bigint[]) to portal_seller, portal_placement")
    for function, caller in RIGHTS.items():
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {caller}")
        op.execute(f"alter function {function} owner to portal_placement")


def downgrade() -> None:
    """Remove the functions."""
    for function in [*RIGHTS, "allocate_waiting(bigint[])"]:
        op.execute(f"drop function {function}")
    op.execute("alter table sales_order alter column response_body type jsonb using response_body::jsonb")
