"""Levels of the channel by category and wholesaler, products by running totals, and no more read than a filter needs."""

from __future__ import annotations

from alembic import op

revision = "202611220032"
down_revision = "202611220031"
branch_labels = None
depends_on = None

OWNER = "portal_brand_owner"
WORKER, FIGURES, LOADER = "portal_worker", "portal_figures", "portal_loader"
WRITE = "select, insert, update, delete"
FILLED = ("channel_category_month", "channel_total_category_month", "channel_wholesaler_month")
NEW = (*FILLED, "channel_product_running", "channel_total_running")
WALLS = [(WORKER, WRITE, "true"), (LOADER, WRITE, "true"), (FIGURES, "select", "brand_owner_id = ctx_brand_owner()")]

_RUNNING = """month date not null, product_id bigint not null, units numeric(14, 3) not null, newest_month date not null,
    third_month date, buyer_id bigint, buyer_month date, next_buyer_id bigint, next_buyer_month date"""
TABLES = f"""
create table channel_category_month (
    brand_owner_id bigint not null, wholesaler_id bigint not null, month date not null, category varchar not null,
    units numeric(14, 3) not null, few_buyers bigint[],
    constraint pk_channel_category_month primary key (brand_owner_id, wholesaler_id, month, category));
create table channel_total_category_month (
    brand_owner_id bigint not null, month date not null, category varchar not null, units numeric(14, 3) not null,
    few_buyers bigint[],
    constraint pk_channel_total_category_month primary key (brand_owner_id, month, category));
create table channel_wholesaler_month (
    brand_owner_id bigint not null, wholesaler_id bigint not null, month date not null, units numeric(14, 3) not null,
    few_buyers bigint[],
    constraint pk_channel_wholesaler_month primary key (brand_owner_id, wholesaler_id, month));
create type channel_cell as (keys text[], units numeric, enough boolean, buyers bigint[], folded boolean);
create table channel_product_running (
    brand_owner_id bigint not null, wholesaler_id bigint not null, {_RUNNING},
    constraint pk_channel_product_running primary key (brand_owner_id, wholesaler_id, month, product_id));
create table channel_total_running (
    brand_owner_id bigint not null, {_RUNNING},
    constraint pk_channel_total_running primary key (brand_owner_id, month, product_id));
"""
INDEXES = {
    "ix_product_sku_category": "product (owner_id, id) include (sku, category)",
    "ix_channel_month_product": "channel_month (brand_owner_id, product_id, month)"
    " include (wholesaler_id, region, units, few_buyers)",
    "ix_organisation_wholesaler": "organisation (root_id, code) where kind = 'wholesaler'",
}

# As the worker writes them (portal/analytics/service), which waits meanwhile. Read as the role that may, a brand owner at a time.
_FEW = """
    units, case when a.is_enough or cardinality(f.buyers) >= 3 then null else f.buyers end
    from ({source}) a
    cross join lateral (
        select coalesce(array_agg(distinct b.buyer order by b.buyer), '{{}}') as buyers
        from unnest(string_to_array(a.few, ',')::bigint[]) b (buyer) where not a.is_enough
    ) f;
"""
_SUMS = """sum(m.units) as units, bool_or(m.few_buyers is null) as is_enough,
    string_agg(array_to_string(m.few_buyers, ','), ',') filter (where m.few_buyers <> '{}') as few"""
_BY_CATEGORY = f"""select m.brand_owner_id, m.wholesaler_id, m.month, p.category, {_SUMS}
    from channel_product_month m join product p on p.owner_id = m.brand_owner_id and p.id = m.product_id
    group by 1, 2, 3, 4"""
_OF_ALL = f"""select m.brand_owner_id, m.month, m.category, {_SUMS}
    from channel_category_month m
    join channel_total_state s on s.brand_owner_id = m.brand_owner_id and m.wholesaler_id = any(s.wholesaler_ids)
    where m.brand_owner_id = top.id
    group by 1, 2, 3"""
