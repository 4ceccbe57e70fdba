"""Figures of many lines: the channel's retailers by month, a seller's customers by month, and each customer's rhythm."""

from __future__ import annotations

from alembic import op

revision = "202611220016"
down_revision = "202611210015"
branch_labels = None
depends_on = None

SELLER, WORKER, FIGURES, LOADER = "portal_seller", "portal_worker", "portal_figures", "portal_loader"
WRITE = "select, insert, update, delete"
OWN = "seller_id = ctx_seller()"
WALLS = {
    "channel_sale": [(WORKER, WRITE, "true")],
    "channel_buyer_month": [(WORKER, WRITE, "true")],
    "sales_buyer_month": [(WORKER, WRITE, "true"), (SELLER, "select", OWN)],
    "sales_quarter": [(WORKER, WRITE, "true"), (SELLER, "select", OWN)],
    "sales_rhythm": [(WORKER, WRITE, "true"), (SELLER, "select", OWN)],
}

TABLES = """
drop table channel_sale;
create table channel_sale (
    wholesaler_id bigint not null, month date not null, product_id bigint not null, brand_owner_id bigint not null,
    buyer_id bigint not null, region varchar not null, units numeric(14, 3) not null,
    constraint pk_channel_sale primary key (wholesaler_id, month, product_id, brand_owner_id, buyer_id));
create index ix_channel_sale_buyer on channel_sale (wholesaler_id, month, buyer_id);
create table channel_buyer_month (
    wholesaler_id bigint not null, month date not null, brand_owner_id bigint not null, buyer_id bigint not null,
    region varchar not null, units numeric(14, 3) not null, newest_on date not null,
    constraint pk_channel_buyer_month primary key (wholesaler_id, month, brand_owner_id, buyer_id));
create table sales_buyer_month (
    seller_id bigint not null, month date not null, buyer_id bigint not null, units numeric(14, 3) not null,
    amount numeric(16, 4) not null,
    constraint pk_sales_buyer_month primary key (seller_id, month, buyer_id));
create table sales_quarter (
    seller_id bigint not null, quarter date not null, owner_id bigint not null, product_id bigint not null,
    units numeric(14, 3) not null, amount numeric(16, 4) not null,
    constraint pk_sales_quarter primary key (seller_id, quarter, owner_id, product_id));
create table sales_rhythm (
    seller_id bigint not null, buyer_id bigint not null, first_on date not null, last_on date not null,
    order_days integer not null, usual_days numeric(7, 1), amount numeric(16, 4) not null, order_count integer not null,
    constraint pk_sales_rhythm primary key (seller_id, buyer_id));
"""

# Who shares units with a brand owner today; the days of an agreement are the wholesaler's.
GRANTING = """
create or replace function granting_wholesalers(p_owner bigint) returns bigint[]
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select coalesce(array_agg(a.wholesaler_id order by a.wholesaler_id), '{}')
    from (
        select distinct on (s.wholesaler_id) s.wholesaler_id, s.grants, s.withdrawn_on, today.day
        from sharing_agreement s
        join organisation w on w.id = s.wholesaler_id
        cross join lateral (select (now() at time zone w.time_zone)::date as day) today
        where s.brand_owner_id = p_owner and s.accepted_on <= today.day
        order by s.wholesaler_id, s.accepted_on desc, s.version desc
    ) a
    where 'units' = any(a.grants) and (a.withdrawn_on is null or a.day < a.withdrawn_on)
$$;
"""

