from __future__ import annotations

import pytest
from flask import Flask

from portal.core.health import health_blueprint, measure_requests


class DatabaseDown(Exception):
    pass


def make_app(failure: Exception | None = None, metrics_token: str = "") -> Flask:
    def is_ready() -> None:
        if failure is not None:
            raise failure

    app = Flask(__name__)
    measure_requests(app)
    app.register_blueprint(health_blueprint(is_ready, metrics_token))
    app.add_url_rule("/orders/<number>", "orders.show", lambda number: number)
    return app


def test_a_process_that_answers_is_alive_even_without_its_database() -> None:
    answer = make_app(DatabaseDown("secret reason")).test_client().get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_is_ready_with_its_database() -> None:
    answer = make_app().test_client().get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready\n")


def test_it_is_not_ready_without_its_database_and_says_no_more() -> None:
    answer = make_app(DatabaseDown("secret reason")).test_client().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready\n")


def test_requests_are_counted_by_endpoint_and_never_by_path() -> None:
    client = make_app().test_client()
    client.get("/orders/ORDER-4711")
    client.get("/healthz")
    figures = client.get("/metrics").text
    assert 'kontor_requests_total{endpoint="orders.show",method="GET",status="200"} 1.0' in figures
    assert 'kontor_request_seconds_count{endpoint="orders.show"} 1.0' in figures
    assert "ORDER-4711" not in figures
    assert "health." not in figures


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_figures_are_not_for_those_who_come_through_a_proxy(header: str) -> None:
    assert make_app().test_client().get("/metrics", headers={header: "for=203.0.113.7"}).status_code == 404


@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("10.0.0.7", 404), ("203.0.113.7", 404), ("", 404)],
)
def test_without_a_token_figures_are_for_the_machine_itself(address: str, status: int) -> None:
    answer = make_app().test_client().get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("sent", "status"), [("a-token-of-the-operator", 200), ("another-token-entirely", 404), ("", 404)]
)
def test_with_a_token_figures_are_for_who_bears_it(sent: str, status: int) -> None:
    client = make_app(metrics_token="a-token-of-the-operator").test_client()
    headers = {"X-Forwarded-For": "203.0.113.7", **({"Authorization": f"Bearer {sent}"} if sent else {})}
    assert client.get("/metrics", headers=headers).status_code == status
    assert client.get("/metrics").status_code == 404