_BY_WHOLESALER = f"""select m.brand_owner_id, m.wholesaler_id, m.month, {_SUMS}
    from channel_region_month m group by 1, 2, 3"""
FILL = f"""
do $$
declare top record;
begin
    perform pg_advisory_xact_lock(hashtext('channel roll-ups'));
    for top in select o.id from organisation o where o.kind <> 'retailer' loop
        perform set_config('app.brand_owner_id', top.id::text, true);
        insert into channel_category_month (brand_owner_id, wholesaler_id, month, category, units, few_buyers)
        select brand_owner_id, wholesaler_id, month, category, {_FEW.format(source=_BY_CATEGORY)}
        insert into channel_total_category_month (brand_owner_id, month, category, units, few_buyers)
        select brand_owner_id, month, category, {_FEW.format(source=_OF_ALL)}
        insert into channel_wholesaler_month (brand_owner_id, wholesaler_id, month, units, few_buyers)
        select brand_owner_id, wholesaler_id, month, {_FEW.format(source=_BY_WHOLESALER)}
    end loop;
    perform set_config('app.brand_owner_id', '', true);
end $$;
"""


# Whose cells, all of them together, have fewer than three retailers: what is folded there goes one level up and meets that of
# others, whereas all who have more keep to themselves.
THIN = """
create function channel_thin(p_table regclass, p_key text, p_owner bigint, p_wholesalers bigint[], p_from date, p_to date)
returns text[]
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare found text[];
begin
    execute format($sql$
        select array_agg(t.key) from (
            select m.%1$I::text as key, string_agg(array_to_string(m.few_buyers, ','), ',')
                       filter (where m.few_buyers <> '{}') as few
            from %2$s m where m.brand_owner_id = $1 and m.month >= $2 and m.month < $3 %3$s
            group by 1 having count(*) = count(m.few_buyers)
        ) t
        where (select count(distinct b) from unnest(string_to_array(t.few, ',')) b) < 3
        $sql$, p_key, p_table, case when p_wholesalers is null then '' else 'and m.wholesaler_id = any($4)' end)
    into found using p_owner, p_from, p_to, p_wholesalers;
    return coalesce(found, '{}');
end $$;
"""

