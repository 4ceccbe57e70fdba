"""Pictures over HTTP."""

from __future__ import annotations

import base64

from portal.catalogue.queries.pictures import get_picture
from portal.web.api import ApiAnswer, Code, operation
from tenants.permissions import Permission, Scope
from tenants.principal import Principal

_TAGS = ["catalogue"]


class PictureAnswer(ApiAnswer):
    """A picture: its content in base64."""

    content_type: str
    content: str


@operation(
    "GET",
    "/selling/pictures/{digest}",
    permission=Permission.CATALOGUE_VIEW,
    scope=Scope.SELLING_READ,
    response=PictureAnswer,
    summary="Get the picture of a product that is owned or may be listed",
    tags=_TAGS,
)
def get_selling_picture(principal: Principal, digest: Code) -> PictureAnswer:
    """By the `picture` of a product. What has the same name has the same content for ever."""
    return _picture(principal, digest)


@operation(
    "GET",
    "/buying/pictures/{digest}",
    permission=Permission.CATALOGUE_VIEW,
    scope=Scope.BUYING_READ,
    response=PictureAnswer,
    summary="Get the picture of an article",
    tags=_TAGS,
)
def get_buying_picture(principal: Principal, digest: Code) -> PictureAnswer:
    """By one of the `pictures` of an article. What has the same name has the same content for ever."""
    return _picture(principal, digest)


def _picture(principal: Principal, digest: str) -> PictureAnswer:
    found = get_picture(principal, digest)
    return PictureAnswer(content_type=found.content_type, content=base64.b64encode(found.content).decode())
