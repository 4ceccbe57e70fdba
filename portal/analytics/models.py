"""Tables of sharing agreements and of the roll-ups that the worker writes through them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, ForeignKeyConstraint, Index, Numeric, Text, func
from sqlalchemy.orm import Mapped, mapped_column

import portal.analytics.agreement_models
import portal.analytics.benchmark_models
import portal.analytics.channel_models  # noqa: F401 - its tables are this feature's as well
from tenants.database import SUMMED_AMOUNT, SUMMED_QUANTITY, Model


class Grant(StrEnum):
    """What a wholesaler lets a brand owner see (SHARING.md)."""

    UNITS = "units"
    ACTIVITY = "activity"
    IDENTITY = "identity"
    VALUE = "value"
    STOCK = "stock"
    SELL_OUT = "sell_out"
    SERVICE = "service"


class SharingAgreement(Model):
    """A version of what a wholesaler agreed to share with a brand owner; the newest accepted one is in force."""

    __tablename__ = "sharing_agreement"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, server_default="1")
    grants: Mapped[list[str]] = mapped_column(ARRAY(Text))
    accepted_on: Mapped[date]
    """First day whose events it covers."""
    withdrawn_on: Mapped[date | None]
    """First day whose events it no longer covers."""
    hidden_on: Mapped[date | None]
    """First day on which nothing of it is in view any more; empty: that of the withdrawal."""
    notice_days: Mapped[int] = mapped_column(server_default="0")
    """How long past figures stay in view after a withdrawal."""
    accepted_by: Mapped[str] = mapped_column(server_default="")
    document_en: Mapped[str] = mapped_column(server_default="")
    """The text as it was accepted; empty where it came in with a channel folder."""
    document_de: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SellInMonth(Model):
    """What a brand owner shipped of its own products to a wholesaler in a month, less returns: its own data."""

    __tablename__ = "sell_in_month"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    units: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    amount: Mapped[Decimal] = mapped_column(SUMMED_AMOUNT)
    """Net, in the brand owner's currency."""


class ChannelState(Model):
    """How far what is written of a wholesaler reaches: the newest day with a sale or purchase, or that of a daily measure; and when."""

    __tablename__ = "channel_state"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    """`sell_in`, `sell_through`, `stock` or `activity`."""
    newest_on: Mapped[date]
    written_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SharingAccess(Model):
    """A view or export of shared data: the wholesaler reads here who looked at what, when."""

    __tablename__ = "sharing_access"
    __table_args__ = (Index("ix_sharing_access_at", "wholesaler_id", "at", "id"),)

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor_name: Mapped[str]
    what: Mapped[str]
    """`sell-through by month, product; 2026-01-01 to 2026-07-01; screen`."""


