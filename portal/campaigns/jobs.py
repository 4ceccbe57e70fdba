"""The worker's part: receivers of campaigns that began are told, and mailed."""

from __future__ import annotations

from flask import Flask
from flask_babel import force_locale, gettext

from portal.campaigns.queries import CampaignState, get_uncounted, may_be_mailed
from portal.campaigns.service.telling import KIND, MAIL_DUE, tell_receivers
from portal.core.i18n import offered_language
from portal.core.mail import send_mail
from portal.core.outbox import Event, subscribe
from portal.core.recurring import recurring
from portal.notices.kinds import own_words
from portal.notices.unsubscribing import unsubscribe_link
from portal.web.headers import public_link
from tenants.principal import Principal

EVERY_SECONDS = 5.0


def register(_app: Flask) -> None:
    """Look for campaigns that began; hear of the mails that are due."""
    recurring("telling of campaigns", EVERY_SECONDS, tell_receivers)
    subscribe(MAIL_DUE, "mail_campaign", mail_campaign)


def mail_campaign(principal: Principal, event: Event) -> None:
    """Send one person the campaign in its language, if it still runs and the person still wants it. The principal is the seller."""
    facts = event.payload
    found = get_uncounted(principal, facts["campaign"])
    if found.state is not CampaignState.RUNNING or not may_be_mailed(
        principal, facts["organisation_id"], facts["user_id"], KIND
    ):
        return
    campaign, locale = found._asdict(), offered_language(facts["locale"])
    unsubscribe_url = unsubscribe_link(facts["organisation_id"], facts["user_id"], KIND)
    with force_locale(locale):
        context = {
            "name": facts["name"],
            "organisation": facts["organisation"],
            "title": own_words(campaign, "title"),
            "text": own_words(campaign, "text"),
            "valid_to": campaign["valid_to"],
            "act_url": public_link("own_campaigns.show_one", code=campaign["code"]),
            "act_label": str(gettext("See the articles at your prices")),
            "unsubscribe_url": unsubscribe_url,
            "choices_url": public_link("notices.show_choices"),
        }
    send_mail(
        facts["email"],
        "campaign",
        context,
        locale=locale,
        organisation=principal.organisation_id,
        event_id=event.id,
        unsubscribe_url=unsubscribe_url,
    )
