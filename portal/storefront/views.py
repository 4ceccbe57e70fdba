"""The catalogue as its buyer sees it: priced list with facets, product page, and the way into the basket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext

from portal.catalogue.attributes import readable_attributes
from portal.catalogue.queries.search import KEY_PARTS, MOST_COUNTED, MOST_WORDS, ArticleSearch, Sort, cursor_key
from portal.catalogue.queries.words import suggest_words
from portal.catalogue.rules import clean_category, parent_paths
from portal.catalogue.units import unit_word
from portal.core.idempotency import new_key, request_hash
from portal.ordering.grid import GridLine, build_rows, packaging_of
from portal.ordering.queries.grid import find_facts
from portal.ordering.service.basket import BasketEntry, add_lines
from portal.storefront.preview import preview
from portal.storefront.price_csv import PRICE_FILES, price_csv
from portal.storefront.queries import ProductPage, find_articles, get_product, read_prices
from portal.storefront.shown import count_text, shown_rows
from portal.web.api.paging import read_cursor, write_cursor
from portal.web.formatting import plain_quantity, quantity_text, reader_locale
from portal.web.headers import safe_target
from portal.web.navigation import navigation
from portal.web.order_grid import GridRow, read_quantity
from portal.web.rate_limits import count
from portal.web.screens import Screens
from portal.web.shell import ShellSources
from tenants.errors import NotFound
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

storefront = Screens("storefront", __name__, capacity=Capacity.BUYER, url_prefix="/buying")

PAGE = 24
_BRANDS_SHOWN = 12
_LARGEST = Decimal(1_000_000)
SORT_LABELS: Mapping[Sort, Any] = {
    Sort.RELEVANCE: lazy_gettext("Best match"),
    Sort.CATEGORY: lazy_gettext("Category"),
    Sort.NAME: lazy_gettext("Name"),
    Sort.ARTICLE: lazy_gettext("Article number"),
}


@storefront.screen("/catalogue", Permission.CATALOGUE_VIEW)
def show(principal: Principal) -> ResponseReturnValue:
    """List what the seller offers, at the buyer's own prices."""
    wanted = _wanted()
    after = cursor_key(read_cursor(request.args.get("cursor"), KEY_PARTS))
    page = find_articles(principal, wanted, after=after, limit=PAGE)
    return render_template(
        "storefront/catalogue.html",
        page=page,
        rows=shown_rows(page.rows, page.currency),
        counted=count_text(),
        category_url=_address("category"),
        brand_url=_address("brand"),
        wanted=wanted,
        next_cursor=write_cursor(page.next_key) if page.next_key else None,
        is_more_than_counted=bool(wanted.words) and page.facets.total >= MOST_COUNTED,
        sorts=[
            (sort.value, label) for sort, label in SORT_LABELS.items() if wanted.words or sort is not Sort.RELEVANCE
        ],
        suggestion=suggest_words(principal, wanted.words) if wanted.words and not page.facets.total else "",
        brands_shown=_BRANDS_SHOWN,
        may_order=principal.may(Permission.ORDERS_PLACE),
        key=new_key(),
    )


@storefront.screen("/prices.csv", Permission.CATALOGUE_VIEW)
def export_prices(principal: Principal) -> ResponseReturnValue:
    """Give everything the seller offers at the buyer's own prices as CSV."""
    count(*PRICE_FILES, principal.actor)
    return price_csv(read_prices(principal), principal.currency)


@storefront.screen("/catalogue/<path:article>", Permission.CATALOGUE_VIEW)
def product(principal: Principal, article: str) -> ResponseReturnValue:
    """Show one article with everything that helps to decide."""
    return _product_page(get_product(principal, article), principal)


