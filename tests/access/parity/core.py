"""The pages for machines."""

from __future__ import annotations

from tests.access.pairs import FOR_MACHINES, Table, without

SCREENS: Table = {
    "GET health.healthz": without(FOR_MACHINES),
    "GET health.readyz": without(FOR_MACHINES),
    "GET health.metrics": without(FOR_MACHINES),
    "GET static": without(FOR_MACHINES),
}
