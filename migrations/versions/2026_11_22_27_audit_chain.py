"""The audit log as a chain: nobody changes or removes an entry, names stand apart, each organisation's entries hang together."""

from __future__ import annotations

from alembic import op

revision = "202611220027"
down_revision = "202611220026"
branch_labels = None
depends_on = None

SELLER, BUYER, OWNER, AUTH = "portal_seller", "portal_buyer", "portal_brand_owner", "portal_auth"
LOADER, WORKER, AUDIT = "portal_loader", "portal_worker", "portal_audit"
CAPACITIES = (SELLER, BUYER, OWNER)
MEMBER = "organisation_id = ctx_organisation()"

COLUMNS = """
alter table audit_entry
    add column if not exists acted_as varchar not null default '',
    add column if not exists actor_organisation_id bigint,
    add column if not exists via varchar not null default '',
    add column if not exists personal_digest bytea,
    add column if not exists written_in bigint not null default 0;
alter table audit_entry alter column written_in set default pg_current_xact_id()::text::bigint;
"""
INDEXES = {
    "ix_audit_entry_written_in": "using brin (written_in) with (pages_per_range = 16, autosummarize = on)",
    "ix_audit_entry_refused": "(organisation_id, at) where refused",
}
TABLES = """
create table audit_personal (
    organisation_id bigint not null,
    entry_id uuid not null,
    person_id bigint,
    salt bytea not null,
    subject varchar not null default '',
    before jsonb,
    after jsonb,
    constraint pk_audit_personal primary key (organisation_id, entry_id)
);
create table audit_link (
    organisation_id bigint not null,
    position bigint not null,
    entry_id uuid not null,
    hash bytea not null,
    constraint pk_audit_link primary key (organisation_id, position),
    constraint uq_audit_link_organisation_id_entry_id unique (organisation_id, entry_id)
);
create table audit_seal (
    organisation_id bigint not null,
    position bigint not null,
    hash bytea not null,
    sealed_at timestamptz not null,
    seal bytea not null,
    constraint pk_audit_seal primary key (organisation_id, position)
);
create table audit_progress (
    chained_below bigint not null,
    constraint pk_audit_progress primary key (chained_below)
);
insert into audit_progress values (0);
"""
PERSONAL_NOUNS = (
    *("person", "invitation", "session", "password", "passkey"),
    *("authenticator", "recovery_codes", "second_factor", "external_identity"),
)

# What is told of an entry's names, apart from them: whoever has the digest alone finds nothing out by trying names.
DIGESTS = """
create function audit_personal_digest(p_salt bytea, p_subject text, p_before jsonb, p_after jsonb) returns bytea
language sql immutable parallel safe as $$
    select sha256(p_salt || convert_to(
        jsonb_build_object('subject', p_subject, 'before', p_before, 'after', p_after)::text, 'UTF8'))
$$;
create function audit_digest(p_entry audit_entry) returns bytea language sql stable parallel safe as $$
    select sha256(convert_to(json_build_array(
        (p_entry).organisation_id, (p_entry).id, (extract(epoch from (p_entry).at) * 1000000)::bigint,
        (p_entry).actor, (p_entry).actor_name, (p_entry).acted_as, (p_entry).actor_organisation_id, (p_entry).action,
        (p_entry).subject, (p_entry).refused, (p_entry).before, (p_entry).after, (p_entry).address, (p_entry).via,
        (p_entry).request_id, encode((p_entry).personal_digest, 'hex'))::text, 'UTF8'))
$$;
"""

# Entries whose transaction had begun before the last walk's oldest open one were looked at then, all others are now: an
# entry that is committed late is never passed over. In a copy on another server transactions are numbered anew, maybe
# from below: then all is looked through again.
CHAIN = """
create function chain_audit_entries(p_most integer)
returns table (organisation_id bigint, "position" bigint, hash bytea)
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    v_below constant bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
    v_from bigint;
    v_entry record;
    v_count integer := 0;
begin
    select p.chained_below into v_from from audit_progress p for update skip locked;
    if not found then
        return;
    end if;
    if v_from > pg_snapshot_xmax(pg_current_snapshot())::text::bigint then
        v_from := 0;
    end if;
    for v_entry in
        select n.own, n.id, audit_digest(e) as digest
        from (
            select e.organisation_id as own, e.id, e.written_in, e.at
            from audit_entry e
            where e.written_in >= v_from
              and not exists (
                  select from audit_link l where l.organisation_id = e.organisation_id and l.entry_id = e.id)
            order by e.organisation_id, e.written_in, e.at, e.id
            limit p_most) n
        join audit_entry e on e.organisation_id = n.own and e.id = n.id
        order by n.own, n.written_in, n.at, n.id
    loop
        if organisation_id is distinct from v_entry.own then
            if organisation_id is not null then
                return next;
            end if;
            organisation_id := v_entry.own;
            select l.position, l.hash into "position", hash from audit_link l
            where l.organisation_id = v_entry.own order by l.position desc limit 1;
            "position" := coalesce("position", 0);
        end if;
        "position" := "position" + 1;
        hash := sha256(coalesce(hash, '') || v_entry.digest);
        insert into audit_link values (v_entry.own, "position", v_entry.id, hash);
        v_count := v_count + 1;
    end loop;
    if organisation_id is not null then
        return next;
    end if;
    if v_count < p_most and v_from <> v_below then
        update audit_progress set chained_below = v_below;
    end if;
end $$;
create function count_audit_refusals(p_organisation bigint, p_actor text, p_most integer) returns integer
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select count(*)::integer from (
        select from audit_entry e
        where e.organisation_id = p_organisation and e.refused and e.at > now() - interval '1 hour'
          and (p_actor is null or e.actor = p_actor)
        limit p_most) noted
$$;
"""

