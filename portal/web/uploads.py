"""A list that comes with a form as a file, and what is said when it cannot be read."""

from __future__ import annotations

from flask import request
from flask_babel import gettext

from portal.core import uploads
from portal.web.formatting import quantity_text


def uploaded_file(most_bytes: int = uploads.MOST_BYTES) -> bytes | None:
    """Give what was chosen in the form's field `file`, one byte more than is taken at most; None where nothing was."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return None
    content = upload.stream.read(most_bytes + 1)
    upload.close()
    return content


def refusal_text(refused: uploads.FileRefused) -> str:
    """Say in the reader's words why a file was not read."""
    most = quantity_text(refused.details.get("most", 0))
    texts = {
        "too-large": gettext("The file is too large: at most %(most)s MB.", most=most),
        "unpacked-too-large": gettext("The file is too large: unpacked it may have 64 MB. Nothing was read."),
        "too-many-rows": gettext("The file has too many rows: %(most)s fit at once. Nothing was read.", most=most),
        "too-many-columns": gettext("The file has more than 200 columns. Nothing was read."),
        "cell-too-long": gettext(
            "The cell in row %(row)s, column %(column)s has more than 500 characters. Nothing was read.",
            row=quantity_text(refused.details.get("row", 0)),
            column=refused.details.get("column", ""),
        ),
        "document-type": gettext(
            "The file has a document type (DOCTYPE) in it, which no spreadsheet needs. Please save it anew as XLSX or CSV."
        ),
        "old-excel": gettext("Old Excel files (.xls) are not read. Please save it as .xlsx."),
    }
    return str(texts.get(refused.details["reason"]) or gettext("The file cannot be read. Please use CSV, XLSX or ODS."))
