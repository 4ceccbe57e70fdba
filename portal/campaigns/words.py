"""The words of campaigns, in the reader's language."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.campaigns.queries import CampaignRow, CampaignState, OwnCampaignRow
from portal.notices.kinds import own_words
from portal.promotions.words import FIELD_PROBLEMS as PROMOTION_PROBLEMS

STATES = {
    CampaignState.DRAFT: _l("Draft"),
    CampaignState.AHEAD: _l("Ahead"),
    CampaignState.RUNNING: _l("Running"),
    CampaignState.OVER: _l("Over"),
}
TONES = {
    CampaignState.DRAFT: "neutral",
    CampaignState.AHEAD: "attention",
    CampaignState.RUNNING: "good",
    CampaignState.OVER: "neutral",
}
FIELD_PROBLEMS = {
    **PROMOTION_PROBLEMS,
    "taken": _l("There is a campaign with this code."),
    "too-long": _l("This is too long."),
    "too-many": _l("These are too many."),
    "unknown-segment": _l("There is no such segment."),
    "unknown-promotion": _l("There is no such promotion."),
}
NOT_READY = {
    "nobody": _l("The segment holds nobody now, so the campaign would reach nobody."),
    "is-over": _l("Its last day is over. Change the days first."),
    "no-article": _l("It is about no article. Name articles, or a promotion that names some."),
}


def title_of(campaign: CampaignRow | OwnCampaignRow) -> str:
    """Give a campaign's title in the reader's language."""
    return own_words(campaign._asdict(), "title")


def text_of(campaign: CampaignRow | OwnCampaignRow) -> str:
    """Give a campaign's text in the reader's language."""
    return own_words(campaign._asdict(), "text")
