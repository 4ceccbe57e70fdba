"""Proposals of sharing agreements."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from portal.analytics.agreement_models import SharingProposal
from tests.factories.seed import Seed


def make_proposal(
    seed: Seed, owner: Row[Any], wholesaler: Row[Any], *grants: str, number: int = 1, **values: Any
) -> Row[Any]:
    """Let a brand owner ask a wholesaler for grants; nothing is answered."""
    edge = {"brand_owner_id": owner.id, "wholesaler_id": wholesaler.id}
    asked = {"grants": list(grants or ["units"]), "proposed_by": f"Proposer of {owner.code}"}
    return seed.add(SharingProposal, **edge, number=number, **{**asked, **values})
