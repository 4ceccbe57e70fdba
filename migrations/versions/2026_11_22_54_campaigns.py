"""Campaigns with their receivers and walls; buyers read those released to them through functions."""

from __future__ import annotations

from alembic import op

revision = "202611220054"
down_revision = "202611220053"
branch_labels = None
depends_on = None

S, B, L, W, PLACEMENT = "portal_seller", "portal_buyer", "portal_loader", "portal_worker", "portal_placement"
SELLER = "seller_id = ctx_seller()"
EDGE = "seller_id = ctx_seller() and buyer_id = ctx_buyer()"

TABLES = """
create table campaign (
    seller_id bigint not null,
    code varchar not null,
    segment_code varchar not null,
    title_en varchar not null,
    title_de varchar not null,
    text_en varchar not null default '',
    text_de varchar not null default '',
    valid_from date not null,
    valid_to date not null,
    picture bytea,
    picture_type varchar not null default '',
    created_at timestamptz not null default now(),
    released_at timestamptz,
    constraint pk_campaign primary key (seller_id, code),
    constraint fk_campaign_seller_id_segment_code foreign key (seller_id, segment_code) references segment (seller_id, code),
    constraint ck_campaign_window check (valid_from <= valid_to)
);
create table campaign_article (
    seller_id bigint not null,
    campaign_code varchar not null,
    article_id bigint not null,
    place integer not null,
    constraint pk_campaign_article primary key (seller_id, campaign_code, article_id),
    constraint fk_campaign_article_seller_id_campaign_code foreign key (seller_id, campaign_code)
        references campaign (seller_id, code) on delete cascade,
    constraint fk_campaign_article_seller_id_article_id foreign key (seller_id, article_id) references article (seller_id, id)
);
create table campaign_promotion (
    seller_id bigint not null,
    campaign_code varchar not null,
    promotion_id bigint not null,
    constraint pk_campaign_promotion primary key (seller_id, campaign_code, promotion_id),
    constraint fk_campaign_promotion_seller_id_campaign_code foreign key (seller_id, campaign_code)
        references campaign (seller_id, code) on delete cascade,
    constraint fk_campaign_promotion_seller_id_promotion_id foreign key (seller_id, promotion_id)
        references promotion (seller_id, id)
);
create table campaign_receiver (
    seller_id bigint not null,
    campaign_code varchar not null,
    buyer_id bigint not null,
    told_at timestamptz,
    mail_count integer not null default 0,
    opened_at timestamptz,
    constraint pk_campaign_receiver primary key (seller_id, campaign_code, buyer_id),
    constraint fk_campaign_receiver_seller_id_campaign_code foreign key (seller_id, campaign_code)
        references campaign (seller_id, code),
    constraint fk_campaign_receiver_seller_id_buyer_id foreign key (seller_id, buyer_id)
        references trading_account (seller_id, buyer_id)
);
create index ix_campaign_receiver_buyer on campaign_receiver (seller_id, buyer_id);
create index ix_campaign_receiver_untold on campaign_receiver (seller_id, campaign_code) where told_at is null;
"""

# What was released is not changed but ended. Buyers see no campaign, and of its receivers themselves alone.
CHANGED = "segment_code, title_en, title_de, text_en, text_de, valid_from, valid_to, picture, picture_type, released_at"
WALLS = {
    "campaign": [
        (S, "select", SELLER),
        (S, "insert", SELLER),
        (S, f"update ({CHANGED})", SELLER),
        (S, "delete", f"{SELLER} and released_at is null"),
        (W, "select", "true"),
        (PLACEMENT, "select", SELLER),
    ],
    "campaign_article": [
        (S, "select", SELLER),
        (S, "insert", SELLER),
        (S, "delete", SELLER),
        (PLACEMENT, "select", SELLER),
    ],
    "campaign_promotion": [
        (S, "select", SELLER),
        (S, "insert", SELLER),
        (S, "delete", SELLER),
        (PLACEMENT, "select", SELLER),
    ],
    "campaign_receiver": [
        (S, "select", SELLER),
        (S, "insert", SELLER),
        (B, "select", EDGE),
        (B, "update (opened_at)", EDGE),
        (W, "select", "true"),
        (W, "update (told_at, mail_count)", "true"),
        (PLACEMENT, "select", EDGE),
    ],
}

FUNCTIONS = """
-- Numbers of the articles that a campaign is about: its own in their order, then those that its promotions name.
create function campaign_articles(p_code text) returns text[]
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select coalesce(array_agg(article_number order by place, article_number), '{}') from (
        select a.article_number, min(n.place) as place from (
            select c.article_id, c.place from campaign_article c
            where c.seller_id = ctx_seller() and c.campaign_code = p_code
            union all
            select x.id, 1000000 from campaign_promotion p
            join promotion_scope s on s.seller_id = p.seller_id and s.promotion_id = p.promotion_id and s.scope = 'article'
            join article x on x.seller_id = p.seller_id and x.article_number = s.scope_code
            where p.seller_id = ctx_seller() and p.campaign_code = p_code) n
        join article a on a.seller_id = ctx_seller() and a.id = n.article_id
        group by a.article_number) found
$$;
-- What was released to the buyer in context and has begun, `p_code` alone or all.
create function own_campaigns(p_code text)
returns table (code text, title_en text, title_de text, text_en text, text_de text, valid_from date, valid_to date,
               has_picture boolean, is_over boolean, opened_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select c.code, c.title_en, c.title_de, c.text_en, c.text_de, c.valid_from, c.valid_to, c.picture is not null,
           t.day >= c.valid_to, r.opened_at
    from campaign_receiver r
    join campaign c on c.seller_id = r.seller_id and c.code = r.campaign_code and c.released_at is not null
    join organisation s on s.id = r.seller_id
    cross join lateral (select (now() at time zone s.time_zone)::date as day) t
    where r.seller_id = ctx_seller() and r.buyer_id = ctx_buyer() and c.valid_from <= t.day
      and (p_code is null or c.code = p_code)
$$;
create function own_campaign_articles(p_code text) returns text[]
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select campaign_articles(c.code) from own_campaigns(p_code) c where p_code is not null
$$;
create function own_campaign_picture(p_code text) returns table (content bytea, content_type text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
    select c.picture, c.picture_type from own_campaigns(p_code) o
    join campaign c on c.seller_id = ctx_seller() and c.code = o.code
    where p_code is not null and c.picture is not null
$$;
"""
CALLERS = {
    "campaign_articles(text)": S,
    "own_campaigns(text)": B,
    "own_campaign_articles(text)": B,
    "own_campaign_picture(text)": B,
}


def upgrade() -> None:
    """Expand."""
    op.execute(TABLES)
    for table, rows in WALLS.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        everything = [(L, verb, "true") for verb in ("select", "insert", "update", "delete")]
        for role, right, condition in [*rows, *everything]:
            verb = right.partition(" ")[0]
            using = f" using ({condition})" if verb != "insert" else ""
            check = f" with check ({condition})" if verb in {"insert", "update"} else ""
            op.execute(f"grant {right} on {table} to {role}")
            op.execute(f"create policy {role}_{verb} on {table} for {verb} to {role}{using}{check}")
    op.execute(FUNCTIONS)
    for function, caller in CALLERS.items():
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {caller}, {PLACEMENT}")
    for function in CALLERS:
        op.execute(f"alter function {function} owner to {PLACEMENT}")


def downgrade() -> None:
    """Contract."""
    for function in reversed(CALLERS):
        op.execute(f"drop function {function}")
    for table in reversed(WALLS):
        op.execute(f"drop table {table}")
