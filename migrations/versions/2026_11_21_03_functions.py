"""What the web role may ask before it is anybody: who a session or token stands for; and stock, which buyers cannot read."""

from __future__ import annotations

from alembic import op

revision = "202611210003"
down_revision = "202611210002"
branch_labels = None
depends_on = None

FUNCTIONS = """
-- The facts from which a Principal is built; null when the organisation cannot act in that capacity now.
create function principal_facts(p_organisation bigint, p_capacity text) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, public as $$
declare
    own organisation;
    seller organisation;
    account trading_account;
    lists jsonb := null;
    today date;
begin
    select * into own from organisation where id = p_organisation;
    if own.id is null or exists (select from organisation o where o.id = any(own.owner_ids) and o.status <> 'active') then
        return null;
    end if;
    if p_capacity = 'buyer' then
        select * into seller from organisation where id = own.seller_id;
        select * into account from trading_account t where t.seller_id = own.seller_id and t.buyer_id = own.id;
        if account.buyer_id is null then
            return null;
        end if;
        today := (now() at time zone seller.time_zone)::date;
        lists := buyer_price_lists(seller.id, own.id, account.price_group, seller.currency, today);
    elsif own.kind = 'retailer' then
        return null;
    else
        seller := own;
    end if;
    return jsonb_build_object(
        'organisation', jsonb_build_object('id', own.id, 'code', own.code, 'name', own.name, 'kind', own.kind,
            'root_id', own.root_id, 'seller_id', own.seller_id, 'slug', own.slug, 'locale', own.locale),
        'seller', jsonb_build_object('id', seller.id, 'name', seller.name, 'currency', seller.currency,
            'time_zone', seller.time_zone, 'owner_ids', to_jsonb(seller.owner_ids), 'slug', seller.slug),
        'account_status', account.status, 'lists', lists);
end $$;

-- PRICING "Which price list decides", rules 1 and 2, and the base lists the candidates need.
create function buyer_price_lists(p_seller bigint, p_buyer bigint, p_group text, p_currency text, p_on date)
returns jsonb language sql stable security definer set search_path = pg_catalog, public as $$
    with levelled as (
        select l.id, l.base_list_id, l.priority, l.code,
               min(case a.audience when 'account' then 1 when 'group' then 2 else 3 end) as level
        from price_assignment a
        join price_list l on l.seller_id = a.seller_id and l.id = a.price_list_id
        where a.seller_id = p_seller and l.seller_id = p_seller
          and (a.audience = 'everyone' or a.buyer_id = p_buyer or a.price_group = p_group)
          and l.status = 'active' and l.currency = p_currency
          and coalesce(l.valid_from, '-infinity') <= p_on and p_on < coalesce(l.valid_to, 'infinity')
        group by l.id, l.base_list_id, l.priority, l.code
    ), bases as (
        select b.id, b.base_list_id from levelled c
        join price_list b on b.seller_id = p_seller and b.id = c.base_list_id
    )
    select jsonb_build_object(
        'candidates', coalesce((select jsonb_agg(jsonb_build_array(id, level) order by level, priority, code collate "C")
                                from levelled), '[]'),
        'all', coalesce((select jsonb_agg(distinct id) from (
                    select id from levelled union all select id from bases
                    union all select base_list_id from bases where base_list_id is not null) every_list), '[]'))
$$;

-- Who a browser session stands for; touches last_seen_at at most once a minute.
create function authenticate_session(p_token_hash bytea, p_idle interval) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
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
                                        'kind', o.kind, 'slug', o.slug, 'seller_id', o.seller_id) order by o.name, o.id)
    into memberships
    from membership m join organisation o on o.id = m.organisation_id
    where m.user_id = person.id and m.status = 'active'
      and not exists (select from organisation a where a.id = any(o.owner_ids) and a.status <> 'active');
    return jsonb_build_object('session_id', found.id, 'organisation_id', found.organisation_id,
        'user_id', person.id, 'email', person.email, 'name', person.name, 'locale', person.locale,
        'memberships', coalesce(memberships, '[]'));
end $$;

-- Who a bearer token stands for.
create function authenticate_token(p_token_hash bytea) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, public as $$
declare
    token api_token;
    client api_client;
begin
    select * into token from api_token where token_hash = p_token_hash and expires_at > now();
    if token.client_id is null then
        return null;
    end if;
    select * into client from api_client where id = token.client_id and revoked_at is null;
    if client.id is null then
        return null;
    end if;
    if client.last_used_at is null or client.last_used_at < now() - interval '1 minute' then
        update api_client set last_used_at = now() where id = client.id;
    end if;
    return jsonb_build_object('client_id', client.id, 'name', client.name, 'organisation_id', client.organisation_id,
        'scopes', to_jsonb(token.scopes));
end $$;

-- The people of the own organisation or, for a seller, of one of its buyers.
create function people_of(p_organisation bigint)
returns table (user_id bigint, email text, name text, role text, status text, created_at timestamptz, last_seen_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public as $$
    select u.id, u.email, u.name, m.role, m.status, m.created_at,
           (select max(s.last_seen_at) from user_session s where s.user_id = u.id and s.organisation_id = m.organisation_id)
    from membership m join user_account u on u.id = m.user_id
    where m.organisation_id = p_organisation
      and (p_organisation = ctx_organisation()
           or exists (select from organisation o where o.id = p_organisation and o.seller_id = ctx_seller()
                      and ctx_organisation() = ctx_seller()))
    order by u.name, u.email
$$;

-- What can still be promised, for articles of the seller in context; buyers cannot read stock itself.
create function available_quantities(p_articles bigint[])
returns table (article_id bigint, available_quantity numeric, incoming_quantity numeric, incoming_on date)
language sql stable security definer set search_path = pg_catalog, public as $$
    select s.article_id, sum(greatest(s.on_hand - s.reserved_quantity, 0)),
           sum(s.incoming_quantity) filter (where s.incoming_on is not null), min(s.incoming_on)
    from stock_level s
    where s.seller_id = ctx_seller() and s.article_id = any(p_articles)
    group by s.article_id
$$;
"""

RIGHTS = {
    "principal_facts(bigint, text)": ("portal_gate", "portal_app, portal_worker"),
    "buyer_price_lists(bigint, bigint, text, text, date)": ("portal_gate", "portal_gate"),
    "authenticate_session(bytea, interval)": ("portal_gate", "portal_app"),
    "authenticate_token(bytea)": ("portal_gate", "portal_app"),
    "people_of(bigint)": ("portal_gate", "portal_seller, portal_buyer, portal_brand_owner"),
    "available_quantities(bigint[])": ("portal_placement", "portal_seller, portal_buyer"),
}


def upgrade() -> None:
    """Expand."""
    op.execute(FUNCTIONS)
    for function, (owner, callers) in RIGHTS.items():
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {callers}")
        op.execute(f"alter function {function} owner to {owner}")
    # Throttles count here; losing the counts in a crash is harmless, writing them to the log is not worth it.
    op.execute(
        "create unlogged table rate_limit (key text primary key, hits integer not null, expires_at timestamptz not null)"
        " with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)"
    )
    op.execute("grant select, insert, update, delete on rate_limit to portal_app, portal_auth")


def downgrade() -> None:
    """Remove the functions."""
    for function in RIGHTS:
        op.execute(f"drop function {function}")
    op.execute("drop table rate_limit")