# Cells with fewer than three retailers go into `other` of the finest dimension asked; where `other` itself stays below
# three, the smallest cell beside it goes in too, so that it cannot be computed back; where there is none, one level up.
# The buyers of a cell are known where it stays below three; of a cell that went in although it has three they are null.
CHANNEL_CELLS = """
create or replace function channel_cells(p_owner bigint, p_wholesaler bigint, p_from date, p_to date, p_by text[])
returns table (month text, wholesaler text, category text, product text, region text, units numeric, folded boolean)
language plpgsql volatile set search_path = pg_catalog, public, pg_temp
set work_mem = '32MB' set max_parallel_workers_per_gather = 0
as $$
#variable_conflict use_column
declare
    dimensions constant text[] := array['month', 'wholesaler', 'category', 'product', 'region'];
    with_month constant boolean := 'month' = any(p_by);
    with_wholesaler constant boolean := 'wholesaler' = any(p_by);
    with_category constant boolean := 'category' = any(p_by);
    with_sku constant boolean := 'product' = any(p_by);
    with_product constant boolean := p_by && array['category', 'product'];
    with_region constant boolean := 'region' = any(p_by);
    granting constant bigint[] := granting_wholesalers(p_owner);
    shown constant bigint[] := case when p_wholesaler is null then granting
        else array(select g from unnest(granting) g where g = p_wholesaler) end;
    -- The coarsest roll-up that still has the dimensions asked.
    source constant text := case
        when not with_product then 'channel_region_month'
        when with_region then 'channel_month'
        when p_wholesaler is null and not with_wholesaler
             and granting = (select s.wholesaler_ids from channel_total_state s where s.brand_owner_id = p_owner)
            then 'channel_total_month'
        else 'channel_product_month' end;
    level int;
begin
    drop table if exists pg_temp.channel_cell;
    create temp table channel_cell (
        id bigint, keys text[], units numeric, enough boolean, buyers bigint[], folded boolean) on commit drop;
    -- Planned for the one table and the dimensions asked. Added up by ids first: names are put to the few rows that are left.
    execute format($sql$
        with part as (
            select %1$s as month, %2$s as wholesaler_id, %3$s as product_id, %4$s as region, sum(m.units) as units,
                   bool_or(m.few_buyers is null) as enough,
                   string_agg(array_to_string(m.few_buyers, ','), ',') filter (where m.few_buyers <> '{}') as few
            from %5$I m
            where m.brand_owner_id = $1 and m.month >= $2 and m.month < $3 %6$s
            group by 1, 2, 3, 4
        ), named as (
            select p.month, p.wholesaler_id, x.category, x.sku, p.region, p.units, p.enough, p.few
            from part p
            left join lateral (
                select x.category, x.sku from product x where x.owner_id = $1 and x.id = p.product_id limit 1) x on %7$s
        ), cell as (
            %8$s
        )
        insert into channel_cell
        select row_number() over (), c.keys, c.units, c.enough or cardinality(c.buyers) >= 3, c.buyers, false
        from (
            select array[to_char(c.month, 'YYYY-MM'), w.code, c.category, c.sku, c.region] as keys, c.units, c.enough,
                   case when not c.enough
                        then array(select distinct b::bigint from unnest(string_to_array(c.few, ',')) b) end as buyers
            from cell c left join organisation w on w.id = c.wholesaler_id
        ) c
        $sql$,
        case when with_month then 'm.month' else 'null::date' end,
        case when with_wholesaler then 'm.wholesaler_id' else 'null::bigint' end,
        case when with_product then 'm.product_id' else 'null::bigint' end,
        case when with_region then 'm.region' else 'null::varchar' end,
        source,
        case when source <> 'channel_total_month' then 'and m.wholesaler_id = any($4)' else '' end,
        with_product::text,
        case when with_sku and with_category then 'select * from named'
             when with_sku then 'select n.month, n.wholesaler_id, null as category, n.sku, n.region, n.units, n.enough, n.few'
                                ' from named n'
             else 'select n.month, n.wholesaler_id, n.category, null as sku, n.region, sum(n.units) as units,'
                  ' bool_or(n.enough) as enough, string_agg(n.few, '','') as few from named n group by 1, 2, 3, 5' end)
    using p_owner, p_from, p_to, shown;

    for level in reverse 5..1 loop
        continue when not (dimensions[level] = any(p_by));
        exit when not exists (select from channel_cell c where not c.enough);
        -- The smallest cell beside an `other` that would stay below three.
        update channel_cell c set enough = false, buyers = null
        where c.id in (
            select distinct on (big.keys[1:level - 1]) big.id
            from channel_cell big
            join (
                select small.keys[1:level - 1] as prefix
                from channel_cell small left join lateral unnest(small.buyers) b (buyer) on true
                where not small.enough
                group by 1 having count(distinct b.buyer) < 3
            ) needy on needy.prefix = big.keys[1:level - 1]
            where big.enough
            order by big.keys[1:level - 1], big.units, big.id
        );
        with gathered as (
            delete from channel_cell c where not c.enough returning c.keys[1:level - 1] as prefix, c.units, c.buyers
        ), summed as (
            select g.prefix, sum(g.units) as units, bool_or(g.buyers is null) as has_big from gathered g group by 1
        ), met as (
            select g.prefix, array_agg(distinct b.buyer) as buyers from gathered g, unnest(g.buyers) b (buyer) group by 1
        ), joined as (
            select s.prefix, s.units, s.has_big, coalesce(m.buyers, '{}') as buyers
            from summed s left join met m on m.prefix = s.prefix
        )
        insert into channel_cell (id, keys, units, enough, buyers, folded)
        select -row_number() over () - level * 1000000,
               j.prefix || (select array_agg(case when dimensions[n] = any(p_by) then 'other' end order by n)
                            from generate_series(level, 5) n),
               j.units, j.has_big or cardinality(j.buyers) >= 3, case when not j.has_big then j.buyers end, true
        from joined j;
    end loop;
    return query
    select c.keys[1], c.keys[2], c.keys[3], c.keys[4], c.keys[5],
           case when c.enough then c.units end, c.folded
    from channel_cell c
    order by c.keys[1] collate "C" nulls first, c.keys[2] collate "C", c.keys[3] collate "C", c.keys[4] collate "C",
             c.folded, c.keys[5] collate "C";
end $$;
"""

