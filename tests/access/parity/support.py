"""The screens of the support desk and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import FORM, Table, by, without

SCREENS: Table = {
    "GET own_support.show_all": by("list_own_support_requests"),
    "GET own_support.open": without(FORM),
    "POST own_support.open": by("open_support_request"),
    "GET own_support.show": by("read_own_support_request"),
    "POST own_support.write": by("write_own_support_message"),
    "GET own_support.read_attachment": by("read_own_support_attachment"),
    "GET support.show_all": by("list_support_requests"),
    "GET support.show": by("read_support_request"),
    "POST support.write": by("write_support_message"),
    "POST support.pass_up": by("pass_support_request_up"),
    "GET support.read_attachment": by("read_support_attachment"),
    "GET brand_support.show_all": by("list_support_cases"),
    "GET brand_support.show": by("read_support_case"),
    "POST brand_support.write": by("answer_support_case"),
    "GET brand_support.read_attachment": by("read_support_case_attachment"),
    "GET own_registrations.show_all": by("list_own_registrations"),
    "POST own_registrations.register_one": by("register_product"),
    "GET registrations.show_all": by("list_registered_units"),
    "GET registrations.show_rates": by("list_product_fault_rates"),
}
