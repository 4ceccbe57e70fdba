from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask

from portal.core.config import Settings
from portal.core.logging import configure_logging, log_requests


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def make_app(*, access_log: bool = True) -> Flask:
    app = Flask(__name__)
    configure_logging(Settings())
    log_requests(app, lambda: "0123456789abcdef", access_log=access_log)

    @app.get("/invitations/accept")
    def accept() -> str:
        structlog.stdlib.get_logger("portal.accounts").warning("late", days=3)
        logging.getLogger("library").warning("own words: %s", "Müller")
        return "ok"

    app.add_url_rule("/healthz", "healthz", lambda: "ok")
    return app


def test_own_and_library_lines_are_json_with_the_requests_id(capsys: pytest.CaptureFixture[str]) -> None:
    make_app().test_client().get("/invitations/accept?token=secret-token")
    own, library, access = lines(capsys)
    assert (own["logger"], own["level"], own["message"], own["days"]) == ("portal.accounts", "warning", "late", 3)
    assert library["message"] == "own words: Müller"
    assert {line["request_id"] for line in (own, library, access)} == {"0123456789abcdef"}
    assert str(own["timestamp"]).endswith("Z")


def test_the_access_line_names_the_path_without_its_query(capsys: pytest.CaptureFixture[str]) -> None:
    make_app().test_client().get("/invitations/accept?token=secret-token", headers={"X-Request-Id": "forged"})
    access = lines(capsys)[-1]
    assert (access["logger"], access["method"], access["path"], access["status"]) == (
        "portal.access",
        "GET",
        "/invitations/accept",
        200,
    )
    assert "secret-token" not in json.dumps(access)
    assert "forged" not in json.dumps(access)


def test_the_answer_carries_our_id_and_never_the_callers() -> None:
    answer = make_app().test_client().get("/healthz", headers={"X-Request-Id": "forged"})
    assert answer.headers["X-Request-Id"] == "0123456789abcdef"


def test_health_checks_and_a_switched_off_access_log_write_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    make_app().test_client().get("/healthz")
    assert lines(capsys) == []
    make_app(access_log=False).test_client().get("/invitations/accept")
    assert [line["logger"] for line in lines(capsys)] == ["portal.accounts", "library"]


def test_a_traceback_stays_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings())
    try:
        int("broken")
    except ValueError:
        structlog.stdlib.get_logger("portal").exception("failed")
    (line,) = lines(capsys)
    assert "ValueError: invalid literal" in str(line["exception"])


def test_the_id_does_not_outlive_its_request(capsys: pytest.CaptureFixture[str]) -> None:
    make_app(access_log=False).test_client().get("/healthz")
    structlog.stdlib.get_logger("portal").warning("outside")
    (line,) = lines(capsys)
    assert "request_id" not in line
