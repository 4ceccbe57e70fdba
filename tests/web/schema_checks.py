"""How schemathesis looks at the API: with every check it has, and one of them told apart more exactly."""

from __future__ import annotations

import base64
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig

CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            # What is well formed may still be refused for what it says (an unknown article, too little stock), which
            # no schema can know. A refusal for its form has a type of its own; the check below looks for that, and that the
            # OAuth endpoints alone, whose refusals the standard numbers so, answer 400 and 401.
            "positive_data_acceptance": {"expected-statuses": ["2xx", 400, 401, 403, 404, 409, 422]},
        },
    }
)


def documented_form_is_taken(_context: Any, response: Any, case: schemathesis.Case[Any]) -> None:
    """Nothing that has the documented form is refused for its form."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code in {400, 401}:
        assert response.json()["error"] in {"invalid_grant", "invalid_scope", "invalid_client", "unauthorized_client"}
    if response.status_code != 422:
        return
    problem = response.json()
    assert problem["type"] != "/problems/invalid-request", problem


def call_and_validate(case: schemathesis.Case[Any], token: str, client: tuple[str, str]) -> None:
    """Send the case with the token, to the OAuth endpoints with the client's id and secret, and apply every check."""
    basic = base64.b64encode(":".join(client).encode()).decode()
    headers = {"Authorization": f"Basic {basic}" if case.path.startswith("/oauth/") else f"Bearer {token}"}
    case.call_and_validate(headers=headers, additional_checks=[documented_form_is_taken])
