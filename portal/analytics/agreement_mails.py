"""What the other side of an agreement is told: a fact of its own in its outbox, and a mail to who answers for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import force_locale, gettext
from sqlalchemy import Connection, insert

from portal.analytics.agreement_text import named_grants
from portal.core.i18n import offered_language
from portal.core.mail import mail_brand, send_mail
from portal.core.models import OutboxEvent
from portal.core.outbox import Event
from portal.notices.service import organisation_notice
from portal.ordering.queries.mails import list_responsible
from portal.web.headers import public_link
from tenants.principal import Principal

PROPOSAL_RECEIVED, ANSWER_RECEIVED = "AgreementProposalReceived", "AgreementAnswerReceived"
ON_THE_OTHER_SIDE = {
    "AgreementProposed": PROPOSAL_RECEIVED,
    "AgreementAccepted": ANSWER_RECEIVED,
    "AgreementDeclined": ANSWER_RECEIVED,
    "AgreementWithdrawn": ANSWER_RECEIVED,
}


def tell_other_side(connection: Connection, events: Sequence[Event]) -> None:
    """Write what the other side received as a fact of its own: jobs act for the organisation whose fact it is."""
    told = [
        {
            "seller_id": event.payload["partner_id"],
            "kind": ON_THE_OTHER_SIDE[event.kind],
            "payload": {
                **event.payload,
                "fact": event.kind,
                "partner_id": event.seller_id,
                "partner_code": event.payload["own_code"],
                "partner_name": event.payload["own_name"],
            },
            "actor": event.actor,
        }
        for event in events
    ]
    connection.execute(insert(OutboxEvent).inline(), told)


def mail_agreement(principal: Principal, event: Event) -> None:
    """Tell those who manage the principal's organisation what was proposed to it or answered."""
    locale = offered_language(principal.locale)
    is_proposal = event.kind == PROPOSAL_RECEIVED
    with force_locale(locale):
        label = gettext("Answer the proposal") if is_proposal else gettext("Show the agreement")
        context: dict[str, Any] = {
            "fact": event.payload["fact"],
            "partner": event.payload["partner_name"],
            "person": event.payload["person"],
            "grants": named_grants(event.payload.get("grants", [])),
            "message": event.payload.get("message", ""),
            "reason": event.payload.get("reason", ""),
            "act_label": str(label),
        }
    code = event.payload["partner_code"]
    context["act_url"] = (
        public_link("sharing.show_proposal", brand_owner=code)
        if is_proposal
        else public_link("agreements.show_one", wholesaler=code)
    )
    # Of what makes a message people choose how they are told; of the rest everybody hears by mail.
    notice = organisation_notice(event.payload["fact"])
    for address in list_responsible(principal, principal.organisation_id, notice):
        send_mail(
            address,
            "agreement",
            context,
            locale=locale,
            organisation=mail_brand(principal.organisation_id),
            event_id=event.id,
        )
