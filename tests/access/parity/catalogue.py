"""The screens of the catalogue and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import LOOK, Table, by, without

SCREENS: Table = {
    "GET catalogue.picture": without(LOOK),
    "GET articles.show": by("get_selling_article"),
    "POST articles.change": by("put_selling_article"),
    "GET articles.create": by("get_selling_product"),
    "POST articles.create": by("put_selling_article"),
    "GET products.show": by("get_selling_product"),
    "POST products.change": by("put_selling_product", "put_selling_product_picture"),
    "GET products.create": by("get_selling_product"),
    "POST products.create": by("put_selling_product", "put_selling_product_picture"),
}

MISSING = frozenset({"GET articles.show_all", "GET articles.export", "GET products.show_all", "GET products.export"})
