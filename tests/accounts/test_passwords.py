"""What may be a password, how it is stored, and that checking nobody's takes as long as checking somebody's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from portal.accounts import passwords
from portal.accounts.passwords import check_password_rules, hash_is_outdated, hash_password, verify_password

pytestmark = pytest.mark.shared_database


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def test_a_hash_is_argon2id_and_fits_its_password_alone() -> None:
    stored = hash_password("tonne kiesel anker 7")
    assert stored.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert verify_password(stored, "tonne kiesel anker 7") is True
    assert verify_password(stored, "tonne kiesel anker 8") is False


def test_the_same_password_in_another_unicode_form_fits() -> None:
    assert verify_password(hash_password("Ka\u0308sebro\u0308tchen"), "K\u00e4sebr\u00f6tchen") is True


@pytest.mark.parametrize("stored", [None, "", "not a hash"])
def test_without_a_usable_hash_nothing_fits(stored: str | None) -> None:
    assert verify_password(stored, "nobody's password") is False


def test_nobodys_password_is_verified_against_a_hash_of_the_same_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    hasher = passwords._hashing().hasher

    def verify(_self: object, stored: str, password: str) -> bool:
        seen.append(stored)
        return real(hasher, stored, password)

    real = type(hasher).verify
    monkeypatch.setattr(type(hasher), "verify", verify)
    verify_password(None, "tonne kiesel anker")
    verify_password(hash_password("x" * 9), "tonne kiesel anker")
    assert [stored.split("$")[1:4] for stored in seen] == [["argon2id", "v=19", "m=8,t=1,p=1"]] * 2


def test_a_hash_of_another_cost_is_outdated(app: Flask) -> None:
    stored = hash_password("tonne kiesel anker")
    app.config["PASSWORD_HASHING"] = passwords.HashingCost(passes=2, memory_kib=16)
    app.extensions.pop("password_hashing")
    assert hash_is_outdated(stored) is True


@pytest.mark.parametrize("password", ["a" * 7, "1234567"])
def test_seven_characters_are_too_few(password: str) -> None:
    assert check_password_rules(password) == "Please use at least 8 characters."


def test_8_and_128_characters_are_allowed_and_129_are_not() -> None:
    assert check_password_rules("kiesel7x") is None
    assert check_password_rules("kiesel7x" * 16) is None
    assert check_password_rules("kiesel7x" * 16 + "y") == "Please use at most 128 characters."


@pytest.mark.parametrize(
    "password",
    ["password", "PASSWORD", "Passwort123", "qwertzuiop", "12345678", "Willkommen2026!", "aaaabbbb", "sommer99"],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert (
        check_password_rules(password) == "This password is on the lists that are tried first. Please choose another."
    )


@pytest.mark.parametrize("password", ["anna.kuehn", "Anna.Kuehn2026!", "anna.kuehn@example.com", "Anna Kühn"])
def test_what_anybody_knows_of_the_person_is_refused(password: str) -> None:
    assert (
        check_password_rules(password, "anna.kuehn@example.com", "Anna Kühn")
        == "This password is easy to guess from your name or address. Please choose another."
    )
