"""A forgotten password: one request, one answer, whether or not there is an account."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import func, text, update

from portal.accounts.queries.sign_in import ResetRow, find_reset, list_workplaces
from portal.accounts.service.devices import forget_devices, remember_device
from portal.accounts.service.sessions import Browser, revoke_all_sessions, set_password
from portal.accounts.tokens import PASSWORD_RESET, link_token, new_nonce
from tenants.audit import record_as
from tenants.authentication import hash_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.models import PasswordReset
from tenants.tokens import end_tokens_of

VALID_FOR: Final = timedelta(hours=1)

# One statement for everybody: it costs the same round trip and plan whether the address is known or not. A mail goes
# out in the name of the seller the person buys from, or of the own organisation.
_REQUEST = text("""
with person as (
    select u.id as user_id, u.email, u.name, coalesce(nullif(:locale, ''), nullif(u.locale, ''), o.locale) as locale,
           b.id as brand_id, b.name as brand_name, b.accent_colour, b.email as reply_to,
           b.time_zone, case when b.logo is null then '' else '/brand/' || b.slug || '/logo' end as logo_path
    from user_account u
    join membership m on m.user_id = u.id and m.status = 'active'
    join organisation o on o.id = m.organisation_id
    join organisation b on b.id = case o.kind when 'retailer' then o.seller_id else o.id end
    where u.email = :email and u.status = 'active'
      and not exists (select from organisation a where a.id = any(o.owner_ids) and a.status <> 'active')
    order by b.slug = :slug desc, o.name, o.id
    limit 1
), reset as (
    insert into password_reset (user_id, token_hash, expires_at)
    select user_id, :token_hash, now() + make_interval(secs => :seconds) from person
)
insert into outbox_event (seller_id, kind, payload, actor)
select brand_id, 'PasswordResetRequested',
       jsonb_build_object('email', email, 'name', name, 'locale', locale, 'nonce', cast(:nonce as text),
           'brand', jsonb_build_object('name', brand_name, 'accent', accent_colour, 'reply_to', reply_to,
               'logo_path', logo_path, 'time_zone', time_zone)),
       'user:' || user_id
from person
""")


def request_password_reset(email: str, *, locale: str, slug: str | None) -> None:
    """Let a link be sent to the person of that address, if there is one; nothing tells the caller.

    `locale` is the reader's language if chosen, else empty; `slug` the sign-in page that was used.
    """
    act_as(AUTHENTICATION)
    nonce = new_nonce()
    db.session.execute(
        _REQUEST,
        {
            "email": email.strip().lower(),
            "locale": locale,
            "slug": slug or "",
            "nonce": nonce,
            "token_hash": hash_token(link_token(PASSWORD_RESET, nonce)),
            "seconds": int(VALID_FOR.total_seconds()),
        },
    )


def reset_password(token: str, password: str, browser: Browser) -> ResetRow | None:
    """Set a new password by an unused token, end all sessions of the person and what it gave to programs; None when the token cannot be used.

    The caller has checked the password's rules. Every other open link of the person ends as well, and of its browsers
    this one alone stays known: it holds the link.
    """
    found = find_reset(token)
    if found is None:
        return None
    used = db.session.execute(
        update(PasswordReset)
        .where(PasswordReset.user_id == found.user_id, PasswordReset.used_at.is_(None))
        .values(used_at=func.now())
        .returning(PasswordReset.id)
    ).scalars()
    if found.id not in set(used):
        return None  # Somebody else used the link while we looked.
    set_password(found.user_id, password)
    revoke_all_sessions(found.user_id)
    end_tokens_of(found.user_id)
    forget_devices(found.user_id)
    remember_device(found.user_id, browser.device)
    for place in list_workplaces(found.user_id):
        record_as(
            AUTHENTICATION,
            place.organisation_id,
            f"user:{found.user_id}",
            "password.reset",
            found.email,
            address=browser.address,
            request_id=browser.request_id,
        )
    return found
