"""What the entries of the audit log are called in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

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
    "promotion.changed": _l("Promotion changed"),
    "promotion.created": _l("Promotion created"),
    "promotion.ended": _l("Promotion ended"),
    "role.changed": _l("Role changed by what it may"),
    "role.created": _l("Role made"),
    "role.removed": _l("Role removed"),
    "screen.refused": _l("Page refused"),
    "second_factor.reset": _l("Second factor reset by the operator"),
    "segment.changed": _l("Segment changed"),
    "segment.created": _l("Segment made"),
    "segment.removed": _l("Segment removed"),
    "session.confirmed": _l("Person confirmed"),
    "session.opened": _l("Sign-in"),
    "session.revoked": _l("Session ended"),
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

FACTS: Mapping[str, Any] = {
    "accent_colour": _l("Accent colour"),
    "account": _l("Customer"),
    "accounts": _l("Accounts"),
    "active": _l("In use"),
    "address_kind": _l("For"),
    "adjustment_amount": _l("Amount on top"),
    "adjustment_percent": _l("Percent on top"),
    "attributes": _l("Attributes"),
    "backorder": _l("More than the stock"),
    "base_code": _l("Derived from"),
    "base_unit": _l("Base unit"),
    "brand": _l("Brand"),
    "agreed_amount": _l("Agreed amount"),
    "agreed_quantity": _l("Agreed quantity"),
    "all_articles": _l("All articles"),
    "amount": _l("Amount"),
    "approves_up_to": _l("Approves up to"),
    "articles": _l("Articles"),
    "benefit": _l("What it gives"),
    "bought": _l("Something of the category was bought"),
    "branch_of": _l("Branch of"),
    "brands": _l("Brands"),
    "budget": _l("Most money given"),
    "buy_quantity": _l("For every so many bought"),
    "categories": _l("Categories"),
    "combines": _l("Together with others"),
    "coupon": _l("Coupon"),
    "free_article": _l("Article that is free"),
    "free_quantity": _l("So many free"),
    "max_uses": _l("Most orders"),
    "max_uses_per_account": _l("Most orders of one customer"),
    "threshold_amount": _l("From order amount"),
    "value": _l("Percent or amount"),
    "case": _l("Case"),
    "category": _l("Category"),
    "category_days": _l("Within days"),
    "cause": _l("Cause"),
    "changed": _l("Changed"),
    "city": _l("City"),
    "claim": _l("Claim"),
    "client_id": _l("Client id"),
    "client_kind": _l("Kind"),
    "client_secret": _l("Client secret"),
    "code": _l("Code"),
    "country": _l("Country"),
    "counts_as_two_proofs": _l("Counts as two proofs"),
    "created": _l("New"),
    "credit_limit": _l("Credit limit"),
    "currency": _l("Currency"),
    "customer_number": _l("Customer number"),
    "day": _l("Day"),
    "decimals": _l("Rounded to"),
    "description_de": _l("German description"),
    "description_en": _l("English description"),
    "digest": _l("Picture's fingerprint"),
    "email": _l("E-mail"),
    "entries": _l("Prices"),
    "everyone": _l("Everyone"),
    "four_eyes": _l("Four eyes"),
    "funding_amount": _l("Funding for one base unit"),
    "gln": _l("GLN"),
    "grants": _l("Grants"),
    "groups": _l("Price groups"),
    "groups_claim": _l("Claim of the groups"),
    "gtin": _l("GTIN"),
    "handler": _l("Work"),
    "invited_by": _l("Invited by"),
    "issuer": _l("Issuer"),
    "jobs": _l("Jobs"),
    "keyholders": _l("Keyholders"),
    "is_usual": _l("Usual"),
    "kind": _l("Kind"),
    "like_role": _l("Messages like"),
    "lines": _l("Lines"),
    "listings": _l("Articles"),
    "locale": _l("Language"),
    "logo": _l("Logo"),
    "min_quantity": _l("Smallest order"),
    "minutes": _l("Minutes at most"),
    "more_refusals": _l("More refusals within the hour"),
    "material": _l("Text for their advertising"),
    "name": _l("Name"),
    "name_de": _l("German name"),
    "name_en": _l("English name"),
    "names_retailer": _l("Customer named"),
    "order_multiple": _l("Steps of"),
    "order": _l("Order"),
    "orders": _l("Orders"),
    "organisation": _l("Organisation"),
    "organisations": _l("Organisations"),
    "owner": _l("Owner of the product"),
    "packagings": _l("Packaging"),
    "payment_terms_days": _l("Payment terms"),
    "pictures": _l("Pictures"),
    "places_up_to": _l("Orders alone up to"),
    "postal_code": _l("Postal code"),
    "price_assignments": _l("Audiences of price lists"),
    "price_entries": _l("Prices"),
    "people": _l("People"),
    "permissions": _l("May"),
    "phone": _l("Telephone"),
    "position": _l("Position"),
    "price_group": _l("Price group"),
    "price_lists": _l("Price lists"),
    "priority": _l("Priority"),
    "products": _l("Products"),
    "proof": _l("Proof"),
    "program": _l("Program"),
    "promotion_audiences": _l("Audiences of promotions"),
    "promotion_scopes": _l("Scopes of promotions"),
    "promotions": _l("Promotions"),
    "quantity": _l("Quantity"),
    "reason": _l("Reason"),
    "redirect_uris": _l("Redirect addresses"),
    "reference": _l("Reference"),
    "required_acr": _l("Class for two factors"),
    "removed": _l("Gone"),
    "rhythms": _l("How they order"),
    "role": _l("Role"),
    "scopes": _l("Scopes"),
    "second_factor": _l("Second factor demanded of"),
    "segment": _l("Segment"),
    "sellers": _l("Sellers"),
    "sessions": _l("Sessions"),
    "sharing": _l("Sharing agreements"),
    "shared": _l("Shared with the customer"),
    "shipment_number": _l("Delivery number"),
    "single_sign_on": _l("Single sign-on"),
    "sku": _l("SKU"),
    "state": _l("Status"),
    "status": _l("Status"),
    "stock": _l("Stock"),
    "strategy": _l("Which list decides"),
    "subject": _l("Subject"),
    "suggested_percent": _l("Suggested discount, in percent"),
    "support_kind": _l("What it is"),
    "support_state": _l("Status"),
    "street": _l("Street and number"),
    "time_zone": _l("Time zone"),
    "total": _l("Total"),
    "tracking_code": _l("Tracking code"),
    "trusts_addresses": _l("Addresses trusted"),
    "type": _l("File type"),
    "unchanged": _l("As it was"),
    "users": _l("People"),
    "valid_from": _l("Valid from"),
    "valid_to": _l("Valid until, not including"),
    "vat_id": _l("VAT number"),
    "version": _l("Version"),
    "warn_days": _l("Warn so many days before the end"),
    "warn_percent": _l("Warn once so many percent are called off"),
    "warehouse": _l("Warehouse"),
    "warehouses": _l("Warehouses"),
    "weekdays": _l("Delivery days"),
    "whole": _l("Whole order"),
    "wholesalers": _l("Wholesalers"),
    "withdrawn_on": _l("Withdrawn on"),
    "hidden_on": _l("Past figures out of view"),
    "message": _l("Message"),
    "notice_days": _l("Days in view after a withdrawal"),
    "number": _l("Proposal"),
    "starts_on": _l("Covers from"),
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
