"""Roll-ups of the channel, their walls, and the one way for a brand owner to read them: with small cells folded."""

from __future__ import annotations

from alembic import op

revision = "202611210007"
down_revision = "202611210006"
branch_labels = None
depends_on = None

OWNER, SELLER, WORKER = "portal_brand_owner", "portal_seller", "portal_worker"
FIGURES, LOADER = "portal_figures", "portal_loader"
WRITE = "select, insert, update, delete"

WALLS = {
    "channel_sale": [(WORKER, WRITE, "true")],
    "channel_month": [(WORKER, WRITE, "true"), (FIGURES, "select", "brand_owner_id = ctx_brand_owner()")],
    "sell_in_month": [(WORKER, WRITE, "true"), (OWNER, "select", "brand_owner_id = ctx_brand_owner()")],
    "channel_state": [
        (WORKER, WRITE, "true"),
        (OWNER, "select", "brand_owner_id = ctx_brand_owner()"),
        (SELLER, "select", "wholesaler_id = ctx_seller()"),
    ],
    "sharing_access": [
        (OWNER, "insert", "brand_owner_id = ctx_brand_owner()"),
        (SELLER, "select", "wholesaler_id = ctx_seller()"),
    ],
}

TABLES = """
create table channel_sale (
    brand_owner_id bigint not null, wholesaler_id bigint not null, sold_on date not null, buyer_id bigint not null,
    product_id bigint not null, region varchar not null, units numeric(14, 3) not null,
    constraint pk_channel_sale primary key (brand_owner_id, wholesaler_id, sold_on, buyer_id, product_id));
create index ix_channel_sale_wholesaler on channel_sale (wholesaler_id, sold_on, buyer_id);
create table channel_month (
    brand_owner_id bigint not null, wholesaler_id bigint not null, month date not null, product_id bigint not null,
    region varchar not null, units numeric(14, 3) not null, few_buyers bigint[],
    constraint pk_channel_month primary key (brand_owner_id, wholesaler_id, month, product_id, region));
create table sell_in_month (
    brand_owner_id bigint not null, wholesaler_id bigint not null, month date not null, product_id bigint not null,
    units numeric(14, 3) not null, amount numeric(16, 4) not null,
    constraint pk_sell_in_month primary key (brand_owner_id, wholesaler_id, month, product_id));
create table channel_state (
    brand_owner_id bigint not null, wholesaler_id bigint not null, measure varchar not null, newest_on date not null,
    written_at timestamptz not null default now(),
    constraint pk_channel_state primary key (brand_owner_id, wholesaler_id, measure));
create table sharing_access (
    brand_owner_id bigint not null, wholesaler_id bigint not null, id uuid not null,
    at timestamptz not null default now(), actor_name varchar not null, what varchar not null,
    constraint pk_sharing_access primary key (brand_owner_id, wholesaler_id, id));
"""

# Cells with fewer than three retailers go into `other` of the finest dimension asked; where `other` itself stays below
# three, the smallest cell beside it goes in too, so that it cannot be computed back; where there is none, one level up.
CHANNEL_UNITS = """
create function channel_units(p_from date, p_to date, p_by text[])
returns table (month text, wholesaler text, category text, product text, region text, units numeric, folded boolean)
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    dimensions constant text[] := array['month', 'wholesaler', 'category', 'product', 'region'];
    level int;
begin
    drop table if exists pg_temp.channel_cell;
    create temp table channel_cell on commit drop as
    select row_number() over () as id, k.keys, sum(m.units) as units, bool_or(m.few_buyers is null) as enough,
           null::bigint[] as buyers, false as folded
    from channel_month m
    join (
        select distinct on (s.wholesaler_id) s.wholesaler_id, s.grants, s.withdrawn_on from sharing_agreement s
        where s.brand_owner_id = ctx_brand_owner() and s.accepted_on <= current_date
        order by s.wholesaler_id, s.accepted_on desc, s.version desc
    ) a on a.wholesaler_id = m.wholesaler_id and 'units' = any(a.grants)
           and (a.withdrawn_on is null or current_date < a.withdrawn_on)
    join organisation w on w.id = m.wholesaler_id
    join product p on p.owner_id = m.brand_owner_id and p.id = m.product_id,
    lateral (select array[
        case when 'month' = any(p_by) then to_char(m.month, 'YYYY-MM') end,
        case when 'wholesaler' = any(p_by) then w.code end,
        case when 'category' = any(p_by) then p.category end,
        case when 'product' = any(p_by) then p.sku end,
        case when 'region' = any(p_by) then m.region end] as keys) k
    where m.brand_owner_id = ctx_brand_owner() and m.month >= p_from and m.month < p_to
    group by k.keys;

    -- Who bought, where no part alone has three retailers: only then is it worth counting.
    update channel_cell c set buyers = found.buyers, enough = cardinality(found.buyers) >= 3
    from (
        select d.id, array_agg(distinct b.buyer) as buyers
        from channel_month m
        join organisation w on w.id = m.wholesaler_id
        join product p on p.owner_id = m.brand_owner_id and p.id = m.product_id
        join channel_cell d on not d.enough and d.keys is not distinct from array[
            case when 'month' = any(p_by) then to_char(m.month, 'YYYY-MM') end,
            case when 'wholesaler' = any(p_by) then w.code end,
            case when 'category' = any(p_by) then p.category end,
            case when 'product' = any(p_by) then p.sku end,
            case when 'region' = any(p_by) then m.region end],
        unnest(m.few_buyers) b (buyer)
        where m.brand_owner_id = ctx_brand_owner() and m.month >= p_from and m.month < p_to
        group by d.id
    ) found
    where c.id = found.id;

    for level in reverse 5..1 loop
        continue when not (dimensions[level] = any(p_by));
        exit when not exists (select from channel_cell where not enough);
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
            ) needy on needy.prefix is not distinct from big.keys[1:level - 1]
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
            select s.prefix, s.units, s.has_big, m.buyers
            from summed s left join met m on m.prefix is not distinct from s.prefix
        )
        insert into channel_cell (id, keys, units, enough, buyers, folded)
        select -row_number() over () - level * 1000000,
               prefix || (select array_agg(case when dimensions[n] = any(p_by) then 'other' end order by n)
                          from generate_series(level, 5) n),
               joined.units, joined.has_big or cardinality(joined.buyers) >= 3,
               case when joined.has_big then null else joined.buyers end, true
        from joined;
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
    for table, rows in WALLS.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        for role, verbs, condition in [*rows, (LOADER, WRITE, "true")]:
            op.execute(f"grant {verbs} on {table} to {role}")
            for verb in verbs.split(", "):
                using = f" using ({condition})" if verb != "insert" else ""
                check = f" with check ({condition})" if verb in {"insert", "update"} else ""
                op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")
    op.execute(CHANNEL_UNITS)
    op.execute("revoke all on function channel_units(date, date, text[]) from public")
    op.execute(f"grant execute on function channel_units(date, date, text[]) to {OWNER}")
    op.execute(f"alter function channel_units(date, date, text[]) owner to {FIGURES}")
    op.execute("create index ix_shipment_day on shipment (seller_id, shipped_on, buyer_id)")


def downgrade() -> None:
    """Refuse: the log of who saw what would be lost."""
    raise NotImplementedError("restore a backup instead")
