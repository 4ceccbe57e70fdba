"""Puts the application together: the one module that knows every feature."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
from typing import Any

import click
from flask import Flask, session
from flask.cli import AppGroup
from flask_wtf import CSRFProtect
from sqlalchemy import text

from portal.core.config import PROJECT_FOLDER, Settings
from portal.core.connections import refuse_unsafe_connections, role_urls
from portal.core.health import health_blueprint, measure_requests
from portal.core.i18n import register_languages
from portal.core.logging import configure_logging, log_requests
from portal.core.queries import get_queue_figures
from portal.web.addresses import register_addresses
from portal.web.api import register_api
from portal.web.errors import register_errors
from portal.web.headers import register_headers
from portal.web.rate_limits import register_rate_limits
from portal.web.request_context import current_request_id
from portal.web.screens import current_principal
from portal.web.shell import register_shell
from portal.web.templates import QuickEnvironment, register_templates
from tenants.database import db
from tenants.database_roles import RoleUrls

FEATURES = (
    "core",
    "web",
    "accounts",
    "notices",
    "identity",
    "operations",
    "oauth",
    "handovers",
    "catalogue",
    "pricing",
    "inventory",
    "promotions",
    "loyalty",
    "ordering",
    "agreements",
    "funding",
    "sell_out",
    "replenishment",
    "storefront",
    "support",
    "analytics",
    "reports",
    "segments",
    "campaigns",
    "integration",
)
PARTS = ("models", "personal_data", "views", "api", "jobs")
"""Modules of a feature that the application looks for; each but `models` offers `register(app)`. So do its `commands`."""

csrf = CSRFProtect()


class Commands(AppGroup):
    """The `flask` commands of all features, imported when one is asked for: a web process needs none of what they import."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name=app.name)
        self._load = functools.cache(lambda: _register_parts(app, "commands"))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names of all."""
        self._load()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give one by its name."""
        self._load()
        return super().get_command(ctx, cmd_name)


def import_models() -> None:
    """Import every module that declares tables, so that the metadata is whole."""
    importlib.import_module("tenants.token_models")
    for feature in FEATURES:
        _part(feature, "models")


def create_app(settings: Settings | None = None, urls: RoleUrls | None = None, **overrides: Any) -> Flask:
    """Make the application; without arguments from the environment, starting the embedded database if it is down."""
    settings = settings or Settings.from_environ(os.environ)
    urls = urls or role_urls(settings)
    refuse_unsafe_connections(urls)
    app = Flask(
        "portal",
        root_path=str(PROJECT_FOLDER / "portal"),
        template_folder=str(PROJECT_FOLDER / "templates"),
        static_folder=str(PROJECT_FOLDER / "static"),
    )
    app.jinja_environment = QuickEnvironment
    app.cli = Commands(app)
    app.config.update(_configuration(settings, urls))
    app.config.update(overrides)
    app.extensions["settings"] = settings
    app.extensions["role_urls"] = urls
    configure_logging(settings)
    register_addresses(app)
    db.init_app(app)
    csrf.init_app(app)
    register_languages(app)
    log_requests(app, current_request_id, access_log=settings.access_log)
    measure_requests(app)
    app.register_blueprint(health_blueprint(_ask_database, settings.metrics_token, _queue_figures))
    register_templates(app)
    sources = register_shell(app)
    sources.principal = current_principal
    app.extensions["session_token"] = lambda: session.get("token")
    _register_parts(app, *PARTS)
    register_rate_limits(app)
    register_api(app)
    register_errors(app)
    register_headers(app)
    return app


def _configuration(settings: Settings, urls: RoleUrls) -> dict[str, Any]:
    newest, *former = settings.secret_key.split()
    return {
        "SECRET_KEY": newest,
        "SECRET_KEY_FALLBACKS": former,
        # Forms that were open while the key changed are taken too; the last of these signs.
        "WTF_CSRF_SECRET_KEY": [*reversed(former), newest],
        "PUBLIC_URL": settings.public_url,
        "TRUSTED_PROXIES": settings.trusted_proxies,
        "RATE_LIMIT_API": f"{settings.rate_limit_api}/minute",
        "RATE_LIMIT_ORGANISATION": f"{settings.rate_limit_organisation}/minute",
        "SQLALCHEMY_DATABASE_URI": urls.app,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": settings.web_threads,
            "max_overflow": 2,
            "pool_timeout": 10,
            # What failed is logged with its statement; the values are people's addresses and hashes of secrets.
            "hide_parameters": True,
            # Statements are prepared at their second run: planning costs more than running most of them.
            "connect_args": {"prepare_threshold": 1, "connect_timeout": 5},
        },
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "MAX_FORM_PARTS": 20_000,
        "WTF_CSRF_TIME_LIMIT": None,
        "JSON_SORT_KEYS": False,
    }


def _register_parts(app: Flask, *parts: str) -> None:
    for feature in FEATURES:
        for part in parts:
            module = _part(feature, part)
            if module is not None and part != "models":
                module.register(app)


def _part(feature: str, part: str) -> Any:
    name = f"portal.{feature}.{part}"
    if importlib.util.find_spec(name) is None:
        return None
    module = importlib.import_module(name)
    # Not every part of core and web is a feature's: `portal.web.api` is the layer itself.
    return module if part == "models" or hasattr(module, "register") else None


def _queue_figures() -> dict[str, float]:
    try:
        return get_queue_figures()
    finally:
        db.session.rollback()


def _ask_database() -> None:
    db.session.execute(text("select 1"))
    db.session.rollback()
