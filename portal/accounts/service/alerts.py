"""What happens to a person's sign-in is told to the person by mail: events in the authentication context."""

from __future__ import annotations

import json
from typing import Any, Final

from tenants.authentication import SignedIn
from tenants.database import db

# The mail goes out in the name of the seller the person buys from, or of the own organisation.
ALERT: Final = """
insert into outbox_event (seller_id, kind, payload, actor)
select b.id, %(kind)s,
       jsonb_build_object('email', u.email, 'name', u.name, 'locale', coalesce(nullif(u.locale, ''), o.locale),
           'at', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS+00:00'), 'organisation', o.name,
           'brand', jsonb_build_object('name', b.name, 'accent', b.accent_colour, 'reply_to', b.email,
               'time_zone', b.time_zone,
               'logo_path', case when b.logo is null then '' else '/brand/' || b.slug || '/logo' end))
           || %(facts)s::jsonb,
       'user:' || u.id
from user_account u
join organisation o on o.id = %(organisation)s
join organisation b on b.id = case o.kind when 'retailer' then o.seller_id else o.id end
where u.id = %(user)s
"""


def alert_person(user_id: int, organisation_id: int, kind: str, **facts: Any) -> None:
    """Emit an event with what a mail to the person needs; `facts` are JSON-safe. Runs in the authentication context."""
    db.session.connection().exec_driver_sql(ALERT, alert_values(user_id, organisation_id, kind, **facts))


def alert_values(user_id: int, organisation_id: int, kind: str, **facts: Any) -> dict[str, Any]:
    """Give the values of `ALERT`, for who has a connection of its own."""
    return {"user": user_id, "organisation": organisation_id, "kind": kind, "facts": json.dumps(facts)}


def tell_factor_change(person: SignedIn, action: str, *, address: str) -> None:
    """Tell a person what was done about its second factor, as its log calls it. Runs in the authentication context."""
    if person.current is not None:
        organisation_id = person.current.organisation_id
        alert_person(person.user_id, organisation_id, "SecondFactorChanged", action=action, address=address)
