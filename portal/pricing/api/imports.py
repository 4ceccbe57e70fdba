"""Files of prices over HTTP: each becomes a draft."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from portal.core.uploads import FileRefused
from portal.pricing.api.draft_forms import DraftAnswer, DraftName
from portal.pricing.api.drafts import draft_answer
from portal.pricing.rules.price_file import read_price_file
from portal.pricing.service.entries import BadRows
from portal.pricing.service.price_import import MOST_BYTES, ImportPrices, import_prices
from portal.web.api import ApiAnswer, ApiBody, Code, IsoDate, operation
from tenants.errors import NotFound
from tenants.permissions import Permission, Scope
from tenants.principal import Principal


class PriceFileBody(ApiBody):
    """A CSV with a heading: `article`, `net_price`, perhaps `min_quantity`, `valid_from`, `valid_to`, `cost_price`.

    `is_whole`: what the file does not have goes from the list. `starts_on`: rows without a first day hold from then on.
    """

    content: Annotated[str, StringConstraints(max_length=MOST_BYTES)] = Field(repr=False)
    name: DraftName = ""
    is_whole: bool = False
    starts_on: IsoDate | None = None
    skips_bad: bool = False


class BadRow(ApiAnswer):
    """A row that was left out: its number in the file, column and reason."""

    row: int
    column: str
    reason: str


class ImportAnswer(ApiAnswer):
    """The draft that came of the file."""

    rows: int
    bad_count: int
    bad: list[BadRow]
    costs: int
    draft: DraftAnswer


@operation(
    "POST",
    "/selling/price-lists/{code}/imports",
    permission=Permission.PRICES_MANAGE,
    scope=Scope.SELLING_WRITE,
    body=PriceFileBody,
    response=ImportAnswer,
    status=201,
    errors=[BadRows, FileRefused, NotFound],
    most_bytes=MOST_BYTES,
    summary="Make a draft of a file of prices",
    tags=["prices"],
)
def import_price_file(principal: Principal, code: Code, body: PriceFileBody) -> ImportAnswer:
    """Up to 250,000 rows. A row without a first day means the price that holds on the day. Nothing is priced yet."""
    file = read_price_file(body.content, ".")
    done = import_prices(
        principal,
        code,
        ImportPrices(file, name=body.name, is_whole=body.is_whole, starts_on=body.starts_on, skips_bad=body.skips_bad),
    )
    return ImportAnswer(
        rows=done.rows,
        bad_count=done.bad_count,
        bad=[BadRow(row=cell.row, column=cell.column, reason=cell.reason.value) for cell in done.bad],
        costs=done.costs,
        draft=draft_answer(principal, code, done.draft),
    )
