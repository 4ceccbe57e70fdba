"""What may be a password, how it is stored, and that checking nobody's takes as long as checking somebody's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

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
    [
        *("password", "PASSWORD", "Passwort123", "qwertzuiop", "12345678", "Willkommen2026!", "aaaabbbb", "sommer99"),
        *("fallen_angel", "P4$$w0rd", "dr4g0n2026!", "monkeymonkey", "Bestellung7"),
    ],
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


@pytest.mark.parametrize("password", ["kiesel7x", "neue kiesel tonne", "drei Hobel am Dienstag", "ann4 sucht 12 Anker"])
def test_what_is_on_no_list_is_allowed(password: str) -> None:
    assert check_password_rules(password) is None


@pytest.mark.parametrize("counted", ["", ":3"])
def test_every_password_of_the_file_of_breached_ones_is_refused_and_no_other(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: str
) -> None:
    known = [f"kiesel tonne {number}" for number in range(60)]
    hashes = sorted(hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest().upper() for word in known)
    path = tmp_path / "breached.txt"
    path.write_text("".join(f"{digits}{counted}\r\n" for digits in hashes))
    settings = replace(app.extensions["settings"], breached_passwords=path)
    monkeypatch.setitem(app.extensions, "settings", settings)
    refusal = "This password became known in a breach of another service. Please choose another."
    assert [check_password_rules(word) for word in known] == [refusal] * 60
    assert [check_password_rules(f"kiesel tonne {number}") for number in range(60, 120)] == [None] * 60
    path.write_text("")
    assert check_password_rules(known[0]) is None


def test_the_file_of_breached_passwords_knows_letters_as_they_were_typed(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "breached.txt"
    path.write_text(hashlib.sha1(b"Kiesel Tonne", usedforsecurity=False).hexdigest())
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], breached_passwords=path))
    assert check_password_rules("Kiesel Tonne") is not None
    assert check_password_rules("kiesel tonne") is None