@storefront.screen("/catalogue", Permission.ORDERS_PLACE, methods=["POST"], endpoint="add")
def add_to_basket(principal: Principal) -> ResponseReturnValue:
    """Put an article into the basket and go on where one was; a wrong quantity is asked about, never changed."""
    article = request.form.get("article", "")
    typed = request.form.get("quantity", "")[:40]
    row = _typed_row(principal, article, typed, in_packaging=request.form.get("unit") == "packaging")
    if row.error is not None or not row.base_quantity:
        return _product_page(get_product(principal, article), principal, row), 422
    entry = BasketEntry(article, row.base_quantity, row.unit_price, row.in_packaging)
    if not add_lines(principal, [entry], _form_key(article, row.base_quantity)):
        flash(gettext("This was sent before and is in the basket. Nothing was added again."), "info")
        return redirect(safe_target(request.form.get("next"), url_for("storefront.show")), 303)
    flash(
        gettext(
            "%(quantity)s of “%(name)s” added to the basket.",
            quantity=quantity_text(row.quantity, row.stated_unit(row.quantity or Decimal(0))),
            name=row.name,
        ),
        "success",
    )
    return redirect(safe_target(request.form.get("next"), url_for("storefront.show")), 303)


def _form_key(article: str, quantity: Decimal) -> str:
    """One page has a form for each article, and who goes back to it may want another quantity: those are other acts."""
    key = request.form.get("idempotency_key", "")
    return request_hash("into the basket", [key, article, str(quantity.normalize())]).hex() if key else ""


def _address(parameter: str) -> Callable[[str], str]:
    """Give a maker of this page's address with one filter set to a value; the value that is set already takes it off."""
    kept = {name: value for name, value in request.args.items() if name not in {parameter, "cursor"} and value}
    base = request.path + "?" + urlencode(kept) + ("&" if kept else "")
    chosen = request.args.get(parameter) if parameter == "brand" else None
    return lambda value: base if value == chosen else f"{base}{parameter}={_quoted(value)}"


_quoted = lru_cache(maxsize=1024)(quote)
"""Categories and brands as they stand in addresses: a page has fifty, and the next one the same."""


def _wanted() -> ArticleSearch:
    words = request.args.get("q", "")[:MOST_WORDS]
    usual = Sort.RELEVANCE if words.strip() else Sort.CATEGORY
    asked = request.args.get("sort", "")
    return ArticleSearch(
        words=words,
        category=clean_category(request.args.get("category", "")[:500]),
        brand=request.args.get("brand", "")[:200],
        only_available=request.args.get("available") == "yes",
        sort=Sort(asked) if asked in set(Sort) else usual,
        german=reader_locale().language == "de",
    )


def _typed_row(principal: Principal, article: str, typed: str, *, in_packaging: bool) -> GridRow:
    """Give the article with what was typed for it, checked as the order grid checks it.

    Raises:
        NotFound: the seller offers no such article.
    """
    fact = find_facts(principal, [article]).get(article)
    if fact is None or not fact.offered:
        raise NotFound
    quantity = read_quantity(typed)
    contains = packaging_of(fact)[1]
    base = None if quantity is None else quantity * (contains if in_packaging else Decimal(1))
    if base is not None and not 0 < base < _LARGEST:
        base = None
    line = GridLine(article, base, in_packaging, None if base else typed or "0")
    [row] = build_rows(principal, [line])
    return row


def _product_page(page: ProductPage, principal: Principal, typed: GridRow | None = None) -> str:
    trail = []
    for path in parent_paths(page.row.category):
        english, german = page.category_names.get(path, ("", ""))
        last = path.rpartition(" > ")[2]
        name = (german or english) if reader_locale().language == "de" else (english or german)
        trail.append((name or last, url_for("storefront.show", category=path)))
    return render_template(
        "storefront/product.html",
        page=page,
        row=page.row,
        shown=shown_rows([page.row], page.currency)[0],
        trail=trail,
        attributes=readable_attributes(page.attributes),
        typed=typed,
        quantity=typed.typed if typed else plain_quantity(page.row.least_quantity),
        may_order=principal.may(Permission.ORDERS_PLACE) and not page.row.price.on_request,
        key=new_key(),
    )


def register(app: Flask) -> None:
    """Bind the screens, head the column with them, and let the search box of the bar lead here."""
    app.register_blueprint(storefront)
    app.register_blueprint(preview)
    app.add_template_filter(unit_word, "unit_word")
    sources: ShellSources = app.extensions["shell"]
    sources.search[Capacity.BUYER] = ("storefront.show", lazy_gettext("Article, GTIN or word"))
    navigation.add(
        Capacity.BUYER,
        lazy_gettext("Buy"),
        lazy_gettext("Catalogue"),
        "storefront.show",
        "catalogue",
        Permission.CATALOGUE_VIEW,
        15,
    )
