"""Which addresses people may be sent back to, and which scopes a person can give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.oauth.rules import fits_redirect_uri, givable_scopes, is_redirect_uri, origin_of
from tenants.permissions import ROLE_PERMISSIONS, Role, Scope
from tenants.token_models import ClientKind

WEB = ("https://erp.example.com/callback", "https://erp.example.com:8443/a?b=c", "https://a-b.example/")
NATIVE = ("http://127.0.0.1/back", "http://[::1]:8000/back", "com.example.till:/back")
NEVER = (
    *("", "erp.example.com/callback", "//erp.example.com", "https://", "https://localhost/x", "https://10.0.0.1/x"),
    *("https://erp.example.com/#x", "https://user@erp.example.com/", "https://user:word@erp.example.com/"),
    *(
        "https://erp.example.com/../x",
        "https://erp.example.com/a b",
        "https://erp.example.com/;x",
        "https://*.example.com/",
    ),
    *("https://ERP.example.com/", "https://erp.example.com:99999/", "http://localhost/back", "http://127.0.0.2/x"),
    *(
        "http://erp.example.com/",
        "javascript:alert(1)",
        "data:text/html,x",
        "till:/back",
        "com.example.till://host/back",
    ),
    *(
        "file:///etc/passwd",
        "https://erp.example.com/" + "x" * 500,
        "https://[::1]/x",
        "http://[fe80::1/x",
        "https://ä.example/",
    ),
)


def test_addresses_by_the_kind_of_program() -> None:
    for kind in ClientKind:
        assert [uri for uri in NEVER if is_redirect_uri(uri, kind)] == []
    assert all(is_redirect_uri(uri, ClientKind.WEB) for uri in WEB)
    assert not any(is_redirect_uri(uri, ClientKind.WEB) for uri in NATIVE)
    assert all(is_redirect_uri(uri, ClientKind.NATIVE) for uri in (*WEB, *NATIVE))


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ("http://127.0.0.1/back", True),
        ("http://127.0.0.1:1/back", True),
        ("http://127.0.0.1:65535/back", True),
        ("http://127.0.0.1:0/back", False),
        ("http://127.0.0.1:65536/back", False),
        ("http://127.0.0.1:x/back", False),
        ("http://127.0.0.1:80@evil.example/back", False),
        ("http://127.0.0.1:80/back/", False),
        ("http://127.0.0.1:80/back?x", False),
        ("http://127.0.0.1:80/back#", False),
        ("http://127.0.0.1:80/back#x", False),
        ("https://127.0.0.1:80/back", False),
        ("http://localhost:80/back", False),
        ("http://[::1]:80/back", False),
        ("http://127.1/back", False),
    ],
)
def test_of_an_address_of_the_machine_itself_only_the_port_may_differ(asked: str, fits: bool) -> None:
    assert fits_redirect_uri(asked, ["http://127.0.0.1/back"]) is fits


@given(st.text(max_size=60))
def test_nothing_but_the_registered_address_itself_fits(asked: str) -> None:
    assert fits_redirect_uri(asked, WEB) is (asked in WEB)


def test_a_policy_names_the_origin_alone() -> None:
    assert origin_of("https://erp.example.com:8443/a?b=c") == "https://erp.example.com:8443"
    assert origin_of("http://[::1]:8000/back") == "http://[::1]:8000"
    assert origin_of("com.example.till:/back") == "com.example.till:"


@given(st.sampled_from(Role), st.sampled_from(["retailer", "wholesaler", "manufacturer"]), st.booleans())
def test_only_scopes_of_which_the_person_has_something_can_be_given(role: Role, kind: str, has_seller: bool) -> None:
    given_scopes = set(givable_scopes(Scope, ROLE_PERMISSIONS[role], kind, has_seller=has_seller))
    if role not in {Role.ADMIN, Role.MANAGER}:
        # Who approves orders has that of it alone.
        assert (Scope.BUYING_ADMIN in given_scopes) <= (role is Role.APPROVER)
    if kind == "retailer":
        assert {scope.value.partition(":")[0] for scope in given_scopes} <= {"buying"}
    if kind == "wholesaler" and not has_seller:
        assert {scope.value.partition(":")[0] for scope in given_scopes} <= {"selling"}
    if role is Role.VIEWER:
        assert given_scopes <= {Scope.BUYING_READ, Scope.SELLING_READ, Scope.BRAND_READ}
    assert givable_scopes([], ROLE_PERMISSIONS[role], kind, has_seller=has_seller) == ()
