"""Sell-through of all granting wholesalers together, for products of a channel with many of them."""

from __future__ import annotations

from alembic import op

revision = "202611210014"
down_revision = "202611210013"
branch_labels = None
depends_on = None

WORKER, FIGURES, LOADER = "portal_worker", "portal_figures", "portal_loader"
WRITE = "select, insert, update, delete"
TABLES = """
create table channel_total_month (
    brand_owner_id bigint not null, month date not null, product_id bigint not null, units numeric(14, 3) not null,
    few_buyers bigint[],
    constraint pk_channel_total_month primary key (brand_owner_id, month, product_id));
create table channel_total_state (
    brand_owner_id bigint not null, wholesaler_ids bigint[] not null,
    constraint pk_channel_total_state primary key (brand_owner_id));
create index ix_sales_day_buyer on sales_day (seller_id, buyer_id, placed_on) include (units, amount, order_count);
"""

# Who shares units with a brand owner today.
GRANTING = """
create function granting_wholesalers(p_owner bigint) returns bigint[]
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select coalesce(array_agg(a.wholesaler_id order by a.wholesaler_id), '{}')
    from (
        select distinct on (s.wholesaler_id) s.wholesaler_id, s.grants, s.withdrawn_on from sharing_agreement s
        where s.brand_owner_id = p_owner and s.accepted_on <= current_date
        order by s.wholesaler_id, s.accepted_on desc, s.version desc
    ) a
    where 'units' = any(a.grants) and (a.withdrawn_on is null or current_date < a.withdrawn_on)
$$;
"""

# The coarsest roll-up that still has the dimensions asked.
_OF = """m.brand_owner_id = p_owner and (p_wholesaler is null or m.wholesaler_id = p_wholesaler)
          and m.month >= p_from and m.month < p_to"""
SOURCE = f"""(
        select m.wholesaler_id, m.month, m.product_id, m.region, m.units, m.few_buyers
        from channel_month m where with_product and with_region and {_OF}
        union all
        select m.wholesaler_id, m.month, m.product_id, '', m.units, m.few_buyers
        from channel_product_month m where with_product and not with_region and not coalesce(in_total, false) and {_OF}
        union all
        select 0, m.month, m.product_id, '', m.units, m.few_buyers
        from channel_total_month m where in_total and m.brand_owner_id = p_owner and m.month >= p_from and m.month < p_to
        union all
        select m.wholesaler_id, m.month, 0, m.region, m.units, m.few_buyers
        from channel_region_month m where not with_product and {_OF}
    )"""

_MONTH = "case when 'month' = any(p_by) then m.month else '-infinity'::date end"
_WHOLESALER = "case when 'wholesaler' = any(p_by) then m.wholesaler_id else 0 end"
_PRODUCT = "case when with_product then m.product_id else 0 end"
_REGION = "case when with_region then m.region else '' end"

# Cells with fewer than three retailers go into `other` of the finest dimension asked; where `other` itself stays below
# three, the smallest cell beside it goes in too, so that it cannot be computed back; where there is none, one level up.
CHANNEL_CELLS = f"""
create or replace function channel_cells(p_owner bigint, p_wholesaler bigint, p_from date, p_to date, p_by text[])
returns table (month text, wholesaler text, category text, product text, region text, units numeric, folded boolean)
language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
    dimensions constant text[] := array['month', 'wholesaler', 'category', 'product', 'region'];
    with_product constant boolean := p_by && array['category', 'product'];
    with_region constant boolean := 'region' = any(p_by);
    granting constant bigint[] := granting_wholesalers(p_owner);
    in_total constant boolean := p_wholesaler is null and with_product and not with_region
        and not ('wholesaler' = any(p_by))
        and granting = (select s.wholesaler_ids from channel_total_state s where s.brand_owner_id = p_owner);
    level int;
begin
    drop table if exists pg_temp.channel_part, pg_temp.channel_cell;
    -- Added up by ids first: names are put to the few rows that are left.
    create temp table channel_part on commit drop as
    select p.*, array[
        case when 'month' = any(p_by) then to_char(p.month, 'YYYY-MM') end,
        w.code,
        case when 'category' = any(p_by) then x.category end,
        case when 'product' = any(p_by) then x.sku end,
        case when with_region then p.region end]::text[] as keys
    from (
        select {_MONTH} as month, {_WHOLESALER} as wholesaler_id, {_PRODUCT} as product_id, {_REGION} as region,
               sum(m.units) as units, bool_or(m.few_buyers is null) as enough
        from {SOURCE} m
        where in_total or m.wholesaler_id = any(granting)
        group by 1, 2, 3, 4
    ) p
    left join organisation w on w.id = p.wholesaler_id
    left join product x on x.owner_id = p_owner and x.id = p.product_id;

    create temp table channel_cell on commit drop as
    select row_number() over () as id, p.keys, sum(p.units) as units, bool_or(p.enough) as enough,
           null::bigint[] as buyers, false as folded
    from channel_part p group by p.keys;

    -- Who bought, where no part alone has three retailers: only then is it worth counting.
    if exists (select from channel_cell c where not c.enough) then
        update channel_cell c set buyers = found.buyers, enough = cardinality(found.buyers) >= 3
        from (
            select d.id, array_agg(distinct b.buyer) as buyers
            from channel_cell d
            join channel_part p on p.keys = d.keys
            join {SOURCE} m on {_MONTH} = p.month and {_WHOLESALER} = p.wholesaler_id
                and {_PRODUCT} = p.product_id and {_REGION} = p.region,
            unnest(m.few_buyers) b (buyer)
            where not d.enough and m.few_buyers is not null
              and (in_total or m.wholesaler_id = any(granting))
            group by d.id
        ) found
        where c.id = found.id;
    end if;

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
            select s.prefix, s.units, s.has_big, m.buyers from summed s left join met m on m.prefix = s.prefix
        )
        insert into channel_cell (id, keys, units, enough, buyers, folded)
        select -row_number() over () - level * 1000000,
               j.prefix || (select array_agg(case when dimensions[n] = any(p_by) then 'other' end order by n)
                            from generate_series(level, 5) n),
               j.units, j.has_big or cardinality(j.buyers) >= 3, case when j.has_big then null else j.buyers end, true
        from joined j;
    end loop;
    return query
    select c.keys[1], c.keys[2], c.keys[3], c.keys[4], c.keys[5],
           case when c.enough then c.units end, c.folded
    from channel_cell c
    order by c.keys[1] nulls first, c.keys[2], c.keys[3], c.keys[4], c.folded, c.keys[5];
end $$;
"""


def upgrade() -> None:
    """Expand."""
    op.execute(TABLES)
    for table in ("channel_total_month", "channel_total_state"):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        rows = (
            (WORKER, WRITE, "true"),
            (LOADER, WRITE, "true"),
            (FIGURES, "select", "brand_owner_id = ctx_brand_owner()"),
        )
        for role, verbs, condition in rows:
            op.execute(f"grant {verbs} on {table} to {role}")
            for verb in verbs.split(", "):
                using = f" using ({condition})" if verb != "insert" else ""
                check = f" with check ({condition})" if verb in {"insert", "update"} else ""
                op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")
    op.execute(GRANTING)
    op.execute(CHANNEL_CELLS)
    op.execute("revoke all on function granting_wholesalers(bigint) from public")
    op.execute(f"grant execute on function granting_wholesalers(bigint) to {FIGURES}, {WORKER}")


def downgrade() -> None:
    """Refuse: roll-ups would be lost."""
    raise NotImplementedError("restore a backup instead")
