"""Types for the fields of API bodies, queries and answers: what each accepts, what it prints, how it is documented."""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

MOST_ITEMS = 1000
USUAL_ITEMS = 50


class ApiBody(BaseModel):
    """Base of what callers send as JSON, nested rows included: strict, and unknown fields are refused by name."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ApiQuery(BaseModel):
    """Base of query parameters: every value arrives as text; unknown and repeated parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ApiAnswer(BaseModel):
    """Base of what callers get, nested rows included; built by keyword or from any object's attributes."""

    model_config = ConfigDict(from_attributes=True, extra="ignore", frozen=True)


def _whole(value: Any, info: ValidationInfo) -> Any:
    """Let 5.0 be the integer it is to a JSON schema; in a query, where all is text, digits alone."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and info.mode != "json":
        if re.fullmatch(r"-?[0-9]{1,18}", value) is None:
            raise PydanticCustomError("int_parsing", "Input should be a whole number")
        return int(value)
    return value


class _DecimalText:
    """Reads an exact decimal from a JSON number or string inside bounds; documents both forms."""

    def __init__(self, *, decimals: int, below: int, positive: bool, printed: str) -> None:
        self.decimals = decimals
        self.below = below
        self.positive = positive
        self.printed = printed
        digits = len(str(below)) - 1
        fraction = rf"(\.[0-9]{{1,{decimals}}})?"
        self.pattern = rf"(0|[1-9][0-9]{{0,{digits - 1}}}){fraction}"
        if positive:
            small = "|".join("0" * zeros + rf"[1-9][0-9]{{0,{decimals - 1 - zeros}}}" for zeros in range(decimals))
            self.pattern = rf"(0\.({small})|[1-9][0-9]{{0,{digits - 1}}}{fraction})"
        self._has_form = re.compile(self.pattern).fullmatch

    def read(self, value: Any) -> Decimal:
        if type(value) is int and 0 < value < self.below:
            return Decimal(value)  # what nearly every quantity is
        if isinstance(value, Decimal):
            return value  # our own code building an answer, already exact
        text = self._plain(value)
        if self._has_form(text) is None:
            least = "above 0" if self.positive else "from 0"
            raise PydanticCustomError(
                "decimal_range",
                "Input should be a number {least} and below {below} with at most {decimals} decimals",
                {"least": least, "below": self.below, "decimals": self.decimals},
            )
        return Decimal(text)

    def _plain(self, value: Any) -> str:
        """Give plain decimal notation, '' for anything that is no number; a float's binary dust is no decimal."""
        if isinstance(value, str):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            return ""
        if isinstance(value, int):
            return str(value) if abs(value) <= self.below else ""
        if not math.isfinite(value) or abs(value) > self.below:
            return ""
        rounded = round(value, self.decimals)
        if not math.isclose(value, rounded, rel_tol=1e-15, abs_tol=0.0):
            return ""
        return f"{abs(rounded) if rounded == 0 else rounded:.{self.decimals}f}"

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Document number or string for input, what is printed for output."""
        if handler.mode == "serialization":
            return {"type": "number"} if self.printed == "number" else dict(_AMOUNT_OUT)
        bound = "exclusiveMinimum" if self.positive else "minimum"
        number = {"type": "number", bound: 0, "exclusiveMaximum": self.below, "multipleOf": 10**-self.decimals}
        return {"anyOf": [number, {"type": "string", "pattern": f"^{self.pattern}$"}]}


_AMOUNT_OUT = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["1284.30"]}


def plain_amount(value: Decimal) -> str:
    """Print an amount in plain notation: never an exponent, no zeros behind the second decimal."""
    text = str(value)
    if text[-3:-2] == ".":
        return text  # two decimals, as nearly every amount has
    if text[-5:-4] == "." and text[-2:] == "00":
        return text[:-2]  # four, as prices are stored
    if "E" in text:
        text = format(value, "f")
    whole, point, fraction = text.partition(".")
    if point and len(fraction) > 2:  # noqa: PLR2004 - two decimals are what people expect of money
        fraction = fraction[:2] + fraction[2:].rstrip("0")
    return f"{whole}{point}{fraction}"


def plain_quantity(value: Decimal) -> int | float:
    """Print a quantity as the shortest JSON number: 5, not 5.000."""
    return int(value) if value == value.to_integral_value() else float(value)


class _AmountOut:
    """Documents an amount that is only ever printed."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Document the plain string."""
        return dict(_AMOUNT_OUT)


