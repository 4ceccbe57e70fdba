"""What machines ask: is the process alive, can it serve, and how it has been doing."""

from __future__ import annotations

import hmac
import ipaddress
import os
import time
from collections.abc import Callable, Iterator, Mapping

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

REQUESTS = Counter("kontor_requests", "Requests answered", ["endpoint", "method", "status"])
DURATION = Histogram(
    "kontor_request_seconds",
    "Time to answer a request",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)

HEALTH_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths without a person, a permission or a tenant behind them."""


_STATES = ("waiting", "retrying", "running", "stalled", "failed")


def health_blueprint(
    is_ready: Callable[[], None],
    metrics_token: str = "",
    queue_figures: Callable[[], Mapping[str, float]] | None = None,
) -> Blueprint:
    """Give the blueprint of `/healthz`, `/readyz` and `/metrics`.

    `is_ready` asks what serving needs, above all the database, and raises whatever goes wrong; the answer is then 503
    and says no more than that, as strangers may ask too. The figures are for this machine alone, or with a token for whoever
    bears it, wherever from. `queue_figures` gives the jobs of the installation by state, and the outbox.
    """
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return _plain("ok\n")

    @blueprint.get("/readyz")
    def readyz() -> Response:
        try:
            is_ready()
        except Exception:  # noqa: BLE001 - whatever it is, the balancer must send requests elsewhere
            return _plain("not ready\n", 503)
        return _plain("ready\n")

    @blueprint.get("/metrics")
    def metrics() -> Response:
        if not (_bears(metrics_token) if metrics_token else _asks_from_this_machine()):
            return _plain("not found\n", 404)
        registry = REGISTRY
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        figures = generate_latest(registry)
        if queue_figures is not None:
            figures += _of_queue(queue_figures)
        return Response(figures, content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _of_queue(queue_figures: Callable[[], Mapping[str, float]]) -> bytes:
    """Give the figures of the queue, or none: without the database the others are wanted all the more."""
    try:
        figures = queue_figures()
    except Exception:  # noqa: BLE001 - whatever it is, readyz tells it
        return b""
    registry = CollectorRegistry()
    registry.register(_Queue(figures))
    return generate_latest(registry)


class _Queue:
    def __init__(self, figures: Mapping[str, float]) -> None:
        self.figures = figures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give the gauges, as prometheus_client asks for them."""
        jobs = GaugeMetricFamily("kontor_jobs", "Jobs of the queue", labels=["state"])
        for state in _STATES:
            jobs.add_metric([state], self.figures[state])
        yield jobs
        for name, meaning, key in (
            ("kontor_outbox_events", "Events that no worker has taken yet", "events"),
            ("kontor_outbox_oldest_seconds", "Age of the oldest of them", "oldest_event_seconds"),
            ("kontor_workers", "Workers that gave a sign of life within the last minute", "workers"),
        ):
            yield GaugeMetricFamily(name, meaning, value=self.figures[key])


def measure_requests(app: Flask) -> None:
    """Count and time every request by endpoint, never by path: paths hold numbers and are without end."""

    @app.before_request
    def start() -> None:
        g.measured_from = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        if endpoint.startswith("health."):
            return response
        REQUESTS.labels(endpoint, request.method, str(response.status_code)).inc()
        if "measured_from" in g:
            DURATION.labels(endpoint).observe(time.perf_counter() - g.measured_from)
        return response


def _bears(token: str) -> bool:
    return hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())


def _asks_from_this_machine() -> bool:
    """Figures are for the operator's collector beside the portal, not for who comes over the network or through a proxy."""
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded")):
        return False
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _plain(text: str, status: int = 200) -> Response:
    return Response(
        text, status=status, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
    )
