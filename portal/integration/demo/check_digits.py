"""Check digits of the numbers that the demo invents: GTIN, GLN and VAT ids.

All GTINs and GLNs start with 952, the prefix that GS1 keeps for examples, so that none can be a real article or place.
"""

from __future__ import annotations

from random import Random

EXAMPLE_PREFIX = "952"


def with_gs1_digit(body: str) -> str:
    """Append the check digit of a GTIN or GLN (GS1 General Specifications 7.9: weights 3 and 1 from the right)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return body + str(-total % 10)


def gtin13(company: int, item: int) -> str:
    """Give the GTIN-13 of an item (0 to 99999) of an example company (0 to 9999)."""
    return with_gs1_digit(f"{EXAMPLE_PREFIX}{company:04d}{item:05d}")


def gtin14(indicator: int, gtin: str) -> str:
    """Give the GTIN-14 of a packaging level (indicator 1 to 8) around the item with this GTIN-13."""
    return with_gs1_digit(f"{indicator}{gtin[:12]}")


def gln(place: int) -> str:
    """Give the GLN of an example place (0 to 999999999)."""
    return with_gs1_digit(f"{EXAMPLE_PREFIX}{place:09d}")


def _german(rng: Random) -> str:
    body = str(rng.randrange(10_000_000, 100_000_000))
    product = 10
    for digit in body:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return f"DE{body}{(11 - product) % 10}"


def _austrian(rng: Random) -> str:
    body = f"{rng.randrange(1_000_000, 10_000_000)}"
    total = sum(sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(body))
    return f"ATU{body}{(96 - total) % 10}"


def _dutch(rng: Random) -> str:
    while True:
        body = str(rng.randrange(80_000_000, 90_000_000))
        check = sum(int(digit) * weight for digit, weight in zip(body, range(9, 1, -1), strict=True)) % 11
        if check <= 9:  # noqa: PLR2004 - one digit; 10 has none
            return f"NL{body}{check}B01"


def _belgian(rng: Random) -> str:
    body = rng.randrange(4_000_000, 8_000_000)
    return f"BE0{body}{97 - body % 97:02d}"


_BY_COUNTRY = {"DE": _german, "AT": _austrian, "NL": _dutch, "BE": _belgian}


def vat_id(country: str, rng: Random) -> str:
    """Invent a VAT id of this country (DE, AT, NL or BE) whose check digits are right."""
    return _BY_COUNTRY[country](rng)