def _decimal(*, decimals: int, below: int, positive: bool, printed: str) -> tuple[Any, Any, Any]:
    form = _DecimalText(decimals=decimals, below=below, positive=positive, printed=printed)
    printer = PlainSerializer(plain_quantity if printed == "number" else plain_amount, when_used="json-unless-none")
    return BeforeValidator(form.read), printer, form


_ORDERED = _decimal(decimals=3, below=10_000_000, positive=True, printed="number")
_COUNTED = _decimal(decimals=3, below=1_000_000_000, positive=False, printed="number")
_PRICE = _decimal(decimals=4, below=1_000_000_000, positive=False, printed="amount")

Quantity = Annotated[Decimal, *_ORDERED]
"""A number of base units above 0 and below 10 million, up to 3 decimals, as number or string; printed as number."""

StockQuantity = Annotated[Decimal, *_COUNTED]
"""A number of base units from 0, below a thousand million; printed as number. Answers may print negative ones."""

Price = Annotated[Decimal, *_PRICE]
"""A net price from 0 with up to 4 decimals, as number or string; printed as plain string."""

Amount = Annotated[Decimal, PlainSerializer(plain_amount, when_used="json-unless-none"), _AmountOut()]
"""An amount of money in an answer: any sign, printed as plain string ("1284.30")."""

Whole = BeforeValidator(_whole)
"""Marks an `int` with bounds of its own, `Annotated[int, Field(ge=0, le=365), Whole]`; JSON 5.0 is a whole number."""

_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"

Code = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_PRINTABLE)]
"""A code, article number, order number or name of that kind: 1 to 100 printable characters."""

NewCode = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f/]+$")]
"""A code that is to stand in an address: no slash."""

Text = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
"""Free text up to 2,000 characters; line breaks and tabs are kept, other control characters refused."""


def _iso_date(value: Any) -> Any:
    """Take `2026-11-21` and nothing that merely resembles it (pydantic would read '0' as 1970)."""
    if isinstance(value, str):
        if re.fullmatch(_DATE.strip("^$"), value) is None:
            raise PydanticCustomError("date_format", "Input should be a date between 1900 and 2999, as 2026-11-21")
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise PydanticCustomError("date_format", "Input should be a day that exists") from error
    if isinstance(value, date):
        return value
    raise PydanticCustomError("date_format", "Input should be a date, as 2026-11-21")


_DATE = r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"

IsoDate = Annotated[date, BeforeValidator(_iso_date), Field(json_schema_extra={"pattern": _DATE})]
"""A calendar day between 1900 and 2999 in ISO form."""

Limit = Annotated[int, Field(ge=1, le=MOST_ITEMS, description="Most items in one page."), BeforeValidator(_whole)]
"""How many items a page has at most; give it `= USUAL_ITEMS` as default."""

Cursor = Annotated[str, StringConstraints(max_length=2000), Field(description="`next_cursor` of the page before.")]
"""Where a page starts; read it with `read_cursor`. Empty = the first page."""


def _split(value: Any) -> Any:
    if value == "":
        return []  # how a list without entries is written, no entry without a name
    return value.split(",") if isinstance(value, str) else value


Commas = BeforeValidator(_split)
"""Marks a list in a query that is written with commas: `Annotated[list[By], Commas]` reads `by=month,product`.

Bounds stand before it (`Field(min_length=1), Commas`), or the document does not show them.
"""
