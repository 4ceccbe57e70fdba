"""The words of co-funding, in the reader's language."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.funding.models import OfferState
from portal.funding.rules import Booking, ClaimStep
from portal.promotions.words import FIELD_PROBLEMS as PROMOTION_PROBLEMS

STATES = {
    OfferState.PROPOSED: _l("To be answered"),
    OfferState.ACCEPTED: _l("Accepted"),
    OfferState.DECLINED: _l("Declined"),
    OfferState.WITHDRAWN: _l("Withdrawn"),
}
TONES = {
    OfferState.PROPOSED: "attention",
    OfferState.ACCEPTED: "good",
    OfferState.DECLINED: "neutral",
    OfferState.WITHDRAWN: "neutral",
}
CLAIMS = {
    ClaimStep.CLAIMED: _l("Claimed"),
    ClaimStep.WITHDRAWN: _l("Withdrawn"),
    ClaimStep.APPROVED: _l("Approved"),
    ClaimStep.REJECTED: _l("Rejected"),
    ClaimStep.SETTLED: _l("Settled"),
    ClaimStep.REVERSED: _l("Settlement taken back"),
}
CLAIM_TONES = {
    ClaimStep.CLAIMED: "attention",
    ClaimStep.APPROVED: "active",
    ClaimStep.SETTLED: "good",
}
ACTS = {
    ClaimStep.APPROVED: _l("Approve"),
    ClaimStep.SETTLED: _l("Note as settled"),
    ClaimStep.REJECTED: _l("Reject"),
    ClaimStep.REVERSED: _l("Take the settlement back"),
}
BOOKINGS = {
    Booking.ACCRUED: _l("Accrued"),
    Booking.REVERSED: _l("Cancelled"),
    Booking.RELEASED: _l("Shipped, can be claimed"),
}
FIELD_PROBLEMS = {
    **PROMOTION_PROBLEMS,
    "taken": _l("This code is taken."),
    "outside-offer": _l("This lies outside the offer."),
    "offer-ended": _l("The offer has ended."),
    "none-listed": _l("None of the offer's products is among your articles."),
    "unknown-wholesaler": _l("There is no such wholesaler."),
    "other-currency": _l("A wholesaler trades in another currency."),
    "unknown-product": _l("You have no such product."),
}
