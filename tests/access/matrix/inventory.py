"""Who gets what of stock."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import EVERY_ROLE, SHIPPING, Row, api, selling

_LEVEL = {"warehouse": "WH-NORTH", "article": "{article}", "on_hand": "77"}
_RECEIPT = {"warehouse": "WH-NORTH", "article": "{article}", "quantity": 5}
_EXPECTED = {**_RECEIPT, "expected_on": "2027-01-04"}

_COUNT = "warehouse;article;quantity\nWH-NORTH;{article};77"

ROWS: tuple[Row, ...] = (
    selling("stock.show_all", "GET", EVERY_ROLE),
    selling("stock.export", "GET", EVERY_ROLE),
    selling("stock.show", "GET", EVERY_ROLE, article_number="stocked_article"),
    selling(
        "stock.change",
        "POST",
        SHIPPING,
        303,
        article_number="stocked_article",
        form={"act": "count", "warehouse": "WH-NORTH", "quantity": "77", "reason": "counted"},
    ),
    selling("stock.counts", "GET", SHIPPING),
    selling(
        "stock.take_counts", "POST", SHIPPING, 303, article="article", absent=422, form={"text": _COUNT, "act": "take"}
    ),
    selling("stock.open_warehouse", "POST", SHIPPING, 303, form={"code": "WH-NEW", "name": "New"}),
    # An article that is not the seller's is a row that cannot be taken, and it does not say why.
    api("put_stock", "PUT", Scope.SELLING_WRITE, article="article", absent=422, body={"levels": [_LEVEL]}),
    api("list_stock", "GET", Scope.SELLING_READ),
    api("list_article_stock", "GET", Scope.SELLING_READ, article="article"),
    api("list_stock_movements", "GET", Scope.SELLING_READ, article="article"),
    api(
        "create_stock_receipt",
        "POST",
        Scope.SELLING_WRITE,
        201,
        article="article",
        absent=422,
        body=_RECEIPT,
        headers={"Idempotency-Key": "key-of-the-matrix"},
    ),
    api("put_expected_stock", "PUT", Scope.SELLING_WRITE, article="article", absent=422, body=_EXPECTED),
    api("list_own_warehouses", "GET", Scope.SELLING_READ),
    api("create_warehouse", "POST", Scope.SELLING_WRITE, 201, body={"code": "WH-NEW", "name": "New"}),
)
