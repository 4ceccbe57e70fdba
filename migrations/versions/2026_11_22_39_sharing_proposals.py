"""Sharing agreements are proposed and answered, end with a notice, and show the wholesaler all that is seen of it."""

from __future__ import annotations

from alembic import op

revision = "202611220039"
down_revision = "202611220038"
branch_labels = None
depends_on = None

OWNER, SELLER, LOADER, FIGURES = "portal_brand_owner", "portal_seller", "portal_loader", "portal_figures"
WORKER = "portal_worker"
OWNED, OWN = "brand_owner_id = ctx_brand_owner()", "wholesaler_id = ctx_seller()"
ALL = "select, insert, update, delete"

TABLE = """
create table sharing_proposal (
    brand_owner_id bigint not null, wholesaler_id bigint not null, number integer not null, grants text[] not null,
    starts_on date, notice_days integer not null default 0, message varchar not null default '',
    proposed_by varchar not null, proposed_at timestamptz not null default now(),
    status varchar(20) not null default 'open', answered_by varchar not null default '', answered_at timestamptz,
    reason varchar not null default '', version integer,
    constraint pk_sharing_proposal primary key (brand_owner_id, wholesaler_id, number),
    constraint fk_sharing_proposal_brand_owner_id foreign key (brand_owner_id) references organisation (id),
    constraint fk_sharing_proposal_wholesaler_id foreign key (wholesaler_id) references organisation (id),
    constraint ck_sharing_proposal_proposalstatus
        check (status in ('open', 'accepted', 'adapted', 'declined', 'taken_back')));
create unique index uq_sharing_proposal_open on sharing_proposal (brand_owner_id, wholesaler_id) where status = 'open';
create index ix_sharing_proposal_wholesaler on sharing_proposal (wholesaler_id, status);
"""

# A brand owner proposes and takes back; that something is agreed only the wholesaler can write.
# (role, verb, columns, rows it may touch, rows it may leave)
WALLS = (
    (OWNER, "select", "", OWNED, ""),
    (OWNER, "insert", "", "", f"{OWNED} and status = 'open'"),
    (OWNER, "update", "status, answered_at", f"{OWNED} and status = 'open'", f"{OWNED} and status = 'taken_back'"),
    (SELLER, "select", "", OWN, ""),
    (SELLER, "update", "status, answered_by, answered_at, reason, version", OWN, f"{OWN} and status <> 'taken_back'"),
    (WORKER, "select", "brand_owner_id, wholesaler_id, number, proposed_by, proposed_at, answered_by, answered_at", "true", ""),
    (WORKER, "update", "proposed_by, answered_by", "true", "true"),
    *((LOADER, verb, "", "" if verb == "insert" else "true", "true" if verb in {"insert", "update"} else "")
      for verb in ALL.split(", ")),
)  # fmt: skip

COLUMNS = """
alter table sharing_agreement add column notice_days integer not null default 0;
alter table sharing_agreement add column hidden_on date;
alter table sharing_agreement add column accepted_by varchar not null default '';
alter table sharing_agreement add column document_en varchar not null default '';
alter table sharing_agreement add column document_de varchar not null default '';
"""

# Whose units a brand owner sees today: a withdrawal ends that on the agreed day, not before and not after.
GRANTING = """
create or replace function granting_wholesalers(p_owner bigint) returns bigint[]
language sql stable set search_path = pg_catalog, public, pg_temp as $$
    select coalesce(array_agg(a.wholesaler_id order by a.wholesaler_id), '{{}}')
    from (
        select distinct on (s.wholesaler_id) s.wholesaler_id, s.grants, {ends} as ends_on, today.day
        from sharing_agreement s
        join organisation w on w.id = s.wholesaler_id
        cross join lateral (select (now() at time zone w.time_zone)::date as day) today
        where s.brand_owner_id = p_owner and s.accepted_on <= today.day
        order by s.wholesaler_id, s.accepted_on desc, s.version desc
    ) a
    where 'units' = any(a.grants) and (a.ends_on is null or a.day < a.ends_on)
$$;
"""

