"""Publishing a draft: one transaction, set-wise, live for every buyer's next request."""

from __future__ import annotations

from sqlalchemy import text

from portal.pricing.queries.revisions import RevisionRow, get_version
from portal.pricing.service.drafts import LockedDraft, count_rows, drop_what_is_so, lock_draft
from portal.pricing.service.versions import NEXT_VERSION, Counts, actor_of, tell_published
from tenants.audit import record
from tenants.database import db
from tenants.errors import Conflict, InvalidInput
from tenants.principal import Principal

LONGEST_REASON = 500

_OF_DRAFT = "d.seller_id = :seller and d.revision_id = :revision"
_ENTRY = (
    "e.seller_id = :seller and e.price_list_id = :list and e.article_id = d.article_id"
    " and e.min_quantity = d.min_quantity and e.valid_from = d.valid_from"
    " and (e.net_price, e.valid_to) is not distinct from (d.former_price, d.former_valid_to)"
)
_COUNT = text(f"""
    select count(*) filter (where d.former_price is null) as created,
           count(*) filter (where d.former_price is not null and d.net_price is not null) as changed,
           count(*) filter (where d.net_price is null) as removed
    from price_revision_entry d where {_OF_DRAFT}
""")  # noqa: S608 - constants of ours
# Each touches only what still is what the draft was made against: fewer rows than asked for tell of a conflict.
_CHANGE = text(f"""
    update price_entry e set net_price = d.net_price, valid_to = d.valid_to from price_revision_entry d
    where {_OF_DRAFT} and d.former_price is not null and d.net_price is not null and {_ENTRY}
""")  # noqa: S608 - constants of ours
_REMOVE = text(f"""
    delete from price_entry e using price_revision_entry d where {_OF_DRAFT} and d.net_price is null and {_ENTRY}
""")  # noqa: S608 - constants of ours
_CREATE = text(f"""
    insert into price_entry (seller_id, price_list_id, article_id, min_quantity, valid_from, valid_to, net_price)
    select d.seller_id, :list, d.article_id, d.min_quantity, d.valid_from, d.valid_to, d.net_price
    from price_revision_entry d where {_OF_DRAFT} and d.former_price is null
    on conflict (seller_id, price_list_id, article_id, min_quantity, valid_from) do nothing
""")  # noqa: S608 - constants of ours
_PUBLISH = text(f"""
    update price_revision r set version = {NEXT_VERSION}, published_at = clock_timestamp(), published_by = :actor,
        published_by_name = :actor_name, reason = :reason, created_count = :created, changed_count = :changed,
        removed_count = :removed
    where r.seller_id = :seller and r.id = :revision returning r.version
""")  # noqa: S608 - constants of ours


class DraftConflicts(Conflict):
    """Others have changed entries that the draft changes; nothing was published. They are the draft's conflicts now."""

    code = "draft-conflicts"


class ChangedSinceSeen(Conflict):
    """The draft is no longer what was looked at; nothing was published."""

    code = "draft-changed"


class NothingToPublish(InvalidInput):
    """The draft changes nothing."""

    code = "nothing-to-publish"


def publish(
    principal: Principal, code: str, number: int, reason: str = "", *, edition: int | None = None
) -> RevisionRow:
    """Publish a draft as the list's next version: every change at once, or none. Gives the version.

    Publications of one list follow one another. `edition` is the draft as somebody looked at it. The principal is the
    seller and manages prices.

    Raises:
        ChangedSinceSeen: the draft is no longer that edition.
        DraftConflicts: others have changed since what the draft changes.
        InvalidInput: the reason is too long.
        NotFound: there is no such draft.
        NothingToPublish: the draft changes nothing.
        PermissionDenied: the principal may not manage prices.
    """
    draft = lock_draft(principal, code, number)
    if edition is not None and draft.edition != edition:
        raise ChangedSinceSeen("The draft has changed since it was looked at. Look again.")
    reason = checked_reason(reason)
    counts = _apply(principal, draft)
    if counts is None and drop_what_is_so(principal, draft):
        counts = _apply(principal, draft)
    if counts is None:
        raise DraftConflicts("Others have changed prices that this draft changes. Settle them first.")
    values = {
        "seller": principal.selling(),
        "list": draft.price_list_id,
        "revision": draft.id,
        "reason": reason,
        **actor_of(principal),
        **counts._asdict(),
    }
    version = db.session.execute(_PUBLISH, values).scalar_one()
    record(principal, "price_list.published", code, after={"version": version, "reason": reason, **counts._asdict()})
    tell_published(principal, code, version, reason, counts)
    return get_version(principal, draft.price_list_id, version)


def checked_reason(reason: str) -> str:
    """Give the reason as it is kept.

    Raises:
        InvalidInput: it is too long.
    """
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        detail = f"A reason has up to {LONGEST_REASON} characters."
        error = {"pointer": "#/reason", "field": "reason", "reason": "too-long", "detail": detail}
        raise InvalidInput(detail, errors=[error])
    return reason


def _apply(principal: Principal, draft: LockedDraft) -> Counts | None:
    """Write the draft's entries; None where others were faster, then nothing is written."""
    where = {"seller": principal.selling(), "list": draft.price_list_id, "revision": draft.id}
    wanted = Counts(*db.session.execute(_COUNT, where).one())
    if not wanted.created + wanted.changed + wanted.removed:
        raise NothingToPublish("The draft changes nothing.")
    with db.session.begin_nested() as written:
        removed = count_rows(_REMOVE, where) if wanted.removed else 0
        changed = count_rows(_CHANGE, where) if wanted.changed else 0
        created = count_rows(_CREATE, where) if wanted.created else 0
        if Counts(created, changed, removed) == wanted:
            return wanted
        written.rollback()
    return None
