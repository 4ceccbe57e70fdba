"""Accounts as rows of a list: what its columns are called, and each row read cell by cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Final, NamedTuple

from babel import Locale
from email_validator import EmailNotValidError, validate_email

from portal.core.table_rows import Cell, Row, cell_text, rows_of_table, rows_of_text

MOST_ROWS: Final = 1000
"""Accounts that are read at once."""
MOST_TERM_DAYS: Final = 365
MOST_CREDIT: Final = Decimal(10**10)

TERMS: Final = ("price_group", "payment_terms_days", "credit_limit")
DETAILS: Final = ("name", "street", "postal_code", "city", "country", "email", "vat_id", "gln", "locale")
FIELDS: Final = ("customer_number", "code", "branch_of", *DETAILS, *TERMS)

_LENGTHS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("customer_number", "price_group"), 50),
    **dict.fromkeys(("name", "street"), 150),
    **dict.fromkeys(("postal_code", "vat_id"), 20),
    "city": 100,
    "code": 40,
    "branch_of": 50,
    "email": 254,
}
_CODE: Final = re.compile(r"[\w.-]+")
_GLN: Final = re.compile(r"[0-9]{13}")
_FORMULA_GUARD: Final = re.compile(r"'(?=[=+\-@])")
_SEARCHED_ROWS: Final = 10
_HEADER_MATCHES: Final = 2

# Compared without case and without anything but letters and digits.
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "customer_number": (
        *("customernumber", "customerno", "customerid", "accountnumber", "accountno", "debtornumber"),
        *("kundennummer", "kundennr", "kdnr", "knr", "debitor", "debitorennummer", "debitorennr", "kunde"),
    ),
    "code": ("code", "portalcode", "kürzel", "kurzel"),
    "branch_of": ("branchof", "filialevon", "parent", "parentcode", "mutterfirma", "zentrale", "hauptkunde"),
    "name": ("name", "company", "companyname", "firma", "firmenname", "name1", "shop", "kundenname", "bezeichnung"),
    "street": ("street", "address", "addressline1", "strasse", "straße", "anschrift", "adresse", "straßehausnummer"),
    "postal_code": ("postalcode", "postcode", "zip", "zipcode", "plz", "postleitzahl"),
    "city": ("city", "town", "ort", "stadt"),
    "country": ("country", "countrycode", "land", "ländercode", "länderkennzeichen", "lkz"),
    "email": ("email", "emailaddress", "mail", "emailadresse", "mailadresse"),
    "vat_id": ("vatid", "vatnumber", "vatno", "vat", "ustid", "ustidnr", "uid", "uidnummer", "umsatzsteuerid"),
    "gln": ("gln", "iln", "globallocationnumber"),
    "locale": ("language", "locale", "sprache"),
    "price_group": ("pricegroup", "preisgruppe", "group", "gruppe", "kundengruppe"),
    "payment_terms_days": (
        *("paymenttermsdays", "paymentterms", "termsdays", "terms", "daysnet"),
        *("zahlungsziel", "zahlungszieltage", "zahlungsfrist", "zieltage"),
    ),
    "credit_limit": ("creditlimit", "credit", "limit", "kreditlimit", "kreditlinie"),
}


class RowProblem(StrEnum):
    """Why a cell cannot be taken."""

    NO_KEY = "no-key"
    NO_NAME = "no-name"
    TOO_LONG = "too-long"
    NO_CODE = "no-code"
    NO_EMAIL = "no-email"
    NO_COUNTRY = "no-country"
    NO_LANGUAGE = "no-language"
    NO_GLN = "no-gln"
    NO_DAYS = "no-days"
    NO_AMOUNT = "no-amount"
    TWICE = "twice"
    """An earlier row has this number or code."""
    AMBIGUOUS = "ambiguous"
    """Several accounts have this customer number."""
    OTHER_ACCOUNT = "other-account"
    """The code and the customer number belong to two accounts."""
    CODE_TAKEN = "code-taken"
    CODE_LIMIT = "code-limit"
    UNKNOWN_SHOP = "unknown-shop"
    PLACE_FIXED = "place-fixed"
    """An account that exists stays where it hangs."""


class BadCell(NamedTuple):
    """A cell that cannot be taken; `detail` is what helps: the other row, a code that can be used."""

    row: int
    column: str
    problem: RowProblem
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AccountRowInput:
    """One row, read: what is empty was not given and stays as it is."""

    row: int
    """Its number, as a person counts."""
    customer_number: str = ""
    code: str = ""
    branch_of: str = ""
    """Code or customer number of the shop whose branch it is."""
    details: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, Any] = field(default_factory=dict)


class Table(NamedTuple):
    """What was read from a file: its heading (empty texts where it has none) and its rows, numbered as in the file."""

    heading: list[str]
    rows: list[tuple[int, list[str]]]
    is_plain: bool
    """Whether the heading is the portal's own, whose amounts have a decimal point."""


