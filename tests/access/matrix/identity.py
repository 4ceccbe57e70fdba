"""Who gets what on the screens and operations of single sign-on."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import ADMINS, EVERY_ROLE, Row, anywhere, api, public

_PROVIDER = {
    "issuer": "https://login.new.example",
    "client_id": "kontor",
    "client_secret": "new",
    "groups_claim": "groups",
    "default_role": "",
}
"""Switched off, so that it is not asked."""

ROWS: tuple[Row, ...] = (
    # Coming in: no provider of this world answers
    public("single_sign_on.find", "GET"),
    public("single_sign_on.find", "POST", 422, form={"email": "nobody@new.example"}),
    public("single_sign_on.begin", "GET", 502, slug="slug"),
    public("single_sign_on.begin", "POST", 502, slug="slug"),
    public("single_sign_on.come_back", "GET", 400, slug="slug", query={"state": "none", "code": "none"}),
    public("single_sign_on.left", "GET", slug="slug"),
    public("single_sign_on.leave", "GET", 302, slug="slug"),
    anywhere("single_sign_on.demand", "GET", EVERY_ROLE, 302),
    anywhere("single_sign_on.confirm", "POST", EVERY_ROLE, 302),
    # Setting it up
    anywhere("provider_settings.show", "GET", ADMINS),
    anywhere("provider_settings.save", "POST", ADMINS, 302, form=_PROVIDER),
    anywhere("provider_settings.remove", "POST", ADMINS, 302),
    anywhere("provider_settings.change_demand", "POST", ADMINS, 302),
    anywhere("provider_settings.add_domain", "POST", ADMINS, 302, form={"domain": "new.example"}),
    anywhere("provider_settings.check_domain", "POST", ADMINS, 302, domain="domain"),
    anywhere("provider_settings.remove_domain", "POST", ADMINS, 302, domain="domain"),
    anywhere("provider_settings.set_group", "POST", ADMINS, 302, form={"group": "New", "role": "viewer"}),
    anywhere("provider_settings.remove_group", "POST", ADMINS, 302, group="group", form={"group": "{group}"}),
    anywhere("provider_settings.unlink", "POST", ADMINS, 302, number="linked"),
    anywhere("provider_settings.make_token", "POST", ADMINS),
    anywhere("provider_settings.end_token", "POST", ADMINS, 302, number="provisioning_token"),
    # SCIM has tokens of its own
    *(
        public("scim.serve", method, 401, path={"path": "Users"})
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    ),
    api("read_selling_single_sign_on", "GET", Scope.SELLING_ADMIN),
    api("read_buying_single_sign_on", "GET", Scope.BUYING_ADMIN),
)
