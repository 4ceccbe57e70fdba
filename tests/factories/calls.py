"""Calls of the API as a program makes them."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient


def call(
    client: FlaskClient, token: str, method: str, path: str, body: Any = None, *, status: int = 200, key: str = ""
) -> Any:
    """Send JSON to an operation, with an idempotency key where one is given; give its answer, which has that status."""
    headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})}
    answer = client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_json()


def problem(answer: Any) -> str:
    """Give the name of a problem's type."""
    return str(answer["type"]).removeprefix("/problems/")
