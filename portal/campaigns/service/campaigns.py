"""Writing campaigns: made, changed or removed as drafts, released to whom their segment holds, ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from portal.accounts.logo import clean_logo
from portal.campaigns.errors import CampaignNotReady, CampaignReleased
from portal.campaigns.queries import (
    CampaignRow,
    CampaignState,
    get_campaign,
    get_uncounted,
    has_campaign,
    list_articles,
)
from portal.core.field_errors import code_errors, field_error, refuse_if
from portal.core.outbox import emit
from portal.pricing.queries.price_lists import get_today
from portal.promotions.queries.promotions import find_listed, find_promotions
from portal.segments.queries import find_segment, list_all_members
from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

MOST_ARTICLES, MOST_PROMOTIONS = 200, 50
LARGEST_PICTURE = (1280, 720)
_LONGEST = {"code": 100, "title_en": 200, "title_de": 200, "text_en": 4000, "text_de": 4000}

_INSERT = text(
    "insert into campaign (seller_id, code, segment_code, title_en, title_de, text_en, text_de, valid_from, valid_to)"
    " values (:seller, :code, :segment, :title_en, :title_de, :text_en, :text_de, :valid_from, :valid_to)"
    " on conflict do nothing returning code"
)
_UPDATE = text(
    "update campaign set segment_code = :segment, title_en = :title_en, title_de = :title_de, text_en = :text_en,"
    " text_de = :text_de, valid_from = :valid_from, valid_to = :valid_to where seller_id = :seller and code = :code"
)
_LOCK = text("select code from campaign where seller_id = :seller and code = :code for update")
_CLEAR = tuple(
    text(f"delete from {table} where seller_id = :seller and campaign_code = :code")  # noqa: S608 - ours
    for table in ("campaign_article", "campaign_promotion")
)
_ARTICLES = text(
    "insert into campaign_article (seller_id, campaign_code, article_id, place)"
    " select :seller, :code, id, place from unnest(cast(:ids as bigint[])) with ordinality as x (id, place)"
)
_PROMOTIONS = text(
    "insert into campaign_promotion (seller_id, campaign_code, promotion_id)"
    " select :seller, :code, unnest(cast(:ids as bigint[]))"
)
_RECEIVERS = text(
    "insert into campaign_receiver (seller_id, campaign_code, buyer_id)"
    " select :seller, :code, unnest(cast(:ids as bigint[]))"
)
_RELEASE = text("update campaign set released_at = now() where seller_id = :seller and code = :code")
_END = text("update campaign set valid_to = :last where seller_id = :seller and code = :code")
_REMOVE = text("delete from campaign where seller_id = :seller and code = :code")
_PICTURE = text(
    "update campaign set picture = :picture, picture_type = :type where seller_id = :seller and code = :code"
)
_OPENED = text(
    "update campaign_receiver set opened_at = now() where seller_id = :seller and buyer_id = :buyer"
    " and campaign_code = :code and opened_at is null"
)


@dataclass(frozen=True, slots=True)
class SaveCampaign:
    """A campaign as it is to be; `valid_to` is the first day without it. Of each pair of languages one may be empty."""

    code: str
    segment: str
    title_en: str = ""
    title_de: str = ""
    text_en: str = ""
    text_de: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    articles: tuple[str, ...] = ()
    promotions: tuple[str, ...] = ()
    """Codes; the articles that they name are the campaign's as well."""


