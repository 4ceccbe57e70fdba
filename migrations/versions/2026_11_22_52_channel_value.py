"""What wholesalers sold on at the brand owner's own list price, where they share it."""

from __future__ import annotations

from alembic import op

revision = "202611220052"
down_revision = "202611220051"
branch_labels = None
depends_on = None

SELLER, OWNER, WORKER = "portal_seller", "portal_brand_owner", "portal_worker"
FIGURES, LOADER = "portal_figures", "portal_loader"
WRITE = "select, insert, update, delete"

TABLES = """
create table channel_value (
    brand_owner_id bigint not null, wholesaler_id bigint not null, month date not null, product_id bigint not null,
    region varchar not null, units numeric(20, 3) not null, newest_on date not null,
    constraint pk_channel_value primary key (brand_owner_id, wholesaler_id, month, product_id, region));
create table channel_list_price (
    brand_owner_id bigint not null, month date not null, product_id bigint not null, list_price numeric(14, 4) not null,
    constraint pk_channel_list_price primary key (brand_owner_id, month, product_id));
"""
WALLS = (
    (FIGURES, "select", "brand_owner_id = ctx_brand_owner()"),
    (WORKER, WRITE, "true"),
    (LOADER, WRITE, "true"),
)
PRICED_FROM = ("price_list", "price_entry", "price_assignment", "pricing_policy")

# What a brand owner asks of everybody for one base unit on a day, in its own currency: the price rule (PRICING, rules 1 to 6)
# for a buyer that has no list of its own. Of several articles of a product the first that the lists price.
LIST_PRICES = """
create function own_list_prices(p_owner bigint, p_day date) returns table (product_id bigint, list_price numeric)
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    with recursive list as materialized (
        select l.* from price_list l join organisation o on o.id = l.seller_id and o.currency = l.currency
        where l.seller_id = p_owner and l.status = 'active'
          and (l.valid_from is null or l.valid_from <= p_day) and (l.valid_to is null or p_day < l.valid_to)
    ), entry as materialized (
        select distinct on (e.price_list_id, e.article_id) e.price_list_id, e.article_id, e.net_price
        from price_entry e
        where e.seller_id = p_owner and e.min_quantity <= 1
          and e.valid_from <= p_day and (e.valid_to is null or p_day < e.valid_to)
        order by e.price_list_id, e.article_id, e.min_quantity desc, e.valid_from desc
    ), priced (list_id, article_id, net_price) as (
        select e.price_list_id, e.article_id, e.net_price::numeric from entry e join list l on l.id = e.price_list_id
        union all
        select l.id, b.article_id,
               greatest(round(b.net_price * (1 + coalesce(l.adjustment_percent, 0) / 100) + coalesce(l.adjustment_amount, 0),
                              coalesce(l.decimals, 4)), 0)
        from priced b join list l on l.base_list_id = b.list_id
        where not exists (select from entry own where own.price_list_id = l.id and own.article_id = b.article_id)
    )
    select distinct on (a.product_id) a.product_id, x.net_price
    from priced x
    join list l on l.id = x.list_id
    join article a on a.seller_id = p_owner and a.id = x.article_id and a.owner_id = p_owner and a.status = 'active'
    left join pricing_policy policy on policy.seller_id = p_owner
    where exists (select from price_assignment s
                  where s.seller_id = p_owner and s.price_list_id = l.id and s.audience = 'everyone')
    order by a.product_id, case when policy.price_strategy = 'lowest' then x.net_price end, l.priority, l.code collate "C",
             a.article_number collate "C"
$$;
"""
# Cells are folded when they are written: what is added up here is nothing but cells that are shown.
READING = """
create function channel_values(p_from date, p_to date, p_by text[], p_wholesaler text default '', p_category text default '')
returns table (month text, wholesaler text, category text, product text, region text, value numeric, newest_on date)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select case when 'month' = any(p_by) then to_char(v.month, 'YYYY-MM') end, case when 'wholesaler' = any(p_by) then w.code end,
           case when 'category' = any(p_by) then p.category end, case when 'product' = any(p_by) then p.sku end,
           case when 'region' = any(p_by) then v.region end, round(sum(v.units * l.list_price), 2),
           max(v.newest_on)
    from channel_value v
    join channel_list_price l on l.brand_owner_id = v.brand_owner_id and l.month = v.month and l.product_id = v.product_id
    join organisation w on w.id = v.wholesaler_id
    join product p on p.owner_id = v.brand_owner_id and p.id = v.product_id
    where v.brand_owner_id = ctx_brand_owner() and l.brand_owner_id = ctx_brand_owner()
      and v.wholesaler_id = any(granting_wholesalers(ctx_brand_owner(), 'value'))
      and v.month >= p_from and v.month < p_to and (v.region <> '') = ('region' = any(p_by))
      and (p_wholesaler = '' or w.code = p_wholesaler) and (p_category = '' or p.category = p_category)
    group by 1, 2, 3, 4, 5
    order by 1, 2, 3, 4, 5
$$;
create function shown_values(p_brand_owner bigint, p_from date, p_to date, p_by text[])
returns table (month text, wholesaler text, category text, product text, region text, value numeric, newest_on date)
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare own constant text := (select o.code from organisation o where o.id = ctx_seller());
begin
    if own is null then
        return;
    end if;
    perform set_config('app.brand_owner_id', p_brand_owner::text, true);
    return query select * from channel_values(p_from, p_to, p_by, own);
    perform set_config('app.brand_owner_id', '', true);
end $$;
"""
READERS = {
    "channel_values(date, date, text[], text, text)": OWNER,
    "shown_values(bigint, date, date, text[])": SELLER,
}


def upgrade() -> None:
    """Expand."""
    op.execute(TABLES)
    for table in ("channel_value", "channel_list_price"):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        for role, verbs, condition in WALLS:
            op.execute(f"grant {verbs} on {table} to {role}")
            for verb in verbs.split(", "):
                using = f" using ({condition})" if verb != "insert" else ""
                check = f" with check ({condition})" if verb in {"insert", "update"} else ""
                op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")
    # The worker values at a brand owner's own list price.
    for table in PRICED_FROM:
        op.execute(f"grant select on {table} to {WORKER}")
        op.execute(f"create policy {WORKER}_select on {table} for select to {WORKER} using (true)")
    op.execute(LIST_PRICES)
    op.execute("revoke all on function own_list_prices(bigint, date) from public")
    op.execute(f"grant execute on function own_list_prices(bigint, date) to {WORKER}")
    op.execute(READING)
    for function, reader in READERS.items():
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {reader}")
        op.execute(f"alter function {function} owner to {FIGURES}")


def downgrade() -> None:
    """Refuse: prices that were fixed for past months would be lost."""
    raise NotImplementedError("restore a backup instead")