# Cells with fewer than three retailers go into `other` of the finest dimension asked; where `other` itself stays below
# three, the smallest cell beside it goes in too, so that it cannot be computed back; where there is none, one level up.
# The buyers of a cell are known where it stays below three; of a cell that went in although it has three they are null.
# Cells are held in a variable: making and dropping a table took longer than what was done with it.
# Where one wholesaler or category is asked for, only it is read, and those that meet it in `other`. Which of all cells is the
# smallest beside an `other` of several only all of them tell: then everything is read.
CHANNEL_CELLS = """
create function channel_cells(p_owner bigint, p_wholesaler bigint, p_from date, p_to date, p_by text[],
    p_only_wholesaler text default '', p_only_category text default '')
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
    with_product constant boolean := 'product' = any(p_by);
    with_region constant boolean := 'region' = any(p_by);
    granting constant bigint[] := granting_wholesalers(p_owner);
    shown bigint[] := case when p_wholesaler is null then granting
        else array(select g from unnest(granting) g where g = p_wholesaler) end;
    together constant boolean := p_wholesaler is null
        and granting = (select s.wholesaler_ids from channel_total_state s where s.brand_owner_id = p_owner);
    in_total constant boolean := together and not with_wholesaler and not with_region and (with_product or with_category);
    -- Filters are of use where products or regions are read.
    one_wholesaler constant boolean := p_only_wholesaler <> '' and with_wholesaler and not with_month
        and (with_product or with_region);
    one_category constant boolean := p_only_category <> '' and with_category and not with_month
        and (with_product or with_region) and (one_wholesaler or not with_wholesaler);
    -- The coarsest roll-up that still has the dimensions asked.
    source constant text := case
        when with_region and (with_product or with_category) then 'channel_month'
        when with_product then case when in_total then 'channel_total_month' else 'channel_product_month' end
        when with_category then case when in_total then 'channel_total_category_month' else 'channel_category_month' end
        when with_region then 'channel_region_month'
        else 'channel_wholesaler_month' end;
    others bigint[] := '{}';
    products bigint[];
    -- Up to the end of which month running totals are read, in place of the months before.
    known date;
    wholesaler_of text := case when in_total then '' else 'and m.wholesaler_id = any($4)' end;
    product_of text := '';
    cell_rows text;
    cells channel_cell[];
    level int;
begin
    if one_wholesaler then
        if with_product or with_category then
            -- Whoever has three in one month need not be looked at more closely.
            others := array(
                select g from unnest(shown) g
                where not exists (
                    select from channel_wholesaler_month m where m.brand_owner_id = p_owner and m.wholesaler_id = g
                      and m.month >= p_from and m.month < p_to and m.few_buyers is null));
            others := channel_thin('channel_category_month', 'wholesaler_id', p_owner, others, p_from, p_to)::bigint[];
        else
            others := channel_thin('channel_wholesaler_month', 'wholesaler_id', p_owner, shown, p_from, p_to)::bigint[];
        end if;
        shown := array(
            select g from unnest(shown) g left join organisation o on o.id = g
            where g = any(others) or o.code = p_only_wholesaler);
    end if;
    if one_category then
        products := array(
            select x.id from product x
            where x.owner_id = p_owner and x.category = any(p_only_category || case
                when together and not one_wholesaler
                    then channel_thin('channel_total_category_month', 'category', p_owner, null, p_from, p_to)
                else channel_thin('channel_category_month', 'category', p_owner,
                                  array(select g from unnest(shown) g where g <> all(others)), p_from, p_to) end));
        product_of := case when others = '{}' then 'and m.product_id = any($5)'
            else 'and (m.product_id = any($5) or m.wholesaler_id = any($6))' end;
    end if;

    if with_product and not with_month and not with_region then
        if in_total then
            known := (select max(r.month) from channel_total_running r
                      where r.brand_owner_id = p_owner and r.month >= p_from and r.month < p_to);
        elsif cardinality(shown) - cardinality(others) = 1 then
            known := (select max(r.month) from channel_product_running r
                      where r.brand_owner_id = p_owner and r.wholesaler_id = any(shown) and r.wholesaler_id <> all(others)
                        and r.month >= p_from and r.month < p_to);
        end if;
    end if;

    cell_rows := format($sql$
        select %1$s as month, %2$s as wholesaler_id, %3$s as product_id, %4$s as category, %5$s as region, m.units,
               m.few_buyers is null as enough,
               case when m.few_buyers <> '{}' then array_to_string(m.few_buyers, ',') end as few, true as is_found
        from %6$I m %7$s
        where m.brand_owner_id = $1 and m.month < $3 and %8$s %9$s %10$s
        $sql$,
        case when with_month then 'm.month' else 'null::date' end,
        case when with_wholesaler then 'm.wholesaler_id' else 'null::bigint' end,
        case when with_product then 'm.product_id' else 'null::bigint' end,
        case when with_product or not with_category then 'null::varchar'
             when with_region then 'x.category' else 'm.category' end,
        case when with_region then 'm.region' else 'null::varchar' end,
        source,
        case when with_region and with_category and not with_product
             then 'join product x on x.owner_id = m.brand_owner_id and x.id = m.product_id' else '' end,
        case when known is null then 'm.month >= $2' when others = '{}' then 'm.month > $7'
             else '(m.month > $7 or m.month >= $2 and m.wholesaler_id = any($6))' end,
        wholesaler_of, product_of);
    if known is not null then
        -- What lies in the window of a running total is that at its end less that before it. Of who bought, the three newest
        -- are known: two by name, of the third the month.
        cell_rows := cell_rows || format($sql$
            union all
            select null, %1$s, m.product_id, null, null, m.units, coalesce(m.third_month >= $2, false),
                   nullif(concat_ws(',', case when m.buyer_month >= $2 then m.buyer_id end,
                                         case when m.next_buyer_month >= $2 then m.next_buyer_id end), ''),
                   m.newest_month >= $2
            from %2$I m where m.brand_owner_id = $1 and m.month = $7 %3$s %4$s %5$s
            union all
            select null, %1$s, m.product_id, null, null, -m.units, false, null, false
            from %2$I m where m.brand_owner_id = $1 and m.month = ($2 - interval '1 month')::date %3$s %4$s %5$s
            $sql$,
            case when with_wholesaler then 'm.wholesaler_id' else 'null::bigint' end,
            case when in_total then 'channel_total_running' else 'channel_product_running' end,
            wholesaler_of, product_of, case when in_total then '' else 'and m.wholesaler_id <> all($6)' end);
    end if;
    -- Planned for the one table and the dimensions asked. Added up by ids first: names are put to the few rows that are left.
    execute format($sql$
        with part as materialized (
            select m.month, m.wholesaler_id, m.product_id, m.category, m.region, sum(m.units) as units,
                   bool_or(m.enough) as enough, string_agg(m.few, ',') as few
            from (%1$s) m group by 1, 2, 3, 4, 5 having bool_or(m.is_found)
        )
        select array_agg(row(c.keys, c.units, c.enough or cardinality(c.buyers) >= 3, c.buyers, false)::channel_cell)
        from (
            select array[to_char(p.month, 'YYYY-MM'), %2$s, %3$s, %4$s, p.region] as keys, p.units, p.enough,
                   case when not p.enough
                        then array(select distinct b::bigint from unnest(string_to_array(p.few, ',')) b) end as buyers
            from part p %5$s %6$s
        ) c
        $sql$,
        cell_rows,
        case when with_wholesaler then 'w.code' else 'null' end,
        case when with_product and with_category then 'x.category' else 'p.category' end,
        case when with_product then 'x.sku' else 'null' end,
        case when with_wholesaler then 'left join organisation w on w.id = p.wholesaler_id' else '' end,
        case when with_product
             then 'left join product x on x.owner_id = $1 and x.id = p.product_id'
                  ' and x.id = any(array(select p.product_id from part p))'
             else '' end)
    into cells
    using p_owner, p_from, p_to, shown, products, others, known;

    for level in reverse 5..1 loop
        continue when not (dimensions[level] = any(p_by));
        exit when not exists (select from unnest(cells) c where not c.enough);
        if (one_category and level <= 3 or one_wholesaler and level <= 2) and exists (
            select from unnest(cells) s left join lateral unnest(s.buyers) b (buyer) on true
            where not s.enough
            group by s.keys[1:level - 1] having count(distinct b.buyer) < 3
        ) then
            return query select * from channel_cells(p_owner, p_wholesaler, p_from, p_to, p_by);
            return;
        end if;
        with cell as materialized (
            select c.*, c.keys[1:level - 1] as prefix from unnest(cells) c
        ), hiding as (
            -- The smallest cell beside an `other` that would stay below three.
            select distinct on (c.prefix) c.keys
            from cell c
            join (
                select s.prefix from cell s left join lateral unnest(s.buyers) b (buyer) on true
                where not s.enough
                group by 1 having count(distinct b.buyer) < 3
            ) needy on needy.prefix = c.prefix
            where c.enough
            order by c.prefix, c.units, c.keys collate "C"
        ), sorted as (
            select c.*, c.enough and h.keys is not null as hides from cell c left join hiding h on h.keys = c.keys
        ), met as (
            select s.prefix, array_agg(distinct b.buyer) as buyers
            from sorted s, unnest(s.buyers) b (buyer) where not s.enough group by 1
        ), joined as (
            select s.prefix, sum(s.units) as units, bool_or(s.hides) as has_big
            from sorted s where s.hides or not s.enough group by 1
        )
        select array_agg(c) into cells
        from (
            select s.keys, s.units, true, s.buyers, s.folded from sorted s where s.enough and not s.hides
            union all
            select j.prefix || (select array_agg(case when dimensions[n] = any(p_by) then 'other' end order by n)
                                from generate_series(level, 5) n),
                   j.units, j.has_big or coalesce(cardinality(m.buyers), 0) >= 3,
                   case when not j.has_big then coalesce(m.buyers, '{}') end, true
            from joined j left join met m on m.prefix = j.prefix
        ) c (keys, units, enough, buyers, folded);
    end loop;
    return query
    select c.keys[1], c.keys[2], c.keys[3], c.keys[4], c.keys[5], case when c.enough then c.units end, c.folded
    from unnest(cells) c
    where (not one_wholesaler or c.keys[2] in (p_only_wholesaler, 'other'))
      and (not one_category or c.keys[3] in (p_only_category, 'other'))
    order by c.keys[1] collate "C" nulls first, c.keys[2] collate "C", c.keys[3] collate "C", c.keys[4] collate "C",
             c.folded, c.keys[5] collate "C";
end $$;
"""

