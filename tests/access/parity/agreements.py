"""The screens of framework agreements and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import FORM, Table, by, without

SCREENS: Table = {
    "GET framework_agreements.show": by("list_agreements"),
    "GET framework_agreements.create": without(FORM),
    "POST framework_agreements.create": by("create_agreement"),
    "GET framework_agreements.show_one": by("read_agreement", "list_call_offs"),
    "GET framework_agreements.edit": by("read_agreement"),
    "POST framework_agreements.edit": by("change_agreement"),
    "POST framework_agreements.end": by("end_agreement"),
    "POST framework_agreements.attach_document": by("attach_agreement_document"),
    "GET own_agreements.show": by("list_own_agreements"),
    "GET own_agreements.show_one": by("read_own_agreement", "list_own_call_offs"),
}
