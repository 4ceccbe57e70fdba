"""Reading pictures under the principal's wall."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ARRAY, BigInteger, bindparam, text

from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Capacity
from tenants.principal import Principal

_OWN = text("select content_type, content from product_picture where owner_id = :own and digest = :digest limit 1")
# A product that its owner keeps back has no picture for those below it, unless their seller lists it.
_TRADED = text(
    "select i.content_type, i.content from product_picture i"
    " join product p on p.owner_id = i.owner_id and p.id = i.product_id"
    " where i.owner_id = any(:owners) and i.digest = :digest and (p.owner_id = :own or p.status = 'active' or exists ("
    " select from article a where a.seller_id = :seller and a.owner_id = p.owner_id and a.product_id = p.id)) limit 1"
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
    values = {"own": principal.organisation_id, "digest": digest}
    if principal.capacity is Capacity.BRAND_OWNER:
        row = db.session.execute(_OWN, values).one_or_none()
    else:
        traded = {"owners": list(principal.owner_ids), "seller": principal.trading_seller()}
        row = db.session.execute(_TRADED, {**values, **traded}).one_or_none()
    if row is None:
        raise NotFound
    return Picture(row.content_type, bytes(row.content))
