"""A seller writes its buyers' place in the tree, and invitations, only where they belong; brand owners keep their own data."""

from __future__ import annotations

from alembic import op

revision = "202611210005"
down_revision = "202611210004"
branch_labels = None
depends_on = None

CHILD_PATH = """
-- The ancestors of a new child of that parent, itself included: the seller in context or one of its shops (a branch).
create function child_path(p_parent bigint) returns bigint[]
language sql stable security definer set search_path = pg_catalog, public as $$
    select o.owner_ids from organisation o
    where o.id = p_parent and ctx_organisation() = ctx_seller()
      and (o.id = ctx_seller() or (o.kind = 'retailer' and o.seller_id = ctx_seller()))
$$
"""

ACCOUNT_PEOPLE = """
-- How many people work in each buyer of the seller in context, and when one of them was last seen there.
create function account_people(p_buyers bigint[])
returns table (buyer_id bigint, people bigint, last_seen_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public as $$
    select m.organisation_id, count(*), max(s.last_seen_at)
    from organisation o
    join membership m on m.organisation_id = o.id and m.status = 'active'
    left join lateral (select max(u.last_seen_at) as last_seen_at from user_session u
                       where u.user_id = m.user_id and u.organisation_id = m.organisation_id) s on true
    where o.id = any(p_buyers) and o.seller_id = ctx_seller() and ctx_organisation() = ctx_seller()
    group by m.organisation_id
$$
"""

ADDRESS = "name, street, city, postal_code, country, locale, currency, time_zone, vat_id, gln, email"
BRAND = "accent_colour, logo, logo_type"


def upgrade() -> None:
    """Expand."""
    op.execute(CHILD_PATH)
    op.execute(ACCOUNT_PEOPLE)
    for function in ("child_path(bigint)", "account_people(bigint[])"):
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to portal_seller")
        op.execute(f"alter function {function} owner to portal_gate")
    # The path of a new organisation contains its own id, so the seller draws the id first.
    op.execute("grant usage on sequence organisation_id_seq to portal_seller")
    op.execute(
        "alter policy portal_seller_insert_3 on organisation with check ("
        " seller_id = ctx_seller() and root_id = ctx_root() and owner_ids = child_path(parent_id) || id"
        " and (kind = 'retailer' or (kind = 'wholesaler' and parent_id = ctx_seller())))"
    )
    op.execute(
        "alter policy portal_seller_insert_0 on invitation with check ("
        " inviting_organisation_id = ctx_organisation() and (organisation_id = ctx_organisation()"
        " or exists (select from organisation o where o.id = organisation_id and o.seller_id = ctx_organisation())))"
    )
    for role, number in (("portal_buyer", 1), ("portal_brand_owner", 2)):
        op.execute(
            f"alter policy {role}_insert_{number} on invitation with check ("
            " inviting_organisation_id = ctx_organisation() and organisation_id = ctx_organisation())"
        )
    op.execute(f"grant update ({ADDRESS}, {BRAND}) on organisation to portal_brand_owner")
    op.execute(
        "create policy portal_brand_owner_update_own on organisation for update to portal_brand_owner"
        " using (id = ctx_organisation()) with check (id = ctx_organisation())"
    )


def downgrade() -> None:
    """Refuse: rows were written behind these walls."""
    raise NotImplementedError("restore a backup instead")
