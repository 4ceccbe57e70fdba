"""A kept document as an answer: to be saved, under a name of our own, and nothing a browser could run."""

from __future__ import annotations

from typing import Any

from flask import Response

from portal.accounts.document_content import ENDINGS
from portal.accounts.rules import propose_slug


def served_document(document: Any) -> Response:
    """Give it as an attachment."""
    response = Response(document.content, mimetype=document.content_type)
    name = f"{propose_slug(document.title)}.{ENDINGS[document.content_type]}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response
