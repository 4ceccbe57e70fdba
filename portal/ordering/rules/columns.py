"""Which column of a table is what: by its header in English or German."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from portal.core.table_rows import Row, cell_text

_SEARCHED_ROWS = 10
"""A header further down is none."""
_COUNTED_ROWS = 2
_COUNTED_COLUMNS = 3

# Compared without case and without anything but letters and digits. Earlier words win where several columns fit.
_CODE = (
    *("articlenumber", "articleno", "artikelnummer", "artikelnr", "artnr", "artno", "itemnumber", "itemno", "itemcode"),
    *(
        "sku",
        "productcode",
        "productnumber",
        "produktnummer",
        "bestellnummer",
        "bestellnr",
        "materialnummer",
        "partnumber",
    ),
    *("article", "artikel", "item", "code", "nummer", "number", "nr", "no", "product", "produkt", "material"),
)
_GTIN = ("gtin", "ean", "eancode", "ean13", "upc", "barcode", "strichcode")
_QUANTITY = (
    *("quantity", "qty", "menge", "anzahl", "bestellmenge", "orderquantity", "orderqty", "ordered", "amount"),
    *("stück", "stk", "pieces", "pcs"),
)
_UNIT = ("unit", "einheit", "mengeneinheit", "bestelleinheit", "me", "uom", "packaging", "verpackung", "ve")
_OTHER = (
    *(
        "name",
        "description",
        "bezeichnung",
        "beschreibung",
        "artikelbezeichnung",
        "text",
        "price",
        "preis",
        "unitprice",
    ),
    *("einzelpreis", "stückpreis", "total", "gesamt", "summe", "betrag", "pos", "position", "line", "zeile", "lfdnr"),
    *("brand", "marke", "category", "kategorie", "size", "größe", "colour", "color", "farbe", "currency", "währung"),
)
_ALL = frozenset(_CODE + _GTIN + _QUANTITY + _UNIT + _OTHER)


class Columns(NamedTuple):
    """Positions, counted from 0; None = the table has no such column."""

    code: int | None
    gtin: int | None
    quantity: int | None
    unit: int | None


def find_header(rows: Sequence[Row]) -> tuple[int, Columns] | None:
    """Give the position of the header among the rows and the columns it names; None = there is none.

    A header names a code and a quantity, or consists of known words alone.
    """
    for position, row in enumerate(rows[:_SEARCHED_ROWS]):
        words = ["".join(filter(str.isalnum, cell_text(cell).casefold())) for cell in row.cells]
        columns = Columns(_find(words, _CODE), _find(words, _GTIN), _find(words, _QUANTITY), _find(words, _UNIT))
        names_article = columns.code is not None or columns.gtin is not None
        all_known = all(word in _ALL for word in words if word)
        if names_article and (columns.quantity is not None or all_known):
            return position, columns
    return None


def _find(words: Sequence[str], known: Sequence[str]) -> int | None:
    return next((words.index(word) for word in known if word in words), None)


def counts_rows(rows: Sequence[Row]) -> bool:
    """Tell whether the first column only numbers the rows (1, 2, 3 or 10, 20, 30) before at least two other columns."""
    if len(rows) < _COUNTED_ROWS or any(sum(cell != "" for cell in row.cells) < _COUNTED_COLUMNS for row in rows):
        return False
    first = [cell_text(row.cells[0]) for row in rows]
    return any(first == [str(step * count) for count in range(1, len(rows) + 1)] for step in (1, 10))
