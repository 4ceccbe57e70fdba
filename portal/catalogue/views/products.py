"""Products as a seller sees them: its own to describe, those of organisations above it to list."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.catalogue.categories import category_texts
from portal.catalogue.forms import ProductForm, reason_text
from portal.catalogue.queries.products import (
    ListableProduct,
    OwnProduct,
    ProductFilter,
    find_own_product,
    list_products,
)
from portal.catalogue.service.products import (
    LARGEST_PICTURE,
    ProductDetails,
    change_product,
    create_product,
    remove_picture,
    set_picture,
)
from portal.catalogue.views.articles import MOST_EXPORTED
from portal.web.api.paging import page_of, read_cursor
from portal.web.csv_file import Cell, csv_answer
from portal.web.screens import Screens
from tenants.database import rollback_at_edge
from tenants.errors import Conflict, InvalidInput, NotFound
from tenants.models import Status
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

product_screens = Screens("products", __name__, capacity=Capacity.SELLER, url_prefix="/selling/catalogue/products")
VIEW, MANAGE = Permission.CATALOGUE_VIEW, Permission.CATALOGUE_MANAGE
PAGE = 50


@product_screens.screen("", VIEW)
def show_all(principal: Principal) -> ResponseReturnValue:
    """List own products and those that may be listed."""
    wanted = _filter()
    key = read_cursor(request.args.get("cursor"), 2)
    after = None if key is None else (str(key[0]), str(key[1]))
    rows = list_products(principal, wanted, after=after, limit=PAGE)
    page = page_of(rows, PAGE, ListableProduct._asdict, lambda row: (row.sku, row.owner_code))
    return render_template(
        "catalogue/products.html",
        rows=rows[:PAGE],
        categories=category_texts(principal, {row.category for row in rows}),
        next_cursor=page.next_cursor,
        wanted=wanted,
        may_manage=principal.may(MANAGE),
    )


@product_screens.screen("/products.csv", VIEW)
def export(principal: Principal) -> ResponseReturnValue:
    """Give the list with its filters as CSV."""
    head = ("owner_code", "sku", "gtin", "name_en", "name_de", "brand", "category", "base_unit", "status", "articles")
    rows = list_products(principal, _filter(), limit=MOST_EXPORTED)
    return csv_answer("products", head, map(_exported, rows))


def _exported(row: ListableProduct) -> tuple[Cell, ...]:
    cells = (row.owner_code, row.sku, row.gtin, row.name_en, row.name_de, row.brand, row.category, row.base_unit)
    return (*cells, row.status, " ".join(row.articles))


@product_screens.screen("/new", MANAGE, methods=["GET", "POST"])
def create(principal: Principal) -> ResponseReturnValue:
    """Describe a new product."""
    if request.method == "GET":
        return _form_page(principal, ProductForm.empty(), None)
    return _save(principal, ProductForm.posted(request.form), None)


@product_screens.screen("/<path:sku>", VIEW)
def show(principal: Principal, sku: str) -> ResponseReturnValue:
    """Show how an own product is described."""
    product = _get(principal, sku)
    return _form_page(principal, ProductForm.of(product), product)


@product_screens.screen("/<path:sku>", MANAGE, methods=["POST"], endpoint="change")
def change(principal: Principal, sku: str) -> ResponseReturnValue:
    """Describe an own product anew."""
    return _save(principal, ProductForm.posted(request.form), _get(principal, sku))


def _save(principal: Principal, form: ProductForm, known: OwnProduct | None) -> ResponseReturnValue:
    details = form.command(known)
    try:
        (change_product if known else create_product)(principal, details)
        _save_picture(principal, details)
    except InvalidInput as refused:
        rollback_at_edge()
        form.refuse(refused)
    except Conflict:
        rollback_at_edge()
        form.errors["sku"] = reason_text("taken")
    else:
        flash(gettext("Product %(sku)s is saved.", sku=details.sku.strip()), "success")
        return redirect(url_for("products.show", sku=details.sku.strip()), 303)
    return _form_page(principal, form, known), 422


def _save_picture(principal: Principal, details: ProductDetails) -> None:
    upload = request.files.get("picture")
    if upload is not None and upload.filename:
        content = upload.stream.read(LARGEST_PICTURE + 1)
        upload.close()
        set_picture(principal, details.sku.strip(), content)
    elif request.form.get("remove_picture") == "yes":
        remove_picture(principal, details.sku.strip())


def _form_page(principal: Principal, form: ProductForm, product: OwnProduct | None) -> str:
    return render_template("catalogue/product.html", form=form, product=product, may_manage=principal.may(MANAGE))


def _get(principal: Principal, sku: str) -> OwnProduct:
    product = find_own_product(principal, sku)
    if product is None:
        raise NotFound
    return product


def _filter() -> ProductFilter:
    status = request.args.get("status", "")
    return ProductFilter(
        words=request.args.get("q", "").replace("\x00", "").strip()[:200],
        own=request.args.get("own") == "yes",
        unlisted=request.args.get("unlisted") == "yes",
        status=status if status in set(Status) else "",
    )
