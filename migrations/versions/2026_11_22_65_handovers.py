"""A wholesaler hands a shop over to another one of its channel once the shop and the other one agreed."""

from __future__ import annotations

from alembic import op

revision = "202611220065"
down_revision = "202611220064"
branch_labels = None
depends_on = None

S, B, GATE, LOADER = "portal_seller", "portal_buyer", "portal_gate", "portal_loader"

TABLE = """
create table handover (
    seller_id bigint not null,
    key varchar not null,
    buyer_id bigint not null,
    receiver_id bigint not null constraint fk_handover_receiver_id references organisation (id),
    seller_name varchar not null,
    receiver_name varchar not null,
    shop_name varchar not null,
    shop_address varchar not null default '',
    branches text[] not null default '{}',
    shop_ids bigint[] not null,
    proposed_at timestamptz not null default now(),
    expires_at timestamptz not null,
    consented_at timestamptz,
    consented_facts varchar,
    ended_at timestamptz,
    outcome varchar(11) not null default '',
    constraint pk_handover primary key (seller_id, key),
    constraint fk_handover_seller_id_buyer_id foreign key (seller_id, buyer_id)
        references trading_account (seller_id, buyer_id),
    constraint ck_handover_outcome_known check (outcome in ('', 'handed_over', 'withdrawn', 'declined', 'refused', 'expired')),
    constraint ck_handover_ended check ((ended_at is null) = (outcome = '')),
    constraint ck_handover_both_agreed check (outcome <> 'handed_over' or consented_at is not null)
);
create unique index uq_handover_open on handover (seller_id, buyer_id) where ended_at is null;
create index ix_handover_receiver_id on handover (receiver_id, key);
"""
# The other wholesaler learns of a shop when that has consented, not before. All that is written goes through the functions.
WALLS = (
    (S, "select", "given", "seller_id = ctx_seller()"),
    (S, "select", "taken", "receiver_id = ctx_seller() and consented_at is not null"),
    (B, "select", "own", "seller_id = ctx_seller() and buyer_id = ctx_buyer()"),
    *((GATE, verb, "all", "true") for verb in ("select", "insert", "update")),
    *((LOADER, verb, "all", "true") for verb in ("select", "insert", "update", "delete")),
)
# What the functions write beyond what their owner may already: (table, right, new verbs).
RIGHTS = (
    ("organisation", "update (status)", "update"),
    ("trading_account", "update (status, closed_at)", "update"),
    ("membership", "insert", "insert"),
    ("own_role", "select, insert", "insert"),
    ("sign_in_policy", "select, insert", "insert"),
    ("approval_rule", "select, insert", "select, insert"),
    ("approval_limit", "select, insert", "select, insert"),
    ("account_address", "select, insert", "select, insert"),
    ("audit_entry", "insert", "insert"),
    ("outbox_event", "insert", "insert"),
)

