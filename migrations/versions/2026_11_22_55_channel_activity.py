"""Retailers of wholesalers that share activity, as pseudonyms, and how widely products are distributed."""

from __future__ import annotations

from alembic import op

revision = "202611220055"
down_revision = "202611220054"
branch_labels = None
depends_on = None

SELLER, OWNER, WORKER = "portal_seller", "portal_brand_owner", "portal_worker"
FIGURES, LOADER = "portal_figures", "portal_loader"
WRITE = "select, insert, update, delete"

TABLES = """
create table channel_activity (
    brand_owner_id bigint not null, wholesaler_id bigint not null, version integer not null, pseudonym_key bytea not null,
    as_of date not null, counted_from date not null, points integer, effective_points integer, lost_points integer,
    other_products integer, other_points integer, reorder_days integer,
    constraint pk_channel_activity primary key (brand_owner_id, wholesaler_id));
create table channel_retailer (
    brand_owner_id bigint not null, wholesaler_id bigint not null, buyer_id bigint not null, pseudonym varchar not null,
    first_on date not null, last_on date not null, products integer not null, reorder_days integer,
    constraint pk_channel_retailer primary key (brand_owner_id, wholesaler_id, buyer_id));
create table channel_distribution (
    brand_owner_id bigint not null, wholesaler_id bigint not null, product_id bigint not null, retailers integer not null,
    constraint pk_channel_distribution primary key (brand_owner_id, wholesaler_id, product_id));
"""
NEW = ("channel_activity", "channel_retailer", "channel_distribution")
WALLS = (
    (FIGURES, "select", "brand_owner_id = ctx_brand_owner()"),
    (WORKER, WRITE, "true"),
    (LOADER, WRITE, "true"),
)

_ACTIVITY = """wholesaler_id bigint, as_of date, counted_from date, active integer, appeared integer, lapsed integer,
    active_retailers integer, products numeric, reorder_days integer, points integer, effective_points integer,
    lost_points integer, other_products integer, other_points integer"""
_RETAILER = (
    "wholesaler_id bigint, pseudonym text, state text, products integer, reorder_days integer, name text, place text"
)
_DISTRIBUTION = "wholesaler_id bigint, product_id bigint, retailers integer"

# Who buys elsewhere by now is not named any more: what it is called today was never this wholesaler's to tell.
# Days are told as states alone: no day on which a single retailer ordered. New and lapsed go by the window asked, of days.
READING = f"""
create function channel_retailers(p_days integer) returns table ({_RETAILER})
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select r.wholesaler_id, r.pseudonym, r.state, r.products, r.reorder_days,
           case when r.is_named then o.name end, case when r.is_named then concat_ws(' ', o.postal_code, o.city) end
    from (
        select r.*, r.wholesaler_id = any(granting_wholesalers(ctx_brand_owner(), 'identity')) as is_named,
               case when r.first_on >= a.as_of - p_days then 'new' when r.last_on >= a.as_of - p_days then 'active'
                    when r.last_on >= a.as_of - 2 * p_days then 'lapsed' end as state
        from channel_retailer r
        join channel_activity a on a.brand_owner_id = r.brand_owner_id and a.wholesaler_id = r.wholesaler_id
        where r.brand_owner_id = ctx_brand_owner() and a.brand_owner_id = ctx_brand_owner()
          and r.wholesaler_id = any(granting_wholesalers(ctx_brand_owner(), 'activity'))
    ) r
    left join organisation o on o.id = r.buyer_id and o.seller_id = r.wholesaler_id and r.is_named
    where r.state is not null
$$;
create function channel_activities(p_days integer) returns table ({_ACTIVITY})
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select a.wholesaler_id, a.as_of, a.counted_from, r.active, r.appeared, r.lapsed, r.active_retailers, r.products,
           a.reorder_days, a.points, a.effective_points, a.lost_points, a.other_products, a.other_points
    from channel_activity a
    cross join lateral (
        select count(*) filter (where r.last_on >= a.as_of - p_days)::integer as active,
               count(*) filter (where r.first_on >= a.as_of - p_days)::integer as appeared,
               count(*) filter (where r.last_on < a.as_of - p_days and r.last_on >= a.as_of - 2 * p_days)::integer as lapsed,
               count(*) filter (where r.products > 0)::integer as active_retailers,
               round(avg(r.products) filter (where r.products > 0), 1) as products, count(*) as known
        from channel_retailer r
        where r.brand_owner_id = a.brand_owner_id and r.wholesaler_id = a.wholesaler_id
    ) r
    where a.brand_owner_id = ctx_brand_owner() and r.known > 0
      and a.wholesaler_id = any(granting_wholesalers(ctx_brand_owner(), 'activity'))
$$;
create function channel_distributions() returns table ({_DISTRIBUTION})
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select d.wholesaler_id, d.product_id, d.retailers from channel_distribution d
    where d.brand_owner_id = ctx_brand_owner()
      and d.wholesaler_id = any(granting_wholesalers(ctx_brand_owner(), 'activity'))
$$;
"""
# As the brand owner named, of the wholesaler in context alone.
_SHOWN = """
create function {name}(p_brand_owner bigint{parameter}) returns table ({columns})
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
begin
    if ctx_seller() is null then
        return;
    end if;
    perform set_config('app.brand_owner_id', p_brand_owner::text, true);
    return query select s.* from {source} s where s.wholesaler_id = ctx_seller();
    perform set_config('app.brand_owner_id', '', true);
end $$;
"""
SHOWN = (
    _SHOWN.format(
        name="shown_activities", parameter=", p_days integer", columns=_ACTIVITY, source="channel_activities(p_days)"
    ),
    _SHOWN.format(
        name="shown_retailers", parameter=", p_days integer", columns=_RETAILER, source="channel_retailers(p_days)"
    ),
    _SHOWN.format(name="shown_distributions", parameter="", columns=_DISTRIBUTION, source="channel_distributions()"),
)
READERS = {
    "channel_activities(integer)": OWNER,
    "channel_retailers(integer)": OWNER,
    "channel_distributions()": OWNER,
    "shown_activities(bigint, integer)": SELLER,
    "shown_retailers(bigint, integer)": SELLER,
    "shown_distributions(bigint)": SELLER,
}


def upgrade() -> None:
    """Expand."""
    op.execute(TABLES)
    for table in NEW:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        for role, verbs, condition in WALLS:
            op.execute(f"grant {verbs} on {table} to {role}")
            for verb in verbs.split(", "):
                using = f" using ({condition})" if verb != "insert" else ""
                check = f" with check ({condition})" if verb in {"insert", "update"} else ""
                op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")
    for statement in (READING, *SHOWN):
        op.execute(statement)
    for function, reader in READERS.items():
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {reader}")
        op.execute(f"alter function {function} owner to {FIGURES}")


def downgrade() -> None:
    """Contract: what was measured is measured again."""
    for function in READERS:
        op.execute(f"drop function {function}")
    op.execute(f"drop table {', '.join(NEW)}")
