"""The screens of campaigns and the operations that do the same."""

from __future__ import annotations

from tests.access.pairs import FORM, Table, by, without

SCREENS: Table = {
    "GET campaigns.show": by("list_campaigns"),
    "GET campaigns.create": without(FORM),
    "POST campaigns.create": by("create_campaign"),
    "GET campaigns.show_one": by("read_campaign", "list_campaign_receivers"),
    "GET campaigns.edit": by("read_campaign"),
    "POST campaigns.edit": by("change_campaign"),
    "GET campaigns.picture": by("read_campaign_picture"),
    "POST campaigns.set_picture": by("set_campaign_picture"),
    "GET campaigns.preview": by("preview_campaign"),
    "POST campaigns.release": by("release_campaign"),
    "POST campaigns.end": by("end_campaign"),
    "POST campaigns.remove": by("remove_campaign"),
    "GET own_campaigns.show_one": by("read_own_campaign", "check_own_prices"),
    "POST own_campaigns.add": by("change_basket"),
    "POST own_campaigns.quote": by("check_own_prices"),
    "GET own_campaigns.picture": by("read_own_campaign_picture"),
}