# A filter leaves out cells of others; it folds none in another way.
CHANNEL_UNITS = """
create function channel_units(p_from date, p_to date, p_by text[], p_only_wholesaler text default '',
    p_only_category text default '')
returns table (month text, wholesaler text, category text, product text, region text, units numeric, folded boolean)
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    return query select * from channel_cells(ctx_brand_owner(), null, p_from, p_to, p_by, p_only_wholesaler, p_only_category);
end $$;
"""
REPLACED = ("channel_units(date, date, text[])", "channel_cells(bigint, bigint, date, date, text[])")
RIGHTS = {
    "channel_thin(regclass, text, bigint, bigint[], date, date)": FIGURES,
    "channel_cells(bigint, bigint, date, date, text[], text, text)": FIGURES,
    "channel_units(date, date, text[], text, text)": OWNER,
}


def upgrade() -> None:
    """Expand, and fill the levels from what is there.

    The worker writes the running totals with the next event of each wholesaler; until then its months are read.
    """
    with op.get_context().autocommit_block():
        # Built beside the traffic, and first: what follows is done as one, or again from here.
        op.execute("set lock_timeout = 0")
        for index, what in INDEXES.items():
            op.execute(f"drop index concurrently if exists {index}")
            op.execute(f"create index concurrently {index} on {what}")
        op.execute("set lock_timeout = '1s'")
    op.execute(TABLES)
    for table in FILLED:
        op.execute(f"grant select, insert on {table} to {FIGURES}")
    op.execute("set local lock_timeout = 0")
    op.execute(f"set local role {FIGURES}")
    op.execute(FILL)
    op.execute("reset role")
    op.execute("set local lock_timeout = '1s'")
    for table in FILLED:
        op.execute(f"revoke insert on {table} from {FIGURES}")
    for table in NEW:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        for role, verbs, condition in WALLS:
            op.execute(f"grant {verbs} on {table} to {role}")
            for verb in verbs.split(", "):
                using = f" using ({condition})" if verb != "insert" else ""
                check = f" with check ({condition})" if verb in {"insert", "update"} else ""
                op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")
    for function in REPLACED:
        op.execute(f"drop function {function}")
    for function in (THIN, CHANNEL_CELLS, CHANNEL_UNITS):
        op.execute(function)
    for signature, role in RIGHTS.items():
        op.execute(f"revoke all on function {signature} from public")
        op.execute(f"grant execute on function {signature} to {role}")
    op.execute(f"alter function channel_units(date, date, text[], text, text) owner to {FIGURES}")


def downgrade() -> None:
    """Refuse: roll-ups would be lost."""
    raise NotImplementedError("restore a backup instead")
