"""Addresses of static files that change with their content, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import request, url_for
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Response

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
_DRAWING = Markup('<svg class="icon" {} focusable="false"><use href="{}#{}"/></svg>')
_SPOKEN = Markup('role="img" aria-label="{}"')
_DECORATION = Markup('aria-hidden="true"')


def _asset(app: Flask) -> Callable[[str], str]:
    """Give what gives the address of a static file with its content's fingerprint.

    Files do not change under a running server; a development server looks at them each time.
    """
    known: dict[str, str] = {}
    folder = Path(app.static_folder or "")

    def asset(filename: str) -> str:
        address = known.get(filename)
        if address is None or app.debug:
            path = folder / filename
            address = url_for("static", filename=filename, v=_fingerprint(path, path.stat().st_mtime_ns))
            known[filename] = address
        return address

    return asset


def register_assets(app: Flask) -> None:
    """Give templates `asset()`; let fingerprinted files be kept, others (imported modules, fonts) be asked for again."""
    asset = _asset(app)
    app.add_template_global(asset, "asset")
    app.add_template_global(_drawing(asset), "drawing")
    app.after_request(_cache_static)


def _drawing(asset: Callable[[str], str]) -> Callable[..., Markup]:
    """Give what marks up one drawing of the sprite, as `icon` of components/_icon.html; a page has thirty of them."""

    @lru_cache(maxsize=1024)
    def marked(sprite: str, name: str, label: str | None) -> Markup:
        speech = _SPOKEN.format(label) if label else _DECORATION
        return _DRAWING.format(speech, sprite, name)

    return lambda name, label=None: marked(asset("vendor/icons.svg"), name, label)


@lru_cache(maxsize=512)
def _fingerprint(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _cache_static(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code in {200, 304}:
        response.headers["Cache-Control"] = FOR_EVER if "v" in request.args else ASK_AGAIN
    return response
