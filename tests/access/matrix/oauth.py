"""Who gets what on the screens and operations of programs, and at the OAuth endpoints."""

from __future__ import annotations

from tenants.permissions import Scope
from tests.access.rows import ADMINS, EVERY_ROLE, Row, anywhere, api, public
from tests.factories.programs import REDIRECT_URI

_REQUEST = {
    "response_type": "code",
    "client_id": "{client_id}",
    "redirect_uri": REDIRECT_URI,
    "code_challenge": "c" * 43,
    "code_challenge_method": "S256",
}
_PROGRAM = {"name": "New", "kind": "web", "redirect_uris": REDIRECT_URI, "scopes": "selling:read"}

ROWS: tuple[Row, ...] = (
    public("oauth.issue_token", "POST", 401, form={"grant_type": "client_credentials"}),
    public("oauth.revoke_token", "POST", 401, form={"token": "none"}),
    public("oauth.introspect_token", "POST", 401, form={"token": "none"}),
    public("oauth_metadata.describe_server", "GET"),
    # A program of another organisation is as if it were not there
    anywhere("consent.ask", "GET", EVERY_ROLE, client_id="api_client", query=_REQUEST, absent=400),
    anywhere(
        *("consent.decide", "POST", EVERY_ROLE, 303),
        client_id="api_client",
        form={**_REQUEST, "decision": "allow"},
        absent=400,
    ),
    # What people gave themselves
    anywhere("own_programs.show", "GET", EVERY_ROLE),
    anywhere("own_programs.end_grant", "POST", ADMINS, 302, number="own_grant"),
    anywhere("own_programs.end_token", "POST", ADMINS, 302, number="own_token"),
    anywhere(
        *("own_programs.make_token", "POST", EVERY_ROLE),
        form={"name": "Script", "days": "30", "scopes": "selling:read"},
    ),
    # The organisation's programs
    anywhere("programs.show", "GET", ADMINS),
    anywhere("programs.new", "GET", ADMINS),
    anywhere("programs.create", "POST", ADMINS, form=_PROGRAM),
    anywhere("programs.edit", "GET", ADMINS, client_id="api_client"),
    anywhere("programs.change", "POST", ADMINS, 302, client_id="api_client", form=_PROGRAM),
    anywhere("programs.renew_secret", "POST", ADMINS, client_id="api_client"),
    anywhere("programs.end", "POST", ADMINS, 302, client_id="api_client"),
    anywhere("programs.end_access", "POST", ADMINS, 302, number="own_grant", path={"kind": "grant"}),
    api("list_selling_programs", "GET", Scope.SELLING_ADMIN),
    api("list_buying_programs", "GET", Scope.BUYING_ADMIN),
    api("list_selling_program_accesses", "GET", Scope.SELLING_ADMIN),
    api("list_buying_program_accesses", "GET", Scope.BUYING_ADMIN),
    api("end_selling_program", "DELETE", Scope.SELLING_ADMIN, 204, client_id="api_client"),
    api("end_buying_program", "DELETE", Scope.BUYING_ADMIN, 204, client_id="buyers_api_client"),
)
