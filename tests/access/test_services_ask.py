"""Each service asks for the permission itself, whatever the screen or operation before it declared."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tenants.permissions import Permission

ROOT = Path(__file__).resolve().parents[2]

ASKS: dict[str, str] = {
    "accounts.service.account_import.import_accounts": "ACCOUNTS_MANAGE",
    "accounts.service.accounts.change_details": "ACCOUNTS_MANAGE",
    "accounts.service.accounts.change_state": "ACCOUNTS_MANAGE",
    "accounts.service.accounts.change_terms": "ACCOUNTS_MANAGE",
    "accounts.service.acting.begin_acting": "ACCOUNTS_ACT",
    "accounts.service.audit_chain.check_own_chain": "ORGANISATION_MANAGE",
    "accounts.service.accounts.open_account": "ACCOUNTS_MANAGE",
    "accounts.service.branches.move_shop": "ACCOUNTS_MANAGE",
    "accounts.service.bulk_invitations.invite_many": "ACCOUNTS_MANAGE",
    "accounts.service.organisation.change_address": "ORGANISATION_MANAGE",
    "accounts.service.organisation.change_brand": "ORGANISATION_MANAGE",
    "accounts.service.people.person_of": "PEOPLE_MANAGE",
    "accounts.service.price_groups.move_accounts": "ACCOUNTS_MANAGE",
    "accounts.service.price_groups.remove_price_group": "ACCOUNTS_MANAGE",
    "accounts.service.price_groups.save_price_group": "ACCOUNTS_MANAGE",
    "accounts.service.records._edge": "ACCOUNTS_MANAGE",
    "accounts.service.roles.remove_role": "PEOPLE_MANAGE",
    "accounts.service.roles.save_role": "PEOPLE_MANAGE",
    "accounts.service.second_factor.change_demand": "ORGANISATION_MANAGE",
    "analytics.service.agreements.answer": "ORGANISATION_MANAGE",
    "analytics.service.agreements.propose": "ORGANISATION_MANAGE",
    "analytics.service.agreements.take_back": "ORGANISATION_MANAGE",
    "analytics.service.sharing.withdraw": "ORGANISATION_MANAGE",
    "agreements.service.agreements.attach_document": "PRICES_MANAGE",
    "agreements.service.agreements.change_agreement": "PRICES_MANAGE",
    "agreements.service.agreements.create_agreement": "PRICES_MANAGE",
    "agreements.service.agreements.end_agreement": "PRICES_MANAGE",
    "campaigns.service.campaigns.change_campaign": "PRICES_MANAGE",
    "campaigns.service.campaigns.create_campaign": "PRICES_MANAGE",
    "campaigns.service.campaigns.end_campaign": "PRICES_MANAGE",
    "campaigns.service.campaigns.release_campaign": "PRICES_MANAGE",
    "campaigns.service.campaigns.remove_campaign": "PRICES_MANAGE",
    "campaigns.service.campaigns.set_picture": "PRICES_MANAGE",
    "catalogue.service.articles.save_article": "CATALOGUE_MANAGE",
    "catalogue.service.products.change_product": "CATALOGUE_MANAGE",
    "catalogue.service.products.create_product": "CATALOGUE_MANAGE",
    "catalogue.service.products.remove_picture": "CATALOGUE_MANAGE",
    "catalogue.service.products.set_picture": "CATALOGUE_MANAGE",
    "funding.service.claims.claim": "PRICES_MANAGE",
    "funding.service.claims.take_step": "PRICES_MANAGE",
    "funding.service.offers.accept_offer": "PRICES_MANAGE",
    "funding.service.offers.decline_offer": "PRICES_MANAGE",
    "funding.service.offers.propose_funding": "FUNDING_MANAGE",
    "funding.service.offers.withdraw_offer": "FUNDING_MANAGE",
    "handovers.service.consent": "ORGANISATION_MANAGE",
    "handovers.service.decline": "ORGANISATION_MANAGE",
    "handovers.service.propose_handover": "ACCOUNTS_MANAGE",
    "handovers.service.refuse_handover": "ACCOUNTS_MANAGE",
    "handovers.service.take_over": "ACCOUNTS_MANAGE",
    "handovers.service.withdraw_handover": "ACCOUNTS_MANAGE",
    "identity.service.settings.require_person": "ORGANISATION_MANAGE",
    "inventory.service.add_warehouse": "STOCK_MANAGE",
    "inventory.service.receive_stock": "STOCK_MANAGE",
    "inventory.service.set_incoming": "STOCK_MANAGE",
    "inventory.service.set_levels": "STOCK_MANAGE",
    "loyalty.service.points.adjust_points": "LOYALTY_MANAGE",
    "loyalty.service.programme.add_reward": "LOYALTY_MANAGE",
    "loyalty.service.programme.add_rule": "LOYALTY_MANAGE",
    "loyalty.service.programme.end_programme": "LOYALTY_MANAGE",
    "loyalty.service.programme.end_reward": "LOYALTY_MANAGE",
    "loyalty.service.programme.end_rule": "LOYALTY_MANAGE",
    "loyalty.service.programme.save_programme": "LOYALTY_MANAGE",
    "loyalty.service.programme.start_programme": "LOYALTY_MANAGE",
    "oauth.service.clients._require_person": "ORGANISATION_MANAGE",
    "oauth.service.clients.end_client": "ORGANISATION_MANAGE",
    "operations.service.discard_job": "OPERATIONS_MANAGE",
    "operations.service.retry_failed_jobs": "OPERATIONS_MANAGE",
    "operations.service.retry_job": "OPERATIONS_MANAGE",
    "ordering.service.approval_rule.require_approver": "ORDERS_APPROVE",
    "ordering.service.approval_rule.save_rule": "PEOPLE_MANAGE",
    "ordering.service.approvals.approve_request": "ORDERS_APPROVE",
    "ordering.service.approvals.decline_request": "ORDERS_APPROVE",
    "ordering.service.approvals.reprice_request": "ORDERS_APPROVE",
    "ordering.service.approvals.request_order": "ORDERS_PLACE",
    "ordering.service.approvals.withdraw_request": "ORDERS_PLACE",
    "ordering.service.basket._open": "ORDERS_PLACE",
    "ordering.service.basket.empty_basket": "ORDERS_PLACE",
    "ordering.service.basket.lock_basket": "ORDERS_PLACE",
    "ordering.service.basket.take_out": "ORDERS_PLACE",
    "ordering.service.order_life.cancel_order": "ORDERS_MANAGE",
    "ordering.service.order_life.confirm_order": "ORDERS_MANAGE",
    "ordering.service.order_life.deliver_order": "ORDERS_SHIP",
    "ordering.service.order_life.ship_order": "ORDERS_SHIP",
    "ordering.service.own_acts._act": "ORDERS_PLACE",
    "ordering.service.place_order.place_order": "ORDERS_PLACE",
    "pricing.service.drafts.begin_draft": "PRICES_MANAGE",
    "pricing.service.drafts.begin_roll_back": "PRICES_MANAGE",
    "pricing.service.drafts.lock_draft": "PRICES_MANAGE",
    "pricing.service.entries.write_entries": "PRICES_MANAGE",
    "pricing.service.mass_change.adjust_prices": "PRICES_MANAGE",
    "pricing.service.mass_change.copy_price_list": "PRICES_MANAGE",
    "pricing.service.price_import.import_prices": "PRICES_MANAGE",
    "pricing.service.price_lists.assign_price_list": "PRICES_MANAGE",
    "pricing.service.price_lists.change_price_list": "PRICES_MANAGE",
    "pricing.service.price_lists.choose_strategy": "PRICES_MANAGE",
    "pricing.service.price_lists.create_price_list": "PRICES_MANAGE",
    "promotions.service.promotions.end_promotion": "PRICES_MANAGE",
    "promotions.service.promotions.lock_promotions": "PRICES_MANAGE",
    "promotions.service.promotions.save_promotion": "PRICES_MANAGE",
    "sell_out.service._buyers": "ORDERS_MANAGE",
    "sell_out.service._own": "ORDERS_PLACE",
    "segments.service.change_segment": "ACCOUNTS_MANAGE",
    "segments.service.create_segment": "ACCOUNTS_MANAGE",
    "segments.service.remove_segment": "ACCOUNTS_MANAGE",
    "support.service.answering.answer": "SUPPORT_MANAGE",
    "support.service.answering.pass_up": "SUPPORT_MANAGE",
    "support.service.asking.open_request": "SUPPORT_ASK",
    "support.service.asking.reply": "SUPPORT_ASK",
    "support.service.cases.answer_case": "SUPPORT_MANAGE",
    "support.service.registrations.register_unit": "SUPPORT_ASK",
}
"""What a function of a service asks its principal for; a new one gets its line, and none is taken away by accident."""


def asking() -> Iterator[tuple[str, str]]:
    """Give (function, permission) of every `principal.require(Permission.…)` in a service."""
    for path in sorted((ROOT / "portal").rglob("*.py")):
        if path.stem != "service" and path.parent.name != "service":
            continue
        where = ".".join(path.relative_to(ROOT / "portal").with_suffix("").parts)
        for function in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef):
                yield from ((f"{where}.{function.name}", permission) for permission in required_in(function))


def required_in(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        match node:
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id="principal"), attr="require"),
                    args=[ast.Attribute(value=ast.Name(id="Permission"), attr=permission)],
                )
            ):
                yield permission


def test_every_service_asks_for_what_it_needs() -> None:
    assert dict(asking()) == ASKS
    assert set(ASKS.values()) <= set(Permission.__members__)
