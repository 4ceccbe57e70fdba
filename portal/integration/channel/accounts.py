"""accounts.csv and sellers.csv: the trading edge, and how a seller decides between its lists."""

from __future__ import annotations

from portal.integration.channel.checks import Check, known, number, one_of, required, selling, whole_number
from portal.integration.channel.stage import ChannelFile, Stage
from portal.pricing.models import PriceStrategy
from tenants.models import Status


def _write_accounts(stage: Stage) -> int:
    changed = name_price_groups(stage, "s.price_group")
    return changed + stage.upsert(
        "trading_account",
        "seller_id, buyer_id",
        {
            "seller_id": "seller.id",
            "buyer_id": "buyer.id",
            "customer_number": "coalesce(s.customer_number, '')",
            "price_group": "s.price_group",
            "payment_terms_days": "s.payment_terms_days::int",
            "credit_limit": "s.credit_limit::numeric",
            "status": "coalesce(s.status, 'active')",
        },
    )


def name_price_groups(stage: Stage, group: str, condition: str = "true") -> int:
    """Make the price groups that the stage names for the first time; give their number."""
    return stage.count(
        f"insert into price_group (seller_id, code) select distinct seller.id, {group}"
        f" from {stage.file.source} where {group} is not null and {condition} on conflict do nothing"
    )


def _write_sellers(stage: Stage) -> int:
    return stage.upsert(
        "pricing_policy",
        "seller_id",
        {"seller_id": "seller.id", "price_strategy": "coalesce(s.price_strategy, 'first')"},
    )


ACCOUNTS = ChannelFile(
    name="accounts",
    columns=(
        "seller_code",
        "buyer_code",
        "customer_number",
        "price_group",
        "payment_terms_days",
        "credit_limit",
        "status",
    ),
    cells=(
        *required("seller_code", "buyer_code"),
        whole_number("payment_terms_days", 0, 3650),
        number("credit_limit", 4, digits=16, lowest=">= 0"),
        one_of("status", Status),
    ),
    source="stage s left join tree seller on seller.code = s.seller_code left join tree buyer on buyer.code = s.buyer_code"
    " left join tree named on named.id = buyer.seller_id",
    links=(
        known("seller_code", "seller"),
        selling("seller_code", "seller"),
        known("buyer_code", "buyer"),
        Check(
            "buyer_code",
            "buyer.seller_id is distinct from seller.id",
            "does not buy from this seller but from {coalesce(named.code, 'nobody')}",
        ),
    ),
    key="s.seller_code, s.buyer_code",
    write=_write_accounts,
)

SELLERS = ChannelFile(
    name="sellers",
    columns=("seller_code", "price_strategy"),
    cells=(*required("seller_code"), one_of("price_strategy", PriceStrategy)),
    source="stage s left join tree seller on seller.code = s.seller_code",
    links=(known("seller_code", "seller"), selling("seller_code", "seller")),
    key="s.seller_code",
    write=_write_sellers,
)
