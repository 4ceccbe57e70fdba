"""An agreement as a document, in words that do not change with the reader: kept as it was accepted, in both languages.

Who accepted stands beside it, not in it: people may be erased, what was agreed may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from flask_babel import force_locale, gettext, ngettext

from portal.analytics.models import Grant
from portal.analytics.rules import Version
from portal.web.formatting import date_text

LANGUAGES = ("en", "de")


class Terms(NamedTuple):
    """What two sides agree on."""

    brand_owner: str
    wholesaler: str
    version: int
    grants: list[str]
    starts_on: date
    notice_days: int


def grant_names() -> dict[Grant, str]:
    """Name the grants in the reader's language, in the order of the agreement."""
    return {
        Grant.UNITS: gettext("Units"),
        Grant.ACTIVITY: gettext("Activity"),
        Grant.IDENTITY: gettext("Identity"),
        Grant.VALUE: gettext("Value"),
        Grant.STOCK: gettext("Stock"),
        Grant.SELL_OUT: gettext("Sell-out"),
        Grant.SERVICE: gettext("Service"),
    }


def grant_shows() -> dict[Grant, str]:
    """Say what each grant shows (SHARING: the grants)."""
    return {
        Grant.UNITS: gettext("Units by product, month and postal region."),
        Grant.ACTIVITY: gettext(
            "Retailers as pseudonyms: active, lapsed, new, how often they reorder, how many products each buys."
        ),
        Grant.IDENTITY: gettext("The retailers' names and places."),
        Grant.VALUE: gettext("Units valued at the manufacturer's own list price. Never your price."),
        Grant.STOCK: gettext("Stock on hand and how long it lasts, by product."),
        Grant.SELL_OUT: gettext("What retailers report as sold."),
        Grant.SERVICE: gettext("Registrations, fault reports and support requests."),
    }


def named_grants(grants: Iterable[str]) -> list[str]:
    """Name these grants in the reader's language."""
    given = set(grants)
    return [name for grant, name in grant_names().items() if grant.value in given]


def documents(terms: Terms) -> dict[str, str]:
    """Write the document in every language: a title and paragraphs, with an empty line between them."""
    written = {}
    for language in LANGUAGES:
        with force_locale(language):
            written[language] = "\n\n".join(_paragraphs(terms))
    return written


def document_of(version: Version, kept: Mapping[str, str], brand_owner: str, wholesaler: str) -> dict[str, str]:
    """Give a version's text by language as it was accepted; one that came in without words is put into today's."""
    if kept["en"]:
        return dict(kept)
    facts = (version.version, version.grants, version.accepted_on, version.notice_days)
    return documents(Terms(brand_owner, wholesaler, *facts))


def _paragraphs(terms: Terms) -> list[str]:
    return [
        gettext("Sharing agreement between %(brand_owner)s and %(wholesaler)s", **_sides(terms)),
        gettext(
            "Version %(version)s. It covers sales from %(date)s on, until a newer version begins or it is withdrawn.",
            version=terms.version,
            date=date_text(terms.starts_on),
        ),
        *_granted(terms),
        gettext(
            "Nothing else is shown: no price lists, discounts, quotes, framework agreements, planned promotions or credit data,"
            " nothing about other brands, and nothing of one wholesaler to another. Nothing here fixes or recommends resale"
            " prices."
        ),
        gettext(
            "A figure with fewer than three retailers behind it is gathered into “other”, with a second one where it could be"
            " worked out from the total."
        ),
        gettext(
            "Every view and every export is noted with person, time and content; %(wholesaler)s can read this log and see its"
            " figures as %(brand_owner)s does, at any time.",
            **_sides(terms),
        ),
        _end(terms),
    ]


def _sides(terms: Terms) -> dict[str, str]:
    return {"brand_owner": terms.brand_owner, "wholesaler": terms.wholesaler}


def _granted(terms: Terms) -> list[str]:
    shows, names = grant_shows(), grant_names()
    return [
        gettext("%(wholesaler)s shows %(brand_owner)s, of the brands of %(brand_owner)s alone:", **_sides(terms)),
        *(f"– {names[grant]}: {shows[grant]}" for grant in Grant if grant.value in terms.grants),
    ]


def _end(terms: Terms) -> str:
    if terms.notice_days:
        return str(
            ngettext(
                "%(wholesaler)s can withdraw at any time: from that day on nothing new is shown, and %(num)s day later past"
                " figures are out of view too.",
                "%(wholesaler)s can withdraw at any time: from that day on nothing new is shown, and %(num)s days later past"
                " figures are out of view too.",
                terms.notice_days,
                wholesaler=terms.wholesaler,
            )
        )
    return str(
        gettext(
            "%(wholesaler)s can withdraw at any time: from that day on nothing is shown, past figures included.",
            wholesaler=terms.wholesaler,
        )
    )
