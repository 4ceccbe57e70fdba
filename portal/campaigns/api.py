"""Campaigns over HTTP: the seller's, made, released and ended; those that run for a buyer."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from flask import Flask
from pydantic import AwareDatetime, Field, StringConstraints

from portal.accounts.api.fields import PageQuery
from portal.accounts.api.record_fields import Base64, document_content
from portal.accounts.errors import UnusablePicture
from portal.campaigns import queries
from portal.campaigns.errors import CampaignNotReady, CampaignReleased
from portal.campaigns.queries import CampaignState
from portal.campaigns.service import campaigns as service
from portal.catalogue.api.pictures import PictureAnswer
from portal.pricing.queries import get_buyer_id
from portal.web.api import (
    Amount,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    InvalidCursor,
    IsoDate,
    NewCode,
    Page,
    StockQuantity,
    operation,
    page_of,
    read_cursor,
    read_text_cursor,
)
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["Campaigns"]
_VIEW: Any = {"permission": Permission.PRICES_VIEW, "scope": Scope.SELLING_READ, "tags": _TAGS}
_MANAGE: Any = {"permission": Permission.PRICES_MANAGE, "scope": Scope.SELLING_WRITE, "tags": _TAGS}
_OWN: Any = {"permission": Permission.CATALOGUE_VIEW, "scope": Scope.BUYING_READ, "tags": _TAGS}

Title = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Words = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]


class CampaignBody(ApiBody):
    """A draft. Of each pair of languages one may be empty."""

    segment: Code
    title_en: Title = ""
    title_de: Title = ""
    text_en: Words = ""
    text_de: Words = ""
    valid_from: IsoDate
    valid_to: IsoDate = Field(description="First day without it.")
    articles: list[Code] = Field(default_factory=list, max_length=service.MOST_ARTICLES)
    promotions: list[Code] = Field(
        default_factory=list, max_length=service.MOST_PROMOTIONS, description="The articles that they name are added."
    )

    def command(self, code: str) -> service.SaveCampaign:
        """Give it as the service takes it."""
        return service.SaveCampaign(
            code=code,
            segment=self.segment,
            title_en=self.title_en,
            title_de=self.title_de,
            text_en=self.text_en,
            text_de=self.text_de,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            articles=tuple(self.articles),
            promotions=tuple(self.promotions),
        )


class NewCampaign(CampaignBody):
    """A new draft."""

    code: NewCode


class PictureBody(ApiBody):
    """A PNG or JPEG of up to 1 MB, in base64; null takes the present one away."""

    content: Base64 | None


class AccountQuery(ApiQuery):
    """Whose prices."""

    account: Code


class ReleaseBody(ApiBody):
    """Nothing more is said."""


class CampaignAnswer(ApiAnswer):
    """A campaign and what became of it."""

    code: str
    segment: str
    title_en: str
    title_de: str
    text_en: str
    text_de: str
    valid_from: IsoDate
    valid_to: IsoDate
    has_picture: bool
    released_at: AwareDatetime | None
    state: CampaignState
    articles: list[str]
    promotions: list[str]
    receivers: int = Field(description="Accounts to which it was released.")
    told: int
    mails: int = Field(description="People to whom it was mailed.")
    opened: int = Field(description="Accounts of which somebody opened the page while signed in.")
    ordered: int = Field(description="Accounts that ordered one of its articles within its days.")


class ReceiverAnswer(ApiAnswer):
    """An account to which a campaign was released."""

    code: str
    name: str
    told_at: AwareDatetime | None
    mail_count: int
    opened_at: AwareDatetime | None
    has_ordered: bool


class SeenArticleAnswer(ApiAnswer):
    """An article as one of the customers would see it today, at its least quantity; null: price on request."""

    article_number: str
    quantity: StockQuantity
    unit_price: Amount | None
    net_amount: Amount | None


class SeenArticlesAnswer(ApiAnswer):
    """The articles of a campaign as one of the customers would see them."""

    articles: list[SeenArticleAnswer]


class OwnCampaignAnswer(ApiAnswer):
    """A campaign of the seller for its buyer."""

    code: str
    title_en: str
    title_de: str
    text_en: str
    text_de: str
    valid_from: IsoDate
    valid_to: IsoDate
    has_picture: bool


class OwnCampaignsAnswer(ApiAnswer):
    """What runs for the buyer."""

    campaigns: list[OwnCampaignAnswer]


class OwnCampaignDetailAnswer(OwnCampaignAnswer):
    """A campaign and the articles that it is about; their prices are asked for as always."""

    is_over: bool
    articles: list[str]


@operation(
    "GET",
    "/selling/campaigns",
    summary="List the campaigns",
    response=Page[CampaignAnswer],
    query=PageQuery,
    errors=[InvalidCursor],
    **_VIEW,
)
def list_campaigns(principal: Principal, query: PageQuery) -> Page[CampaignAnswer]:
    """Those that begin last first, drafts included."""
    rows = queries.list_campaigns(principal, after=read_cursor(query.cursor, 2), limit=query.limit + 1)
    return page_of(rows, query.limit, _answer, lambda row: (row.valid_from.isoformat(), row.code))


@operation(
    "POST",
    "/selling/campaigns",
    summary="Make a campaign as a draft",
    response=CampaignAnswer,
    body=NewCampaign,
    status=201,
    errors=[InvalidInput],
    **_MANAGE,
)
def create_campaign(principal: Principal, body: NewCampaign) -> CampaignAnswer:
    """Nobody sees it before it is released."""
    return _answer(service.create_campaign(principal, body.command(body.code)))


@operation("GET", "/selling/campaigns/{code}", summary="Read a campaign", response=CampaignAnswer, **_VIEW)
def read_campaign(principal: Principal, code: Code) -> CampaignAnswer:
    """With what became of it."""
    return _answer(queries.get_campaign(principal, code))


@operation(
    "PUT",
    "/selling/campaigns/{code}",
    summary="Change a draft",
    response=CampaignAnswer,
    body=CampaignBody,
    errors=[CampaignReleased, InvalidInput],
    **_MANAGE,
)
def change_campaign(principal: Principal, code: Code, body: CampaignBody) -> CampaignAnswer:
    """Refused once it is released."""
    return _answer(service.change_campaign(principal, body.command(code)))


@operation(
    "DELETE",
    "/selling/campaigns/{code}",
    summary="Throw a draft away",
    response=None,
    status=204,
    errors=[CampaignReleased],
    **_MANAGE,
)
def remove_campaign(principal: Principal, code: Code) -> None:
    """Refused once it is released."""
    service.remove_campaign(principal, code)


@operation(
    "PUT",
    "/selling/campaigns/{code}/picture",
    summary="Set the picture of a draft",
    response=CampaignAnswer,
    body=PictureBody,
    errors=[CampaignReleased, InvalidInput, UnusablePicture],
    **_MANAGE,
)
def set_campaign_picture(principal: Principal, code: Code, body: PictureBody) -> CampaignAnswer:
    """It is kept as pixels alone, 1280 by 720 at most."""
    content = None if body.content is None else document_content(body.content)
    return _answer(service.set_picture(principal, code, content))


@operation(
    "GET", "/selling/campaigns/{code}/picture", summary="Read a campaign's picture", response=PictureAnswer, **_VIEW
)
def read_campaign_picture(principal: Principal, code: Code) -> PictureAnswer:
    """In base64."""
    return _picture(*queries.find_picture(principal, code))


@operation(
    "GET",
    "/selling/campaigns/{code}/preview",
    summary="See a campaign's articles as a customer",
    response=SeenArticlesAnswer,
    query=AccountQuery,
    errors=[NotFound],
    **_VIEW,
)
def preview_campaign(principal: Principal, code: Code, query: AccountQuery) -> SeenArticlesAnswer:
    """With the prices and promotions that the account has today."""
    queries.get_campaign(principal, code)
    rows = queries.preview_articles(principal, code, get_buyer_id(principal, query.account))
    return SeenArticlesAnswer(articles=[SeenArticleAnswer.model_validate(row) for row in rows])


@operation(
    "POST",
    "/selling/campaigns/{code}/release",
    summary="Release a campaign",
    response=CampaignAnswer,
    body=ReleaseBody,
    status=201,
    errors=[CampaignNotReady, CampaignReleased],
    **_MANAGE,
)
def release_campaign(principal: Principal, code: Code, body: ReleaseBody) -> CampaignAnswer:  # noqa: ARG001 - empty
    """To everybody whom its segment holds at this moment. They are told on its first day, each person as it chose."""
    return _answer(service.release_campaign(principal, code))


@operation(
    "POST",
    "/selling/campaigns/{code}/end",
    summary="End a campaign",
    response=CampaignAnswer,
    body=ReleaseBody,
    status=201,
    errors=[NotFound],
    **_MANAGE,
)
def end_campaign(principal: Principal, code: Code, body: ReleaseBody) -> CampaignAnswer:  # noqa: ARG001 - empty
    """It leaves the home pages at once."""
    return _answer(service.end_campaign(principal, code))


@operation(
    "GET",
    "/selling/campaigns/{code}/receivers",
    summary="List to whom a campaign went",
    response=Page[ReceiverAnswer],
    query=PageQuery,
    errors=[InvalidCursor, NotFound],
    **_VIEW,
)
def list_campaign_receivers(principal: Principal, code: Code, query: PageQuery) -> Page[ReceiverAnswer]:
    """By code, each with whether it was told, opened the page and ordered."""
    queries.get_campaign(principal, code)
    after = read_text_cursor(query.cursor)
    rows = queries.list_receivers(principal, code, after=after or "", limit=query.limit + 1)
    return page_of(rows, query.limit, ReceiverAnswer.model_validate, lambda row: (row.code,))


@operation("GET", "/buying/campaigns", summary="List what runs for you", response=OwnCampaignsAnswer, **_OWN)
def list_own_campaigns(principal: Principal) -> OwnCampaignsAnswer:
    """What ends first first."""
    rows = queries.list_own_campaigns(principal)
    return OwnCampaignsAnswer(campaigns=[OwnCampaignAnswer.model_validate(row) for row in rows])


@operation(
    "GET", "/buying/campaigns/{code}", summary="Read a campaign for you", response=OwnCampaignDetailAnswer, **_OWN
)
def read_own_campaign(principal: Principal, code: Code) -> OwnCampaignDetailAnswer:
    """With the numbers of its articles. That a program read it does not count as opened."""
    campaign = queries.get_own_campaign(principal, code)._asdict()
    del campaign["opened_at"]
    return OwnCampaignDetailAnswer(**campaign, articles=queries.list_own_articles(principal, code))


@operation(
    "GET",
    "/buying/campaigns/{code}/picture",
    summary="Read the picture of a campaign for you",
    response=PictureAnswer,
    **_OWN,
)
def read_own_campaign_picture(principal: Principal, code: Code) -> PictureAnswer:
    """In base64."""
    return _picture(*queries.find_own_picture(principal, code))


def register(_app: Flask) -> None:
    """Nothing beyond the operations, which importing this module has declared."""


def _answer(campaign: queries.CampaignRow) -> CampaignAnswer:
    values = campaign._asdict()
    values["segment"] = values.pop("segment_code")
    del values["segment_name"]
    return CampaignAnswer(**values)


def _picture(content: bytes, content_type: str) -> PictureAnswer:
    return PictureAnswer(content_type=content_type, content=base64.b64encode(content).decode())
