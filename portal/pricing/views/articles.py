"""Who pays what for one article."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.catalogue.units import product_name, unit_word
from portal.pricing import words
from portal.pricing.queries.article_prices import find_priced_article, list_article_prices
from portal.pricing.queries.price_lists import get_strategy, get_today
from portal.pricing.rules.entry_rows import RowProblem
from portal.pricing.rules.price_sheet import read_starting_day
from portal.pricing.views.blueprint import prices
from portal.web.api.paging import page_of, read_text_cursor
from tenants.permissions import Permission
from tenants.principal import Principal

_PAGE = 50


@prices.screen("/article", Permission.PRICES_VIEW)
def show_article(principal: Principal) -> ResponseReturnValue:
    """Show what each list says of an article, a page of lists at a time."""
    number, typed_day = request.args.get("article", "").strip(), request.args.get("on", "").strip()
    day = read_starting_day(typed_day)
    day_error = str(words.ROW_PROBLEMS[day]) if isinstance(day, RowProblem) else ""
    on = None if isinstance(day, RowProblem) else day
    article = find_priced_article(principal, number) if number else None
    page = None
    if article is not None:
        after = read_text_cursor(request.args.get("cursor"))
        rows = list_article_prices(principal, article.id, on=on, after=after, limit=_PAGE + 1)
        page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.price_list.code,))
    answer = render_template(
        "pricing/article_prices.html",
        number=number,
        typed_day=typed_day,
        day_error=day_error,
        on=on or get_today(principal),
        article=article,
        name=product_name(article.name_en, article.name_de) if article else "",
        unit=unit_word(article.base_unit, several=False) if article else "",
        page=page,
        strategy=get_strategy(principal),
        words=words,
    )
    return answer, 404 if number and article is None else 200
