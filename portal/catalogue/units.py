"""What units and products are called in the reader's language."""

from __future__ import annotations

import functools
from typing import Any

from flask_babel import get_locale, lazy_gettext

_PIECE = (lazy_gettext("piece"), lazy_gettext("pieces"))
_CASE = (lazy_gettext("case"), lazy_gettext("cases"))
_PALLET = (lazy_gettext("pallet"), lazy_gettext("pallets"))
_BOX = (lazy_gettext("box"), lazy_gettext("boxes"))
_PACK = (lazy_gettext("pack"), lazy_gettext("packs"))
_ROLL = (lazy_gettext("roll"), lazy_gettext("rolls"))

_WORDS: dict[str, tuple[Any, Any]] = {
    "EA": _PIECE,
    "PCE": _PIECE,
    "PC": _PIECE,
    "C62": _PIECE,
    "H87": _PIECE,
    "CS": _CASE,
    "CT": _CASE,
    "PL": _PALLET,
    "PAL": _PALLET,
    "PF": _PALLET,
    "BX": _BOX,
    "PK": _PACK,
    "PA": _PACK,
    "ROL": _ROLL,
    "RL": _ROLL,
    "SET": (lazy_gettext("set"), lazy_gettext("sets")),
    "PR": (lazy_gettext("pair"), lazy_gettext("pairs")),
    "BO": (lazy_gettext("bottle"), lazy_gettext("bottles")),
    "MTR": ("m", "m"),
    "M": ("m", "m"),
    "KGM": ("kg", "kg"),
    "KG": ("kg", "kg"),
    "LTR": ("l", "l"),
    "L": ("l", "l"),
}


def unit_word(code: str, *, several: bool = True) -> str:
    """Give the word for a unit or packaging level, as it stands after a number; a code nobody knows stands for itself."""
    return _word(code, several, get_locale())


def product_name(name_en: str, name_de: str) -> str:
    """Give a product's name in the reader's language, or in the other one where that is missing."""
    return (name_de or name_en) if reads_german() else (name_en or name_de)


def reads_german() -> bool:
    """Tell which of a product's two names comes first for the reader."""
    locale = get_locale()
    return locale is not None and locale.language == "de"


@functools.lru_cache(maxsize=1024)
def _word(code: str, several: bool, _locale: Any) -> str:  # noqa: FBT001 - the key of what is kept
    words = _WORDS.get(code.strip().upper())
    return str(words[1 if several else 0]) if words else code
