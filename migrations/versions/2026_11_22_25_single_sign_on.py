"""Signing in by an organisation's own identity provider: connection, proven domains, groups, who is known by which subject."""

from __future__ import annotations

from alembic import op

revision = "202611220025"
down_revision = "202611220024"
branch_labels = None
depends_on = None

AUTH, GATE, LOADER = "portal_auth", "portal_gate", "portal_loader"
OF_CAPACITIES = ("portal_seller", "portal_buyer", "portal_brand_owner")
ROLES = "('admin', 'manager', 'buyer', 'approver', 'warehouse', 'viewer')"
ALL_VERBS = "select, insert, update, delete"
MEMBER = "organisation_id = ctx_organisation()"

TABLES = f"""
create table identity_provider (
    organisation_id bigint constraint pk_identity_provider primary key
        constraint fk_identity_provider_organisation_id references organisation (id),
    issuer varchar not null,
    client_id varchar not null,
    sealed_secret bytea not null,
    groups_claim varchar not null default 'groups',
    default_role varchar(20) constraint ck_identity_provider_role check (default_role in {ROLES}),
    required_acr varchar not null default '',
    counts_as_two_proofs boolean not null default false,
    trusts_addresses boolean not null default false,
    is_enabled boolean not null default true,
    is_demanded boolean not null default false,
    keyholder_ids bigint[] not null default '{{}}',
    worked_at timestamptz,
    changed_at timestamptz not null default now()
);
create table group_role (
    organisation_id bigint not null constraint fk_group_role_organisation_id references organisation (id),
    group_name varchar not null,
    role varchar(20) not null constraint ck_group_role_role check (role in {ROLES}),
    constraint pk_group_role primary key (organisation_id, group_name)
);
create table email_domain (
    organisation_id bigint not null constraint fk_email_domain_organisation_id references organisation (id),
    domain varchar not null,
    token varchar not null,
    created_at timestamptz not null default now(),
    proven_at timestamptz,
    constraint pk_email_domain primary key (organisation_id, domain),
    constraint ck_email_domain_lower check (domain = lower(domain))
);
create unique index ix_email_domain_proven on email_domain (domain) where proven_at is not null;
create table external_identity (
    organisation_id bigint not null constraint fk_external_identity_organisation_id references organisation (id),
    issuer varchar not null,
    subject varchar not null,
    user_id bigint not null constraint fk_external_identity_user_id references user_account (id),
    created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    ended_at timestamptz,
    constraint pk_external_identity primary key (organisation_id, issuer, subject),
    constraint uq_external_identity_organisation_id_issuer_user_id unique (organisation_id, issuer, user_id)
);
create index ix_external_identity_user_id on external_identity (user_id);
create table authorization_request (
    state_hash bytea constraint pk_authorization_request primary key,
    organisation_id bigint not null constraint fk_authorization_request_organisation_id references organisation (id),
    issuer varchar not null,
    sealed_secrets bytea not null,
    session_id bigint,
    target varchar not null default '',
    kept varchar not null default '',
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index ix_authorization_request_expires_at on authorization_request (expires_at);
"""
FUNCTIONS = """
-- What the provider of the organisation in context opened ends: for one person, or for all; but for one session.
create function end_provider_sessions(p_user bigint, p_but bigint) returns void
language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
    update user_session set revoked_at = now()
    where provider_id = ctx_organisation() and revoked_at is null
      and (p_user is null or user_id = p_user) and (p_but is null or id <> p_but)
$$;
-- Who may hold a key to the organisation in context while its provider is demanded: administrators with a second factor.
create function possible_keyholders() returns table (user_id bigint, email text, name text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select u.id, u.email, u.name
    from membership m join user_account u on u.id = m.user_id
    where m.organisation_id = ctx_organisation() and m.role = 'admin' and m.status = 'active' and u.status = 'active'
      and (exists (select from authenticator a where a.user_id = u.id) or exists (select from passkey p where p.user_id = u.id))
    order by u.name, u.email
$$;
"""
RIGHTS = ("end_provider_sessions(bigint, bigint)", "possible_keyholders()")
# table -> [(role, verbs, row condition)]
WALLS = {
    "identity_provider": [
        *((role, ALL_VERBS, MEMBER) for role in OF_CAPACITIES),
        (GATE, "select", "true"),
        (AUTH, "select, update", "true"),
        (LOADER, ALL_VERBS, "true"),
    ],
    "group_role": [
        *((role, ALL_VERBS, MEMBER) for role in OF_CAPACITIES),
        (AUTH, "select", "true"),
        (LOADER, ALL_VERBS, "true"),
    ],
    "email_domain": [
        *((role, ALL_VERBS, MEMBER) for role in OF_CAPACITIES),
        (AUTH, "select", "true"),
        (LOADER, ALL_VERBS, "true"),
    ],
    "external_identity": [
        *((role, "select, delete", MEMBER) for role in OF_CAPACITIES),
        (AUTH, ALL_VERBS, "true"),
        (LOADER, ALL_VERBS, "true"),
    ],
    "authorization_request": [(AUTH, ALL_VERBS, "true"), (LOADER, ALL_VERBS, "true")],
}
PROOFS = ("password", "code", "recovery_code", "passkey")
OF_PROVIDERS = ("single_sign_on", "single_sign_on_mfa")

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
                                        'kind', o.kind, 'slug', o.slug, 'seller_id', o.seller_id, 'needs_second_factor',
            coalesce(y.second_factor = 'everybody' or (y.second_factor = 'administrators' and m.role = 'admin'), false){facts}) order by o.name, o.id)
    into memberships
    from membership m join organisation o on o.id = m.organisation_id left join sign_in_policy y on y.organisation_id = o.id{join}
    where m.user_id = person.id and m.status = 'active'{bound}
      and not exists (select from organisation a where a.id = any(o.owner_ids) and a.status <> 'active');
    return jsonb_build_object('session_id', found.id, 'organisation_id', found.organisation_id,
        'user_id', person.id, 'email', person.email, 'name', person.name, 'locale', person.locale,
        'memberships', coalesce(memberships, '[]'),
        'proof', found.proof, 'proven_seconds', extract(epoch from now() - found.proven_at)::bigint{provider});
