"""Sums hold what many of the largest orders come to: one order fills the columns of a quantity or an amount alone.

Numeric columns that only get more digits before the point are not written anew; of the forecasts' arrays, which are,
a seller has one row a product.
"""

from __future__ import annotations

from alembic import op

revision = "202611220044"
down_revision = "202611220043"
branch_labels = None
depends_on = None

QUANTITY, AMOUNT, MONEY_GIVEN, SHARE = "numeric(20, 3)", "numeric(22, 4)", "numeric(27, 7)", "numeric(20, 4)"
UNITS = {"units": QUANTITY}
SALES = {"units": QUANTITY, "amount": AMOUNT}
WEEKS = {"quantities": f"{QUANTITY}[]", "lows": f"{QUANTITY}[]", "highs": f"{QUANTITY}[]", "recent_quantity": QUANTITY}
JUDGED = ("demand", "error", "bias", "four_week_error", "naive_error", "naive_four_week_error")
COLUMNS = {
    "promotion": {"spent_amount": MONEY_GIVEN},
    "sell_in_month": SALES,
    "sales_day": SALES,
    "sales_month": SALES,
    "sales_quarter": SALES,
    "sales_buyer_month": SALES,
    "sales_rhythm": {"amount": AMOUNT},
    "channel_sale": UNITS,
    "channel_buyer_month": UNITS,
    "channel_month": UNITS,
    "channel_product_month": UNITS,
    "channel_region_month": UNITS,
    "channel_category_month": UNITS,
    "channel_wholesaler_month": UNITS,
    "channel_total_month": UNITS,
    "channel_total_category_month": UNITS,
    "channel_product_running": UNITS,
    "channel_total_running": UNITS,
    "demand_forecast": {**WEEKS, "expected_quantity": QUANTITY},
    "account_demand": dict.fromkeys(("weekly_quantity", "low", "high", "usual_quantity"), QUANTITY),
    "forecast_accuracy": {**dict.fromkeys(JUDGED, QUANTITY), "mase": SHARE, "rmsse": SHARE},
    "channel_forecast": WEEKS,
    "promotion_effect": dict.fromkeys(("units", "expected_units", "forward_units"), QUANTITY),
}


def upgrade() -> None:
    """Expand."""
    for table, columns in COLUMNS.items():
        changes = ", ".join(f"alter column {name} type {kind}" for name, kind in columns.items())
        op.execute(f"alter table {table} {changes}")


def downgrade() -> None:
    """Refuse: sums that are too large for the former columns would be lost."""
    raise NotImplementedError("restore a backup instead")
