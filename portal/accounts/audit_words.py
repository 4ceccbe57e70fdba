"""What the entries of the audit log are called in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.audit_facts import FACTS
from portal.accounts.audit_values import MONEY, fact_text, price_texts
from portal.accounts.forms import role_label
from tenants.permissions import Role

LABELS: Mapping[str, Any] = {
    "account_address.removed": _l("Address taken away"),
    "account_address.saved": _l("Address saved"),
    "account_contact.removed": _l("Contact taken away"),
    "account_contact.saved": _l("Contact saved"),
    "account_document.added": _l("Document kept"),
    "account_document.removed": _l("Document taken away"),
    "account_note.removed": _l("Note taken away"),
    "account_note.saved": _l("Note kept"),
    "account_task.done": _l("Task done"),
    "account_task.removed": _l("Task taken away"),
    "account_task.reopened": _l("Task open again"),
    "account_task.saved": _l("Task planned"),
    "account.closed": _l("Account closed"),
    "account.code_refused": _l("Account code refused"),
    "account.created": _l("Account created"),
    "account.delivery_days_changed": _l("Delivery days changed"),
    "account.details_changed": _l("Account details changed"),
    "account.moved": _l("Account moved"),
    "account.reactivated": _l("Account reactivated"),
    "account.stopped": _l("Ordering stopped for an account"),
    "account.suspended": _l("Account suspended"),
    "account.terms_changed": _l("Terms changed"),
    "acting.began": _l("Acting on behalf begun"),
    "acting.ended": _l("Acting on behalf ended"),
    "accounts.imported": _l("Accounts imported"),
    "api_client.changed": _l("Program changed"),
    "api_client.created": _l("Program made"),
    "api_client.ended": _l("Program ended"),
    "api_client.secret_renewed": _l("New secret of a program"),
    "api.refused": _l("Call of the API refused"),
    "article.changed": _l("Article changed"),
    "article.listed": _l("Article listed"),
    "authenticator.removed": _l("Authenticator app removed"),
    "authenticator.set_up": _l("Authenticator app set up"),
    "campaign.changed": _l("Campaign changed"),
    "campaign.created": _l("Campaign made"),
    "campaign.ended": _l("Campaign ended"),
    "campaign.picture_changed": _l("Picture of a campaign changed"),
    "campaign.released": _l("Campaign released"),
    "campaign.removed": _l("Campaign thrown away"),
    "channel.loaded": _l("Channel folder loaded"),
    "email_domain.named": _l("Domain named"),
    "email_domain.proven": _l("Domain proven"),
    "email_domain.removed": _l("Domain forgotten"),
    "external_identity.linked": _l("Person linked to the identity provider"),
    "external_identity.unlinked": _l("Link to the identity provider undone"),
    "grant.ended": _l("Program no longer allowed"),
    "grant.given": _l("Program allowed"),
    "grant.refused": _l("Program not allowed"),
    "grant.reuse_detected": _l("Code or token of a program used twice"),
    "framework_agreement.changed": _l("Framework agreement changed"),
    "framework_agreement.created": _l("Framework agreement made"),
    "framework_agreement.document_attached": _l("Contract attached"),
    "framework_agreement.ended": _l("Framework agreement ended"),
    "funding_claim.approved": _l("Claim approved"),
    "funding_claim.claimed": _l("Funding claimed"),
    "funding_claim.rejected": _l("Claim rejected"),
    "funding_claim.reversed": _l("Settlement of a claim taken back"),
    "funding_claim.settled": _l("Claim settled"),
    "funding_claim.withdrawn": _l("Claim taken back"),
    "funding_offer.accepted": _l("Funding accepted"),
    "funding_offer.declined": _l("Funding declined"),
    "funding_offer.proposed": _l("Funding offered"),
    "funding_offer.withdrawn": _l("Offer of funding taken back"),
    "group_role.changed": _l("Role of a group changed"),
    "group_role.removed": _l("Role of a group removed"),
    "handover.consented": _l("Handover agreed to"),
    "handover.declined": _l("Handover declined"),
    "handover.proposed": _l("Handover proposed"),
    "handover.taken_over": _l("Shop taken over"),
    "handover.withdrawn": _l("Handover taken back"),
    "identity_provider.changed": _l("Identity provider changed"),
    "identity_provider.demanded": _l("Demand of single sign-on changed"),
    "identity_provider.removed": _l("Identity provider removed"),
    "invitation.accepted": _l("Invitation accepted"),
    "invitation.sent": _l("Invitation sent"),
    "invitation.withdrawn": _l("Invitation withdrawn"),
    "job.discarded": _l("Work behind the screens given up"),
    "job.retried": _l("Work behind the screens tried again"),
    "jobs.retried": _l("Failed work of a kind tried again"),
    "approval_rule.changed": _l("What is ordered alone changed"),
    "order_request.approved": _l("Order approved"),
    "order_request.declined": _l("Order that waited declined"),
    "order_request.made": _l("Approval of an order asked for"),
    "order_request.repriced": _l("Order that waits shown at new prices"),
    "order_request.withdrawn": _l("Order that waited taken back"),
    "order.cancelled": _l("Order cancelled"),
    "order.confirmed": _l("Order confirmed"),
    "order.delivered": _l("Order delivered"),
    "order.placed": _l("Order placed"),
    "order.shipped": _l("Order shipped"),
    "organisation.address_changed": _l("Address changed"),
    "organisation.brand_changed": _l("Brand changed"),
    "passkey.added": _l("Passkey added"),
    "passkey.removed": _l("Passkey removed"),
    "password.changed": _l("Password changed"),
    "password.reset": _l("Password set by a link"),
    "person.erased": _l("Person erased"),
    "person.erasure_asked": _l("Erasure of a person asked for"),
    "person.export_asked": _l("File of a person's data asked for"),
    "person.created": _l("Person created"),
    "person.deactivated": _l("Person deactivated"),
    "person.joined": _l("Person joined by the identity provider"),
    "person.limits_changed": _l("What a person orders alone changed"),
    "person.reactivated": _l("Person reactivated"),
    "person.role_changed": _l("Role changed"),
    "personal_token.created": _l("Personal access token made"),
    "personal_token.ended": _l("Personal access token ended"),
    "price_entries.changed": _l("Prices of a list changed"),
    "price_group.created": _l("Price group created"),
    "price_group.removed": _l("Price group removed"),
    "price_group.renamed": _l("Price group renamed"),
    "price_list.assigned": _l("Price list assigned"),
    "price_list.changed": _l("Price list changed"),
    "price_list.created": _l("Price list created"),
    "price_list.published": _l("Price list published"),
    "price_strategy.chosen": _l("Rule of several price lists changed"),
    "product.changed": _l("Product changed"),
    "product.created": _l("Product created"),
    "product.picture_removed": _l("Picture removed"),
    "product.picture_set": _l("Picture set"),
    "provisioning_token.ended": _l("Token for SCIM ended"),
    "provisioning_token.made": _l("Token for SCIM made"),
    "recovery_codes.renewed": _l("New recovery codes"),
    "product_registration.made": _l("Unit registered"),
    "promotion.changed": _l("Promotion changed"),
    "promotion.created": _l("Promotion created"),
    "promotion.ended": _l("Promotion ended"),
    "role.changed": _l("Role changed by what it may"),
    "role.created": _l("Role made"),
    "role.removed": _l("Role removed"),
    "saved_report.changed": _l("Report changed"),
    "saved_report.created": _l("Report saved"),
    "saved_report.removed": _l("Report removed"),
    "screen.refused": _l("Page refused"),
    "second_factor.reset": _l("Second factor reset by the operator"),
    "loyalty_points.adjusted": _l("Points booked by hand"),
    "loyalty_programme.ended": _l("Points programme ended"),
    "loyalty_programme.saved": _l("Points programme saved"),
    "loyalty_programme.started": _l("Points programme started"),
    "loyalty_reward.added": _l("Reward added"),
    "loyalty_reward.ended": _l("Reward ended"),
    "loyalty_rule.added": _l("Rule for points added"),
    "loyalty_rule.ended": _l("Rule for points ended"),
    "segment.changed": _l("Segment changed"),
    "segment.created": _l("Segment made"),
    "segment.removed": _l("Segment removed"),
    "session.confirmed": _l("Person confirmed"),
    "session.opened": _l("Sign-in"),
    "session.revoked": _l("Session ended"),
    "sell_out.reported": _l("Sell-out reported"),
    "sharing_agreement.accepted": _l("Sharing agreement accepted"),
    "sharing_agreement.declined": _l("Sharing proposal declined"),
    "sharing_agreement.withdrawn": _l("Sharing agreement withdrawn"),
    "sharing_proposal.made": _l("Sharing agreement proposed"),
    "sharing_proposal.taken_back": _l("Sharing proposal taken back"),
    "sign_in_policy.changed": _l("Demand of a second factor changed"),
    "stock.counted": _l("Stock counted"),
    "stock.expected": _l("Expected goods noted"),
    "stock.received": _l("Goods received"),
    "support_case.answered": _l("Case answered"),
    "support_request.answered": _l("Support request answered"),
    "support_request.moved": _l("Support request moved on"),
    "support_request.noted": _l("Note kept about a support request"),
    "support_request.opened": _l("Support asked"),
    "support_request.passed_up": _l("Passed up to the manufacturer"),
    "support_request.solved": _l("Support request solved"),
    "support_request.written": _l("Written on about a support request"),
    "warehouse.opened": _l("Warehouse opened"),
}

_EMPTY: tuple[Any, ...] = (None, "", [], {})
"""What was not set when something was created is not worth a line."""


CAPACITIES: Mapping[str, Any] = {
    "seller": _l("as seller"),
    "buyer": _l("as buyer"),
    "brand_owner": _l("as brand owner"),
}

ACTORS: Mapping[str, Any] = {
    "job": _l("Kontor"),
    "loader": _l("Channel loader"),
    "operator": _l("Operator"),
    "unknown": _l("Unknown"),
}


def actor_label(actor: str, name: str) -> str:
    """Give the name of who acted; a person whose name was erased is a number."""
    if actor in ACTORS:
        return str(ACTORS[actor])
    if not name and actor.startswith("user:"):
        return str(_("Person %(number)s", number=actor.removeprefix("user:")))
    return name or actor


def acted_as_label(acted_as: str) -> str:
    """Say as what somebody acted: in which capacity, and in which role at that time."""
    capacity, _separator, role = acted_as.partition(":")
    words = [str(CAPACITIES.get(capacity, capacity)), role_label(Role(role)) if role in set(Role) else role]
    return ", ".join(word for word in words if word)


def action_label(action: str) -> str:
    """Give an action in words; one that no feature has named stands as it is."""
    return str(LABELS.get(action, action))


def fact_name(key: str) -> str:
    """Give the name by which a fact is known: a file of a channel folder goes by its name alone."""
    return key.partition(".")[0].rstrip("/")


def changed_facts(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Give what an act set, changed or took away as (name, text), in words and numbers of the reader.

    A `currency` beside an amount is part of the amount.
    """
    old, new = before or {}, after or {}
    currency = new.get("currency", old.get("currency"))
    for key in {**new, **old}:
        name = fact_name(key)
        if (key in old and key in new and old[key] == new[key]) or (key == "currency" and _has_amount(old, new)):
            continue
        label = str(FACTS.get(name, name.replace("_", " ")))
        if key == "entries":
            yield label, price_texts(old.get(key, ()), new.get(key, ()), currency)
        elif key in old:
            yield label, f"{fact_text(name, old[key], currency)} → {fact_text(name, new.get(key), currency)}"
        elif new[key] not in _EMPTY:
            yield label, fact_text(name, new[key], currency)


def _has_amount(*facts: Mapping[str, Any]) -> bool:
    return any(each.get(name) is not None for each in facts for name in MONEY)
