"""Tables of the comparison that wholesalers and retailers get back; written once for each month by the worker."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, Index, Numeric, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model


class BenchmarkMeasure(StrEnum):
    """What is compared, each over three whole months."""

    GROWTH = "growth"
    """Against the same months of the year before: 0.1 is a tenth more."""
    BREADTH = "breadth"
    """Products that a retailer bought."""
    RHYTHM = "rhythm"
    """Of a wholesaler: months in which one of its active retailers bought; of a retailer: days on which it ordered."""
    NEW_PRODUCTS = "new_products"
    """Share of the products bought that were not bought in the twelve months before."""


class Audience(StrEnum):
    """Who are compared with each other: a manufacturer's wholesalers, or a seller's retailers."""

    WHOLESALERS = "wholesalers"
    RETAILERS = "retailers"


class Benchmark(Model):
    """One of those compared: its own figure beside that of all together. Each reads its own rows alone."""

    __tablename__ = "benchmark"
    __table_args__ = (Index("ix_benchmark_buyer", "buyer_id", "until_on"),)

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    """The manufacturer of the channel, or the seller of the retailers."""
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    until_on: Mapped[date] = mapped_column(primary_key=True)
    """The first day after the three months."""
    own_figure: Mapped[Decimal] = mapped_column(Numeric(20, 4))
    common_figure: Mapped[Decimal | None] = mapped_column(Numeric(20, 2))
    """Of all together; empty where they are too few or one is too large."""
    member_count: Mapped[int]
    """Of how many."""


class BenchmarkState(Model):
    """For which months those below a seller have been compared."""

    __tablename__ = "benchmark_state"

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    audience: Mapped[str] = mapped_column(primary_key=True)
    until_on: Mapped[date] = mapped_column(primary_key=True)
    written_at: Mapped[datetime] = mapped_column(server_default=func.now())