end $$;
"""
# Keyholders are administrators who may come in by two proofs of their own where the provider is demanded.
FACTS = """, 'needs_single_sign_on',
            coalesce(i.is_demanded and found.provider_id is distinct from o.id
                and not (m.role = 'admin' and m.user_id = any(i.keyholder_ids)
                         and found.proof in ('code', 'recovery_code', 'passkey')), false)"""
JOIN = " left join identity_provider i on i.organisation_id = o.id and i.is_enabled"
# A provider speaks for its own organisation: a session that it opened goes nowhere else.
BOUND = "\n      and (found.provider_id is null or m.organisation_id = found.provider_id)"
PROVIDER = ", 'provider_id', found.provider_id"


def upgrade() -> None:
    """Expand."""
    op.execute(TABLES)
    for table, walls in WALLS.items():
        for role, verbs, condition in walls:
            _wall(table, role, verbs, condition)
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
    op.execute("alter table user_session add column provider_id bigint")
    op.execute(
        "alter table user_session add constraint fk_user_session_provider_id"
        " foreign key (provider_id) references organisation (id) not valid"
    )
    op.execute("alter table user_session validate constraint fk_user_session_provider_id")
    _check_proofs((*PROOFS, *OF_PROVIDERS))
    op.execute(f"grant update (revoked_at) on user_session to {GATE}")
    for table in ("authenticator", "passkey"):
        op.execute(f"grant select (user_id) on {table} to {GATE}")
        op.execute(f"create policy {GATE}_select on {table} for select to {GATE} using (true)")
    op.execute(FUNCTIONS)
    for function in RIGHTS:
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {', '.join(OF_CAPACITIES)}")
        op.execute(f"alter function {function} owner to {GATE}")
    _replace_session(FACTS, JOIN, BOUND, PROVIDER)


def _check_proofs(proofs: tuple[str, ...]) -> None:
    names = ", ".join(f"'{proof}'" for proof in proofs)
    op.execute(
        "alter table user_session drop constraint ck_user_session_proof,"
        f" add constraint ck_user_session_proof check (proof in ({names})) not valid"
    )
    op.execute("alter table user_session validate constraint ck_user_session_proof")


def _wall(table: str, role: str, verbs: str, condition: str) -> None:
    op.execute(f"grant {verbs} on {table} to {role}")
    for verb in verbs.split(", "):
        using = f" using ({condition})" if verb != "insert" else ""
        check = f" with check ({condition})" if verb in {"insert", "update"} else ""
        op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")


def _replace_session(facts: str, join: str, bound: str, provider: str) -> None:
    body = SESSION
    for name, words in {"facts": facts, "join": join, "bound": bound, "provider": provider}.items():
        body = body.replace(f"{{{name}}}", words)
    op.execute(f"set local role {GATE}")
    op.execute(body)
    op.execute("reset role")


def downgrade() -> None:
    """Refuse: who is known by which subject, and whose domain is whose, would be lost."""
    raise NotImplementedError("restore a backup instead")
