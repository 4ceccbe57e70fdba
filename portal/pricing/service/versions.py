"""The history of a price list: each writing of its entries is kept as a version, by what it changed (docs/adr/0015)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ARRAY, BigInteger, Date, Numeric, bindparam, text

from portal.core.outbox import emit
from tenants.database import db
from tenants.principal import Principal

NEXT_VERSION = (
    "(select coalesce(max(v.version), 0) + 1 from price_revision v"
    " where v.seller_id = :seller and v.price_list_id = :list)"
)
"""Of the list, whose lock the caller holds."""

_NOTE = text(f"""
    insert into price_revision (seller_id, price_list_id, number, base_version, created_by_name, version, published_at,
        published_by, published_by_name, reason, created_count, changed_count, removed_count)
    select :seller, :list, coalesce(max(r.number), 0) + 1, coalesce(max(r.version), 0), :actor_name, {NEXT_VERSION},
           clock_timestamp(), :actor, :actor_name, :reason, :created, :changed, :removed
    from price_revision r where r.seller_id = :seller and r.price_list_id = :list
    returning id, version
""")  # noqa: S608 - constants of ours
_NOTE_ENTRIES = text("""
    insert into price_revision_entry (seller_id, revision_id, article_id, min_quantity, valid_from, former_price,
        former_valid_to, net_price, valid_to)
    select :seller, :revision, t.article_id, t.min_quantity, coalesce(t.valid_from, '-infinity'), t.former_price,
           t.former_end, t.net_price, t.valid_to
    from unnest(:articles, :minimums, :starts, :formers, :former_ends, :prices, :ends)
         as t (article_id, min_quantity, valid_from, former_price, former_end, net_price, valid_to)
""").bindparams(
    bindparam("articles", type_=ARRAY(BigInteger)),
    bindparam("minimums", type_=ARRAY(Numeric)),
    bindparam("formers", type_=ARRAY(Numeric)),
    bindparam("prices", type_=ARRAY(Numeric)),
    *(bindparam(name, type_=ARRAY(Date)) for name in ("starts", "former_ends", "ends")),
)

_COLUMNS = ("articles", "minimums", "starts", "formers", "former_ends", "prices", "ends")


class NotedChange(NamedTuple):
    """One entry that was written without a draft; prices None = no entry, days None = open."""

    article_id: int
    min_quantity: Decimal
    valid_from: date | None
    former_price: Decimal | None
    former_valid_to: date | None
    net_price: Decimal | None
    valid_to: date | None


class Counts(NamedTuple):
    """How many entries a version wrote."""

    created: int
    changed: int
    removed: int


def note_version(
    principal: Principal, code: str, list_id: int, changes: Sequence[NotedChange], reason: str = ""
) -> int:
    """Keep as the list's next version what was just written without a draft; the caller holds the list's lock.

    Gives the version. The principal is the seller.
    """
    counts = Counts(
        created=sum(1 for each in changes if each.former_price is None),
        changed=sum(1 for each in changes if each.former_price is not None and each.net_price is not None),
        removed=sum(1 for each in changes if each.net_price is None),
    )
    values = {
        "seller": principal.selling(),
        "list": list_id,
        "reason": reason,
        **actor_of(principal),
        **counts._asdict(),
    }
    revision_id, version = db.session.execute(_NOTE, values).one()
    columns = {name: list(each) for name, each in zip(_COLUMNS, zip(*changes, strict=True), strict=True)}
    db.session.execute(_NOTE_ENTRIES, {"seller": principal.selling(), "revision": revision_id, **columns})
    tell_published(principal, code, version, reason, counts)
    return int(version)


def actor_of(principal: Principal) -> dict[str, str]:
    """Give who publishes, as a version keeps it."""
    return {"actor": principal.actor, "actor_name": principal.actor_name}


def tell_published(principal: Principal, code: str, version: int, reason: str, counts: Counts) -> None:
    """Let other features and systems hear of a new version."""
    facts = {"price_list": code, "version": version, "reason": reason, **counts._asdict()}
    emit(principal, "PriceListPublished", facts)
