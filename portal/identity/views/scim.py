"""`/scim/v2`: what an identity provider says of people and groups."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from portal.web.screens import Screens

scim = Screens("scim", __name__)


@scim.public("/scim/v2/<path:path>", methods=("GET", "POST", "PUT", "PATCH", "DELETE"))
def serve(path: str) -> ResponseReturnValue:
    """Answer one request; anything refused is undone and said as SCIM says it."""
    # Imported when the first one comes: the libraries of SCIM take a quarter of a start, and most portals are never asked.
    from portal.identity.views.scim_answers import answer

    return answer(path)