def create_campaign(principal: Principal, command: SaveCampaign) -> CampaignRow:
    """Make a draft. The principal is the seller and manages prices.

    Raises:
        InvalidInput: a field is wrong, a segment, article or promotion unknown, or the code taken; `errors` says which.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    wrong, ids = _check(principal, command)
    if has_campaign(principal, command.code):
        wrong.append(field_error("code", "taken", "There is a campaign with this code."))
    refuse_if(wrong, "The campaign cannot be taken.")
    if db.session.execute(_INSERT, _values(principal, command)).one_or_none() is None:
        refuse_if(
            [field_error("code", "taken", "There is a campaign with this code.")], "The campaign cannot be taken."
        )
    _write_named(principal, command.code, *ids)
    made = get_campaign(principal, command.code)
    record(principal, "campaign.created", command.code, after=_facts(made))
    return made


def change_campaign(principal: Principal, command: SaveCampaign) -> CampaignRow:
    """Change everything but the code of a draft. The principal is the seller and manages prices.

    Raises:
        CampaignReleased: it is no draft any more.
        InvalidInput: a field is wrong, or a segment, article or promotion unknown; `errors` says which.
        NotFound: the seller has no such campaign.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    former = _lock_draft(principal, command.code)
    wrong, ids = _check(principal, command)
    refuse_if(wrong, "The campaign cannot be taken.")
    db.session.execute(_UPDATE, _values(principal, command))
    _write_named(principal, command.code, *ids)
    changed = get_campaign(principal, command.code)
    if changed != former:
        record(principal, "campaign.changed", command.code, before=_facts(former), after=_facts(changed))
    return changed


def set_picture(principal: Principal, code: str, content: bytes | None) -> CampaignRow:
    """Keep a picture with a draft, or take it away with None. The principal is the seller and manages prices.

    Raises:
        CampaignReleased: it is no draft any more.
        NotFound: the seller has no such campaign.
        PermissionDenied: the principal may not manage prices.
        UnusablePicture: it is no PNG or JPEG, or too large.
    """
    principal.require(Permission.PRICES_MANAGE)
    former = _lock_draft(principal, code)
    picture, media_type = (None, "") if content is None else clean_logo(content, LARGEST_PICTURE)
    key = {"seller": principal.selling(), "code": code}
    db.session.execute(_PICTURE, {**key, "picture": picture, "type": media_type})
    if picture is not None or former.has_picture:
        record(principal, "campaign.picture_changed", code, after={"pictures": 0 if picture is None else 1})
    return former._replace(has_picture=picture is not None)


def remove_campaign(principal: Principal, code: str) -> None:
    """Throw a draft away. The principal is the seller and manages prices.

    Raises:
        CampaignReleased: it is no draft any more.
        NotFound: the seller has no such campaign.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    former = _lock_draft(principal, code)
    db.session.execute(_REMOVE, {"seller": principal.selling(), "code": code})
    record(principal, "campaign.removed", code, before=_facts(former))


def release_campaign(principal: Principal, code: str) -> CampaignRow:
    """Release a draft to everybody whom its segment holds at this moment; they are told on its first day.

    The principal is the seller and manages prices.

    Raises:
        CampaignNotReady: the segment holds nobody, no article is named, or the last day is over.
        CampaignReleased: it was released before.
        NotFound: the seller has no such campaign.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    campaign = _lock_draft(principal, code)
    members = list_all_members(principal, campaign.segment_code)
    if not members:
        raise CampaignNotReady("The segment holds nobody now.", reason="nobody")
    if campaign.valid_to <= get_today(principal):
        raise CampaignNotReady("Its last day is over.", reason="is-over")
    if not list_articles(principal, code):
        raise CampaignNotReady("It is about no article.", reason="no-article")
    key = {"seller": principal.selling(), "code": code}
    db.session.execute(_RELEASE, key)
    db.session.execute(_RECEIVERS, {**key, "ids": [member.buyer_id for member in members]})
    record(principal, "campaign.released", code, after={"accounts": len(members)})
    emit(principal, "CampaignReleased", {"campaign": code, "accounts": len(members)})
    return get_campaign(principal, code)


