"""Tables of campaigns: what is said, what it is about, and to whom it went."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model


class Campaign(Model):
    """A page and a mail of a seller. Its buyers know nothing of it before it is released to them and its first day has come."""

    __tablename__ = "campaign"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "segment_code"], ["segment.seller_id", "segment.code"]),
        CheckConstraint("valid_from <= valid_to", name="window"),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    segment_code: Mapped[str]
    title_en: Mapped[str]
    title_de: Mapped[str]
    """One of the two titles may be empty; the other one stands for it. The same of the texts."""
    text_en: Mapped[str] = mapped_column(server_default="")
    text_de: Mapped[str] = mapped_column(server_default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    """First day without it."""
    picture: Mapped[bytes | None] = mapped_column(LargeBinary)
    picture_type: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    released_at: Mapped[datetime | None]
    """Since when it is for those that its segment held at that moment, and no longer changed."""


class CampaignArticle(Model):
    """An article that a campaign is about."""

    __tablename__ = "campaign_article"
    __table_args__ = (
        ForeignKeyConstraint(
            ["seller_id", "campaign_code"], ["campaign.seller_id", "campaign.code"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["seller_id", "article_id"], ["article.seller_id", "article.id"]),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    campaign_code: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    place: Mapped[int]
    """In which order they are shown."""


class CampaignPromotion(Model):
    """A promotion that a campaign is about: the articles that it names are the campaign's as well."""

    __tablename__ = "campaign_promotion"
    __table_args__ = (
        ForeignKeyConstraint(
            ["seller_id", "campaign_code"], ["campaign.seller_id", "campaign.code"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["seller_id", "promotion_id"], ["promotion.seller_id", "promotion.id"]),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    campaign_code: Mapped[str] = mapped_column(primary_key=True)
    promotion_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class CampaignReceiver(Model):
    """A buyer to whom a campaign was released, whether it was told, and when one of its people first opened the page."""

    __tablename__ = "campaign_receiver"
    __table_args__ = (
        ForeignKeyConstraint(["seller_id", "campaign_code"], ["campaign.seller_id", "campaign.code"]),
        ForeignKeyConstraint(["seller_id", "buyer_id"], ["trading_account.seller_id", "trading_account.buyer_id"]),
        Index("ix_campaign_receiver_buyer", "seller_id", "buyer_id"),
        Index("ix_campaign_receiver_untold", "seller_id", "campaign_code", postgresql_where=text("told_at is null")),
    )

    seller_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    campaign_code: Mapped[str] = mapped_column(primary_key=True)
    buyer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    told_at: Mapped[datetime | None]
    mail_count: Mapped[int] = mapped_column(server_default="0")
    """To how many of its people it was mailed, alone or with other messages."""
    opened_at: Mapped[datetime | None]
