"""What wholesalers have in stock of a brand owner's products, where they share it."""

from __future__ import annotations

from alembic import op

revision = "202611220045"
down_revision = "202611220044"
branch_labels = None
depends_on = None

SELLER, OWNER, WORKER = "portal_seller", "portal_brand_owner", "portal_worker"
FIGURES, LOADER = "portal_figures", "portal_loader"
WRITE = "select, insert, update, delete"

TABLE = """
create table channel_stock (
    brand_owner_id bigint not null, wholesaler_id bigint not null, product_id bigint not null, as_of date not null,
    on_hand numeric(20, 3) not null, cover_days integer,
    constraint pk_channel_stock primary key (brand_owner_id, wholesaler_id, product_id));
"""
WALLS = (
    (FIGURES, "select", "brand_owner_id = ctx_brand_owner()"),
    (WORKER, WRITE, "true"),
    (LOADER, WRITE, "true"),
)

# Whose figures of a kind a brand owner sees today. Units keep their own name: the levels of the channel go by it.
GRANTING = """
create function granting_wholesalers(p_owner bigint, p_grant text) returns bigint[]
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select coalesce(array_agg(a.wholesaler_id order by a.wholesaler_id), '{}')
    from (
        select distinct on (s.wholesaler_id) s.wholesaler_id, s.grants, coalesce(s.hidden_on, s.withdrawn_on) as ends_on, today.day
        from sharing_agreement s
        join organisation w on w.id = s.wholesaler_id
        cross join lateral (select (now() at time zone w.time_zone)::date as day) today
        where s.brand_owner_id = p_owner and s.accepted_on <= today.day
        order by s.wholesaler_id, s.accepted_on desc, s.version desc
    ) a
    where p_grant = any(a.grants) and (a.ends_on is null or a.day < a.ends_on)
$$;
"""
READING = """
create function channel_stocks()
returns table (wholesaler_id bigint, product_id bigint, as_of date, on_hand numeric, cover_days integer)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select s.wholesaler_id, s.product_id, s.as_of, s.on_hand, s.cover_days
    from channel_stock s
    where s.brand_owner_id = ctx_brand_owner() and s.wholesaler_id = any(granting_wholesalers(ctx_brand_owner(), 'stock'))
$$;
create function shown_stocks(p_brand_owner bigint)
returns table (product_id bigint, as_of date, on_hand numeric, cover_days integer)
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if ctx_seller() is null then
        return;
    end if;
    perform set_config('app.brand_owner_id', p_brand_owner::text, true);
    return query select s.product_id, s.as_of, s.on_hand, s.cover_days from channel_stocks() s where s.wholesaler_id = ctx_seller();
    perform set_config('app.brand_owner_id', '', true);
end $$;
"""
READERS = {"channel_stocks()": OWNER, "shown_stocks(bigint)": SELLER}


def upgrade() -> None:
    """Expand."""
    op.execute(TABLE)
    op.execute("alter table channel_stock enable row level security")
    op.execute("alter table channel_stock force row level security")
    for role, verbs, condition in WALLS:
        op.execute(f"grant {verbs} on channel_stock to {role}")
        for verb in verbs.split(", "):
            using = f" using ({condition})" if verb != "insert" else ""
            check = f" with check ({condition})" if verb in {"insert", "update"} else ""
            op.execute(f"create policy {role}_{verb} on channel_stock for {verb} to {role}{using}{check}")
    # The worker measures what is on hand.
    op.execute(f"grant select on stock_level to {WORKER}")
    op.execute(f"create policy {WORKER}_select on stock_level for select to {WORKER} using (true)")
    op.execute(GRANTING)
    op.execute("revoke all on function granting_wholesalers(bigint, text) from public")
    op.execute(f"grant execute on function granting_wholesalers(bigint, text) to {FIGURES}, {WORKER}")
    op.execute(READING)
    for function, reader in READERS.items():
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {reader}")
        op.execute(f"alter function {function} owner to {FIGURES}")


def downgrade() -> None:
    """Contract."""
    for function in READERS:
        op.execute(f"drop function {function}")
    op.execute("drop function granting_wholesalers(bigint, text)")
    op.execute(f"drop policy {WORKER}_select on stock_level")
    op.execute(f"revoke select on stock_level from {WORKER}")
    op.execute("drop table channel_stock")
