"""What browsers are asked of passkeys, and whether what they answer is right (WebAuthn). Pure: no database, no Flask.

Every answer must be made for the portal's own address by an owner whom the device recognised: by finger, face or PIN.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

PORTAL_NAME: Final = "Kontor"
_MOST_CHARACTERS: Final = 20_000


class AnswerRefused(Exception):
    """The browser's answer is not right; nothing more is told."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a passkey is made for: the handle tells nothing of the person."""

    handle: bytes
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """A passkey that was just made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def creation_options(public_url: str, owner: Owner, challenge: bytes, known: Sequence[bytes]) -> str:
    """Give what the browser needs to make a passkey, as JSON; devices that hold one of `known` make no second."""
    options = webauthn.generate_registration_options(
        rp_id=_host(public_url),
        rp_name=PORTAL_NAME,
        user_id=owner.handle,
        user_name=owner.email,
        user_display_name=owner.name or owner.email,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
    )
    return webauthn.options_to_json(options)


def request_options(public_url: str, challenge: bytes, known: Sequence[bytes] = ()) -> str:
    """Give what the browser needs to use a passkey, as JSON; with `known`, one of these and no other."""
    options = webauthn.generate_authentication_options(
        rp_id=_host(public_url),
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known] or None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def read_new_key(public_url: str, challenge: bytes, answer: str) -> NewKey:
    """Give the passkey that the browser made for this challenge.

    Raises:
        AnswerRefused: it was made for another challenge or address, without knowing its owner, or is none.
    """
    try:
        made = webauthn.verify_registration_response(
            credential=_short(answer),
            expected_challenge=challenge,
            expected_rp_id=_host(public_url),
            expected_origin=public_url,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise AnswerRefused from error
    return NewKey(made.credential_id, made.credential_public_key, made.sign_count)


def credential_of(answer: str) -> bytes:
    """Give which passkey the browser's answer names; nothing is checked yet.

    Raises:
        AnswerRefused: it names none.
    """
    try:
        return base64url_to_bytes(str(json.loads(_short(answer))["id"]))
    except (ValueError, KeyError, TypeError) as error:
        raise AnswerRefused from error


def check_use(public_url: str, challenge: bytes, answer: str, public_key: bytes, sign_count: int) -> int:
    """Check that the passkey answered this challenge; gives how often it was used, by its own count.

    Raises:
        AnswerRefused: another key, challenge or address, an owner it did not recognise, or a count that does not grow.
    """
    try:
        used = webauthn.verify_authentication_response(
            credential=_short(answer),
            expected_challenge=challenge,
            expected_rp_id=_host(public_url),
            expected_origin=public_url,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise AnswerRefused from error
    return used.new_sign_count


def _short(answer: str) -> str:
    if len(answer) > _MOST_CHARACTERS:
        raise AnswerRefused
    return answer


def _host(public_url: str) -> str:
    return urlsplit(public_url).hostname or "localhost"
