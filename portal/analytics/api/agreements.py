"""Agreements for programs: what a brand owner proposes, what a wholesaler answers, and the versions that came of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from portal.analytics.agreement_models import ProposalStatus
from portal.analytics.agreement_text import document_of
from portal.analytics.models import Grant
from portal.analytics.queries import agreements as queries
from portal.analytics.queries.agreements import Partner, Standing, get_partner
from portal.analytics.queries.grant_examples import get_example
from portal.analytics.service import agreements as service
from portal.analytics.service.agreements import MOST_NOTICE_DAYS, ProposalOver
from portal.web.api import (
    USUAL_ITEMS,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Code,
    Cursor,
    InvalidCursor,
    IsoDate,
    Limit,
    Page,
    StockQuantity,
    Text,
    Whole,
    operation,
    page_of,
    read_text_cursor,
)
from tenants.errors import InvalidInput, NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["sharing"]
_SEES: Any = {"permission": Permission.FIGURES_VIEW, "scope": Scope.SELLING_READ, "tags": _TAGS}
_ANSWERS: Any = {"permission": Permission.ORGANISATION_MANAGE, "scope": Scope.SELLING_ADMIN, "tags": _TAGS}
_KNOWS: Any = {"permission": Permission.CHANNEL_VIEW, "scope": Scope.BRAND_READ, "tags": _TAGS}
_PROPOSES: Any = {"permission": Permission.ORGANISATION_MANAGE, "scope": Scope.BRAND_ADMIN, "tags": _TAGS}
Number = Annotated[int, Field(ge=1, le=1_000_000), Whole]
NoticeDays = Annotated[int, Field(ge=0, le=MOST_NOTICE_DAYS), Whole]


class VersionAnswer(ApiAnswer):
    """A version of an agreement."""

    version: int
    grants: list[Grant]
    accepted_on: date = Field(description="The first day whose events it covers.")
    withdrawn_on: date | None
    hidden_on: date | None = Field(description="From this day on past figures are out of view too.")
    notice_days: int
    accepted_by: str
    in_force: bool
    is_shown: bool


class ProposalAnswer(ApiAnswer):
    """What was asked and what was answered. `partner` is the other side: brand owner or wholesaler."""

    partner: str
    partner_name: str
    number: int
    grants: list[Grant]
    starts_on: date | None
    notice_days: int
    message: str
    proposed_by: str
    proposed_at: AwareDatetime
    status: ProposalStatus
    answered_by: str
    answered_at: AwareDatetime | None
    reason: str
    version: int | None


class ProposalsAnswer(ApiAnswer):
    """Proposals, the newest first."""

    items: list[ProposalAnswer]


class ExampleAnswer(ApiAnswer):
    """What the grants would show of the own figures, under the floors of the real thing; empty where there is nothing."""

    month: date | None
    product: str
    region: str
    units: StockQuantity | None = Field(
        description="Of the product in region and month: at least three retailers bought it."
    )
    retailers: int
    active_retailers: int
    retailer: str
    place: str
    order_days: int
    products: int
    stock_product: str
    stock: StockQuantity | None
    cover_days: int | None


class AskedAnswer(ApiAnswer):
    """The proposal that waits for an answer, with an example of what it would show."""

    proposal: ProposalAnswer
    example: ExampleAnswer


class AgreedAnswer(ApiAnswer):
    """All versions and proposals between two sides, the newest first."""

    versions: list[VersionAnswer]
    proposals: list[ProposalAnswer]


class DocumentAnswer(ApiAnswer):
    """The text of a version in both languages, as it was accepted."""

    version: int
    en: str
    de: str


class StandingAnswer(ApiAnswer):
    """Where the brand owner stands with a wholesaler; no version: nothing was ever agreed."""

    code: str
    name: str
    version: int | None
    grants: list[Grant]
    in_force: bool
    is_shown: bool
    proposal_status: str


class StandingsQuery(ApiQuery):
    """Which page."""

    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class ProposeBody(ApiBody):
    """What to ask for."""

    grants: Annotated[list[Grant], Field(min_length=1, max_length=len(Grant))]
    starts_on: IsoDate | None = None
    notice_days: NoticeDays = 0
    message: Text = ""


class AnswerBody(ApiBody):
    """What is granted of what was asked; nothing: declined."""

    number: Number
    grants: Annotated[list[Grant], Field(max_length=len(Grant))]
    starts_on: IsoDate | None = None
    notice_days: NoticeDays | None = None
    reason: Text = ""


@operation(
    "GET", "/brand/agreements", query=StandingsQuery, response=Page[StandingAnswer], errors=[InvalidCursor],
    summary="Where you stand with each wholesaler", **_KNOWS,
)  # fmt: skip
def list_agreement_standings(principal: Principal, query: StandingsQuery) -> Page[StandingAnswer]:
    """By code, those with which nothing is agreed included."""
    after = read_text_cursor(query.cursor)
    rows = queries.list_standings(principal, limit=query.limit + 1, after=after or "")
    return page_of(rows, query.limit, StandingAnswer.model_validate, _standing_key)


@operation(
    "GET", "/brand/agreements/{wholesaler}", response=AgreedAnswer, summary="The agreement with a wholesaler", **_KNOWS
)
def read_brand_agreement(principal: Principal, wholesaler: Code) -> AgreedAnswer:
    """All versions and proposals, the newest first."""
    return _agreed(principal, get_partner(principal, wholesaler))


@operation(
    "POST", "/brand/agreements/{wholesaler}/proposals", body=ProposeBody, response=AgreedAnswer, status=201,
    errors=[InvalidInput, ProposalOver], summary="Propose an agreement to a wholesaler", **_PROPOSES,
)  # fmt: skip
def propose_agreement(principal: Principal, wholesaler: Code, body: ProposeBody) -> AgreedAnswer:
    """It shows nothing until the wholesaler accepts; one that waits is taken back for it."""
    command = service.Propose(body.grants, body.starts_on, body.notice_days, body.message)
    service.propose(principal, wholesaler, command)
    return _agreed(principal, get_partner(principal, wholesaler))


@operation(
    "POST", "/brand/agreements/{wholesaler}/take-back", response=AgreedAnswer, errors=[ProposalOver],
    summary="Take the open proposal back", **_PROPOSES,
)  # fmt: skip
def take_agreement_proposal_back(principal: Principal, wholesaler: Code) -> AgreedAnswer:
    """What is in force stays."""
    service.take_back(principal, wholesaler)
    return _agreed(principal, get_partner(principal, wholesaler))


@operation(
    "GET", "/brand/agreements/{wholesaler}/versions/{version}", response=DocumentAnswer,
    summary="The text of a version", **_KNOWS,
)  # fmt: skip
def read_brand_agreement_version(principal: Principal, wholesaler: Code, version: Number) -> DocumentAnswer:
    """In both languages, as it was accepted."""
    partner = get_partner(principal, wholesaler)
    return _document(principal, partner, version, (principal.organisation_name, partner.name))


@operation(
    "GET", "/selling/sharing/proposals", response=ProposalsAnswer, summary="What you are asked to share", **_SEES
)
def list_sharing_proposals(principal: Principal) -> ProposalsAnswer:
    """Those that wait for an answer."""
    rows = queries.list_proposals(principal, status=ProposalStatus.OPEN)
    return ProposalsAnswer(items=[ProposalAnswer.model_validate(row) for row in rows])


@operation(
    "GET", "/selling/sharing/{brand_owner}/proposal", response=AskedAnswer,
    summary="What a brand owner asks you to share, with examples", **_SEES,
)  # fmt: skip
def read_sharing_proposal(principal: Principal, brand_owner: Code) -> AskedAnswer:
    """The proposal that waits for an answer, and what it would show of the own figures."""
    partner = get_partner(principal, brand_owner)
    proposal = queries.find_open_proposal(principal, brand_owner)
    if proposal is None:
        raise NotFound
    example = get_example(principal, partner.id, principal.locale[:2])
    return AskedAnswer(proposal=ProposalAnswer.model_validate(proposal), example=ExampleAnswer.model_validate(example))


@operation(
    "POST", "/selling/sharing/{brand_owner}/answer", body=AnswerBody, response=AgreedAnswer,
    errors=[InvalidInput, ProposalOver], summary="Accept, adapt or decline a proposal", **_ANSWERS,
)  # fmt: skip
def answer_sharing_proposal(principal: Principal, brand_owner: Code, body: AnswerBody) -> AgreedAnswer:
    """What is granted becomes a version, in force from its first day; nothing granted declines."""
    command = service.Answer(body.number, body.grants, body.starts_on, body.notice_days, body.reason)
    service.answer(principal, brand_owner, command)
    return _agreed(principal, get_partner(principal, brand_owner))


@operation(
    "GET", "/selling/sharing/{brand_owner}/versions", response=AgreedAnswer,
    summary="The agreement with a brand owner, version by version", **_SEES,
)  # fmt: skip
def list_sharing_versions(principal: Principal, brand_owner: Code) -> AgreedAnswer:
    """All versions and proposals, the newest first."""
    return _agreed(principal, get_partner(principal, brand_owner))


@operation(
    "GET", "/selling/sharing/{brand_owner}/versions/{version}", response=DocumentAnswer,
    summary="The text of a version you accepted", **_SEES,
)  # fmt: skip
def read_sharing_version(principal: Principal, brand_owner: Code, version: Number) -> DocumentAnswer:
    """In both languages, as it was accepted."""
    partner = get_partner(principal, brand_owner)
    return _document(principal, partner, version, (partner.name, principal.organisation_name))


def _agreed(principal: Principal, partner: Partner) -> AgreedAnswer:
    return AgreedAnswer(
        versions=[VersionAnswer.model_validate(row) for row in queries.list_versions(principal, partner)],
        proposals=[
            ProposalAnswer.model_validate(row) for row in queries.list_proposals(principal, partner=partner.code)
        ],
    )


def _document(principal: Principal, partner: Partner, version: int, sides: tuple[str, str]) -> DocumentAnswer:
    kept = queries.get_document(principal, partner, version)
    [found] = queries.list_versions(principal, partner, version)
    texts = document_of(found, kept, *sides)
    return DocumentAnswer(version=version, **texts)


def _standing_key(row: Standing) -> tuple[str]:
    return (row.code,)
