"""Codes that work once: those of an authenticator app (TOTP, RFC 6238) and those for the day it is lost. Pure."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Final

import pyotp
import segno
from pyotp.utils import strings_equal

STEP_SECONDS: Final = 30
SKEW_STEPS: Final = 1
"""How many codes before and after the present one count: clocks differ, and people type slowly."""
RECOVERY_CODES: Final = 10
_GROUPS: Final = 4
_GROUP_LENGTH: Final = 4
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that look like others; 16 of them are 79 bits."""


def new_authenticator_secret() -> str:
    """Give 160 random bits in base 32, as authenticator apps take them."""
    return pyotp.random_base32()


def fitting_counter(secret: str, code: str, now: datetime, last_counter: int = 0) -> int | None:
    """Give which code of the app it is, as its number of 30 seconds since 1970; None when it is none that counts now.

    `now` is the database's instant. What was used (`last_counter`) and what is older never counts again.
    """
    typed = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", typed):
        return None
    present = int(now.timestamp()) // STEP_SECONDS
    generator = pyotp.HOTP(secret)
    for counter in range(present - SKEW_STEPS, present + SKEW_STEPS + 1):
        if strings_equal(generator.at(counter), typed) and counter > last_counter:
            return counter
    return None


def provisioning_uri(secret: str, email: str, issuer: str) -> str:
    """Give the address that authenticator apps read out of the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def qr_picture(text: str) -> str:
    """Give a QR code as an SVG image in a data address; dark on white in every theme, because cameras need that."""
    picture: str = segno.make(text, error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff")
    return picture


def grouped(secret: str) -> str:
    """Give a secret in groups of four, for those who type it."""
    return " ".join(secret[start : start + _GROUP_LENGTH] for start in range(0, len(secret), _GROUP_LENGTH))


def new_recovery_codes() -> list[str]:
    """Give codes such as `k7wq-3mzt-9a4d-xh2r`, each of which replaces a lost device once."""
    return ["-".join(_group() for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]


def read_recovery_code(typed: str) -> str | None:
    """Give the code as it was made, whatever blanks, hyphens and capitals were typed; None when it is none."""
    letters = re.sub(r"[\s-]", "", typed.lower())
    if len(letters) != _GROUPS * _GROUP_LENGTH or set(letters) - set(_LETTERS):
        return None
    return "-".join(letters[start : start + _GROUP_LENGTH] for start in range(0, len(letters), _GROUP_LENGTH))


def _group() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LENGTH))