class SalesDay(Model):
    """What a seller's retailer ordered on a day, less what was cancelled: the seller's own data, for its own figures."""

    __tablename__ = "sales_day"
    __table_args__ = (
        Index(
            "ix_sales_day_buyer",
            "seller_id",
            "buyer_id",
            "placed_on",
            postgresql_include=["units", "amount", "order_count"],
        ),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    placed_on: Mapped[date] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    units: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    amount: Mapped[Decimal] = mapped_column(SUMMED_AMOUNT)
    """Net, in the seller's currency."""
    order_count: Mapped[int]
    """Orders with at least one line that is not cancelled; credits do not count."""


class SalesMonth(Model):
    """What a seller sold of a product in a month, less what was cancelled: the seller's own data, for its own figures."""

    __tablename__ = "sales_month"

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    units: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    amount: Mapped[Decimal] = mapped_column(SUMMED_AMOUNT)


class SalesQuarter(Model):
    """`sales_month` by calendar quarter: half the rows of a year of many products."""

    __tablename__ = "sales_quarter"

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    quarter: Mapped[date] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    units: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    amount: Mapped[Decimal] = mapped_column(SUMMED_AMOUNT)


class SalesBuyerMonth(Model):
    """`sales_day` by month."""

    __tablename__ = "sales_buyer_month"

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    units: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    amount: Mapped[Decimal] = mapped_column(SUMMED_AMOUNT)


class SalesRhythm(Model):
    """A customer's order days in the two years up to its last order: the seller's own data, for its own figures."""

    __tablename__ = "sales_rhythm"

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    first_on: Mapped[date]
    last_on: Mapped[date]
    order_days: Mapped[int]
    usual_days: Mapped[Decimal | None] = mapped_column(Numeric(7, 1))
    """Median days between two order days; empty with one alone."""
    amount: Mapped[Decimal] = mapped_column(SUMMED_AMOUNT)
    order_count: Mapped[int]


class DemandForecast(Model):
    """Weekly demand of a product that a seller expects in the weeks behind its last known one: its own data."""

    __tablename__ = "demand_forecast"

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    owner_id: Mapped[int] = mapped_column(BigInteger)
    origin_on: Mapped[date]
    """The Sunday that ends the last known week."""
    demand_class: Mapped[str]
    """`smooth`, `erratic`, `intermittent` or `lumpy`."""
    is_regular: Mapped[bool]
    method: Mapped[str]
    quantities: Mapped[list[Decimal]] = mapped_column(ARRAY(SUMMED_QUANTITY))
    """Base units, one for each coming week; `lows` and `highs` are the bounds of the 80 % interval."""
    lows: Mapped[list[Decimal]] = mapped_column(ARRAY(SUMMED_QUANTITY))
    highs: Mapped[list[Decimal]] = mapped_column(ARRAY(SUMMED_QUANTITY))
    expected_quantity: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    """Of the coming weeks together."""
    recent_quantity: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    """Ordered in as many weeks before."""


class AccountDemand(Model):
    """What a customer usually orders of a product and is expected to: the seller's own data."""

    __tablename__ = "account_demand"

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    owner_id: Mapped[int] = mapped_column(BigInteger)
    weekly_quantity: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    """Base units a week, the mean of the coming ones; `low` and `high` are the bounds of the 80 % interval of a week."""
    low: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    high: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    order_days: Mapped[int]
    """In the year before the last one."""
    last_on: Mapped[date]
    usual_days: Mapped[Decimal] = mapped_column(Numeric(7, 1))
    """Median days between two of them."""
    usual_quantity: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    """Median of an order day."""


class ForecastAccuracy(Model):
    """What the forecast missed at past origins, by kind of series, beside the naive method: the seller's own data."""

    __tablename__ = "forecast_accuracy"

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    is_regular: Mapped[bool] = mapped_column(primary_key=True)
    demand_class: Mapped[str] = mapped_column(primary_key=True)
    series_count: Mapped[int]
    method: Mapped[str]
    """The one chosen most often."""
    demand: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    """Base units that came in the weeks judged; the sums below are in base units too."""
    error: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    bias: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    four_week_error: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    naive_error: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    naive_four_week_error: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    covered_weeks: Mapped[int]
    judged_weeks: Mapped[int]
    mase: Mapped[Decimal | None] = mapped_column(Numeric(20, 4))
    rmsse: Mapped[Decimal | None] = mapped_column(Numeric(20, 4))


class ForecastState(Model):
    """Up to when a seller's forecast knows and when it was written."""

    __tablename__ = "forecast_state"

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    origin_on: Mapped[date]
    """The Sunday that ends the last known week."""
    weeks: Mapped[int]
    judged_from: Mapped[date | None]
    """First and last origin of the backtest; empty where too little is known."""
    judged_to: Mapped[date | None]
    written_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ChannelForecast(Model):
    """Sell-through a brand owner can plan with: what is expected of a wholesaler, from days on which it shares units.

    At least three retailers bought the product of the wholesaler in those days; read through `channel_forecasts()` alone.
    """

    __tablename__ = "channel_forecast"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    origin_on: Mapped[date]
    quantities: Mapped[list[Decimal]] = mapped_column(ARRAY(SUMMED_QUANTITY))
    lows: Mapped[list[Decimal]] = mapped_column(ARRAY(SUMMED_QUANTITY))
    highs: Mapped[list[Decimal]] = mapped_column(ARRAY(SUMMED_QUANTITY))
    recent_quantity: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)


class PromotionEffect(Model):
    """What a promotion brought beyond the forecast without it: the seller's own data."""

    __tablename__ = "promotion_effect"
    __table_args__ = (
        ForeignKeyConstraint(
            ["seller_id", "promotion_id"], ["promotion.seller_id", "promotion.id"], ondelete="CASCADE"
        ),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    promotion_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    first_on: Mapped[date]
    """The Monday of its first week and the Sunday of its last known one."""
    last_on: Mapped[date]
    product_count: Mapped[int]
    units: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    expected_units: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    forward_units: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    """Bought ahead: by how much the up to four weeks after fell short of the forecast."""
    weeks_after: Mapped[int]
