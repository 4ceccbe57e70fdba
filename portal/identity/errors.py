"""Refusals of single sign-on."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from tenants.errors import Conflict, Refusal


class ProviderFailed(Exception):
    """The identity provider cannot be asked, or its answer cannot be used; the message says why, for the log alone."""


class Cause(StrEnum):
    """Why somebody whom the provider let in does not get in here."""

    STALE = "stale"
    """No such request is open in this browser, or it was used."""
    DENIED = "denied"
    """The provider says no."""
    FAILED = "failed"
    """The provider cannot be asked, or its token counts for nothing."""
    NO_ADDRESS = "no_address"
    """No verified e-mail address of a proven domain."""
    KNOWN_ELSEWHERE = "known_elsewhere"
    """The address has an account that does not work for this organisation."""
    OTHER_SUBJECT = "other_subject"
    """The address belongs to somebody whom the provider knew by another subject."""
    NO_GROUP = "no_group"
    """None of the groups has a role."""
    CLOSED = "closed"
    """An administrator closed the organisation to this person."""
    ONE_PROOF = "one_proof"
    """The organisation demands two proofs, and the provider tells of one."""
    OTHER_PERSON = "other_person"
    """Somebody else came back to prove the person of the session."""
    TOO_MANY_GROUPS = "too_many_groups"
    """The token leaves the groups out because there are too many."""


class SignInRefused(Exception):
    """The provider's word does not let this person in."""

    def __init__(self, cause: Cause, detail: str = "", *, email: str = "") -> None:
        super().__init__(detail or cause.value)
        self.cause = cause
        self.email = email


class UnusableProvider(Refusal):
    """The identity provider cannot be used: its address, its answer or its certificate is wrong."""

    code: ClassVar[str] = "unusable-provider"
    status: ClassVar[int] = 422


class DomainTaken(Conflict):
    """Another organisation has proven that domain."""

    code: ClassVar[str] = "domain-taken"


class NotProvenYet(Conflict):
    """The domain's record does not say what it should."""

    code: ClassVar[str] = "domain-not-proven"


class CannotDemand(Conflict):
    """Nobody has signed in by the provider yet, or no keyholder is named."""

    code: ClassVar[str] = "cannot-demand"
