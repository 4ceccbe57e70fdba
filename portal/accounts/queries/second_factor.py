"""What proves a person beyond the password; all but the policy is read in the authentication context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text

from portal.accounts.models import Authenticator, Demand, SignInPolicy, SignInStep
from tenants.authentication import hash_token
from tenants.database import AUTHENTICATION, act_as, db
from tenants.models import Organisation, UserAccount
from tenants.principal import Principal


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has set up."""

    authenticator_since: datetime | None
    recovery_codes: int
    """How many are left."""
    passkeys: int

    @property
    def any(self) -> bool:
        """Tell whether the password alone no longer lets the person in."""
        return self.authenticator_since is not None or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class AuthenticatorRow:
    """The app of a person, and the newest code that was used."""

    sealed_secret: bytes
    last_counter: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """Somebody who gave the right password and owes the second proof."""

    user_id: int
    email: str
    name: str
    locale: str
    """The person's language, else its organisation's."""
    organisation_id: int
    failures: int


def find_factors(user_id: int) -> Factors:
    """Give what the person has set up."""
    act_as(AUTHENTICATION)
    statement = text("""
        select (select created_at from authenticator where user_id = :user),
               (select count(*) from recovery_code where user_id = :user and used_at is null),
               (select count(*) from passkey where user_id = :user)""")
    return Factors(*db.session.execute(statement, {"user": user_id}).one())


def find_authenticator(user_id: int) -> AuthenticatorRow | None:
    """Give the person's app, or None."""
    act_as(AUTHENTICATION)
    row = db.session.execute(
        select(Authenticator.sealed_secret, Authenticator.last_counter).where(Authenticator.user_id == user_id)
    ).one_or_none()
    return None if row is None else AuthenticatorRow(*row)


def find_step(token: str) -> StepRow | None:
    """Give who owes the second proof under that token and may still give it, or None."""
    act_as(AUTHENTICATION)
    row = db.session.execute(
        select(
            UserAccount.id,
            UserAccount.email,
            UserAccount.name,
            func.coalesce(func.nullif(UserAccount.locale, ""), Organisation.locale),
            Organisation.id,
            SignInStep.failures,
        )
        .select_from(SignInStep)
        .join(UserAccount, UserAccount.id == SignInStep.user_id)
        .join(Organisation, Organisation.id == SignInStep.organisation_id)
        .where(
            SignInStep.token_hash == hash_token(token),
            SignInStep.expires_at > func.now(),
            UserAccount.status == "active",
        )
    ).one_or_none()
    return None if row is None else StepRow(*row)


def get_demand(principal: Principal) -> Demand:
    """Give of whom the principal's organisation demands a second factor."""
    found = db.session.execute(
        select(SignInPolicy.second_factor).where(SignInPolicy.organisation_id == principal.organisation_id)
    ).scalar_one_or_none()
    return found or Demand.OPTIONAL