HEAD = "volatile security definer set search_path = pg_catalog, public, pg_temp as $$"
ENDING = f"""
-- Every right of people and programs in these organisations ends; gives how many people lost a seat.
create function end_rights_of(p_ended bigint[]) returns integer language plpgsql {HEAD}
declare
    people integer;
begin
    -- Invitations first: whoever is accepting one is waited for, and the membership that came of it ends as well.
    update invitation set revoked_at = now()
    where organisation_id = any(p_ended) and accepted_at is null and revoked_at is null;
    update membership set status = 'inactive' where organisation_id = any(p_ended) and status = 'active';
    get diagnostics people = row_count;
    update user_session set revoked_at = now()
    where (organisation_id = any(p_ended) or provider_id = any(p_ended)) and revoked_at is null;
    update api_client set revoked_at = now() where organisation_id = any(p_ended) and revoked_at is null;
    update api_grant set revoked_at = now() where organisation_id = any(p_ended) and revoked_at is null;
    update personal_token set revoked_at = now() where organisation_id = any(p_ended) and revoked_at is null;
    update acting_session set ended_at = now() where organisation_id = any(p_ended) and ended_at is null;
    update identity_provider set is_enabled = false where organisation_id = any(p_ended) and is_enabled;
    update provisioning_token set revoked_at = now() where organisation_id = any(p_ended) and revoked_at is null;
    return people;
end $$;
"""
END_RIGHTS_IN = f"""
create or replace function end_rights_in(p_organisation bigint) returns integer language sql {HEAD}
    -- The buyer itself and its branches; what a wholesaler sells to has another seller.
    select end_rights_of(array(
        select o.id from organisation o
        where p_organisation = any(o.owner_ids) and o.seller_id = ctx_seller() and ctx_organisation() = ctx_seller()))
$$;
"""
ASKING = f"""
-- The shop with those of its branches that are in use, in a fixed order: what is handed over.
create function shops_to_hand_over(p_seller bigint, p_shop bigint) returns bigint[]
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select coalesce(array_agg(o.id order by cardinality(o.owner_ids), o.id), '{{}}') from organisation o
    where p_shop = any(o.owner_ids) and o.seller_id = p_seller and o.kind = 'retailer'
      and not exists (select from organisation a where a.id = any(o.owner_ids) and a.status <> 'active')
      and exists (select from trading_account t where t.seller_id = p_seller and t.buyer_id = p_shop and t.closed_at is null)
$$;
-- Names, addresses and numbers of shops as one value: what was agreed to is what is handed over.
create function facts_of_shops(p_seller bigint, p_shops bigint[]) returns text
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select md5(jsonb_build_array(
        (select jsonb_agg(jsonb_build_array(o.id, o.name, o.street, o.postal_code, o.city, o.country, o.email, o.vat_id, o.gln,
             o.locale) order by o.id) from organisation o where o.id = any(p_shops)),
        (select jsonb_agg(jsonb_build_array(a.buyer_id, a.key, a.name, a.street, a.postal_code, a.city, a.country)
             order by a.buyer_id, a.key)
         from account_address a where a.seller_id = p_seller and a.buyer_id = any(p_shops)))::text)
$$;
-- The logs of the others name the organisation that acted, never its people.
create function note_handover(p_handover handover, p_action text, p_organisations bigint[]) returns void
language sql {HEAD}
    insert into audit_entry (organisation_id, id, actor, actor_name, action, subject, after)
    select told, gen_random_uuid(), 'organisation', o.name, p_action, p_handover.shop_name,
        jsonb_build_object('from_seller', p_handover.seller_name, 'to_seller', p_handover.receiver_name)
    from unnest(p_organisations) told, organisation o where o.id = ctx_organisation()
$$;
create function propose_handover(p_shop bigint, p_receiver text, p_days integer) returns jsonb
language plpgsql {HEAD}
declare
    shop organisation;
    receiver organisation;
    made handover;
    ids bigint[];
begin
    perform pg_advisory_xact_lock(hashtextextended('branches', ctx_seller()));
    select * into shop from organisation o
    where o.id = p_shop and o.seller_id = ctx_seller() and o.parent_id = ctx_organisation() and o.kind = 'retailer';
    ids := shops_to_hand_over(ctx_seller(), p_shop);
    if shop.id is null or not p_shop = any(ids) then
        return '{{"problem": "shop"}}';
    end if;
    select * into receiver from organisation r
    where r.slug = p_receiver and r.root_id = shop.root_id and r.kind <> 'retailer' and r.id <> ctx_seller()
      and not exists (select from organisation a where a.id = any(r.owner_ids) and a.status <> 'active');
    if receiver.id is null then
        return '{{"problem": "receiver"}}';
    end if;
    update handover set ended_at = expires_at, outcome = 'expired'
    where seller_id = ctx_seller() and buyer_id = p_shop and ended_at is null and expires_at <= now();
    insert into handover (seller_id, key, buyer_id, receiver_id, seller_name, receiver_name, shop_name, shop_address,
        branches, shop_ids, expires_at)
    select ctx_seller(), replace(gen_random_uuid()::text, '-', ''), p_shop, receiver.id, g.name, receiver.name, shop.name,
        concat_ws(', ', nullif(shop.street, ''), nullif(concat_ws(' ', nullif(shop.postal_code, ''), nullif(shop.city, '')), ''),
            nullif(shop.country, '')),
        array(select o.name from organisation o where o.id = any(ids) and o.id <> p_shop order by lower(o.name), o.id), ids,
        now() + make_interval(days => p_days)
    from organisation g where g.id = ctx_seller()
    on conflict (seller_id, buyer_id) where ended_at is null do nothing
    returning * into made;
    if made.key is null then
        return '{{"problem": "open"}}';
    end if;
    perform note_handover(made, 'handover.proposed', array[p_shop]);
    return jsonb_build_object('key', made.key, 'receiver', receiver.name);
end $$;
-- The shop consents or declines, the one wholesaler withdraws, the other declines: each what is its own to say.
create function answer_handover(p_key text, p_answer text, p_person bigint) returns jsonb language plpgsql {HEAD}
declare
    asked handover;
    told bigint[];
    side text := case when ctx_buyer() is not null then 'shop' else 'seller' end;
begin
    select * into asked from handover h
    where h.key = p_key and h.ended_at is null and h.expires_at > now()
      and case when side = 'shop' then h.seller_id = ctx_seller() and h.buyer_id = ctx_buyer()
          else ctx_organisation() = ctx_seller() and (h.seller_id = ctx_seller()
              or (h.receiver_id = ctx_seller() and h.consented_at is not null)) end
    for update;
    if asked.key is null then
        return '{{"problem": "ended"}}';
    end if;
    if side = 'seller' and asked.receiver_id = ctx_seller() then
        side := 'receiver';
    end if;
    if (p_answer, side) not in (('consent', 'shop'), ('decline', 'shop'), ('withdraw', 'seller'), ('decline', 'receiver')) then
        return '{{"problem": "ended"}}';
    end if;
    if p_answer = 'consent' then
        -- Nobody of the wholesalers says yes for the shop, whatever seat it has there, nor who was let in since it was asked.
        if not exists (select from membership m where m.organisation_id = ctx_buyer() and m.user_id = p_person
                       and m.status = 'active' and m.created_at < asked.proposed_at)
           or exists (select from membership m, organisation shop, organisation o
               where m.user_id = p_person and m.status = 'active' and o.id = m.organisation_id and shop.id = ctx_buyer()
                 and o.kind <> 'retailer' and (o.id = any(shop.owner_ids) or o.id = asked.receiver_id)) then
            return '{{"problem": "partial"}}';
        end if;
        if asked.shop_ids <> shops_to_hand_over(asked.seller_id, asked.buyer_id) then
            return '{{"problem": "changed"}}';
        end if;
        if asked.consented_at is not null then
            return '{{"problem": "ended"}}';
        end if;
        update handover set consented_at = now(), consented_facts = facts_of_shops(asked.seller_id, asked.shop_ids)
        where seller_id = asked.seller_id and key = p_key;
    else
        update handover set ended_at = now(), outcome = case side when 'shop' then 'declined' when 'seller' then 'withdrawn'
            else 'refused' end
        where seller_id = asked.seller_id and key = p_key;
    end if;
    -- Whom the shop has not agreed to yet hears nothing of it.
    told := array_remove(array[asked.seller_id, asked.buyer_id] ||
        case when p_answer = 'consent' or asked.consented_at is not null then array[asked.receiver_id] end,
        ctx_organisation());
    perform note_handover(asked, case p_answer when 'consent' then 'handover.consented' when 'withdraw' then
        'handover.withdrawn' else 'handover.declined' end, told);
    return jsonb_build_object('side', side, 'shop', asked.shop_name, 'told', to_jsonb(told), 'buyer', asked.buyer_id);
end $$;
"""
TAKING = f"""
create function begin_take_over(p_key text) returns jsonb language plpgsql {HEAD}
declare
    asked handover;
    giver bigint;
begin
    select h.seller_id into giver from handover h where h.key = p_key and h.receiver_id = ctx_seller()
      and h.consented_at is not null and ctx_organisation() = ctx_seller() and ctx_buyer() is null;
    -- Both wholesalers' shops stand still, in one order for everybody: two who hand over to one another do not wait for ever.
    perform pg_advisory_xact_lock(hashtextextended('branches', least(giver, ctx_seller())));
    perform pg_advisory_xact_lock(hashtextextended('branches', greatest(giver, ctx_seller())));
    select * into asked from handover h
    where h.seller_id = giver and h.key = p_key and h.ended_at is null and h.expires_at > now() for update;
    if asked.key is null then
        return '{{"problem": "ended"}}';
    end if;
    if asked.shop_ids <> shops_to_hand_over(giver, asked.buyer_id)
       or asked.consented_facts <> facts_of_shops(giver, asked.shop_ids) then
        return '{{"problem": "changed"}}';
    end if;
    return jsonb_build_object('seller', asked.seller_name, 'seller_id', giver, 'shops', (
        select jsonb_agg(jsonb_build_object('id', o.id, 'parent_id', o.parent_id, 'details', jsonb_build_object(
            'name', o.name, 'street', o.street, 'postal_code', o.postal_code, 'city', o.city, 'country', o.country,
            'email', o.email, 'vat_id', o.vat_id, 'gln', o.gln, 'locale', o.locale))
            order by array_position(asked.shop_ids, o.id))
        from organisation o where o.id = any(asked.shop_ids)));
end $$;
-- The shops were made anew at the receiver in this transaction: their people come along, and all that was ends.
create function finish_take_over(p_key text, p_old bigint[], p_new bigint[]) returns integer language plpgsql {HEAD}
declare
    asked handover;
    lost bigint[];
    closed bigint[];
    seats integer;
    is_same_currency boolean;
begin
    select * into asked from handover h
    where h.key = p_key and h.receiver_id = ctx_seller() and ctx_organisation() = ctx_seller() and ctx_buyer() is null
      and h.consented_at is not null and h.ended_at is null and h.expires_at > now() for update;
    if asked.key is null or p_old <> asked.shop_ids or cardinality(p_new) <> cardinality(p_old)
       or cardinality(p_new) <> (select count(*) from organisation o where o.id = any(p_new)
           and o.seller_id = ctx_seller() and o.kind = 'retailer' and o.created_at = now()
           and not exists (select from membership m where m.organisation_id = o.id)) then
        return null;
    end if;
    select array_remove(shop.owner_ids, shop.id) into lost from organisation shop where shop.id = asked.buyer_id;
    select g.currency = r.currency into is_same_currency from organisation g, organisation r
    where g.id = asked.seller_id and r.id = asked.receiver_id;
    -- Whoever is accepting an invitation is waited for.
    update invitation set revoked_at = now()
    where organisation_id = any(p_old) and accepted_at is null and revoked_at is null;
    insert into own_role (organisation_id, code, name, like_role, permissions)
    select p.new, r.code, r.name, r.like_role, r.permissions
    from unnest(p_old, p_new) p (old, new) join own_role r on r.organisation_id = p.old;
    -- Who also works, or worked, at the wholesaler that gives it away or above it does not come along, nor who was let in since.
    insert into membership (organisation_id, user_id, role, own_role)
    select p.new, m.user_id, m.role, m.own_role
    from unnest(p_old, p_new) p (old, new)
    join membership m on m.organisation_id = p.old and m.status = 'active' and m.created_at < asked.proposed_at
    join user_account u on u.id = m.user_id and u.status = 'active'
    where not exists (select from membership l
        where l.user_id = m.user_id and l.organisation_id = any(lost));
    get diagnostics seats = row_count;
    -- What the shop demands of its people and lets them order goes with them: nobody may more than before. An amount says
    -- nothing in another currency: nothing is ordered alone then.
    insert into sign_in_policy (organisation_id, second_factor)
    select p.new, y.second_factor from unnest(p_old, p_new) p (old, new) join sign_in_policy y on y.organisation_id = p.old;
    insert into approval_rule (organisation_id, places_up_to, four_eyes)
    select p.new, case when is_same_currency then r.places_up_to when r.places_up_to is not null then 0 end, r.four_eyes
    from unnest(p_old, p_new) p (old, new) join approval_rule r on r.organisation_id = p.old;
    insert into approval_limit (organisation_id, user_id, places_up_to, approves_up_to)
    select p.new, l.user_id, case when is_same_currency then l.places_up_to when l.places_up_to is not null then 0 end,
        case when is_same_currency then l.approves_up_to when l.approves_up_to is not null then 0 end
    from unnest(p_old, p_new) p (old, new) join approval_limit l on l.organisation_id = p.old
    join membership m on m.organisation_id = p.new and m.user_id = l.user_id;
    insert into account_address (seller_id, buyer_id, key, kind, name, street, postal_code, city, country, is_usual)
    select ctx_seller(), p.new, replace(gen_random_uuid()::text, '-', ''), a.kind, a.name, a.street, a.postal_code, a.city,
        a.country, a.is_usual
    from unnest(p_old, p_new) p (old, new)
    join account_address a on a.seller_id = asked.seller_id and a.buyer_id = p.old;
    -- Branches that are not in use do not come along, and do not stay behind either.
    select array_agg(o.id) into closed from organisation o
    join trading_account t on t.seller_id = asked.seller_id and t.buyer_id = o.id and t.closed_at is null
    where asked.buyer_id = any(o.owner_ids) and o.seller_id = asked.seller_id;
    update trading_account set status = 'inactive', closed_at = now()
    where seller_id = asked.seller_id and buyer_id = any(closed);
    update organisation set status = 'inactive' where id = any(closed) and seller_id = asked.seller_id;
    perform end_rights_of(closed);
    update handover set ended_at = now(), outcome = 'handed_over' where seller_id = asked.seller_id and key = p_key;
    insert into outbox_event (seller_id, kind, payload, actor)
    select asked.seller_id, fact.kind, jsonb_build_object('buyer_id', o.id, 'code', o.code, 'state', 'closed'), 'organisation'
    from organisation o, unnest(array['AccountStateChanged', 'AccountHandedOver']) fact (kind)
    where o.id = any(closed) and (fact.kind <> 'AccountHandedOver' or o.id = any(p_old));
    perform note_handover(asked, 'handover.taken_over', array[asked.seller_id, asked.buyer_id]);
    return seats;
end $$;
"""
CALLERS = {
    "end_rights_of(bigint[])": "",
    "shops_to_hand_over(bigint, bigint)": "",
    "facts_of_shops(bigint, bigint[])": "",
    "note_handover(handover, text, bigint[])": "",
    "propose_handover(bigint, text, integer)": S,
    "answer_handover(text, text, bigint)": f"{S}, {B}",
    "begin_take_over(text)": S,
    "finish_take_over(text, bigint[], bigint[])": S,
}


