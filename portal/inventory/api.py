"""Stock over HTTP."""

from __future__ import annotations

from flask import Flask
from pydantic import Field

from portal.inventory.service import CountedLevel, set_levels
from portal.web.api import ApiAnswer, ApiBody, Code, StockQuantity, operation
from tenants.errors import InvalidInput
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

MOST_LEVELS = 10_000


class LevelBody(ApiBody):
    """What is on hand of an article in a warehouse, in base units."""

    warehouse: Code
    article: Code
    on_hand: StockQuantity


class StockBody(ApiBody):
    """Levels that were counted."""

    levels: list[LevelBody] = Field(min_length=1, max_length=MOST_LEVELS)


class StockAnswer(ApiAnswer):
    """What changed; `lines_served` counts the order lines that got stock they waited for."""

    changed: int
    unchanged: int
    lines_served: int


@operation(
    "PUT",
    "/selling/stock",
    permission=Permission.STOCK_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=StockBody,
    response=StockAnswer,
    errors=[InvalidInput],
    most_bytes=4 * 1024 * 1024,
    summary="Set stock on hand",
    tags=["stock"],
)
def put_stock(principal: Principal, body: StockBody) -> StockAnswer:
    """All or nothing; rows that cannot be taken are named. Sending the same levels again changes nothing.

    What raises the stock is given to open order lines that wait for it, oldest first.
    """
    levels = [CountedLevel(level.warehouse, level.article, level.on_hand) for level in body.levels]
    return StockAnswer.model_validate(set_levels(principal, levels))


def register(_app: Flask) -> None:
    """Nothing beyond the operation, which importing this module has declared."""