# To whom a seller writes about an order it received: the buyer may have moved to another seller since, and is none of its
# organisations any more. Of others' orders it says nothing.
ORDER_CONTACT = """
create function order_contact(p_order bigint)
returns table (buyer_name text, buyer_locale text, buyer_addresses text[])
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select b.name, b.locale, case when b.email <> '' then array[b.email] else array(
        select u.email from membership m join user_account u on u.id = m.user_id
        where m.organisation_id = b.id and m.status = 'active' and m.role in ('admin', 'manager')
        order by m.role, u.email limit 5) end
    from sales_order o join organisation b on b.id = o.buyer_id
    where o.seller_id = ctx_seller() and o.id = p_order and ctx_organisation() = ctx_seller()
$$;
grant select (seller_id, id, buyer_id) on sales_order to portal_gate;
create policy portal_gate_select on sales_order for select to portal_gate using (seller_id = ctx_seller());
revoke all on function order_contact(bigint) from public;
grant execute on function order_contact(bigint) to portal_seller;
alter function order_contact(bigint) owner to portal_gate;
"""

# What is new is written by the worker, as after a load. Its owner sees no row of a table with forced walls. Whoever orders
# writes into the outbox: it is locked last, and for the one insert.
FILL = """
alter table sales_day no force row level security;
create temporary table past on commit drop as
    select d.seller_id, min(d.placed_on) as first_on from sales_day d group by d.seller_id;
alter table sales_day force row level security;
alter table outbox_event no force row level security;
insert into outbox_event (seller_id, kind, payload, actor)
select p.seller_id, 'HistoryLoaded', jsonb_build_object('from', p.first_on, 'to', current_date + 1), 'migration' from past p;
alter table outbox_event force row level security;
"""


def upgrade() -> None:
    """Expand; the channel's sales are kept by month from here on, and computed anew."""
    with op.get_context().autocommit_block():
        # Built beside the traffic, and first: what follows is done as one, or again from here.
        op.execute("set lock_timeout = 0")
        op.execute("drop index concurrently if exists ix_product_category")
        op.execute("create index concurrently ix_product_category on product (owner_id, category)")
        op.execute("set lock_timeout = '1s'")
    op.execute(TABLES)
    op.execute(GRANTING)
    op.execute(CHANNEL_CELLS)
    for table, rows in WALLS.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        for role, verbs, condition in [*rows, (LOADER, WRITE, "true")]:
            op.execute(f"grant {verbs} on {table} to {role}")
            for verb in verbs.split(", "):
                using = f" using ({condition})" if verb != "insert" else ""
                check = f" with check ({condition})" if verb in {"insert", "update"} else ""
                op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")
    op.execute(ORDER_CONTACT)
    op.execute(FILL)


def downgrade() -> None:
    """Refuse: roll-ups would be lost."""
    raise NotImplementedError("restore a backup instead")
