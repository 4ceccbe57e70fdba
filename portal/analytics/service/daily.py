"""What is measured at wholesalers that share it: when the wholesaler's day (activity: week) begins, or it is granted first.

These functions take a connection of the worker's role inside an open transaction.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, text

from portal.analytics.models import Grant

# Withdrawn agreements are measured no more: what was written last stays, in view as long as was agreed. A new version is
# measured at once: its pseudonyms are its own. Retailers' rows and products are measured beside each other by the week: by the
# day, the one product and the one row that changed would belong together.
_DUE = text(
    """
    select a.brand_owner_id, a.wholesaler_id, a.version, a.day
    from (
        select distinct on (s.brand_owner_id, s.wholesaler_id) s.*, (now() at time zone w.time_zone)::date as day
        from sharing_agreement s join organisation w on w.id = s.wholesaler_id
        where s.accepted_on <= (now() at time zone w.time_zone)::date
        order by s.brand_owner_id, s.wholesaler_id, s.accepted_on desc, s.version desc
    ) a
    left join channel_state c on c.brand_owner_id = a.brand_owner_id and c.wholesaler_id = a.wholesaler_id
         and c.measure = :grant
    left join channel_activity m on m.brand_owner_id = a.brand_owner_id and m.wholesaler_id = a.wholesaler_id
    where cast(:grant as text) = any(a.grants) and (a.withdrawn_on is null or a.day < a.withdrawn_on)
      and case when :grant = 'activity'
          then m.version is distinct from a.version or c.newest_on is null or c.newest_on < date_trunc('week', a.day)
          else c.newest_on is distinct from a.day end
    order by random() limit :most
    """
)
_ALONE = text(
    "select pg_try_advisory_xact_lock(hashtext('channel ' || cast(:grant as text)), hashtext(concat_ws(' ', :owner, :seller)))"
)
_NOTE = text(
    "insert into channel_state (brand_owner_id, wholesaler_id, measure, newest_on) values (:owner, :seller, :grant, :today)"
    " on conflict (brand_owner_id, wholesaler_id, measure) do update set newest_on = excluded.newest_on, written_at = now()"
)


class Due(NamedTuple):
    """A wholesaler of which a brand owner's figures were not measured on its present day, or in its present week."""

    brand_owner_id: int
    wholesaler_id: int
    version: int
    """Of the agreement in force."""
    today: date


def find_due(connection: Connection, grant: Grant, most: int) -> list[Due]:
    """Give up to so many that no other worker has, locked against them; by chance, so that none is always behind others."""
    return [
        due
        for due in (Due(*row) for row in connection.execute(_DUE, {"grant": grant.value, "most": most}).all())
        if connection.execute(
            _ALONE, {"grant": grant.value, "owner": due.brand_owner_id, "seller": due.wholesaler_id}
        ).scalar_one()
    ]


def note_measured(connection: Connection, grant: Grant, due: Due) -> None:
    """Note that it was measured on this day."""
    values = {"owner": due.brand_owner_id, "seller": due.wholesaler_id, "today": due.today}
    connection.execute(_NOTE, {**values, "grant": grant.value})
