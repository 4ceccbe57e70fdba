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
            # no schema can know. A refusal for its form has a type of its own; the check below looks for that.
            "positive_data_acceptance": {"expected-statuses": ["2xx", 403, 404, 409, 422]},
        },
    }
)


def documented_form_is_taken(_context: Any, response: Any, case: schemathesis.Case[Any]) -> None:
    """Nothing that has the documented form is refused for its form."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 422:
        return
    problem = response.json()
    assert problem["type"] != "/problems/invalid-request", problem


def call_and_validate(case: schemathesis.Case[Any], token: str, client: tuple[str, str]) -> None:
    """Send the case with the token, to the token endpoint with the client's id and secret, and apply every check."""
    basic = base64.b64encode(":".join(client).encode()).decode()
    headers = {"Authorization": f"Basic {basic}" if case.path == "/oauth/token" else f"Bearer {token}"}
    case.call_and_validate(headers=headers, additional_checks=[documented_form_is_taken])
