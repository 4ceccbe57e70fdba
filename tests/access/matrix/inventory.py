"""Who gets what of stock."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import EVERY_ROLE, SHIPPING, Row, api, selling

_LEVEL = {"warehouse": "WH-NORTH", "article": "{article}", "on_hand": "77"}

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
)
