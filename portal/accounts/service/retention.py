"""Forgetting in time: rows of people go when what their declaration says has passed, accounts when nobody needs them."""

from __future__ import annotations

import logging
from typing import Final

from sqlalchemy import Connection, text

from portal.accounts.personal_data import WITHOUT_PLACE_DAYS
from portal.core.personal_data import personal_tables

logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 24 * 3600.0
_ONE_AT_A_TIME = text("select pg_try_advisory_xact_lock(hashtext('retention'))")
_WORKS = "exists (select from membership m where m.user_id = u.id and m.status = 'active')"
_ACCOUNTS: Final = (
    text(f"update user_account u set left_at = null where left_at is not null and {_WORKS}"),  # noqa: S608 - a constant
    text(
        "update user_account u set left_at = now()"  # noqa: S608 - a constant
        f" where left_at is null and email not like 'person-%@erased.invalid' and not {_WORKS}"
    ),
)
_ERASE = text("""
    insert into person_request (person_id, kind)
    select u.id, 'erasure' from user_account u
    where u.left_at < now() - make_interval(days => :days) and not exists (
        select from person_request r where r.person_id = u.id and r.kind = 'erasure' and r.done_at is null)""")


def forget(connection: Connection) -> dict[str, int]:
    """Remove what is older than declared, inside the open transaction of the worker's role; give how many by table.

    Accounts that have worked nowhere for a year are put up for erasure. Another worker that is at it is not waited for.
    """
    if not connection.execute(_ONE_AT_A_TIME).scalar_one():
        return {}
    removed = {}
    for table in personal_tables():
        if table.keeping.since:
            old = f"{table.keeping.since} < now() - make_interval(days => :days)"
            statement = text(f"delete from {table.name} where {old}")  # noqa: S608 - of declarations alone
            removed[table.name] = connection.execute(statement, {"days": table.keeping.days}).rowcount
    for statement in _ACCOUNTS:
        connection.execute(statement)
    removed["user_account"] = connection.execute(_ERASE, {"days": WITHOUT_PLACE_DAYS}).rowcount
    removed = {name: count for name, count in removed.items() if count}
    if removed:
        logger.info("forgotten in time: %s", ", ".join(f"{name} {count}" for name, count in removed.items()))
    return removed
