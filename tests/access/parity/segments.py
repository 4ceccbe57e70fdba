"""The screens of segments and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import FORM, Table, by, without

SCREENS: Table = {
    "GET segments.show": by("list_segments"),
    "GET segments.create": without(FORM),
    "POST segments.create": by("create_segment"),
    "GET segments.show_one": by("read_segment", "list_segment_accounts"),
    "GET segments.edit": by("read_segment"),
    "POST segments.edit": by("change_segment"),
    "POST segments.remove": by("remove_segment"),
}
