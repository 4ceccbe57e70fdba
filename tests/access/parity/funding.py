"""The screens of co-funding and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import FORM, Table, by, without

SCREENS: Table = {
    "GET brand_funding.show": by("list_funding_offers", "total_funding"),
    "GET brand_funding.export": by("list_funding_offers"),
    "GET funding.export_ledger": by("list_funding_entries"),
    "GET brand_funding.propose": without(FORM),
    "POST brand_funding.propose": by("propose_funding"),
    "GET brand_funding.show_one": by("read_funding_offer", "list_funding_claims"),
    "POST brand_funding.withdraw": by("withdraw_funding_offer"),
    "POST brand_funding.take_step": by("take_funding_step"),
    "GET funding.show": by("list_offered_funding", "total_offered_funding"),
    "GET funding.show_one": by("read_offered_funding", "list_funding_entries", "list_own_funding_claims"),
    "GET funding.accept": without(FORM),
    "POST funding.accept": by("accept_funding"),
    "POST funding.decline": by("decline_funding"),
    "POST funding.claim": by("claim_funding"),
    "POST funding.withdraw_claim": by("withdraw_funding_claim"),
}
