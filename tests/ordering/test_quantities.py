"""Which quantities may be ordered, and packaging."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.ordering.rules.quantities import QuantityProblem, check_quantity, in_packaging, is_unit_word, unit_contains

D = Decimal


@pytest.mark.parametrize(
    ("quantity", "minimum", "multiple", "down", "up", "nearest"),
    [
        ("0", "1", "1", None, "1", "1"),
        ("-3", "1", "1", None, "1", "1"),
        ("2.5", "1", "1", "2", "3", "3"),
        ("2.4", "1", "1", "2", "3", "2"),
        ("7", "6", "6", "6", "12", "6"),
        ("5", "10", "6", None, "12", "12"),
        ("13", "10", "6", "12", "18", "12"),
        ("0.3", "0.25", "0.25", "0.25", "0.50", "0.25"),
        ("0.5", "0", "1", None, "1", "1"),
        ("99999999999.999", "1", "0.002", "99999999999.998", "100000000000.000", "100000000000.000"),
    ],
)
def test_names_the_nearest_allowed_quantities(
    quantity: str, minimum: str, multiple: str, down: str | None, up: str, nearest: str
) -> None:
    problem = check_quantity(D(quantity), D(minimum), D(multiple))
    assert problem == QuantityProblem(D(quantity), None if down is None else D(down), D(up))
    assert problem.nearest == D(nearest)


@pytest.mark.parametrize(
    ("quantity", "minimum", "multiple"),
    [("1", "1", "1"), ("12", "10", "6"), ("18", "12", "6"), ("0.75", "0.5", "0.25")],
)
def test_an_allowed_quantity_has_no_problem(quantity: str, minimum: str, multiple: str) -> None:
    assert check_quantity(D(quantity), D(minimum), D(multiple)) is None


PACKED = {"CS": D(12), "PAL": D(480)}


@pytest.mark.parametrize(
    ("unit", "packagings", "contains"),
    [
        (None, PACKED, D(1)),
        ("EA", PACKED, D(1)),
        ("Stk.", PACKED, D(1)),
        ("cs", PACKED, D(12)),
        ("Kartons", PACKED, D(12)),
        ("VE", PACKED, D(12)),
        ("Palette", PACKED, D(480)),
        ("6PK", PACKED, None),
        ("Karton", {"6PK": D(6)}, D(6)),
        ("6pk", {"6PK": D(6), "CS": D(24)}, D(6)),
        ("bx", {"BX": D(6), "CS": D(24)}, D(6)),
        ("box", {"BX": D(6), "CS": D(24)}, None),
        ("carton", {"BX": D(6), "CS": D(24)}, None),
        ("Karton", {}, None),
        ("Karton", {"PAL": D(480)}, None),
        ("pallet", {"CS": D(24)}, None),
    ],
)
def test_a_written_unit_converts_to_base_units(
    unit: str | None, packagings: dict[str, Decimal], contains: Decimal | None
) -> None:
    assert unit_contains(unit, "EA", packagings) == contains


def test_a_base_unit_may_bear_the_name_of_a_case() -> None:
    assert unit_contains("box", "BOX", {}) == D(1)
    assert is_unit_word("Stück")
    assert not is_unit_word("Hammer")


def test_shows_the_largest_packaging_that_divides_the_quantity() -> None:
    assert in_packaging(D(24), PACKED) == (D(2), "CS")
    assert in_packaging(D(960), PACKED) == (D(2), "PAL")
    assert in_packaging(D(7), PACKED) == (D(7), None)
    assert in_packaging(D(0), PACKED) == (D(0), None)
