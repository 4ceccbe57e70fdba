"""Passwords: argon2id hashes, what may be one, and a check that takes as long for nobody as for somebody."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from flask_babel import gettext

SHORTEST: Final = 8
LONGEST: Final = 128
_LEAST_DIFFERENT: Final = 4
"""Different characters a password needs: `abababab` is found as fast as a listed one."""


@dataclass(frozen=True, slots=True)
class HashingCost:
    """What one hash costs; the defaults take about 40 ms and 19 MiB, so that eight threads fit into a small machine."""

    passes: int = 3
    memory_kib: int = 19 * 1024
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class _Hashing:
    hasher: PasswordHasher
    nobodys_hash: str


def hash_password(password: str) -> str:
    """Give what is stored of a password (argon2id with its parameters and salt)."""
    return _hashing().hasher.hash(_normal(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Tell whether the password is the one of the hash; without a hash the answer is no and takes as long."""
    hashing = _hashing()
    try:
        hashing.hasher.verify(password_hash or hashing.nobodys_hash, _normal(password[: LONGEST * 4]))
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)


def hash_is_outdated(password_hash: str) -> bool:
    """Tell whether the hash was made at another cost than today's, so that it should be made again."""
    return _hashing().hasher.check_needs_rehash(password_hash)


def check_password_rules(password: str, *known: str) -> str | None:
    """Give why the password may not be used, in the reader's language, or None when it may.

    `known` are words that anybody may guess of this person: e-mail address, name, organisation.
    """
    if len(password) < SHORTEST:
        return str(gettext("Please use at least %(number)s characters.", number=SHORTEST))
    if len(password) > LONGEST:
        return str(gettext("Please use at most %(number)s characters.", number=LONGEST))
    plain = _normal(password).casefold()
    if len(set(plain)) < _LEAST_DIFFERENT or plain in _common() or _stem(plain) in _common():
        return str(gettext("This password is on the lists that are tried first. Please choose another."))
    guessable = {part for word in known for part in (word.casefold(), word.casefold().partition("@")[0]) if part}
    if plain in guessable or _stem(plain) in guessable:
        return str(gettext("This password is easy to guess from your name or address. Please choose another."))
    return None


def register_passwords(app_config: dict[str, object]) -> None:
    """Let the configuration choose the cost (`PASSWORD_HASHING`, a HashingCost)."""
    app_config.setdefault("PASSWORD_HASHING", HashingCost())


def _hashing() -> _Hashing:
    known: _Hashing | None = current_app.extensions.get("password_hashing")
    if known is None:
        cost: HashingCost = current_app.config.get("PASSWORD_HASHING") or HashingCost()
        hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes)
        known = current_app.extensions["password_hashing"] = _Hashing(hasher, hasher.hash("nobody's password"))
    return known


def _normal(password: str) -> str:
    """The same password typed on another keyboard may arrive in another Unicode form."""
    return unicodedata.normalize("NFKC", password)


def _stem(plain: str) -> str:
    """`Password2026!` is `password` with what people append."""
    return plain.rstrip("0123456789!?.,;:-_+*#$%&@ ")


@cache
def _common() -> frozenset[str]:
    lines = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip())
