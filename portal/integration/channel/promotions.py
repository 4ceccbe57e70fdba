"""promotions.csv, promotion_scopes.csv and promotion_audiences.csv."""

from __future__ import annotations

import json

from portal.integration.channel.audiences import Audienced, audience_file
from portal.integration.channel.checks import (
    Check,
    day,
    known,
    number,
    one_of,
    pattern,
    required,
    selling,
    whole_number,
    window,
)
from portal.integration.channel.stage import ChannelFile, Stage
from portal.promotions.rules.promotion import Benefit, ScopeKind, fold_coupon

_PROMOTION = (
    "stage s left join tree seller on seller.code = s.seller_code"
    " left join promotion p on p.seller_id = seller.id and p.code = s.{code}"
)
_MOST_USES = 999_999_999
_PERCENT = "('percent', 'mix', 'order_percent')"

_FOLD = """
    update promotion p set folded_coupon = %(folded)s::jsonb ->> p.coupon
    from stage s join tree seller on seller.code = s.seller_code
    where p.seller_id = seller.id and p.code = s.code
      and p.folded_coupon is distinct from %(folded)s::jsonb ->> p.coupon
"""
# What was taken stands in the uses; beside a cap its sum is kept.
_COUNT_USES = """
    update promotion p set used_count = u.used, spent_amount = u.spent
    from stage s join tree seller on seller.code = s.seller_code
    join promotion staged on staged.seller_id = seller.id and staged.code = s.code
    cross join lateral (
        select count(*) as used, coalesce(sum(u.amount), 0) as spent from promotion_use u
        where u.seller_id = staged.seller_id and u.promotion_id = staged.id and u.given_back_at is null) u
    where p.seller_id = staged.seller_id and p.id = staged.id and (p.used_count, p.spent_amount) <> (u.used, u.spent)
      and num_nonnulls(p.max_uses, p.max_uses_per_account, p.budget) > 0
"""
# A channel that moves in brings promotions that have long been running: their start is no news.
_LEAVE_UNTOLD = """
    update promotion p set start_told_at = now()
    from stage s join tree seller on seller.code = s.seller_code
    where p.seller_id = seller.id and p.code = s.code and p.start_told_at is null
      and coalesce(p.valid_from, '-infinity') <= current_date
"""
_NOTE_WINDOWS = """
    insert into pricing_policy as policy (seller_id, promoted_from, promoted_to)
    select p.seller_id, min(coalesce(p.valid_from, '-infinity')), max(coalesce(p.valid_to, 'infinity'))
    from promotion p
    where p.seller_id in (select seller.id from stage s join tree seller on seller.code = s.seller_code)
    group by p.seller_id
    on conflict (seller_id) do update set promoted_from = excluded.promoted_from, promoted_to = excluded.promoted_to
    where (policy.promoted_from, policy.promoted_to) is distinct from (excluded.promoted_from, excluded.promoted_to)
"""


def _write_promotions(stage: Stage) -> int:
    changed = stage.upsert(
        "promotion",
        "seller_id, code",
        {
            "seller_id": "seller.id",
            "code": "s.code",
            "name": "coalesce(s.name, '')",
            "valid_from": "s.valid_from::date",
            "valid_to": "s.valid_to::date",
            "priority": "coalesce(s.priority, '100')::int",
            "combines": "coalesce(s.combines, 'no') = 'yes'",
            "coupon": "s.coupon",
            "benefit": "s.benefit",
            "value": "coalesce(s.value, '0')::numeric",
            "min_quantity": "coalesce(s.min_quantity, '1')::numeric",
            "threshold_amount": "coalesce(s.threshold_amount, '0')::numeric",
            "buy_quantity": "s.buy_quantity::numeric",
            "free_quantity": "s.free_quantity::numeric",
            "free_article_id": "gift.id",
            "max_uses": "s.max_uses::int",
            "max_uses_per_account": "s.max_uses_per_account::int",
            "budget": "s.budget::numeric",
            "funder_id": "funder.id",
            "funding_amount": "s.funding_amount::numeric",
        },
    )
    coupons = [coupon for (coupon,) in stage.rows("select distinct coupon from stage where coupon is not null")]
    stage.run(_FOLD, {"folded": json.dumps({coupon: fold_coupon(coupon) for coupon in coupons})})
    stage.run(_COUNT_USES)
    stage.run(_LEAVE_UNTOLD)
    stage.run(_NOTE_WINDOWS)
    return changed


