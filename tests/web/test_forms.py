"""Forms carry a token of the session they were shown in."""

from __future__ import annotations

from flask import Flask


def test_only_what_programs_call_takes_requests_without_a_form_token(app: Flask) -> None:
    exempt = app.extensions["csrf"]._exempt_blueprints
    assert exempt == {app.blueprints[name] for name in ("api", "oauth", "scim")}
