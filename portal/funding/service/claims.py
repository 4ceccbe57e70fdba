"""Claims: what was shipped is claimed by the wholesaler; approved, settled, rejected or reversed by the brand owner."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from portal.core.outbox import emit
from portal.funding.errors import ClaimNotReady, NothingToClaim
from portal.funding.models import FundingClaimEntry
from portal.funding.queries import ClaimRow, OfferRow, find_claim, get_offer, list_claims
from portal.funding.rules import OWNERS_STEPS, ClaimStep, may_follow
from tenants.audit import record
from tenants.database import db
from tenants.errors import NotFound
from tenants.permissions import Capacity, Permission
from tenants.principal import Principal

_ACTS = {
    ClaimStep.CLAIMED: "funding_claim.claimed",
    ClaimStep.WITHDRAWN: "funding_claim.withdrawn",
    ClaimStep.APPROVED: "funding_claim.approved",
    ClaimStep.REJECTED: "funding_claim.rejected",
    ClaimStep.SETTLED: "funding_claim.settled",
    ClaimStep.REVERSED: "funding_claim.reversed",
}
_LOCK = text("select owner_id from funding_offer where seller_id = :seller and code = :code for update")


def claim(principal: Principal, code: str, reference: str = "") -> ClaimRow:
    """Claim everything that was shipped under an offer and is not claimed. The principal is the wholesaler, manages prices.

    Raises:
        NothingToClaim: there is nothing.
        NotFound: there is no such offer.
        PermissionDenied: the principal may not manage prices.
    """
    principal.require(Permission.PRICES_MANAGE)
    key = {"seller": principal.selling(), "code": code}
    if db.session.execute(_LOCK, key).scalar_one_or_none() is None:
        raise NotFound
    offer, known = get_offer(principal, code), list_claims(principal, code, limit=1)
    if offer.claimable <= 0:
        raise NothingToClaim("Nothing was shipped that is not claimed already.")
    number = known[0].number + 1 if known else 1
    values = {"number": number, "step": 1, "kind": ClaimStep.CLAIMED, "amount": offer.claimable}
    return _write(principal, offer, values, reference)


def take_step(
    principal: Principal, code: str, number: int, step: ClaimStep, *, wholesaler: str = "", reference: str = ""
) -> ClaimRow:
    """Take a claim a step on.

    The brand owner, who names the wholesaler and manages funding, approves, rejects, settles and takes a settlement back;
    the wholesaler, who manages prices, withdraws what is not approved.

    Raises:
        ClaimNotReady: the step cannot follow where the claim stands, or is the other side's.
        NotFound: there is no such offer or claim.
        PermissionDenied: the permission is missing.
    """
    owns = principal.capacity is Capacity.BRAND_OWNER
    if owns:
        principal.require(Permission.FUNDING_MANAGE)
    else:
        principal.require(Permission.PRICES_MANAGE)
    offer = get_offer(principal, code, wholesaler)
    before = find_claim(principal, code, number, wholesaler)
    if before is None:
        raise NotFound
    if (step in OWNERS_STEPS) is not owns or not may_follow(before.state, step):
        raise ClaimNotReady("This step cannot follow.", claim_state=before.state.value)
    values = {"number": number, "step": before.step + 1, "kind": step, "amount": before.amount}
    return _write(principal, offer, values, reference)


def _write(principal: Principal, offer: OfferRow, entry: dict[str, Any], reference: str) -> ClaimRow:
    """Add a step and give the claim as it stands; of two people's at once one is refused by the key."""
    noted = reference.strip()[:200]
    key = {"seller_id": offer.seller_id, "owner_id": offer.owner_id, "code": offer.code}
    statement = insert(FundingClaimEntry).values(**key, **entry, reference=noted).on_conflict_do_nothing()
    if db.session.execute(statement.returning(FundingClaimEntry.step)).scalar_one_or_none() is None:
        raise ClaimNotReady("Somebody else has just taken a step.", claim_state="")
    after = {"amount": f"{entry['amount']:f}", "currency": offer.currency, "reference": noted, "claim": entry["number"]}
    record(principal, _ACTS[entry["kind"]], offer.code, after=after)
    kind, partner_id = (
        ("FundingClaimAnswered", offer.seller_id)
        if entry["kind"] in OWNERS_STEPS
        else ("FundingClaimed", offer.owner_id)
    )
    facts = {"code": offer.code, "offer": offer.name, "wholesaler": offer.wholesaler, "number": entry["number"]}
    emit(principal, kind, {**facts, "partner_id": partner_id, "state": entry["kind"].value})
    written = find_claim(principal, offer.code, entry["number"], offer.wholesaler)
    if written is None:
        raise NotFound
    return written
