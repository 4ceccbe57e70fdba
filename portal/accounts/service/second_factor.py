"""Authenticator apps and recovery codes: set up, used once, taken away; and what an organisation demands.

What concerns a person runs in the authentication context and takes the person, not a Principal.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import CursorResult, delete, func, insert, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from portal.accounts.models import Authenticator, Demand, RecoveryCode, SignInPolicy, SignInStep
from portal.accounts.one_time_codes import fitting_counter, new_recovery_codes, read_recovery_code
from portal.accounts.queries.second_factor import find_authenticator, find_factors, get_demand
from portal.accounts.sealing import keyed_hashes, seal, unseal
from portal.accounts.service.alerts import tell_factor_change
from tenants.audit import record, record_of_person
from tenants.authentication import SignedIn, hash_token, new_token
from tenants.database import AUTHENTICATION, act_as, database_now, db
from tenants.models import Proof, UserSession
from tenants.permissions import Permission
from tenants.principal import Principal

STEP_VALID_FOR: Final = timedelta(minutes=10)
_PURPOSE: Final = "recovery code"


def begin_step(user_id: int, organisation_id: int) -> str:
    """Give the token under which the person, whose password was just checked, may give the second proof."""
    act_as(AUTHENTICATION)
    db.session.execute(delete(SignInStep).where(SignInStep.expires_at < func.now()))
    token = new_token()
    db.session.execute(
        insert(SignInStep).values(
            token_hash=hash_token(token),
            user_id=user_id,
            organisation_id=organisation_id,
            expires_at=func.now() + text(f"interval '{int(STEP_VALID_FOR.total_seconds())} seconds'"),
        )
    )
    return token


def use_code(user_id: int, code: str) -> Proof | None:
    """Use up a code of the person's app or a recovery code; gives which it was, None when it counts for nothing now.

    Of two who bring the same code at once, one is let in.
    """
    return _use_app_code(user_id, code) or _use_recovery_code(user_id, code)


def fits_new_app(secret: str, code: str) -> int | None:
    """Give which code (its number of 30 seconds since 1970) of an app that is being set up it is; None when it is none."""
    act_as(AUTHENTICATION)
    return fitting_counter(secret, code, database_now())


def set_up_authenticator(person: SignedIn, secret: str, counter: int, *, address: str) -> list[str]:
    """Keep the app whose code (`counter`) was just checked; gives recovery codes, unless the person has some.

    An app that was set up before counts no more.
    """
    act_as(AUTHENTICATION)
    row = upsert(Authenticator).values(user_id=person.user_id, sealed_secret=seal(secret), last_counter=counter)
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=[Authenticator.user_id],
            set_={
                "sealed_secret": row.excluded.sealed_secret,
                "last_counter": row.excluded.last_counter,
                "created_at": func.now(),
            },
        )
    )
    record_of_person(person, "authenticator.set_up", address=address)
    tell_factor_change(person, "authenticator.set_up", address=address)
    if find_factors(person.user_id).recovery_codes:
        return []
    return new_codes(person.user_id)


def remove_authenticator(person: SignedIn, *, address: str) -> bool:
    """Take the app away; False when there is none."""
    act_as(AUTHENTICATION)
    removed: CursorResult[tuple[()]] = db.session.execute(  # type: ignore[assignment] # a delete gives a cursor's result
        delete(Authenticator).where(Authenticator.user_id == person.user_id)
    )
    if not removed.rowcount:
        return False
    record_of_person(person, "authenticator.removed", address=address)
    tell_factor_change(person, "authenticator.removed", address=address)
    forget_proofs_without_factor(person.user_id)
    return True


def renew_recovery_codes(person: SignedIn, *, address: str) -> list[str]:
    """Give ten new recovery codes; those before count no more."""
    codes = new_codes(person.user_id)
    record_of_person(person, "recovery_codes.renewed", address=address)
    tell_factor_change(person, "recovery_codes.renewed", address=address)
    return codes


def change_demand(principal: Principal, demand: Demand) -> None:
    """Demand a second factor of these people of the own organisation; the principal needs organisation:manage.

    Whoever lacks it is led to setting it up with the next request.

    Raises:
        PermissionDenied: the permission is missing.
    """
    principal.require(Permission.ORGANISATION_MANAGE)
    known = get_demand(principal)
    if known is demand:
        return
    row = upsert(SignInPolicy).values(organisation_id=principal.organisation_id, second_factor=demand)
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=[SignInPolicy.organisation_id], set_={"second_factor": row.excluded.second_factor}
        )
    )
    record(
        principal,
        "sign_in_policy.changed",
        principal.organisation_code,
        before={"second_factor": known.value},
        after={"second_factor": demand.value},
    )


def new_codes(user_id: int) -> list[str]:
    """Give ten new recovery codes of the person; those before count no more."""
    act_as(AUTHENTICATION)
    codes = new_recovery_codes()
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.session.execute(
        insert(RecoveryCode),
        [{"user_id": user_id, "code_hash": keyed_hashes(_PURPOSE, code)[0]} for code in codes],
    )
    return codes


def forget_proofs_without_factor(user_id: int) -> None:
    """With the last factor, recovery codes and what earlier proofs were worth end."""
    if find_factors(user_id).any:
        return
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.session.execute(
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.provider_id.is_(None))
        .values(proof=Proof.PASSWORD)
    )


def _use_app_code(user_id: int, code: str) -> Proof | None:
    app = find_authenticator(user_id)
    if app is None:
        return None
    counter = fitting_counter(unseal(app.sealed_secret), code, database_now(), app.last_counter)
    if counter is None:
        return None
    used: CursorResult[tuple[()]] = db.session.execute(  # type: ignore[assignment] # an update gives a cursor's result
        update(Authenticator)
        .where(Authenticator.user_id == user_id, Authenticator.last_counter < counter)
        .values(last_counter=counter)
    )
    return Proof.CODE if used.rowcount == 1 else None


def _use_recovery_code(user_id: int, typed: str) -> Proof | None:
    code = read_recovery_code(typed)
    if code is None:
        return None
    act_as(AUTHENTICATION)
    used: CursorResult[tuple[()]] = db.session.execute(  # type: ignore[assignment] # an update gives a cursor's result
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash.in_(keyed_hashes(_PURPOSE, code)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=func.now())
    )
    return Proof.RECOVERY_CODE if used.rowcount == 1 else None
