"""Forms carry a token of the session they were shown in."""

from __future__ import annotations

from flask import Flask


def test_only_what_programs_call_takes_requests_without_a_form_token(app: Flask) -> None:
    exempt = app.extensions["csrf"]._exempt_blueprints
    # Other applications of this process have exempted their own.
    # The signed link of a mail is followed by mail programs, which have no form (RFC 8058).
    assert {blueprint.name for blueprint in exempt} == {"api", "oauth", "scim", "unsubscribing"}
