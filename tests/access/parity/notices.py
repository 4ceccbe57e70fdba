"""The screens of messages; programs hear of the same facts as events."""

from __future__ import annotations

from tests.access.pairs import OWN_INBOX, Table, without

SCREENS: Table = {
    "GET notices.show": without(OWN_INBOX),
    "POST notices.open_one": without(OWN_INBOX),
    "POST notices.read_every": without(OWN_INBOX),
    "GET notices.show_choices": without(OWN_INBOX),
    "POST notices.change_choices": without(OWN_INBOX),
    "GET unsubscribing.ask": without(OWN_INBOX),
    "POST unsubscribing.end": without(OWN_INBOX),
}
