"""The seller's articles: list, export, listing a product, changing how it is listed."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.catalogue.forms import ArticleForm, reason_text
from portal.catalogue.queries.articles import ArticleFilter, OwnArticle, find_article, find_listable, list_articles
from portal.catalogue.service.articles import ArticleHasOrders, save_article
from portal.web.api.paging import page_of, read_cursor
from portal.web.csv_file import Cell, csv_answer
from portal.web.screens import Screens
from tenants.errors import Conflict, InvalidInput, NotFound
from tenants.models import Status
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

article_screens = Screens("articles", __name__, capacity=Capacity.SELLER, url_prefix="/selling/catalogue")
VIEW, MANAGE = Permission.CATALOGUE_VIEW, Permission.CATALOGUE_MANAGE
PAGE = 50
MOST_EXPORTED = 200_000


@article_screens.screen("", VIEW)
def show_all(principal: Principal) -> ResponseReturnValue:
    """List the articles by number."""
    wanted = _filter()
    key = read_cursor(request.args.get("cursor"), 2)
    after = None if key is None else (str(key[0]), int(key[1]))
    rows = list_articles(principal, wanted, after=after, limit=PAGE)
    page = page_of(rows, PAGE, OwnArticle._asdict, lambda row: (row.number_key, row.id))
    return render_template(
        "catalogue/articles.html",
        rows=rows[:PAGE],
        next_cursor=page.next_cursor,
        wanted=wanted,
        may_manage=principal.may(MANAGE),
    )


@article_screens.screen("/articles.csv", VIEW)
def export(principal: Principal) -> ResponseReturnValue:
    """Give the list with its filters as CSV, with the columns of a channel folder's listings."""
    head = ("article", "owner_code", "sku", "min_quantity", "order_multiple", "backorder", "status", "gtin")
    rows = list_articles(principal, _filter(), limit=MOST_EXPORTED)
    return csv_answer("articles", (*head, "name_en", "name_de"), map(_exported, rows))


def _exported(row: OwnArticle) -> tuple[Cell, ...]:
    quantities = (row.min_quantity.normalize(), row.order_multiple.normalize())
    cells = (row.article_number, row.owner_code, row.sku, *quantities, row.backorder, row.status, row.gtin)
    return (*cells, row.name_en, row.name_de)


@article_screens.screen("/articles/new", MANAGE, methods=["GET", "POST"])
def create(principal: Principal) -> ResponseReturnValue:
    """List a product under an own number."""
    if request.method == "GET":
        form = ArticleForm.empty(request.args.get("sku", ""), request.args.get("owner", ""))
        return _form_page(principal, form)
    form = ArticleForm.posted(request.form)
    return _save(principal, form, "")


@article_screens.screen("/articles/<path:article>", VIEW)
def show(principal: Principal, article: str) -> ResponseReturnValue:
    """Show how an article is listed."""
    return _form_page(principal, ArticleForm.of(_get(principal, article)), article)


@article_screens.screen("/articles/<path:article>", MANAGE, methods=["POST"], endpoint="change")
def change(principal: Principal, article: str) -> ResponseReturnValue:
    """Change how an article is listed."""
    _get(principal, article)
    return _save(principal, ArticleForm.posted(request.form), article)


def _save(principal: Principal, form: ArticleForm, number: str) -> ResponseReturnValue:
    details = form.command(number)
    try:
        save_article(principal, details, is_new=not number)
    except InvalidInput as refused:
        form.refuse(refused.details["errors"])
    except ArticleHasOrders as refused:
        form.errors["sku"] = reason_text(refused.code)
    except Conflict:
        form.errors["article"] = reason_text("taken")
    else:
        flash(gettext("Article %(number)s is saved.", number=details.article), "success")
        return redirect(url_for("articles.show", article=details.article.strip()), 303)
    return _form_page(principal, form, number), 422


def _form_page(principal: Principal, form: ArticleForm, number: str = "") -> str:
    return render_template(
        "catalogue/article.html",
        form=form,
        number=number,
        product=find_listable(principal, form.values["sku"], form.values["owner"]) if form.values["sku"] else None,
        may_manage=principal.may(MANAGE),
    )


def _get(principal: Principal, number: str) -> OwnArticle:
    article = find_article(principal, number)
    if article is None:
        raise NotFound
    return article


def _filter() -> ArticleFilter:
    status = request.args.get("status", "")
    return ArticleFilter(
        words=request.args.get("q", "").replace("\x00", "").strip()[:200],
        status=status if status in set(Status) else "",
        falling=request.args.get("sort") == "-article",
    )
