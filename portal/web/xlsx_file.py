"""Tables as XLSX files: text is text, whatever it begins with, and numbers are numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from flask import Response

from portal.web.csv_file import Cell

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BREADTH = 18


def xlsx_answer(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Give a workbook with one sheet whose head stays in view; cells are never formulas."""
    response = Response(xlsx_bytes(head, rows), mimetype=_TYPE)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def xlsx_bytes(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Give the same as bytes."""
    # Imported with the work: most web processes never write one.
    import xlsxwriter

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(head) - 1, 0), _BREADTH)
        for column, label in enumerate(head):
            sheet.write_string(0, column, label, bold)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, int | Decimal):
                    sheet.write_number(number, column, value)
                elif value is not None:
                    sheet.write_string(number, column, str(value))
    return file.getvalue()
