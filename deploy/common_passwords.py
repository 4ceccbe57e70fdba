"""Makes the list of passwords that are tried first: `python -m deploy.common_passwords` where both packages are installed.

It joins the list of zxcvbn (MIT licence) with that of Django (BSD licence), both counted out of breaches, and the words
that people of this trade and language choose (`portal/accounts/common_passwords.txt`). The portal needs neither package.
"""

from __future__ import annotations

import gzip
import sys
from importlib import import_module
from importlib.resources import files
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "portal" / "accounts"
SHORTEST = 4
"""What is shorter can only be the beginning of a password, and too many honest ones begin so."""


def main() -> int:
    """Write the list, sorted, so that a new edition shows what came and went."""
    counted = set(import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS["passwords"])
    packed = files("django.contrib.auth").joinpath("common-passwords.txt.gz").read_bytes()
    counted |= set(gzip.decompress(packed).decode().split())
    counted |= set((FOLDER / "common_passwords.txt").read_text(encoding="utf-8").split())
    words = sorted({word.casefold() for word in counted if len(word) >= SHORTEST})
    # Without a time inside, the same words give the same file.
    (FOLDER / "common_passwords.gz").write_bytes(gzip.compress("\n".join(words).encode(), 9, mtime=0))
    sys.stdout.write(f"{len(words)} passwords\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
