"""Logs: one JSON object a line, each with the id of the request or job it belongs to."""

from __future__ import annotations

import logging
import logging.config
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Flask, Response, g, request

from portal.core.config import Settings

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]

_QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


def logging_configuration(level: str) -> dict[str, Any]:
    """Give the `logging.config` dictionary that writes JSON lines to standard error; gunicorn takes the same."""
    level = level.upper()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.EventRenamer("message"),
                    structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
                ],
            }
        },
        "filters": {"arguments": {"()": lambda: _tells_no_arguments}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["arguments"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # gunicorn brings handlers of its own; all lines take one way.
            "gunicorn.error": {"handlers": [], "level": level, "propagate": True},
            "gunicorn.access": {"handlers": [], "level": "WARNING", "propagate": True},
            "alembic": {"level": "WARNING"},
            "procrastinate": {"level": level if level == "DEBUG" else "WARNING"},
        },
    }


def _tells_no_arguments(record: logging.LogRecord) -> bool:
    """The queue's own lines of a job hold all it was given (addresses, names, parts of links); the worker writes its own."""
    job = getattr(record, "job", None)
    return not (isinstance(job, dict) and job.get("task_kwargs"))


def configure_logging(settings: Settings) -> None:
    """Send this process's logs to standard error as JSON lines; library and own loggers alike."""
    logging.config.dictConfig(logging_configuration(settings.log_level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def log_requests(app: Flask, request_id: Callable[[], str], *, access_log: bool = True) -> None:
    """Bind each request's id to its log lines, answer with it, and write one line a request.

    The line names the path without its query, which may hold secrets (tokens of invitations and resets).
    """
    log = logging.getLogger("portal.access")

    @app.before_request
    def start() -> None:
        g.request_started = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id())

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-Id"] = request_id()
        if access_log and request.path not in _QUIET_PATHS:
            started = g.get("request_started", time.perf_counter())
            _write_access(
                log,
                {
                    "method": request.method,
                    "path": request.path,
                    "status": response.status_code,
                    "milliseconds": round((time.perf_counter() - started) * 1000, 1),
                    "address": request.remote_addr,
                },
            )
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        structlog.contextvars.clear_contextvars()


def _write_access(log: logging.Logger, facts: dict[str, Any]) -> None:
    """Write an access line as structlog would, at half the cost: nobody asks which of our lines of code it came from."""
    if not log.isEnabledFor(logging.INFO):
        return
    line = facts | {
        "event": "request",
        **structlog.contextvars.get_contextvars(),
        "logger": log.name,
        "level": "info",
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    }
    # What `ProcessorFormatter.wrap_for_formatter` hands on: such a record's message is the line itself.
    wrapped = {"_logger": log, "_name": "info"}
    log.handle(log.makeRecord(log.name, logging.INFO, __file__, 0, line, (), None, extra=wrapped))
