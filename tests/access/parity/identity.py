"""The screens of single sign-on and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import FOR_MACHINES, OF_PEOPLE_ALONE, SIGNING_IN, Table, by, without

SCREENS: Table = {
    "GET single_sign_on.find": without(SIGNING_IN),
    "POST single_sign_on.find": without(SIGNING_IN),
    "GET single_sign_on.begin": without(SIGNING_IN),
    "POST single_sign_on.begin": without(SIGNING_IN),
    "GET single_sign_on.come_back": without(SIGNING_IN),
    "GET single_sign_on.left": without(SIGNING_IN),
    "GET single_sign_on.leave": without(SIGNING_IN),
    "GET single_sign_on.demand": without(SIGNING_IN),
    "POST single_sign_on.confirm": without(SIGNING_IN),
    "GET provider_settings.show": by("read_selling_single_sign_on", "read_buying_single_sign_on"),
    "POST provider_settings.save": without(OF_PEOPLE_ALONE),
    "POST provider_settings.remove": without(OF_PEOPLE_ALONE),
    "POST provider_settings.change_demand": without(OF_PEOPLE_ALONE),
    "POST provider_settings.add_domain": without(OF_PEOPLE_ALONE),
    "POST provider_settings.check_domain": without(OF_PEOPLE_ALONE),
    "POST provider_settings.remove_domain": without(OF_PEOPLE_ALONE),
    "POST provider_settings.set_group": without(OF_PEOPLE_ALONE),
    "POST provider_settings.remove_group": without(OF_PEOPLE_ALONE),
    "POST provider_settings.make_token": without(OF_PEOPLE_ALONE),
    "POST provider_settings.end_token": without(OF_PEOPLE_ALONE),
    **{f"{method} scim.serve": without(FOR_MACHINES) for method in ("GET", "POST", "PUT", "PATCH", "DELETE")},
    "POST provider_settings.unlink": without(OF_PEOPLE_ALONE),
}
