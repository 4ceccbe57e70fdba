"""What people type about a campaign, read into a command, with its refusals put to the fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField

from portal.campaigns.queries import CampaignRow
from portal.campaigns.service.campaigns import SaveCampaign
from portal.campaigns.words import FIELD_PROBLEMS
from portal.pricing.forms import TypedForm, trimmed, typed_lines
from portal.pricing.words import day_cell
from portal.segments.queries import SegmentRow


class CampaignForm(TypedForm):
    """A campaign; everything is text until `command` reads it."""

    problems = FIELD_PROBLEMS

    code = StringField(_l("Code"), filters=[trimmed])
    segment = SelectField(_l("Segment"), validate_choice=False)
    valid_from = StringField(_l("Valid from"), filters=[trimmed])
    valid_to = StringField(_l("Valid until, not including"), filters=[trimmed])
    title_de = StringField(_l("Title in German"), filters=[trimmed])
    text_de = TextAreaField(_l("Text in German"), filters=[trimmed])
    title_en = StringField(_l("Title in English"), filters=[trimmed])
    text_en = TextAreaField(_l("Text in English"), filters=[trimmed])
    articles = TextAreaField(_l("Articles"), filters=[trimmed])
    promotions = TextAreaField(_l("Promotions"), filters=[trimmed])

    def offer(self, segments: Sequence[SegmentRow]) -> None:
        """Fill the choice of segments."""
        self.segment.choices = [(each.code, f"{each.name} · {each.code}") for each in segments]

    def command(self, code: str | None = None) -> SaveCampaign | None:
        """Give the command, or None after telling each field what is wrong. `code` of a campaign that exists is fixed."""
        command = SaveCampaign(
            code=code or self.code.data,
            segment=self.segment.data or "",
            title_en=self.title_en.data,
            title_de=self.title_de.data,
            text_en=self.text_en.data,
            text_de=self.text_de.data,
            valid_from=self.read_day("valid_from"),
            valid_to=self.read_day("valid_to"),
            articles=typed_lines(self.articles.data),
            promotions=typed_lines(self.promotions.data),
        )
        return None if self.has_errors else command


def form_values(campaign: CampaignRow) -> dict[str, Any]:
    """Give what the form shows of a draft that exists."""
    kept = ("code", "title_de", "text_de", "title_en", "text_en")
    return {
        **{name: getattr(campaign, name) for name in kept},
        "segment": campaign.segment_code,
        "valid_from": day_cell(campaign.valid_from),
        "valid_to": day_cell(campaign.valid_to),
        "articles": "\n".join(campaign.articles),
        "promotions": "\n".join(campaign.promotions),
    }
