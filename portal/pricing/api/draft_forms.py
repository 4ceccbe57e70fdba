"""The form of drafts and versions of price lists over HTTP."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, StringConstraints

from portal.pricing.api.entries import Documented, NamedEntry
from portal.pricing.queries.revisions import Show
from portal.pricing.service.drafts import LONGEST_NAME, Keep
from portal.pricing.service.entries import MOST_ENTRIES
from portal.pricing.service.publishing import LONGEST_REASON
from portal.web.api import (
    USUAL_ITEMS,
    ApiAnswer,
    ApiBody,
    ApiQuery,
    Cursor,
    IsoDate,
    Limit,
    Price,
    Quantity,
    Text,
    Whole,
)

_MOST_NUMBER = 2_000_000_000
_FRACTION = Decimal("0.0001")

Number = Annotated[int, Field(ge=1, le=_MOST_NUMBER), Whole]
"""Of a draft or version, counted for each list."""

Fraction = Annotated[
    Decimal,
    PlainSerializer(lambda value: f"{value.quantize(_FRACTION):f}", return_type=str, when_used="json-unless-none"),
]
"""A fraction: "0.0500" is 5 percent."""

Reason = Annotated[str, StringConstraints(max_length=LONGEST_REASON, pattern=r"^[^\x00-\x1f\x7f]*$")]
DraftName = Annotated[str, StringConstraints(max_length=LONGEST_NAME, pattern=r"^[^\x00-\x1f\x7f]*$")]


class BeginDraft(ApiBody):
    """An empty draft, or one that rolls back: `roll_back_to` is the version that is to hold again (0 = before the first)."""

    name: DraftName = ""
    roll_back_to: Annotated[int, Field(ge=0, le=_MOST_NUMBER), Whole] | None = None


class DraftRow(ApiAnswer):
    """A draft: what it is called, and on which version of the list it was begun."""

    number: int
    name: str
    base_version: int
    edition: int
    undoes_after: int | None
    created_at: datetime
    created_by_name: str


class VersionRow(ApiAnswer):
    """A published version: who, when and why, and how many entries it wrote."""

    version: int
    name: str
    undoes_after: int | None
    published_at: datetime
    published_by_name: str
    reason: str
    created_count: int
    changed_count: int
    removed_count: int


class DraftSummary(ApiAnswer):
    """A draft in numbers; changes and margins are fractions. Costs and margins are the seller's alone."""

    created: int
    changed: int
    removed: int
    suspicious: int
    conflicts: int
    below_cost: int
    raised: int
    lowered: int
    mean_change: Fraction | None
    largest_fall: Fraction | None
    largest_rise: Fraction | None
    first_day: IsoDate | None
    margin_before: Fraction | None
    margin_after: Fraction | None


class DraftAnswer(DraftRow):
    """A draft with what it would do."""

    newest_version: int
    summary: DraftSummary


class ChangeAnswer(ApiAnswer):
    """What happens to one entry; a null price means no entry. `live_price` is what holds now."""

    article: str
    min_quantity: Quantity
    valid_from: IsoDate | None
    former_price: Price | None
    former_valid_to: IsoDate | None
    net_price: Price | None
    valid_to: IsoDate | None
    live_price: Price | None
    cost_price: Price | None
    is_suspicious: bool
    is_conflict: bool


class ListQuery(ApiQuery):
    """Which page."""

    limit: Limit = USUAL_ITEMS
    cursor: Cursor = ""


class ChangesQuery(ListQuery):
    """Which changes, and which page of them."""

    q: Text = Field("", max_length=100, description="Part of an article's number or name.")
    show: Show = Show.ALL


class DraftedEntry(NamedEntry):
    """A net price per base unit, or null to take the entry away; `valid_to` is the first day it no longer applies."""

    net_price: Annotated[Any, Documented(Price | None)] = None
    valid_to: Annotated[Any, Documented(IsoDate | None)] = None


class DraftedEntries(ApiBody):
    """Entries as the draft is to have them."""

    entries: list[DraftedEntry] = Field(min_length=1, max_length=MOST_ENTRIES)


class Settlement(ApiBody):
    """Which side stays in every conflict: the draft's (`mine`) or the list's (`theirs`)."""

    keep: Keep = Field(strict=False)


class Publication(ApiBody):
    """Why; with `edition`, the draft is published only if it is still that one."""

    reason: Reason = ""
    edition: Number | None = None
