"""What is wrong with the fields of a command, as `errors` of a refusal names it to programs and forms."""

from __future__ import annotations

from collections.abc import Sequence

from tenants.errors import InvalidInput


def field_error(name: str, reason: str, detail: str, value: str | None = None) -> dict[str, str]:
    """Give an error of a field: its name, a stable reason, words for programmers, and which of its values is meant."""
    error = {"pointer": f"#/{name}", "field": name, "reason": reason, "detail": detail}
    return error if value is None else {**error, "value": value}


def code_errors(code: str) -> list[dict[str, str]]:
    """Give what is wrong with a new code beside its length: it is to stand in an address."""
    if code.strip() and "/" not in code and code == code.strip():
        return []
    return [field_error("code", "not-a-code", "A code has 1 to 100 printable characters and no slash.")]


def refuse_if(wrong: Sequence[dict[str, str]], message: str) -> None:
    """Refuse a command with errors.

    Raises:
        InvalidInput: there are some.
    """
    if wrong:
        raise InvalidInput(message, errors=list(wrong))
