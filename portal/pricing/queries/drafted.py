"""Entries as a draft would make them, laid over those that hold: for looking ahead, never for pricing an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ARRAY, BigInteger, bindparam, text

from portal.pricing.rules.decision import PriceEntry
from tenants.database import db
from tenants.principal import Principal

_DRAFTED = text(
    "select article_id, min_quantity, nullif(valid_from, '-infinity'), valid_to, net_price from price_revision_entry"
    " where seller_id = :seller and revision_id = :revision and article_id = any(:articles)"
).bindparams(bindparam("articles", type_=ARRAY(BigInteger)))


class Drafted(NamedTuple):
    """A draft of the seller: of which list, and its id."""

    price_list_id: int
    revision_id: int


def with_draft(
    principal: Principal, drafted: Drafted, entries: Sequence[PriceEntry], articles: Sequence[int]
) -> list[PriceEntry]:
    """Give the entries of these articles (ids) as they were if the draft were published. The principal is the seller."""
    values = {"seller": principal.selling(), "revision": drafted.revision_id, "articles": list(articles)}
    rows = [(drafted.price_list_id, *row) for row in db.session.execute(_DRAFTED, values)]
    replaced = {row[:4] for row in rows}
    kept = [entry for entry in entries if (entry[0], entry[1], entry[2], entry[3]) not in replaced]
    return [*kept, *(PriceEntry(*row) for row in rows if row[5] is not None)]
