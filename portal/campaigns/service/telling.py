"""Telling the receivers of campaigns that began, each person as it chose, inside the worker's transactions."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

from portal.notices.kinds import KINDS

MAIL_DUE: Final = "CampaignMailDue"
KIND: Final = "campaign"
"""Of the messages, in portal/notices/kinds.py."""
_MOST_RECEIVERS: Final = 200

# Marked, put into inboxes and handed to the mails in one statement: whoever is told is told once.
_TELL = text("""
    with due as (
        select r.seller_id, r.campaign_code, r.buyer_id, c.title_en, c.title_de, s.name as seller
        from campaign_receiver r
        join campaign c on c.seller_id = r.seller_id and c.code = r.campaign_code
        join organisation s on s.id = r.seller_id
        cross join lateral (select (now() at time zone s.time_zone)::date as day) t
        where r.told_at is null and c.valid_from <= t.day and t.day < c.valid_to
        order by r.seller_id, r.campaign_code, r.buyer_id limit :most for update of r skip locked
    ), people as (
        select d.*, m.user_id, u.email, u.name, coalesce(nullif(u.locale, ''), o.locale) as locale,
               o.name as organisation, coalesce(h.channel, 'both') as channel, coalesce(h.rhythm, 'at_once') as rhythm
        from due d
        join organisation o on o.id = d.buyer_id and o.seller_id = d.seller_id and o.status = 'active'
        join membership m on m.organisation_id = d.buyer_id and m.status = 'active' and m.role = any (:roles)
        join user_account u on u.id = m.user_id and u.status = 'active'
        left join notice_choice h on h.organisation_id = m.organisation_id and h.user_id = m.user_id and h.kind = :kind
        where coalesce(h.channel, 'both') <> 'none'
    ), noticed as (
        insert into notice (organisation_id, user_id, kind, facts, in_inbox, mail_rhythm)
        select buyer_id, user_id, :kind, jsonb_build_object('code', campaign_code, 'seller', seller,
                   'title_en', title_en, 'title_de', title_de), channel in ('inbox', 'both'),
               case when channel in ('mail', 'both') and rhythm <> 'at_once' then rhythm end
        from people
    ), mailed as (
        insert into outbox_event (seller_id, kind, payload, actor)
        select seller_id, :event, jsonb_build_object('campaign', campaign_code, 'organisation_id', buyer_id,
                   'organisation', organisation, 'user_id', user_id, 'email', email, 'name', name, 'locale', locale), 'job'
        from people where channel in ('mail', 'both') and rhythm = 'at_once'
    )
    update campaign_receiver r set told_at = now(), mail_count = (
        select count(*) from people p
        where p.seller_id = d.seller_id and p.campaign_code = d.campaign_code and p.buyer_id = d.buyer_id
          and p.channel in ('mail', 'both'))
    from due d where r.seller_id = d.seller_id and r.campaign_code = d.campaign_code and r.buyer_id = d.buyer_id
""")


def tell_receivers(connection: Connection) -> int:
    """Tell up to 200 receivers of campaigns that began, inside the worker's transaction; give how many there were."""
    values = {"most": _MOST_RECEIVERS, "kind": KIND, "event": MAIL_DUE, "roles": sorted(KINDS[KIND].roles)}
    return connection.execute(_TELL, values).rowcount