def end_campaign(principal: Principal, code: str) -> CampaignRow:
    """Let a released campaign run no longer; one that is over stays as it is, and whoever was not told is not told any more.

    The principal is the seller and manages prices.

    Raises:
        NotFound: the seller has no such campaign, or it is a draft.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    campaign = _lock(principal, code)
    if campaign.state is CampaignState.DRAFT:
        raise NotFound
    if campaign.state is CampaignState.OVER:
        return get_campaign(principal, code)
    last = max(get_today(principal), campaign.valid_from)
    db.session.execute(_END, {"seller": principal.selling(), "code": code, "last": last})
    record(principal, "campaign.ended", code, after={"valid_to": last.isoformat()})
    return get_campaign(principal, code)


def note_opened(principal: Principal, code: str) -> None:
    """Note that somebody of the buyer opened the page, the first time. The principal is the buyer.

    Raises:
        PermissionDenied: the principal is no buyer.
    """
    seller_id, buyer_id = principal.buying()
    db.session.execute(_OPENED, {"seller": seller_id, "buyer": buyer_id, "code": code})


def _lock(principal: Principal, code: str) -> CampaignRow:
    if db.session.execute(_LOCK, {"seller": principal.selling(), "code": code}).one_or_none() is None:
        raise NotFound
    return get_uncounted(principal, code)


def _lock_draft(principal: Principal, code: str) -> CampaignRow:
    campaign = _lock(principal, code)
    if campaign.state is not CampaignState.DRAFT:
        raise CampaignReleased("The campaign was released: it can be ended, and no longer changed.")
    return campaign


def _write_named(principal: Principal, code: str, articles: Sequence[int], promotions: Sequence[int]) -> None:
    key = {"seller": principal.selling(), "code": code}
    for statement in _CLEAR:
        db.session.execute(statement, key)
    if articles:
        db.session.execute(_ARTICLES, {**key, "ids": list(articles)})
    if promotions:
        db.session.execute(_PROMOTIONS, {**key, "ids": list(promotions)})


def _check(principal: Principal, command: SaveCampaign) -> tuple[list[dict[str, str]], tuple[list[int], list[int]]]:
    """Give what is wrong, and the row ids of articles and promotions that are named."""
    wrong = _wrong_fields(command)
    if find_segment(principal, command.segment) is None:
        wrong.append(field_error("segment", "unknown-segment", "There is no such segment."))
    numbers, codes = list(dict.fromkeys(command.articles)), list(dict.fromkeys(command.promotions))
    listed = find_listed(principal, numbers)
    wrong += [
        field_error("articles", "unknown-article", f"No article {each}.") for each in numbers if each not in listed
    ]
    promotions = find_promotions(principal, codes)
    wrong += [
        field_error("promotions", "unknown-promotion", f"No promotion {each}.")
        for each in codes
        if each not in promotions
    ]
    return wrong, (
        [listed[each] for each in numbers if each in listed],
        [promotions[each] for each in codes if each in promotions],
    )


def _wrong_fields(command: SaveCampaign) -> list[dict[str, str]]:
    wrong = code_errors(command.code)
    for name, most in _LONGEST.items():
        given = getattr(command, name)
        plain = given.replace("\n", "").replace("\r", "") if name.startswith("text") else given
        if len(given) > most or not (plain.isprintable() or not plain):
            wrong.append(field_error(name, "too-long", f"Up to {most} printable characters."))
    if not command.title_en.strip() and not command.title_de.strip():
        wrong.append(field_error("title_de", "missing", "It has a title in one language at least."))
    days = ("valid_from", "valid_to")
    wrong += [field_error(day, "missing", "A campaign has both days.") for day in days if getattr(command, day) is None]
    if command.valid_from and command.valid_to and command.valid_to <= command.valid_from:
        wrong.append(field_error("valid_to", "ends-before-start", "It ends before it begins."))
    if len(command.articles) > MOST_ARTICLES:
        wrong.append(field_error("articles", "too-many", f"Up to {MOST_ARTICLES} articles."))
    if len(command.promotions) > MOST_PROMOTIONS:
        wrong.append(field_error("promotions", "too-many", f"Up to {MOST_PROMOTIONS} promotions."))
    return wrong


def _values(principal: Principal, command: SaveCampaign) -> dict[str, Any]:
    names = ("code", "segment", "valid_from", "valid_to")
    words = {name: getattr(command, name).strip() for name in ("title_en", "title_de", "text_en", "text_de")}
    return {"seller": principal.selling(), **{name: getattr(command, name) for name in names}, **words}


def _facts(campaign: CampaignRow) -> dict[str, Any]:
    return {
        "name": campaign.title_en or campaign.title_de,
        "segment": campaign.segment_code,
        "valid_from": campaign.valid_from.isoformat(),
        "valid_to": campaign.valid_to.isoformat(),
        "articles": campaign.articles,
        "promotions": campaign.promotions,
    }
