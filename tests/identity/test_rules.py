"""Roles of groups, what counts as two proofs, and domains."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.identity.rules import domain_of, proves_two, read_domain, role_of
from tenants.permissions import Role

ROLES = {"a": Role.ADMIN, "m": Role.MANAGER, "w": Role.WAREHOUSE}


@pytest.mark.parametrize(("groups", "default", "role"), [
    (("w", "m"), None, Role.MANAGER), (("m", "a", "w"), Role.VIEWER, Role.ADMIN), (("x",), None, None),
    (("x",), Role.VIEWER, Role.VIEWER), ((), None, None), (("A",), None, None),
])  # fmt: skip
def test_the_mightiest_role_counts(groups: tuple[str, ...], default: Role | None, role: Role | None) -> None:
    assert role_of(groups, ROLES, default) is role


@settings(max_examples=50)
@given(st.lists(st.sampled_from([*ROLES, "x", "y"])))
def test_more_groups_never_make_a_role_smaller(groups: list[str]) -> None:
    might = [None, Role.WAREHOUSE, Role.MANAGER, Role.ADMIN]
    for group in ROLES:
        assert might.index(role_of([*groups, group], ROLES, None)) >= might.index(role_of(groups, ROLES, None))


@pytest.mark.parametrize(("claims", "two"), [
    ({}, False), ({"amr": ["mfa"]}, True), ({"amr": ["pwd"]}, False), ({"amr": ["pwd", "otp"]}, True),
    ({"amr": ["otp", "sms"]}, False), ({"amr": ["hwk", "pin"]}, True), ({"amr": ["pwd", "unknown"]}, False),
    ({"amr": "mfa"}, False), ({"amr": [["mfa"]]}, False), ({"acr": "gold"}, True), ({"acr": "silver"}, False),
])  # fmt: skip
def test_two_proofs_are_two_kinds_or_what_the_token_calls_so(claims: dict[str, object], two: bool) -> None:
    assert proves_two(claims, "gold") is two
    assert not proves_two({"acr": ""}, "")


@pytest.mark.parametrize(("text", "domain"), [
    ("North.Example", "north.example"), ("@north.example.", "north.example"), ("münchen.example", "xn--mnchen-3ya.example"),
    ("north", None), ("", None), ("north..example", None), ("-north.example", None), ("north.example/x", None),
    ("192.168.1.1", None), ("a b.example", None), ("*.example", None), ("a" * 64 + ".example", None),
])  # fmt: skip
def test_domains_as_they_are_compared(text: str, domain: str | None) -> None:
    assert read_domain(text) == domain


def test_the_domain_of_an_address_is_what_stands_behind_the_last_at() -> None:
    assert domain_of("nora@north.example") == "north.example"
    assert domain_of('"nora@north.example"@evil.example') == "evil.example"
    assert domain_of("nora") == ""