# Names of people are asked for by what they did in the own log, never by their numbers.
NAMES = """
create function name_audit_actors(p_entries uuid[])
returns table (entry_id uuid, name text, organisation_name text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select e.id, coalesce(nullif(u.name, ''), u.email), o.name
    from audit_entry e
    left join user_account u on u.id = case when e.actor like 'user:%' then substr(e.actor, 6)::bigint end
    left join organisation o on o.id = e.actor_organisation_id
    where e.organisation_id = ctx_organisation() and e.id = any (p_entries) and e.actor like 'user:%'
$$;
create function find_audit_actors(p_pattern text) returns text[]
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select coalesce(array_agg(actor), '{}') from (
        select 'user:' || u.id as actor from membership m join user_account u on u.id = m.user_id
        where m.organisation_id = ctx_organisation() and (u.name ilike p_pattern or u.email ilike p_pattern)
        union all
        select 'client:' || c.id from api_client c
        where c.organisation_id = ctx_organisation() and c.name ilike p_pattern) found
$$;
"""
FUNCTIONS = {
    "chain_audit_entries(integer)": (WORKER,),
    "count_audit_refusals(bigint, text, integer)": (*CAPACITIES, AUTH, WORKER),
    "name_audit_actors(uuid[])": CAPACITIES,
    "find_audit_actors(text)": CAPACITIES,
}

# What was written before: the names of people move to where they can be erased.
MOVE_NAMES = f"""
alter table audit_entry no force row level security;
insert into audit_personal (organisation_id, entry_id, salt, subject, before, after)
select e.organisation_id, e.id, sha256(gen_random_uuid()::text::bytea), e.subject,
    (select jsonb_object_agg(key, value) from jsonb_each(e.before) where key in ('email', 'invited_by', 'name')),
    (select jsonb_object_agg(key, value) from jsonb_each(e.after) where key in ('email', 'invited_by', 'name'))
from audit_entry e where split_part(e.action, '.', 1) in ({", ".join(f"'{noun}'" for noun in PERSONAL_NOUNS)});
update audit_entry e set subject = '', before = e.before - array['email', 'invited_by', 'name'],
    after = e.after - array['email', 'invited_by', 'name'],
    personal_digest = audit_personal_digest(p.salt, p.subject, p.before, p.after)
from audit_personal p where p.organisation_id = e.organisation_id and p.entry_id = e.id;
update audit_entry set actor_name = '' where actor like 'user:%' and actor_name <> '';
alter table audit_entry force row level security;
"""


def _wall(table: str, role: str, verbs: str, condition: str) -> None:
    op.execute(f"grant {verbs} on {table} to {role}")
    for verb in verbs.split(", "):
        using = f" using ({condition})" if verb != "insert" else ""
        check = f" with check ({condition})" if verb in {"insert", "update"} else ""
        op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")


def upgrade() -> None:
    """Expand."""
    with op.get_context().autocommit_block():
        # Built beside the traffic, and first: what follows is done as one, or again from here.
        op.execute(COLUMNS)
        op.execute("set lock_timeout = 0")
        for name, definition in INDEXES.items():
            op.execute(f"drop index concurrently if exists {name}")
            op.execute(f"create index concurrently {name} on audit_entry {definition}")
        op.execute("set lock_timeout = '1s'")
    op.execute(TABLES)
    op.execute(DIGESTS)
    op.execute(MOVE_NAMES)
    for table in ("audit_personal", "audit_link", "audit_seal", "audit_progress"):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
    for role in CAPACITIES:
        _wall("audit_personal", role, "select, insert", MEMBER)
        _wall("audit_link", role, "select", MEMBER)
        _wall("audit_seal", role, "select", MEMBER)
    _wall("audit_personal", AUTH, "select, insert, delete", "true")
    _wall("audit_personal", LOADER, "select, insert", "true")
    for table in ("audit_link", "audit_seal"):
        _wall(table, LOADER, "select", "true")
    _wall("audit_seal", WORKER, "insert", "true")
    _wall("audit_entry", AUDIT, "select", "true")
    _wall("audit_link", AUDIT, "select, insert", "true")
    _wall("audit_progress", AUDIT, "select, update", "true")
    for table in ("user_account", "membership", "api_client", "organisation"):
        _wall(table, AUDIT, "select", "true")
    _append_only()
    op.execute(CHAIN + NAMES)
    for function, callers in FUNCTIONS.items():
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {', '.join(callers)}")
        op.execute(f"alter function {function} owner to {AUDIT}")


def _append_only() -> None:
    """Take away what would change or remove an entry, from the schema's owner too."""
    op.execute(
        """
        do $$ declare found record; begin
            for found in select policyname from pg_policies
                where tablename = 'audit_entry' and cmd in ('UPDATE', 'DELETE')
            loop
                execute format('drop policy %I on audit_entry', found.policyname);
            end loop;
        end $$
        """
    )
    op.execute("revoke update, delete on audit_entry from portal_loader")
    for table in ("audit_entry", "audit_link", "audit_seal"):
        op.execute(f"revoke update, delete, truncate, trigger, references on {table} from portal_owner")


def downgrade() -> None:
    """Refuse: a log that can be changed again proves nothing."""
    raise NotImplementedError("restore a backup instead")
