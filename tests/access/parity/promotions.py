"""The screens of promotions and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import FORM, Table, by, without

SCREENS: Table = {
    "GET promotions.show": by("list_promotions"),
    "GET promotions.create": without(FORM),
    "POST promotions.create": by("put_promotions"),
    "GET promotions.edit": by("read_promotion"),
    "POST promotions.edit": by("put_promotions"),
    "POST promotions.end": by("end_promotion"),
}
