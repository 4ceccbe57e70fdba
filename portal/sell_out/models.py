"""Tables of what retailers report as sold."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import QUANTITY, SUMMED_QUANTITY, Model


class SellOut(Model):
    """What a retailer sold of a GTIN on a day, as reported last; a report that differs replaces it."""

    __tablename__ = "sell_out"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "buyer_id"], ["trading_account.seller_id", "trading_account.buyer_id"]),
        ForeignKeyConstraint(["owner_id", "product_id"], ["product.owner_id", "product.id"]),
        Index("ix_sell_out_day", "seller_id", "sold_on", "buyer_id", "gtin"),
        Index("ix_sell_out_unknown", "seller_id", "gtin", postgresql_where=text("product_id is null")),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    gtin: Mapped[str] = mapped_column(primary_key=True)
    """Filled up to 14 digits."""
    sold_on: Mapped[date] = mapped_column(primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    """Of what bears the GTIN: pieces or cases. Below zero where more came back than was sold."""
    owner_id: Mapped[int | None] = mapped_column(BigInteger)
    product_id: Mapped[int | None] = mapped_column(BigInteger)
    """Empty as long as nobody's product bears the GTIN: kept aside."""
    units: Mapped[Decimal | None] = mapped_column(SUMMED_QUANTITY)
    """The same in the product's base units."""
    source: Mapped[str]
    """`retailer`, `wholesaler` or `channel` (a loaded folder); who exactly stands in the log."""
    reported_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FormerSellOut(Model):
    """What had been reported before a correction; written with the report that replaces it."""

    __tablename__ = "former_sell_out"

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    gtin: Mapped[str] = mapped_column(primary_key=True)
    sold_on: Mapped[date] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    source: Mapped[str]
    reported_at: Mapped[datetime]
    replaced_at: Mapped[datetime] = mapped_column(server_default=func.now())
