"""Calls of the pricing API as a program makes them."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient


def call(client: FlaskClient, token: str, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    """Send JSON to an operation and give its answer, which has that status."""
    answer = client.open(f"/api/v1{path}", method=method, json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_json()


def put_entries(client: FlaskClient, token: str, code: str, *entries: dict[str, Any], status: int = 200) -> Any:
    """Put entries into a list."""
    return call(client, token, "PUT", f"/selling/price-lists/{code}/entries", {"entries": list(entries)}, status)


def put_list(client: FlaskClient, token: str, code: str, **fields: Any) -> Any:
    """Create or change a list; `audience` says whom it is for (without: it stays as it is)."""
    audience = fields.pop("audience", None)
    answer = call(client, token, "PUT", "/selling/price-lists", {"price_lists": [{"code": code, **fields}]})
    if audience is not None:
        call(client, token, "PUT", f"/selling/price-lists/{code}/assignments", audience)
    return answer["price_lists"][0]


def price(client: FlaskClient, token: str, article: str, quantity: Any = 1, **more: Any) -> Any:
    """Give (list, unit price, line amount) of one line for the buyer, or for `account` of the seller `on` a day."""
    area = "selling" if "account" in more else "buying"
    body = {"lines": [{"article": article, "quantity": quantity}], **more}
    line = call(client, token, "POST", f"/{area}/price-checks", body)["lines"][0]
    return line["price_list"], line["unit_price"], line["line_amount"]


def begin_draft(client: FlaskClient, token: str, code: str, *entries: dict[str, Any], **more: Any) -> int:
    """Begin a draft of a list, put entries into it (a missing price takes one away), and give its number."""
    number: int = call(client, token, "POST", f"/selling/price-lists/{code}/drafts", more, 201)["number"]
    if entries:
        call(client, token, "PUT", f"/selling/price-lists/{code}/drafts/{number}/changes", {"entries": list(entries)})
    return number


def publish(client: FlaskClient, token: str, code: str, number: int, reason: str = "", status: int = 201) -> Any:
    """Publish a draft and give the answer."""
    path = f"/selling/price-lists/{code}/drafts/{number}/publication"
    return call(client, token, "POST", path, {"reason": reason}, status)


def draft_changes(client: FlaskClient, token: str, code: str, number: int, **query: Any) -> list[Any]:
    """Give (article, former price, new price) of the changes of a draft."""
    page = "&".join(f"{name}={value}" for name, value in query.items())
    items = call(client, token, "GET", f"/selling/price-lists/{code}/drafts/{number}/changes?{page}")["items"]
    return [(item["article"], item["former_price"], item["net_price"]) for item in items]
