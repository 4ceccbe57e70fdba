"""Reading pictures under the principal's wall."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ARRAY, BigInteger, bindparam, text

from tenants.database import db
from tenants.errors import NotFound
from tenants.principal import Principal

_PICTURE = text(
    "select content_type, content from product_picture where owner_id = any(:owners) and digest = :digest limit 1"
).bindparams(bindparam("owners", type_=ARRAY(BigInteger)))


class Picture(NamedTuple):
    """A picture as it is sent."""

    content_type: str
    content: bytes


def get_picture(principal: Principal, digest: str) -> Picture:
    """Give a picture of a product that the principal may see, by the SHA-256 of its content.

    Raises:
        NotFound: there is none such, or none that the principal may see.
    """
    owners = list(principal.owner_ids) or [principal.organisation_id]
    row = db.session.execute(_PICTURE, {"owners": owners, "digest": digest}).one_or_none()
    if row is None:
        raise NotFound
    return Picture(row.content_type, bytes(row.content))
