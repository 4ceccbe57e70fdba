"""Tables of the channel's sell-through: what the worker writes through the agreements, and the levels that are read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import ARRAY, BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import SUMMED_QUANTITY, UNIT_PRICE, Model


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
    units: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    """Of the days on which the agreement grants units."""


class ChannelBuyerMonth(Model):
    """`channel_sale` without products. The brand owner's role has no right on it either."""

    __tablename__ = "channel_buyer_month"

    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    region: Mapped[str]
    units: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    newest_on: Mapped[date]
    """The newest day with a sale or return."""


class _Cells:
    """A level of the channel's figures by month, which can be added up to a coarser one."""

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    units: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    few_buyers: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    """Who bought more than it returned, where they are fewer than three, so that cells can be added up; empty from three on."""


class ChannelMonth(_Cells, Model):
    """Sell-through units by month, product and postal region; read through `channel_units()` alone, which folds small cells."""

    __tablename__ = "channel_month"
    __table_args__ = (
        Index(
            "ix_channel_month_product",
            "brand_owner_id",
            "product_id",
            "month",
            postgresql_include=["wholesaler_id", "region", "units", "few_buyers"],
        ),
    )

    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    region: Mapped[str] = mapped_column(primary_key=True)


class ChannelProductMonth(_Cells, Model):
    """`channel_month` without regions: what `channel_units()` reads where none are asked."""

    __tablename__ = "channel_product_month"

    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class ChannelRegionMonth(_Cells, Model):
    """`channel_month` without products: what `channel_units()` reads where neither product nor category is asked."""

    __tablename__ = "channel_region_month"

    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    region: Mapped[str] = mapped_column(primary_key=True)


class ChannelCategoryMonth(_Cells, Model):
    """`channel_product_month` by the categories in which the products are today: where category is asked without product."""

    __tablename__ = "channel_category_month"

    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)


class ChannelWholesalerMonth(_Cells, Model):
    """`channel_region_month` without regions: what `channel_units()` reads for months and wholesalers alone."""

    __tablename__ = "channel_wholesaler_month"

    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class ChannelTotalMonth(_Cells, Model):
    """`channel_product_month` of all wholesalers together that share units, as `channel_total_state` names them."""

    __tablename__ = "channel_total_month"

    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class ChannelTotalCategoryMonth(_Cells, Model):
    """`channel_category_month` of all wholesalers together, as `channel_total_month`."""

    __tablename__ = "channel_total_category_month"

    category: Mapped[str] = mapped_column(primary_key=True)


class _Running:
    """All units of a product up to the end of a month, and its newest buyers: what a window needs of all before its end.

    A month with three retailers or more counts as theirs, without names; behind it nobody older is kept.
    """

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    units: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    newest_month: Mapped[date]
    """The newest month in which it was sold or returned."""
    third_month: Mapped[date | None]
    """The newest month from which on at least three retailers have bought."""
    buyer_id: Mapped[int | None] = mapped_column(BigInteger)
    buyer_month: Mapped[date | None]
    next_buyer_id: Mapped[int | None] = mapped_column(BigInteger)
    next_buyer_month: Mapped[date | None]


class ChannelProductRunning(_Running, Model):
    """`channel_product_month` added up from its beginning to the month before its newest."""

    __tablename__ = "channel_product_running"

    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class ChannelTotalRunning(_Running, Model):
    """`channel_total_month` added up in the same way."""

    __tablename__ = "channel_total_running"


class ChannelStock(Model):
    """What a wholesaler had in stock of a brand owner's product when it was measured, under an agreement that shares stock.

    Read through `channel_stocks()` alone.
    """

    __tablename__ = "channel_stock"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    as_of: Mapped[date]
    on_hand: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    """In base units."""
    cover_days: Mapped[int | None]
    """How long it lasts at the sell-through of the 28 days before; empty where fewer than three retailers bought in them."""


class ChannelValue(Model):
    """Units that a wholesaler sold on in a month under an agreement that shares value: the cells that are shown, and no other.

    Read through `channel_values()` alone, at the list price of the month.
    """

    __tablename__ = "channel_value"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    region: Mapped[str] = mapped_column(primary_key=True)
    """Empty: all regions together."""
    units: Mapped[Decimal] = mapped_column(SUMMED_QUANTITY)
    newest_on: Mapped[date]
    """The newest day with a sale or return."""


class ChannelListPrice(Model):
    """What the brand owner asked of everybody for a base unit on the first day of a month; fixed once it was needed."""

    __tablename__ = "channel_list_price"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    list_price: Mapped[Decimal] = mapped_column(UNIT_PRICE)
    """Net, in the brand owner's currency."""


class ChannelActivity(Model):
    """What a wholesaler's retailers did together when it was measured, under an agreement that shares activity.

    Sums are empty where fewer than three retailers stand behind them. Read through `channel_activities()` alone.
    """

    __tablename__ = "channel_activity"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    version: Mapped[int]
    """Of the agreement: each has pseudonyms of its own."""
    pseudonym_key: Mapped[bytes]
    as_of: Mapped[date]
    """Orders before this day count."""
    counted_from: Mapped[date]
    """The first day whose orders count."""
    points: Mapped[int | None]
    """Retailer × product pairs of 90 days."""
    effective_points: Mapped[int | None]
    lost_points: Mapped[int | None]
    other_products: Mapped[int | None]
    """Products that too few retailers bought to be in `channel_distribution`, and their points."""
    other_points: Mapped[int | None]
    reorder_days: Mapped[int | None]


class ChannelRetailer(Model):
    """A retailer of a wholesaler that shares activity; read through `channel_retailers()` alone, which tells states, not days."""

    __tablename__ = "channel_retailer"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    pseudonym: Mapped[str]
    first_on: Mapped[date]
    last_on: Mapped[date]
    products: Mapped[int]
    """Of 90 days."""
    reorder_days: Mapped[int | None]


class ChannelDistribution(Model):
    """How many retailers of a wholesaler that shares activity bought a product in 90 days: at least three.

    Read through `channel_distributions()` alone.
    """

    __tablename__ = "channel_distribution"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    retailers: Mapped[int]


class ChannelTotalState(Model):
    """Whose units are in `channel_total_month` and `channel_total_category_month`.

    Where others share today these are not read until the worker has caught up.
    """

    __tablename__ = "channel_total_state"

    brand_owner_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    wholesaler_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
