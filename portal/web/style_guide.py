"""The style guide: every component with realistic data, at /dev/style-guide where development pages are on.

It also runs alone, without a database: `python -m portal.web.style_guide [PORT]`.
"""

from __future__ import annotations

import secrets
import sys
import tempfile
from functools import partial, update_wrapper
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, jsonify, redirect, render_template, request
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect

from portal.core.i18n import compiled_translations
from portal.web import style_guide_data as data
from portal.web.errors import error_page
from portal.web.headers import register_headers, safe_target
from portal.web.shell import LANGUAGES, THEME_COOKIE, register_shell
from portal.web.style_guide_texts import t

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

ROOT = Path(__file__).resolve().parent.parent.parent
DEFAULT_PORT = 5055


blueprint = Blueprint("style_guide", __name__, url_prefix="/dev/style-guide")
blueprint.app_template_global("t")(t)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """Show every component."""
    return render_template("base/style_guide.html", **data.components())


@blueprint.get("/grid")
def grid() -> ResponseReturnValue:
    """Show the order grid with its entry box; `?rows=500` shows a long one."""
    rows = data.many_rows(int(request.args.get("rows", "0"))) or data.order_rows()
    return render_template("base/style_guide_grid.html", **data.grid(rows))


@blueprint.get("/sheet")
def sheet() -> ResponseReturnValue:
    """Show the price-list editor's sheet."""
    return render_template("base/style_guide_sheet.html", **data.sheet())


@blueprint.get("/public")
def public() -> ResponseReturnValue:
    """Show a page before sign-in."""
    return render_template("base/style_guide_public.html")


@blueprint.get("/document")
def document() -> ResponseReturnValue:
    """Show a document for paper."""
    return render_template("base/style_guide_document.html", **data.components())


@blueprint.get("/errors/<int:status>")
def error(status: int) -> ResponseReturnValue:
    """Show the page of an error."""
    return error_page(status, reference="5b1c09e2f7a84d63" if status == HTTPStatus.INTERNAL_SERVER_ERROR else "")


@blueprint.get("/suggest")
def suggest() -> ResponseReturnValue:
    """Answer the entry box as a feature would."""
    return jsonify(items=data.suggestions(request.args.get("q", "")))


@blueprint.post("/read")
def read() -> ResponseReturnValue:
    """Read entered lines as a feature would: rows as a fragment, or the page again without script."""
    text = request.form.get("lines", "") or request.form.get("text", "")
    result = data.read_lines(text, request.files.get("file"))
    if request.headers.get("X-Fragment") == "order-rows":
        return render_template("components/_order_grid_rows.html", **result)
    rows = data.order_rows() + result["rows"]
    return render_template("base/style_guide_grid.html", summary=result["summary"], **data.grid(rows))


@blueprint.post("/quote")
def quote() -> ResponseReturnValue:
    """Price the posted lines as a feature would."""
    return jsonify(data.quote(request.form))


@blueprint.post("/order")
def order() -> ResponseReturnValue:
    """Recalculate without script: the page again, with what was typed."""
    return render_template("base/style_guide_grid.html", **data.grid(data.recalculated(request.form)))


def create_style_guide(port: int = DEFAULT_PORT) -> Flask:
    """Build an application that shows the style guide and nothing else."""
    app = Flask("portal", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=secrets.token_hex(16),
        PUBLIC_URL=f"http://localhost:{port}",
        BABEL_TRANSLATION_DIRECTORIES=str(compiled_translations(Path(tempfile.mkdtemp()))),
    )
    CSRFProtect(app)
    Babel(app, locale_selector=_language, timezone_selector=lambda: "Europe/Berlin")
    sources = register_shell(app)
    data.fill_sources(sources)
    app.register_blueprint(blueprint)
    for what in ("language", THEME_COOKIE):
        app.add_url_rule(
            f"/choose/{what}", f"choose_{what}", update_wrapper(partial(_choose, what), _choose), methods=["POST"]
        )
    register_headers(app)
    return app


def _language() -> str:
    wanted = request.args.get("lang") or request.cookies.get("language")
    codes = [code for code, _name in LANGUAGES]
    return wanted if wanted in codes else request.accept_languages.best_match(codes, "en")


def _choose(what: str) -> ResponseReturnValue:
    response = redirect(safe_target(request.form.get("next"), "/dev/style-guide/"))
    response.set_cookie(what, request.form.get(what, ""), samesite="Lax", httponly=True)
    return response


if __name__ == "__main__":
    chosen_port = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_PORT
    create_style_guide(chosen_port).run(port=chosen_port, threaded=True)
