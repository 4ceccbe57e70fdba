"""Forecasts: a seller's own, of its products and of its customers; their accuracy; what a brand owner plans with."""

from __future__ import annotations

from alembic import op

revision = "202611220030"
down_revision = "202611220029"
branch_labels = None
depends_on = None

SELLER, OWNER, WORKER = "portal_seller", "portal_brand_owner", "portal_worker"
FIGURES, LOADER = "portal_figures", "portal_loader"
WRITE = "select, insert, update, delete"
OWN = (SELLER, "select", "seller_id = ctx_seller()")
# What a brand owner sells to its wholesalers is its own data.
AS_OWNER = (OWNER, "select", "seller_id = ctx_brand_owner()")
WALLS = {
    "demand_forecast": [OWN, AS_OWNER],
    "account_demand": [OWN],
    "forecast_accuracy": [OWN],
    "forecast_state": [OWN, AS_OWNER],
    "promotion_effect": [OWN],
    "channel_forecast": [(FIGURES, "select", "brand_owner_id = ctx_brand_owner()")],
}

TABLES = """
create table demand_forecast (
    seller_id bigint not null, product_id bigint not null, owner_id bigint not null, origin_on date not null, demand_class varchar not null,
    is_regular boolean not null, method varchar not null, quantities numeric(14, 3)[] not null,
    lows numeric(14, 3)[] not null, highs numeric(14, 3)[] not null, expected_quantity numeric(14, 3) not null,
    recent_quantity numeric(14, 3) not null,
    constraint pk_demand_forecast primary key (seller_id, product_id));
create table account_demand (
    seller_id bigint not null, buyer_id bigint not null, product_id bigint not null, owner_id bigint not null,
    weekly_quantity numeric(14, 3) not null, low numeric(14, 3) not null, high numeric(14, 3) not null,
    order_days integer not null, last_on date not null, usual_days numeric(7, 1) not null,
    usual_quantity numeric(14, 3) not null,
    constraint pk_account_demand primary key (seller_id, buyer_id, product_id));
create table forecast_accuracy (
    seller_id bigint not null, is_regular boolean not null, demand_class varchar not null, series_count integer not null,
    method varchar not null, demand numeric(14, 3) not null, error numeric(14, 3) not null, bias numeric(14, 3) not null,
    four_week_error numeric(14, 3) not null, naive_error numeric(14, 3) not null,
    naive_four_week_error numeric(14, 3) not null, covered_weeks integer not null, judged_weeks integer not null,
    mase numeric(9, 4), rmsse numeric(9, 4),
    constraint pk_forecast_accuracy primary key (seller_id, is_regular, demand_class));
create table forecast_state (
    seller_id bigint not null, origin_on date not null, weeks integer not null, judged_from date, judged_to date,
    written_at timestamp with time zone default now() not null,
    constraint pk_forecast_state primary key (seller_id));
create table channel_forecast (
    brand_owner_id bigint not null, wholesaler_id bigint not null, product_id bigint not null, origin_on date not null,
    quantities numeric(14, 3)[] not null, lows numeric(14, 3)[] not null, highs numeric(14, 3)[] not null,
    recent_quantity numeric(14, 3) not null,
    constraint pk_channel_forecast primary key (brand_owner_id, wholesaler_id, product_id));
create table promotion_effect (
    seller_id bigint not null, promotion_id bigint not null, first_on date not null, last_on date not null,
    product_count integer not null, units numeric(14, 3) not null, expected_units numeric(14, 3) not null,
    forward_units numeric(14, 3) not null, weeks_after integer not null,
    constraint pk_promotion_effect primary key (seller_id, promotion_id),
    constraint fk_promotion_effect_seller_id_promotion_id foreign key (seller_id, promotion_id)
        references promotion (seller_id, id) on delete cascade);
"""

# Of wholesalers that share units today alone: a withdrawn agreement shows nothing from its day on, written or not.
FUNCTION = """
create function channel_forecasts()
returns table (wholesaler_id bigint, product_id bigint, origin_on date, quantities numeric[], lows numeric[],
    highs numeric[], recent_quantity numeric)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select f.wholesaler_id, f.product_id, f.origin_on, f.quantities, f.lows, f.highs, f.recent_quantity
    from channel_forecast f
    where f.brand_owner_id = ctx_brand_owner() and f.wholesaler_id = any(granting_wholesalers(ctx_brand_owner()))
$$;
"""


def upgrade() -> None:
    """Expand."""
    op.execute(TABLES)
    for table, rows in WALLS.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        for role, verbs, condition in [*rows, (WORKER, WRITE, "true"), (LOADER, WRITE, "true")]:
            op.execute(f"grant {verbs} on {table} to {role}")
            for verb in verbs.split(", "):
                using = f" using ({condition})" if verb != "insert" else ""
                check = f" with check ({condition})" if verb in {"insert", "update"} else ""
                op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")
    op.execute(FUNCTION)
    op.execute("revoke all on function channel_forecasts() from public")
    op.execute(f"grant execute on function channel_forecasts() to {OWNER}")
    op.execute(f"alter function channel_forecasts() owner to {FIGURES}")


def downgrade() -> None:
    """Refuse: what the backtest is compared with would be lost."""
    raise NotImplementedError("restore a backup instead")
