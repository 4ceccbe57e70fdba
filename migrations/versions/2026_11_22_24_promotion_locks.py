"""Promotions of an order are locked in one order whatever their caps, and not kept locked where they do not suffice."""

from __future__ import annotations

from alembic import op

revision = "202611220024"
down_revision = "202611220023"
branch_labels = None
depends_on = None

# One after another by id, each as it needs to be: capped ones alone for this order until it is there; of the others it is
# only seen to that nobody caps them meanwhile. The exception undoes the block and with it all its locks: who asks again
# may have to lock others first.
TAKE_PROMOTIONS = """
create or replace function take_promotions(p_seller bigint, p_buyer bigint, p_wanted jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    v_over jsonb := '[]';
    v_gone boolean := false;
    v_wanted record;
    v_one record;
begin
    for v_wanted in
        select w.id, w.amount from jsonb_to_recordset(p_wanted) as w (id bigint, amount numeric) order by w.id
    loop
        select p.code, p.max_uses, p.max_uses_per_account, p.budget, p.used_count, p.spent_amount into v_one
        from promotion p
        where p.seller_id = p_seller and p.id = v_wanted.id
          and num_nonnulls(p.max_uses, p.max_uses_per_account, p.budget) > 0
        for no key update of p;
        if not found then
            perform from promotion p
            where p.seller_id = p_seller and p.id = v_wanted.id
              and num_nonnulls(p.max_uses, p.max_uses_per_account, p.budget) = 0
            for share of p;
            v_gone := v_gone or not found;
        elsif v_one.used_count >= v_one.max_uses or v_one.spent_amount + v_wanted.amount > v_one.budget
           or v_one.max_uses_per_account <= (
               select count(*) from promotion_use u
               where u.seller_id = p_seller and u.promotion_id = v_wanted.id and u.buyer_id = p_buyer
                 and u.given_back_at is null) then
            v_over := v_over || to_jsonb(v_one.code);
        end if;
    end loop;
    if v_gone or v_over <> '[]' then
        raise exception 'promotions do not suffice' using errcode = 'KT004';
    end if;
    update promotion p set used_count = p.used_count + 1, spent_amount = p.spent_amount + w.amount
    from jsonb_to_recordset(p_wanted) as w (id bigint, amount numeric)
    where p.seller_id = p_seller and p.id = w.id
      and num_nonnulls(p.max_uses, p.max_uses_per_account, p.budget) > 0;
    return null;
exception when sqlstate 'KT004' then
    return v_over;
end $$;
"""
FORMER_TAKE_PROMOTIONS = """
create or replace function take_promotions(p_seller bigint, p_buyer bigint, p_wanted jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    v_ids constant bigint[] := array(select (w ->> 'id')::bigint from jsonb_array_elements(p_wanted) w);
    v_over jsonb := '[]';
    v_seen integer := 0;
    v_uncapped integer;
    v_one record;
begin
    for v_one in
        select p.id, p.code, p.max_uses, p.max_uses_per_account, p.budget, p.used_count, p.spent_amount, w.amount
        from promotion p join jsonb_to_recordset(p_wanted) as w (id bigint, amount numeric) on w.id = p.id
        where p.seller_id = p_seller
          and num_nonnulls(p.max_uses, p.max_uses_per_account, p.budget) > 0
        order by p.id for no key update of p
    loop
        v_seen := v_seen + 1;
        if v_one.used_count >= v_one.max_uses or v_one.spent_amount + v_one.amount > v_one.budget
           or v_one.max_uses_per_account <= (
               select count(*) from promotion_use u
               where u.seller_id = p_seller and u.promotion_id = v_one.id and u.buyer_id = p_buyer
                 and u.given_back_at is null) then
            v_over := v_over || to_jsonb(v_one.code);
        end if;
    end loop;
    perform from promotion p
    where p.seller_id = p_seller and p.id = any (v_ids)
      and num_nonnulls(p.max_uses, p.max_uses_per_account, p.budget) = 0
    order by p.id for share of p;
    get diagnostics v_uncapped = row_count;
    if v_over <> '[]' or v_seen + v_uncapped <> cardinality(v_ids) then
        return v_over;
    end if;
    update promotion p set used_count = p.used_count + 1, spent_amount = p.spent_amount + w.amount
    from jsonb_to_recordset(p_wanted) as w (id bigint, amount numeric)
    where p.seller_id = p_seller and p.id = w.id
      and num_nonnulls(p.max_uses, p.max_uses_per_account, p.budget) > 0;
    return null;
end $$;
"""


def _replace(function: str) -> None:
    # Only its owner, which the schema's owner may become, replaces a function.
    op.execute("set local role portal_placement")
    op.execute(function)
    op.execute("reset role")


def upgrade() -> None:
    """Expand."""
    _replace(TAKE_PROMOTIONS)


def downgrade() -> None:
    """Contract."""
    _replace(FORMER_TAKE_PROMOTIONS)
