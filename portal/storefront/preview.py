"""The portal as one of the seller's buyers would see it on a day, perhaps with a draft of prices published. Read-only."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.queries.accounts import get_account
from portal.catalogue.units import product_name, unit_word
from portal.pricing import words as price_words
from portal.pricing.queries import find_buyer_id
from portal.pricing.queries.drafted import Drafted
from portal.pricing.queries.price_lists import get_price_list, get_today
from portal.pricing.queries.revisions import RevisionRow, get_draft
from portal.pricing.rules.entry_rows import RowProblem
from portal.pricing.rules.price_sheet import read_starting_day
from portal.promotions.words import benefit_text
from portal.storefront.price_csv import PRICE_FILES, price_csv
from portal.storefront.queries import preview_articles, read_prices
from portal.web.api.paging import read_text_cursor, write_cursor
from portal.web.rate_limits import count
from portal.web.screens import Screens
from tenants.database import forbid_writes
from tenants.errors import NotFound
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

preview = Screens("preview", __name__, capacity=Capacity.SELLER, url_prefix="/selling/prices/preview")

_PAGE = 24
_LONGEST_NUMBER = 10


@preview.screen("/", Permission.PRICES_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """Show articles, prices, tiers and promotions as a buyer would see them; the server refuses any write meanwhile."""
    forbid_writes()
    asked = _asked()
    errors: dict[str, str] = {}
    buyer_id = find_buyer_id(principal, asked["account"]) if asked["account"] else None
    if asked["account"] and buyer_id is None:
        errors["account"] = price_words.FIELD_PROBLEMS["unknown-account"] % {"value": asked["account"]}
    day = read_starting_day(asked["on"])
    if isinstance(day, RowProblem):
        errors["on"] = str(price_words.ROW_PROBLEMS[day])
    draft, drafted = _draft(principal, asked["list"], asked["draft"])
    found: dict[str, Any] = {"rows": None, "next_cursor": None, "on": get_today(principal)}
    if buyer_id is not None and not isinstance(day, RowProblem):
        found |= _found(principal, buyer_id, day, drafted, asked["q"][:100])
    page = render_template(
        "storefront/preview.html",
        asked=asked,
        errors=errors,
        draft=draft,
        account=get_account(principal, asked["account"]) if buyer_id is not None else None,
        product_name=product_name,
        unit_word=unit_word,
        benefit_text=benefit_text,
        currency=principal.currency,
        words=price_words,
        **found,
    )
    return page, 422 if errors else 200


@preview.screen("/prices.csv", Permission.PRICES_VIEW)
def export_prices(principal: Principal) -> ResponseReturnValue:
    """Give everything the buyer would be offered on the day, and what it costs it, as CSV; what is wrong is told by the page."""
    forbid_writes()
    asked = _asked()
    buyer_id, day = find_buyer_id(principal, asked["account"]), read_starting_day(asked["on"])
    if buyer_id is None or isinstance(day, RowProblem):
        return redirect(url_for("preview.show", account=asked["account"], on=asked["on"]))
    count(*PRICE_FILES, principal.actor)
    _, drafted = _draft(principal, asked["list"], asked["draft"])
    return price_csv(read_prices(principal, buyer_id=buyer_id, on=day, drafted=drafted), principal.currency)


def _asked() -> dict[str, str]:
    return {name: request.args.get(name, "").strip() for name in ("account", "on", "q", "list", "draft")}


def _found(
    principal: Principal, buyer_id: int, day: date | None, drafted: Drafted | None, words: str
) -> dict[str, Any]:
    after = read_text_cursor(request.args.get("cursor"))
    page = preview_articles(principal, buyer_id, on=day, drafted=drafted, words=words, after=after or "", limit=_PAGE)
    return {
        "rows": page.rows,
        "next_cursor": write_cursor((page.rows[-1].article_number,)) if page.more else None,
        "on": page.book.on,
    }


def _draft(principal: Principal, code: str, number: str) -> tuple[RevisionRow | None, Drafted | None]:
    """Give the draft that is to be looked at as if it were published.

    Raises:
        NotFound: there is no such draft.
    """
    if not code or not number:
        return None, None
    if not (number.isascii() and number.isdigit() and len(number) < _LONGEST_NUMBER):
        raise NotFound
    price_list = get_price_list(principal, code)
    draft = get_draft(principal, price_list.id, int(number))
    return draft, Drafted(price_list.id, draft.id)
