"""Puts the application together: the one module that knows every feature."""

from __future__ import annotations

import importlib

MODEL_MODULES = (
    "tenants.models",
    "portal.core.models",
    "portal.catalogue.models",
    "portal.pricing.models",
    "portal.inventory.models",
    "portal.ordering.models",
    "portal.analytics.models",
)


def import_models() -> None:
    """Import every module that declares tables, so that the metadata is whole."""
    for module in MODEL_MODULES:
        importlib.import_module(module)
