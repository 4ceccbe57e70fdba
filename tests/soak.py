"""Long checks are small in `make test` and whole in `make soak`."""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from typing import Final, TypeVar

FULL: Final = os.environ.get("SOAK") == "full"

Value = TypeVar("Value")


def some(values: Sequence[Value], key: str, one_of: int) -> Sequence[Value]:
    """Give one of so many of the values, for each key others, and all in the soak."""
    return values if FULL else values[zlib.crc32(key.encode(errors="replace")) % one_of :: one_of]
