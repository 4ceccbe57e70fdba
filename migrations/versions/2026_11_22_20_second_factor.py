"""A second factor: authenticator apps and recovery codes, what an organisation demands, and how a session was proven."""

from __future__ import annotations

from alembic import op

revision = "202611220020"
down_revision = "202611220019"
branch_labels = None
depends_on = None

AUTH, GATE, LOADER = "portal_auth", "portal_gate", "portal_loader"
OF_CAPACITIES = ("portal_seller", "portal_buyer", "portal_brand_owner")

TABLES = """
create table authenticator (
    user_id bigint constraint pk_authenticator primary key
        constraint fk_authenticator_user_id references user_account (id),
    sealed_secret bytea not null,
    last_counter bigint not null,
    created_at timestamptz not null default now()
);
create table recovery_code (
    user_id bigint not null constraint fk_recovery_code_user_id references user_account (id),
    code_hash bytea not null,
    created_at timestamptz not null default now(),
    used_at timestamptz,
    constraint pk_recovery_code primary key (user_id, code_hash)
);
create table sign_in_step (
    token_hash bytea constraint pk_sign_in_step primary key,
    user_id bigint not null constraint fk_sign_in_step_user_id references user_account (id),
    organisation_id bigint not null constraint fk_sign_in_step_organisation_id references organisation (id),
    failures integer not null default 0,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index ix_sign_in_step_expires_at on sign_in_step (expires_at);
create table sign_in_policy (
    organisation_id bigint constraint pk_sign_in_policy primary key
        constraint fk_sign_in_policy_organisation_id references organisation (id),
    second_factor varchar(20) not null default 'optional'
        constraint ck_sign_in_policy_demand check (second_factor in ('optional', 'administrators', 'everybody'))
);
"""
OF_PEOPLE = ("authenticator", "recovery_code", "sign_in_step")

SESSION = """
create or replace function authenticate_session(p_token_hash bytea, p_idle interval) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    found user_session;
    person user_account;
    memberships jsonb;
begin
    select * into found from user_session where token_hash = p_token_hash;
    if found.id is null or found.revoked_at is not null or found.expires_at <= now()
       or found.last_seen_at <= now() - p_idle then
        return null;
    end if;
    select * into person from user_account where id = found.user_id and status = 'active';
    if person.id is null then
        return null;
    end if;
    if found.last_seen_at < now() - interval '1 minute' then
        update user_session set last_seen_at = now() where id = found.id;
    end if;
    select jsonb_agg(jsonb_build_object('organisation_id', o.id, 'role', m.role, 'code', o.code, 'name', o.name,
                                        'kind', o.kind, 'slug', o.slug, 'seller_id', o.seller_id{facts}) order by o.name, o.id)
    into memberships
    from membership m join organisation o on o.id = m.organisation_id{join}
    where m.user_id = person.id and m.status = 'active'
      and not exists (select from organisation a where a.id = any(o.owner_ids) and a.status <> 'active');
    return jsonb_build_object('session_id', found.id, 'organisation_id', found.organisation_id,
        'user_id', person.id, 'email', person.email, 'name', person.name, 'locale', person.locale,
        'memberships', coalesce(memberships, '[]'){proof});
end $$;
"""
DEMAND = """, 'needs_second_factor',
            coalesce(y.second_factor = 'everybody' or (y.second_factor = 'administrators' and m.role = 'admin'), false)"""
JOIN = " left join sign_in_policy y on y.organisation_id = o.id"
PROOF = """,
        'proof', found.proof, 'proven_seconds', extract(epoch from now() - found.proven_at)::bigint"""


def upgrade() -> None:
    """Expand."""
    op.execute(TABLES)
    for table in OF_PEOPLE:
        _wall(table, AUTH, "select, insert, update, delete", "true")
        _wall(table, LOADER, "select, insert, update, delete", "true")
    for role in OF_CAPACITIES:
        _wall("sign_in_policy", role, "select, insert, update", "organisation_id = ctx_organisation()")
    _wall("sign_in_policy", GATE, "select", "true")
    _wall("sign_in_policy", AUTH, "select", "true")
    _wall("sign_in_policy", LOADER, "select, insert, update, delete", "true")
    for table in (*OF_PEOPLE, "sign_in_policy"):
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
    op.execute(
        "alter table user_session"
        " add column proof varchar(20) not null default 'password',"
        # Whoever is signed in already proves it again before the first dangerous act.
        " add column proven_at timestamptz not null default '2000-01-01',"
        " add constraint ck_user_session_proof"
        "  check (proof in ('password', 'code', 'recovery_code', 'passkey')) not valid"
    )
    op.execute("alter table user_session alter column proven_at set default now()")
    op.execute("alter table user_session validate constraint ck_user_session_proof")
    _replace_session(DEMAND, JOIN, PROOF)


def _wall(table: str, role: str, verbs: str, condition: str) -> None:
    op.execute(f"grant {verbs} on {table} to {role}")
    for verb in verbs.split(", "):
        using = f" using ({condition})" if verb != "insert" else ""
        check = f" with check ({condition})" if verb in {"insert", "update"} else ""
        op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")


def _replace_session(facts: str, join: str, proof: str) -> None:
    op.execute(f"set local role {GATE}")
    op.execute(SESSION.replace("{facts}", facts).replace("{join}", join).replace("{proof}", proof))
    op.execute("reset role")


def downgrade() -> None:
    """Contract."""
    _replace_session("", "", "")
    op.execute("alter table user_session drop column proof, drop column proven_at")
    for table in (*OF_PEOPLE, "sign_in_policy"):
        op.execute(f"drop table {table}")
