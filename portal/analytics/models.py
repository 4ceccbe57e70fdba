"""Tables of sharing agreements; roll-ups stand beside them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model


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
