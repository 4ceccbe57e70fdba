"""The screens of loyalty and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import Table, by

SCREENS: Table = {
    "GET loyalty.show": by("read_loyalty", "list_loyalty_accounts"),
    "POST loyalty.save": by("save_loyalty"),
    "POST loyalty.change_state": by("start_loyalty", "end_loyalty"),
    "POST loyalty.add_rule": by("add_loyalty_rule"),
    "POST loyalty.end_rule": by("end_loyalty_rule"),
    "POST loyalty.add_reward": by("add_loyalty_reward"),
    "POST loyalty.end_reward": by("end_loyalty_reward"),
    "GET loyalty.show_account": by("read_loyalty_account", "list_loyalty_entries"),
    "POST loyalty.adjust": by("adjust_loyalty_points"),
    "GET own_points.show": by("read_own_loyalty", "list_own_point_entries"),
}