# The brand owner's own figures about the wholesaler in context, and what it is told to expect of it: as it gets them, but of
# this wholesaler alone. The roll-ups have one policy, by brand owner: it is named for as long as the function reads.
MIRROR = """
create function shown_sell_in(p_brand_owner bigint, p_from date, p_to date)
returns table (month text, category text, product text, region text, units numeric)
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if ctx_seller() is null then
        return;
    end if;
    perform set_config('app.brand_owner_id', p_brand_owner::text, true);
    return query
    select to_char(m.month, 'YYYY-MM'), p.category::text, p.sku::text, w.country || '-' || left(w.postal_code, 3), m.units
    from sell_in_month m
    join organisation w on w.id = m.wholesaler_id
    join product p on p.owner_id = m.brand_owner_id and p.id = m.product_id
    where m.brand_owner_id = p_brand_owner and m.wholesaler_id = ctx_seller() and m.month >= p_from and m.month < p_to;
    perform set_config('app.brand_owner_id', '', true);
end $$;
create function shown_forecasts(p_brand_owner bigint)
returns table (product text, origin_on date, quantities numeric[], lows numeric[], highs numeric[], recent_quantity numeric)
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if ctx_seller() is null then
        return;
    end if;
    perform set_config('app.brand_owner_id', p_brand_owner::text, true);
    return query
    select p.sku::text, f.origin_on, f.quantities::numeric[], f.lows::numeric[], f.highs::numeric[], f.recent_quantity
    from channel_forecast f
    join product p on p.owner_id = f.brand_owner_id and p.id = f.product_id
    where f.brand_owner_id = p_brand_owner and f.wholesaler_id = ctx_seller()
      and ctx_seller() = any(granting_wholesalers(p_brand_owner));
    perform set_config('app.brand_owner_id', '', true);
end $$;
"""
MIRRORS = ("shown_sell_in(bigint, date, date)", "shown_forecasts(bigint)")


def upgrade() -> None:
    """Expand."""
    with op.get_context().autocommit_block():
        # Built beside the traffic, and first: what follows is done as one, or again from here.
        op.execute("set lock_timeout = 0")
        op.execute("drop index concurrently if exists ix_sharing_access_at")
        op.execute("create index concurrently ix_sharing_access_at on sharing_access (wholesaler_id, at, id)")
        op.execute("set lock_timeout = '1s'")
    op.execute(TABLE)
    op.execute("alter table sharing_proposal enable row level security")
    op.execute("alter table sharing_proposal force row level security")
    for role, verb, columns, using, check in WALLS:
        op.execute(f"grant {verb}{f' ({columns})' if columns else ''} on sharing_proposal to {role}")
        op.execute(
            f"create policy {role}_{verb} on sharing_proposal for {verb} to {role}"
            f"{f' using ({using})' if using else ''}{f' with check ({check})' if check else ''}"
        )
    op.execute(COLUMNS)
    # Whoever is erased signed as a pseudonym.
    op.execute(f"grant update (accepted_by) on sharing_agreement to {WORKER}")
    op.execute(
        f"create policy {WORKER}_update on sharing_agreement for update to {WORKER} using (true) with check (true)"
    )
    op.execute(GRANTING.format(ends="coalesce(s.hidden_on, s.withdrawn_on)"))
    op.execute(f"grant select on sell_in_month to {FIGURES}")
    op.execute(f"create policy {FIGURES}_select on sell_in_month for select to {FIGURES} using ({OWNED})")
    op.execute(MIRROR)
    for function in MIRRORS:
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {SELLER}")
        op.execute(f"alter function {function} owner to {FIGURES}")


def downgrade() -> None:
    """Refuse: what was agreed would be lost."""
    raise NotImplementedError("restore a backup instead")
