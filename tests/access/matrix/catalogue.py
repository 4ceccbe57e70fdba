"""Who gets what of the catalogue."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import EVERY_ROLE, MANAGERS, Row, anywhere, api, selling

_PRODUCT = {"sku": "{sku}", "name_en": "New", "base_unit": "EA", "status": "active"}
_NEW_PRODUCT = {**_PRODUCT, "sku": "SKU-NEW"}
_ARTICLE = {"sku": "{sku}", "article": "ART-NEW", "min_quantity": "1", "order_multiple": "1", "status": "active"}
_CHANGE = {**_ARTICLE, "sku": "SKU-NORTH-1", "article": "{article}", "backorder": "allow"}
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="  # one pixel
_LISTABLE = ("own", "parent")
"""What the manufacturer above describes, those below it may list."""

ROWS: tuple[Row, ...] = (
    anywhere("catalogue.picture", "GET", EVERY_ROLE, digest="picture", finds=_LISTABLE),
    selling("articles.show_all", "GET", EVERY_ROLE),
    selling("articles.export", "GET", EVERY_ROLE),
    selling("articles.show", "GET", EVERY_ROLE, article="article"),
    selling("articles.change", "POST", MANAGERS, 303, article="article", form=_CHANGE),
    selling("articles.create", "GET", MANAGERS, sku="product", absent=200, finds=_LISTABLE, query={"sku": "{sku}"}),
    selling("articles.create", "POST", MANAGERS, 303, sku="product", absent=422, finds=_LISTABLE, form=_ARTICLE),
    selling("products.show_all", "GET", EVERY_ROLE),
    selling("products.export", "GET", EVERY_ROLE),
    selling("products.show", "GET", EVERY_ROLE, sku="product"),
    selling("products.change", "POST", MANAGERS, 303, sku="product", form=_PRODUCT),
    selling("products.create", "GET", MANAGERS),
    selling("products.create", "POST", MANAGERS, 303, form=_NEW_PRODUCT),
    api("list_selling_articles", "GET", Scope.SELLING_READ),
    api("get_selling_article", "GET", Scope.SELLING_READ, article="article"),
    api(
        "put_selling_article",
        "PUT",
        Scope.SELLING_WRITE,
        path={"article": "ART-NEW"},
        sku="product",
        finds=_LISTABLE,
        absent=422,
        body={"sku": "{sku}"},
    ),
    api("list_selling_products", "GET", Scope.SELLING_READ),
    api("get_selling_picture", "GET", Scope.SELLING_READ, digest="picture", finds=_LISTABLE),
    # A buyer of north sees what north lists: its own product and the manufacturer's.
    api("get_buying_picture", "GET", Scope.BUYING_READ, digest="picture", finds=_LISTABLE),
    api("get_selling_product", "GET", Scope.SELLING_READ, sku="product"),
    # A code that is nobody's or another's becomes a product of one's own.
    api("put_selling_product", "PUT", Scope.SELLING_WRITE, sku="product", absent=200, body={"name_en": "New"}),
    api("delete_selling_product_picture", "DELETE", Scope.SELLING_WRITE, sku="product"),
    api("put_selling_product_picture", "PUT", Scope.SELLING_WRITE, sku="product", body={"content": _PIXEL}),
)
