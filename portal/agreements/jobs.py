"""Warnings of framework agreements: before the end and before all is called off, once each, by mail to both sides."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import force_locale, gettext

from portal.agreements.queries import AgreementRow, find_parties, get_agreement
from portal.agreements.service.warnings import ENDING, NEARLY_USED, warn_of_ends, warn_of_use
from portal.agreements.words import amount_text
from portal.core.i18n import offered_language
from portal.core.mail import mail_brand, send_mail
from portal.core.outbox import Event, subscribe, subscribe_group
from portal.core.recurring import recurring
from portal.ordering.queries.mails import list_responsible
from portal.web.headers import public_link
from tenants.principal import Principal

EVERY_SECONDS = 300.0


def register(_app: Flask) -> None:
    """Look for ends that come near; hear of orders, and of what is to be told."""
    recurring("warn of agreements that end", EVERY_SECONDS, warn_of_ends)
    subscribe_group({"OrderPlaced"}, "warn_of_use", warn_of_use)
    for kind in (ENDING, NEARLY_USED):
        subscribe(kind, "mail_agreement", mail_agreement)


def mail_agreement(principal: Principal, event: Event) -> None:
    """Tell both sides; a buyer that has another seller by now is not told."""
    agreement, parties = get_agreement(principal, event.payload["code"]), find_parties(principal, event.payload["code"])
    for side, party in parties.items():
        if party is None:
            continue
        locale = offered_language(party.locale)
        endpoint = "framework_agreements.show_one" if side == "seller" else "own_agreements.show_one"
        context: dict[str, Any] = {
            "kind": event.kind,
            "agreement": agreement,
            "other": parties["buyer" if side == "seller" else "seller"],
            "act_url": public_link(endpoint, code=agreement.code),
        }
        with force_locale(locale):
            context |= {
                "act_label": str(gettext("Show the framework agreement")),
                "rows": _rows(agreement, principal.currency),
            }
        for address in [party.email] if party.email else list_responsible(principal, party.id, "framework_agreement"):
            brand = mail_brand(principal.organisation_id)
            send_mail(address, "framework_agreement", context, locale=locale, organisation=brand, event_id=event.id)


def _rows(agreement: AgreementRow, currency: str) -> list[tuple[str, str]]:
    return [
        (str(gettext("Agreed")), amount_text(agreement, agreement.agreed, currency)),
        (str(gettext("Called off")), amount_text(agreement, agreement.called_off, currency)),
        (str(gettext("Left")), amount_text(agreement, agreement.left, currency)),
    ]
