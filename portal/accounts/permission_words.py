"""What permissions are called where people put them into roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

PERMISSION_WORDS: Mapping[str, Any] = {
    "organisation:view": _l("See the organisation's settings"),
    "organisation:manage": _l("Change the organisation, its sign-in and programs, and read the log"),
    "people:view": _l("See people and roles"),
    "people:manage": _l("Invite people, give and make roles"),
    "accounts:view": _l("See customers, their notes and tasks"),
    "accounts:manage": _l("Create and change customers, invite their people"),
    "accounts:act": _l("Work in a customer's name"),
    "catalogue:view": _l("See articles"),
    "catalogue:manage": _l("Change articles and products"),
    "prices:view": _l("See prices, promotions and agreements"),
    "prices:manage": _l("Change prices, promotions and agreements"),
    "stock:view": _l("See stock"),
    "stock:manage": _l("Count and book stock"),
    "orders:view": _l("See orders"),
    "orders:place": _l("Order for the organisation"),
    "orders:approve": _l("Approve orders that are larger than others may place alone"),
    "orders:manage": _l("Confirm and cancel customers' orders"),
    "orders:ship": _l("Ship customers' orders"),
    "figures:view": _l("See own figures"),
    "channel:view": _l("See what wholesalers share"),
    "operations:manage": _l("See and try again what failed behind the screens"),
    "funding:manage": _l("Offer wholesalers funding for promotions and settle their claims"),
    "support:view": _l("See support requests"),
    "support:ask": _l("Ask the supplier's support"),
    "support:manage": _l("Answer support requests"),
    "loyalty:manage": _l("Change the points programme and book points by hand"),
}
