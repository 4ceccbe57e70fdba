"""Trying failed work again, or giving it up for good."""

from __future__ import annotations

from sqlalchemy import text

from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Permission
from tenants.principal import Principal

MOST_AT_ONCE = 1000
"""Jobs that one act gives back to the queue."""

_RETRY = text("select handler, organisation_code from retry_channel_jobs(:code, :handler, :most)")
_DISCARD = text("select handler, organisation_code from discard_channel_job(:code)")


def retry_job(principal: Principal, code: str) -> None:
    """Give a job of the own channel that failed, stands still or is to be tried later back to the queue, now.

    The Principal is a brand owner with operations:manage. It gets all its tries again; its handler is idempotent.

    Raises:
        PermissionDenied: the permission is missing.
        NotFound: no such job is in trouble any more.
    """
    principal.require(Permission.OPERATIONS_MANAGE)
    principal.owning()
    row = db.session.execute(_RETRY, {"code": code, "handler": None, "most": 1}).one_or_none()
    if row is None:
        raise NotFound
    record(principal, "job.retried", code, after={"handler": row.handler, "organisation": row.organisation_code})


def retry_failed_jobs(principal: Principal, handler: str) -> int:
    """Give up to 1,000 failed jobs of one kind in the own channel back to the queue; gives how many there were.

    Raises:
        PermissionDenied: the permission is missing.
    """
    principal.require(Permission.OPERATIONS_MANAGE)
    principal.owning()
    rows = db.session.execute(_RETRY, {"code": None, "handler": handler, "most": MOST_AT_ONCE}).all()
    record(principal, "jobs.retried", after={"handler": handler, "jobs": len(rows)})
    return len(rows)


def discard_job(principal: Principal, code: str) -> None:
    """Take a failed job of the own channel out of the queue: what it should have done is never done.

    Raises:
        PermissionDenied: the permission is missing.
        NotFound: no such job has failed.
    """
    principal.require(Permission.OPERATIONS_MANAGE)
    principal.owning()
    row = db.session.execute(_DISCARD, {"code": code}).one_or_none()
    if row is None:
        raise NotFound
    record(principal, "job.discarded", code, after={"handler": row.handler, "organisation": row.organisation_code})