def _write_scopes(stage: Stage) -> int:
    return stage.upsert(
        "promotion_scope",
        "seller_id, promotion_id, scope, scope_code",
        {
            "seller_id": "seller.id",
            "promotion_id": "p.id",
            "scope": "s.scope",
            "scope_code": "coalesce(s.scope_code, '')",
        },
    )


PROMOTIONS = ChannelFile(
    name="promotions",
    columns=(
        "seller_code",
        "code",
        "name",
        "valid_from",
        "valid_to",
        "priority",
        "combines",
        "coupon",
        "benefit",
        "value",
        "min_quantity",
        "threshold_amount",
        "buy_quantity",
        "free_quantity",
        "free_article",
        "max_uses",
        "max_uses_per_account",
        "budget",
        "funder_code",
        "funding_amount",
    ),
    cells=(
        *required("seller_code", "code", "benefit"),
        pattern("code", "^[^/[:cntrl:]]{1,100}$", "is longer than 100 characters or contains a slash"),
        pattern("coupon", "^[^[:cntrl:],]{1,100}$", "is longer than 100 characters or contains a comma"),
        day("valid_from"),
        day("valid_to"),
        whole_number("priority", -_MOST_USES, _MOST_USES),
        one_of("combines", ("yes", "no")),
        one_of("benefit", Benefit),
        number("value", 4, lowest=">= 0"),
        number("min_quantity", 3, lowest="> 0"),
        number("threshold_amount", 4, digits=16, lowest=">= 0"),
        number("buy_quantity", 3, lowest="> 0"),
        number("free_quantity", 3, lowest="> 0"),
        whole_number("max_uses", 0, _MOST_USES),
        whole_number("max_uses_per_account", 0, _MOST_USES),
        number("budget", 4, digits=16, lowest=">= 0"),
        number("funding_amount", 4, lowest=">= 0"),
        Check("value", "s.benefit <> 'free_goods' and s.value is null", "is missing"),
        Check(
            "value", f"case when s.benefit in {_PERCENT} then s.value::numeric > 100 end", "is more than 100 percent"
        ),
        Check("buy_quantity", "s.benefit = 'free_goods' and s.buy_quantity is null", "is missing"),
        Check("free_quantity", "s.benefit = 'free_goods' and s.free_quantity is null", "is missing"),
    ),
    source=_PROMOTION.format(code="code")
    + " left join article gift on gift.seller_id = seller.id and gift.article_number = s.free_article"
    " left join tree funder on funder.code = s.funder_code",
    links=(
        known("seller_code", "seller"),
        selling("seller_code", "seller"),
        window("valid_from", "valid_to"),
        Check(
            "free_article",
            "s.free_article is not null and gift.id is null",
            "is not the code of a known article of this seller",
        ),
        Check(
            "funder_code",
            "s.funder_code is not null and funder.id is null",
            "is not the code of a known organisation of this tree",
        ),
    ),
    key="s.seller_code, s.code",
    write=_write_promotions,
)

PROMOTION_SCOPES = ChannelFile(
    name="promotion_scopes",
    columns=("seller_code", "promotion_code", "scope", "scope_code"),
    cells=(
        *required("seller_code", "promotion_code", "scope"),
        one_of("scope", ScopeKind),
        Check("scope_code", "s.scope = 'all' and s.scope_code is not null", "is set although it is about all"),
        Check("scope_code", "s.scope <> 'all' and s.scope_code is null", "is missing"),
    ),
    source=_PROMOTION.format(code="promotion_code")
    + " left join article a on s.scope = 'article' and a.seller_id = seller.id and a.article_number = s.scope_code",
    links=(
        known("seller_code", "seller"),
        known("promotion_code", "p", "promotion of this seller"),
        Check(
            "scope_code",
            "s.scope = 'article' and a.id is null",
            "is not the code of a known article of this seller",
        ),
    ),
    key="s.seller_code, s.promotion_code, s.scope, s.scope_code",
    write=_write_scopes,
)

PROMOTION_AUDIENCES = audience_file(
    "promotion_audiences",
    "promotion_audience",
    Audienced(column="promotion_code", key="promotion_id", alias="p", noun="promotion"),
    source=_PROMOTION.format(code="promotion_code"),
)
