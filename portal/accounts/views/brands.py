"""Stylesheet and logo of a tenant's brand, public because the sign-in page shows them."""

from __future__ import annotations

from flask import Response, request

from portal.accounts.queries.brands import find_logo, find_public_brand
from portal.core.brand_colours import brand_stylesheet
from portal.web.screens import Screens
from tenants.errors import NotFound

brands = Screens("brands", __name__, url_prefix="/brand")

_FOR_EVER = "public, max-age=31536000, immutable"
_SHORTLY = "public, max-age=60"


@brands.public("/<slug>.css")
def stylesheet(slug: str) -> Response:
    """Give the rules that put the tenant's accent in place of Kontor's."""
    brand = find_public_brand(slug)
    if brand is None:
        raise NotFound
    return _kept(Response(brand_stylesheet(brand.accent_colour), mimetype="text/css"))


@brands.public("/<slug>/logo")
def logo(slug: str) -> Response:
    """Give the tenant's logo."""
    found = find_logo(slug)
    if found is None:
        raise NotFound
    picture, media_type = found
    return _kept(Response(picture, mimetype=media_type))


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = _FOR_EVER if "v" in request.args else _SHORTLY
    return response
