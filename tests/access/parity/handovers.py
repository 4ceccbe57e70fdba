"""The screens of handovers and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import Table, by, without

_CONSENT = "a shop's consent is given by a person who has just proven who it is, never by a program"

SCREENS: Table = {
    "GET handovers.show": by("list_handovers"),
    "GET handovers.propose": by("read_account"),
    "POST handovers.propose": by("propose_handover"),
    "GET handovers.take_over": by("list_handovers", "list_own_price_groups"),
    "POST handovers.take_over": by("take_over"),
    "POST handovers.end": by("end_handover"),
    "GET own_handover.show_own": by("read_own_handover"),
    "POST own_handover.consent": without(_CONSENT),
    "POST own_handover.decline": by("decline_own_handover"),
}