def read_table(content: str | list[list[object]], decimal_mark: str) -> Table:
    """Cut a list into cells; numbers of a spreadsheet are written with the reader's decimal mark."""
    rows = rows_of_text(content) if isinstance(content, str) else rows_of_table(content)
    at = _find_heading(rows)
    heading = [] if at is None else [cell_text(cell) for cell in rows[at].cells]
    body = rows if at is None else rows[at + 1 :]
    width = max((len(heading), *(len(row.cells) for row in body)))
    heading = _padded(heading, width)
    cells = [(row.number, _padded([_text(cell, decimal_mark) for cell in row.cells], width)) for row in body]
    return Table(heading, cells, is_plain="credit_limit" in heading)


def guess_columns(table: Table) -> list[str]:
    """Give the field of each column by its heading, each field once; empty where it says nothing."""
    found: list[str] = []
    for title in table.heading:
        name = _field(title)
        found.append(name if name not in found else "")
    return found


def map_rows(table: Table, columns: Sequence[str], decimal_mark: str) -> list[tuple[int, dict[str, str]]]:
    """Give each row by field; amounts in the reader's form."""
    mapped = []
    for number, cells in table.rows:
        values = {name: cell for name, cell in zip(columns, cells, strict=False) if name in FIELDS}
        limit = values.get("credit_limit", "")
        if table.is_plain and re.fullmatch(r"[0-9]+(\.[0-9]+)?", limit):
            values["credit_limit"] = limit.replace(".", decimal_mark)
        mapped.append((number, values))
    return mapped


def read_row(
    number: int, values: Mapping[str, str], read_amount: Callable[[str], Decimal | None]
) -> AccountRowInput | list[BadCell]:
    """Read one row, or say what is wrong with each cell; `read_amount` reads an amount as the reader writes it."""
    cells = {name: values.get(name, "").strip() for name in FIELDS}
    problems: dict[str, RowProblem] = {
        name: RowProblem.TOO_LONG for name, most in _LENGTHS.items() if len(cells[name]) > most
    }
    read: dict[str, Any] = {}
    for name, (reader, problem) in _READERS.items():
        if cells[name]:
            read[name] = reader(cells[name])
            if read[name] is None:
                problems.setdefault(name, problem)
    if cells["credit_limit"]:
        read["credit_limit"] = read_amount(cells["credit_limit"])
        if read["credit_limit"] is None:
            problems["credit_limit"] = RowProblem.NO_AMOUNT
    if not cells["customer_number"] and not cells["code"]:
        problems["customer_number"] = RowProblem.NO_KEY
    if problems:
        return [BadCell(number, name, problems[name]) for name in FIELDS if name in problems]
    given = {name: read.get(name, cell) for name, cell in cells.items() if cell}
    return AccountRowInput(
        number,
        **{name: given[name] for name in ("customer_number", "code", "branch_of") if name in given},
        details={name: given[name] for name in DETAILS if name in given},
        terms={name: given[name] for name in TERMS if name in given},
    )


def _find_heading(rows: Sequence[Row]) -> int | None:
    for position, row in enumerate(rows[:_SEARCHED_ROWS]):
        if sum(bool(_field(cell_text(cell))) for cell in row.cells) >= _HEADER_MATCHES:
            return position
    return None


def _field(title: str) -> str:
    word = "".join(filter(str.isalnum, title.casefold()))
    return next((name for name, words in _WORDS.items() if word in words), "")


def _text(cell: Cell, decimal_mark: str) -> str:
    if isinstance(cell, str):
        return _FORMULA_GUARD.sub("", cell, count=1)
    return cell_text(cell).replace(".", decimal_mark)


def _padded(cells: list[str], width: int) -> list[str]:
    return cells + [""] * (width - len(cells))


def _country(text: str) -> str | None:
    return _countries().get(text.casefold())


@cache
def _countries() -> dict[str, str]:
    """Give codes by themselves and by their German and English names."""
    known = [Locale(language).territories.items() for language in ("en", "de")]
    pairs = [(code, name) for names in known for code, name in names if re.fullmatch("[A-Z]{2}", code)]
    return {name.casefold(): code for code, name in pairs} | {code.casefold(): code for code, _ in pairs}


def _email(text: str) -> str | None:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return None
    return text


def _language(text: str) -> str | None:
    words = {"de": "de", "deutsch": "de", "german": "de", "en": "en", "english": "en", "englisch": "en"}
    return words.get(text.casefold())


def _days(text: str) -> int | None:
    digits = re.fullmatch(r"([0-9]{1,3})(\s*(days|tage))?", text.casefold())
    return int(digits[1]) if digits and int(digits[1]) <= MOST_TERM_DAYS else None


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    return lambda text: text if pattern.fullmatch(text) else None


_READERS: Final[Mapping[str, tuple[Callable[[str], Any], RowProblem]]] = {
    "code": (_matching(_CODE), RowProblem.NO_CODE),
    "email": (_email, RowProblem.NO_EMAIL),
    "country": (_country, RowProblem.NO_COUNTRY),
    "locale": (_language, RowProblem.NO_LANGUAGE),
    "gln": (_matching(_GLN), RowProblem.NO_GLN),
    "payment_terms_days": (_days, RowProblem.NO_DAYS),
}
