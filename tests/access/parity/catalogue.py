"""The screens of the catalogue and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import Table, by

_SAVE_PRODUCT = by("put_selling_product", "put_selling_product_picture", "delete_selling_product_picture")

SCREENS: Table = {
    "GET catalogue.picture": by("get_selling_picture", "get_buying_picture"),
    "GET articles.show_all": by("list_selling_articles"),
    "GET articles.export": by("list_selling_articles"),
    "GET articles.show": by("get_selling_article"),
    "POST articles.change": by("put_selling_article"),
    "GET articles.create": by("get_selling_product"),
    "POST articles.create": by("put_selling_article"),
    "GET products.show_all": by("list_selling_products"),
    "GET products.export": by("list_selling_products"),
    "GET products.show": by("get_selling_product"),
    "POST products.change": _SAVE_PRODUCT,
    "GET products.create": by("get_selling_product"),
    "POST products.create": _SAVE_PRODUCT,
}
