"""The table of saved reports: what is asked, never what was answered."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model


class SavedReport(Model):
    """A report over the organisation's own figures; they are read anew each time."""

    __tablename__ = "saved_report"
    __table_args__ = (
        CheckConstraint("capacity in ('seller', 'buyer')", name="capacity"),
        CheckConstraint(
            "(period = 'months') = (first_month is not null and last_month is not null)",
            name="months",
        ),
    )

    organisation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"), primary_key=True)
    capacity: Mapped[str] = mapped_column(primary_key=True)
    """`seller`: of its sales; `buyer`: of its purchases."""
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    is_shared: Mapped[bool] = mapped_column(server_default="false")
    """Whether everybody of the organisation who may see such figures has it, or who made it alone."""
    made_by: Mapped[str] = mapped_column(server_default="")
    """`user:12` or `client:3`."""
    rows_by: Mapped[str]
    """Of portal/reports/rules.py, as are columns, measures and period."""
    columns_by: Mapped[str] = mapped_column(server_default="")
    measures: Mapped[list[str]] = mapped_column(ARRAY(Text))
    period: Mapped[str]
    first_month: Mapped[date | None]
    """With `last_month` the period, where it is of fixed months."""
    last_month: Mapped[date | None]
    category: Mapped[str] = mapped_column(server_default="")
    """Path of a category alone, with all below it."""
    customer: Mapped[str] = mapped_column(server_default="")
    """Code of a customer alone; of a seller's reports."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