def upgrade() -> None:
    """Expand."""
    op.execute(TABLE)
    op.execute("alter table handover enable row level security")
    op.execute("alter table handover force row level security")
    for role, verb, name, condition in WALLS:
        _wall("handover", role, verb, f"{role}_{name}_{verb}", condition)
    for table, rights, verbs in RIGHTS:
        op.execute(f"grant {rights} on {table} to {GATE}")
        for verb in verbs.split(", "):
            _policy(table, GATE, verb, f"{GATE}_handover_{verb}", "true")
    for functions in (ENDING, ASKING, TAKING):
        op.execute(functions)
    for function, callers in CALLERS.items():
        op.execute(f"revoke all on function {function} from public")
        if callers:
            op.execute(f"grant execute on function {function} to {callers}")
        op.execute(f"alter function {function} owner to {GATE}")
    # Only its owner, which the schema's owner may become, replaces a function.
    op.execute(f"set local role {GATE}")
    op.execute(END_RIGHTS_IN)
    op.execute("reset role")


def _wall(table: str, role: str, verb: str, name: str, condition: str) -> None:
    op.execute(f"grant {verb} on {table} to {role}")
    _policy(table, role, verb, name, condition)


def _policy(table: str, role: str, verb: str, name: str, condition: str) -> None:
    using = f" using ({condition})" if verb != "insert" else ""
    check = f" with check ({condition})" if verb in {"insert", "update"} else ""
    op.execute(f"create policy {name} on {table} for {verb} to {role}{using}{check}")


def downgrade() -> None:
    """Refuse: who was handed over to whom, and with whose consent, would be forgotten."""
    raise NotImplementedError("restore a backup instead")
