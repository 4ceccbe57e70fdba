"""Entry point: `gunicorn app:app`, and the `flask` commands."""

from __future__ import annotations

from portal.application import create_app
from portal.core.config import SettingsError
from tenants.database_roles import DatabaseSetupError

try:
    app = create_app()
except (SettingsError, DatabaseSetupError) as error:
    # One sentence for the operator, who can do nothing with a traceback.
    raise SystemExit(str(error)) from error
