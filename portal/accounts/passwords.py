"""Passwords: argon2id hashes, what may be one, and a check that takes as long for nobody as for somebody.

Common and breached passwords are refused without asking anybody: against a list that comes with the portal, and against
a file of all that are known to be breached where the operator has put one.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from flask_babel import gettext

SHORTEST: Final = 8
LONGEST: Final = 128
_LEAST_DIFFERENT: Final = 4
"""Different characters a password needs: `abababab` is found as fast as a listed one."""
_LEAST_STEM: Final = 4
_LOOKALIKES: Final = str.maketrans("@4301!5$7", "aaeoiisst")
_SHA1_DIGITS: Final = 40


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
    if len(set(plain)) < _LEAST_DIFFERENT or _is_common(plain):
        return str(gettext("This password is on the lists that are tried first. Please choose another."))
    if _is_breached(_normal(password)):
        return str(gettext("This password became known in a breach of another service. Please choose another."))
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


def _is_common(plain: str) -> bool:
    """Tell whether the word, its beginning or what it is a disguise of (`p4ssw0rd`) is on the list."""
    words = {plain, plain.translate(_LOOKALIKES), _stem(plain), _stem(plain).translate(_LOOKALIKES)}
    half = plain[: len(plain) // 2]
    if half * 2 == plain:
        words.add(half)
    return any(len(word) >= _LEAST_STEM and f"\n{word}\n" in _common() for word in words)


@cache
def _common() -> str:
    """The list as one text between line ends: a twentieth of a millisecond to search, a tenth of a set's memory."""
    packed = Path(__file__).with_name("common_passwords.gz").read_bytes()
    return f"\n{gzip.decompress(packed).decode()}\n"


def _is_breached(password: str) -> bool:
    """Tell whether the operator's file of breached passwords has this one (BREACHED_PASSWORDS)."""
    path: Path | None = current_app.extensions["settings"].breached_passwords
    if path is None:
        return False
    # Not to keep it safe: this is how the file names passwords.
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        return _holds(file, wanted)


def _holds(file: BinaryIO, wanted: bytes) -> bool:
    """Search a file of lines that begin with a hash and are sorted by it, without reading more than a few of them."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        file.seek(middle)
        if middle:
            file.readline()  # The rest of a line that began before.
        found = file.readline()[:_SHA1_DIGITS].upper()
        if found == wanted:
            return True
        if not found or found > wanted:
            high = middle
        else:
            low = middle + 1
    return False
