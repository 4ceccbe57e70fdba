"""Errors as people and programs see them: pages and fragments, or problems on API paths. Mapped once, here."""

from __future__ import annotations

import logging
from typing import Final

import psycopg
from flask import Flask, Response, g, make_response, render_template, request
from flask_babel import gettext
from jinja2 import Template
from markupsafe import escape
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException

from portal.web.formatting import reader_locale
from portal.web.problems import (
    EdgeRefusal,
    MalformedRequest,
    TooManyRequests,
    Unavailable,
    problem,
    problem_of,
    problem_of_http,
)
from portal.web.request_context import current_request_id, is_api_request
from tenants.database import rollback_at_edge
from tenants.errors import NotFound, PermissionDenied, Refusal

logger = logging.getLogger(__name__)

# What PostgreSQL says when the request was right and the server cannot at the moment: connection, resources (disk
# full, memory, connections), operator's shutdown, read-only standby, lock or statement timeout, deadlock.
_PASSING_CLASSES: Final = ("08", "53", "57", "58")
_PASSING_STATES: Final = frozenset({"25006", "40001", "40P01", "55P03"})
_NUL_IN_JSON: Final = "22P05"
_RETRY_AFTER: Final = "2"


def register_errors(app: Flask) -> None:
    """Answer every error: refusals by their status, HTTP errors, an absent database by 503, the rest by 500."""
    app.register_error_handler(Refusal, _on_refusal)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(Exception, _on_unexpected)


def is_passing_failure(error: BaseException) -> bool:
    """Tell whether the database failed for a reason that passes, so that trying again is right."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(error, PoolExhausted):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if not isinstance(cause, psycopg.Error):
        return False
    state = cause.sqlstate
    if state is None:
        # No answer from the server at all: the connection could not be made or broke.
        return isinstance(cause, psycopg.OperationalError)
    return state.startswith(_PASSING_CLASSES) or state in _PASSING_STATES


def error_page(status: int, *, message: str = "", reference: str = "") -> Response:
    """Give the page of a status (`errors/<status>.html`), for htmx its fragment (`errors/_fragment.html`).

    The templates get `status`, `message` and `reference`, which may be empty.
    """
    known = {"status": status, "message": message, "reference": reference}
    g.error_status = status
    fragment = "HX-Request" in request.headers and "HX-Boosted" not in request.headers
    names: list[str | Template] = (
        ["errors/_fragment.html"] if fragment else [f"errors/{status}.html", "errors/error.html"]
    )
    try:
        page = render_template(names, **known)
    except Exception:  # an error page must not fail: the shell asks the database, which may be why we are here
        logger.exception("the page of status %s cannot be shown", status)
        page = _bare_page(status, message, reference)
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _on_refusal(refusal: Refusal) -> Response:
    rollback_at_edge()
    if is_api_request():
        return problem_of(refusal)
    response = error_page(refusal.status, message=_words_for_people(refusal))
    if isinstance(refusal, EdgeRefusal):
        response.headers.update(refusal.headers)
    return response


def _words_for_people(refusal: Refusal) -> str:
    """Give what the page says beside its own advice; what only programs understand stays out of it."""
    if isinstance(refusal, TooManyRequests):
        return str(gettext("Try again in %(seconds)s seconds.", seconds=refusal.details["wait"]))
    # Missing and foreign must not differ by a byte, so no refusal of that status gets to say more than its page.
    if refusal.status == NotFound.status or isinstance(refusal, PermissionDenied | EdgeRefusal):
        return ""
    return str(refusal.message)


def _on_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # noqa: PLR2004 - a redirect that routing raised is no error
        return make_response(error.get_response())
    rollback_at_edge()
    if is_api_request():
        return problem_of_http(error)
    response = error_page(status)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _on_unexpected(error: Exception) -> Response:
    try:
        rollback_at_edge()
    except Exception:  # the first error is the one to tell
        logger.exception("rolling back failed")
    if is_passing_failure(error):
        logger.error("the database does not serve: %s", error)
        return _unavailable()
    if _is_unstorable_text(error):
        return _on_refusal(MalformedRequest("A text holds a character that cannot be stored."))
    reference = current_request_id()
    logger.error("unexpected error %s", reference, exc_info=error)
    if is_api_request():
        return problem(
            500, "internal-error", "Something went wrong on our side. Name the request_id when you ask about it."
        )
    return error_page(500, reference=reference)


def _is_unstorable_text(error: BaseException) -> bool:
    """Tell whether a NUL character, which only a forged request can hold, was refused by the driver or as part of JSON."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, psycopg.DataError) and cause.sqlstate in {None, _NUL_IN_JSON}


def _unavailable() -> Response:
    if is_api_request():
        return problem(503, Unavailable.code, "Try again in a moment.", headers={"Retry-After": _RETRY_AFTER})
    response = error_page(503)
    response.headers["Retry-After"] = _RETRY_AFTER
    return response


def _bare_page(status: int, message: str, reference: str) -> str:
    """Give a page that needs nothing: for when the real one cannot be made."""
    text = message or {
        404: gettext("There is no such page."),
        500: gettext("Something went wrong on our side. Nothing you entered was half saved."),
        503: gettext("The portal is not available at the moment. Please try again shortly."),
    }.get(status, gettext("This did not work."))
    note = f"<p>{escape(gettext('Reference'))}: <code>{escape(reference)}</code></p>" if reference else ""
    title = escape(text)
    return (
        f'<!doctype html><html lang="{reader_locale().language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title}</title><main><h1>{title}</h1>{note}<p><a href="/">Kontor</a></p></main></html>'
    )
