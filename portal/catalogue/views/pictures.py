"""Pictures of products."""

from __future__ import annotations

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.catalogue.queries.pictures import get_picture
from portal.web.screens import Screens
from tenants.permissions import Permission
from tenants.principal import Principal

picture_screens = Screens("catalogue", __name__)

_KEPT = "private, max-age=31536000, immutable"
# A drawing opened by itself is a document: it may load and run nothing.
_DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"


@picture_screens.screen("/pictures/<digest>", Permission.CATALOGUE_VIEW)
def picture(principal: Principal, digest: str) -> ResponseReturnValue:
    """Give a picture; its address is made of its content, so browsers may keep it for ever."""
    found = get_picture(principal, digest)
    response = Response(found.content, mimetype=found.content_type)
    response.headers["Cache-Control"] = _KEPT
    response.headers["Content-Security-Policy"] = _DRAWING_POLICY
    response.set_etag(digest)
    return response.make_conditional(request.environ)
