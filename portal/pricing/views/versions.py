"""The history of a list on screen: its drafts and versions, what each changed, and the way back."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.catalogue.units import product_name
from portal.pricing import words
from portal.pricing.api.drafts import change_cursor
from portal.pricing.api.entries import cursor_key
from portal.pricing.queries import revisions as queries
from portal.pricing.queries.price_lists import get_price_list
from portal.pricing.service.drafts import begin_roll_back
from portal.pricing.views.blueprint import prices
from portal.pricing.views.drafts import change_text
from portal.web.api.paging import page_of, read_cursor
from tenants.permissions import Permission
from tenants.principal import Principal

_PAGE = 50
_MOST_DRAFTS = 50


@prices.screen("/lists/<code>/versions/", Permission.PRICES_VIEW)
def show_versions(principal: Principal, code: str) -> ResponseReturnValue:
    """List a list's drafts and versions, newest first."""
    price_list = get_price_list(principal, code)
    before = read_cursor(request.args.get("cursor"), 1)
    rows = queries.list_revisions(
        principal, price_list.id, published=True, before=int(before[0]) if before else None, limit=_PAGE + 1
    )
    return render_template(
        "pricing/versions.html",
        price_list=price_list,
        page=page_of(rows, _PAGE, lambda row: row, lambda row: (row.version or 0,)),
        drafts=queries.list_revisions(principal, price_list.id, published=False, limit=_MOST_DRAFTS),
        newest_version=queries.get_newest_version(principal, price_list.id),
        editable=principal.may(Permission.PRICES_MANAGE),
        words=words,
    )


@prices.screen("/lists/<code>/versions/<int:version>/", Permission.PRICES_VIEW)
def show_version(principal: Principal, code: str, version: int) -> ResponseReturnValue:
    """Show what a version changed."""
    price_list = get_price_list(principal, code)
    published = queries.get_version(principal, price_list.id, version)
    found = request.args.get("q", "").strip()[:100]
    after = cursor_key(request.args.get("cursor"))
    rows = queries.list_changes(principal, price_list.id, published.id, words=found, after=after, limit=_PAGE + 1)
    return render_template(
        "pricing/version.html",
        price_list=price_list,
        version=published,
        page=page_of(rows, _PAGE, lambda row: row, change_cursor),
        newest_version=queries.get_newest_version(principal, price_list.id),
        change_text=change_text,
        product_name=product_name,
        q=found,
        editable=principal.may(Permission.PRICES_MANAGE),
        words=words,
    )


@prices.screen("/lists/<code>/versions/<int:version>/roll-back", Permission.PRICES_MANAGE, methods=["POST"])
def roll_back(principal: Principal, code: str, version: int) -> ResponseReturnValue:
    """Begin a draft that undoes everything after the version; it is looked at and published like any other."""
    draft = begin_roll_back(principal, code, version)
    return redirect(url_for("prices.show_draft", code=code, number=draft.number))
