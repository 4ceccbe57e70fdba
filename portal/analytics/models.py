"""Tables of sharing agreements and of the roll-ups that the worker writes through them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, Numeric, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import AMOUNT, QUANTITY, Model


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
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ChannelSale(Model):
    """What a wholesaler shipped of a brand owner's product to one retailer in a month, less returns, under an agreement.

    The brand owner's role has no right on it: single retailers are not what the `units` grant shows.
    """

    __tablename__ = "channel_sale"
    __table_args__ = (Index("ix_channel_sale_buyer", "wholesaler_id", "month", "buyer_id"),)

    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    region: Mapped[str]
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    """Of the days on which the agreement grants units."""


class ChannelBuyerMonth(Model):
    """`channel_sale` without products. The brand owner's role has no right on it either."""

    __tablename__ = "channel_buyer_month"

    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    region: Mapped[str]
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    newest_on: Mapped[date]
    """The newest day with a sale or return."""


class ChannelMonth(Model):
    """Sell-through units by month, product and postal region; read through `channel_units()` alone, which folds small cells."""

    __tablename__ = "channel_month"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    region: Mapped[str] = mapped_column(primary_key=True)
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    few_buyers: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    """Who bought more than it returned, where they are fewer than three, so that cells can be added up; empty from three on."""


class ChannelProductMonth(Model):
    """`channel_month` without regions: what `channel_units()` reads where none are asked."""

    __tablename__ = "channel_product_month"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    few_buyers: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))


class ChannelRegionMonth(Model):
    """`channel_month` without products: what `channel_units()` reads where neither product nor category is asked."""

    __tablename__ = "channel_region_month"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    region: Mapped[str] = mapped_column(primary_key=True)
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    few_buyers: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))


class ChannelTotalMonth(Model):
    """`channel_product_month` of all wholesalers together that share units, as `channel_total_state` names them."""

    __tablename__ = "channel_total_month"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    few_buyers: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))


class ChannelTotalState(Model):
    """Whose units are in `channel_total_month`. Where others share today it is not read until the worker has caught up."""

    __tablename__ = "channel_total_state"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class SellInMonth(Model):
    """What a brand owner shipped of its own products to a wholesaler in a month, less returns: its own data."""

    __tablename__ = "sell_in_month"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    amount: Mapped[Decimal] = mapped_column(AMOUNT)
    """Net, in the brand owner's currency."""


class ChannelState(Model):
    """How far the roll-ups of a wholesaler's data reach: the newest day with a sale or purchase and when it was written."""

    __tablename__ = "channel_state"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    """`sell_in` or `sell_through`."""
    newest_on: Mapped[date]
    written_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SharingAccess(Model):
    """A view or export of shared data: the wholesaler reads here who looked at what, when."""

    __tablename__ = "sharing_access"

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
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    amount: Mapped[Decimal] = mapped_column(AMOUNT)
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
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    amount: Mapped[Decimal] = mapped_column(AMOUNT)


class SalesQuarter(Model):
    """`sales_month` by calendar quarter: half the rows of a year of many products."""

    __tablename__ = "sales_quarter"

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    quarter: Mapped[date] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    amount: Mapped[Decimal] = mapped_column(AMOUNT)


class SalesBuyerMonth(Model):
    """`sales_day` by month."""

    __tablename__ = "sales_buyer_month"

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    units: Mapped[Decimal] = mapped_column(QUANTITY)
    amount: Mapped[Decimal] = mapped_column(AMOUNT)


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
    amount: Mapped[Decimal] = mapped_column(AMOUNT)
    order_count: Mapped[int]
