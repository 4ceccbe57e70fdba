"""Set the database up for this version: roles, then migrations. `python -m deploy.prepare_database`, before a restart."""

from __future__ import annotations

import os
import sys

from portal.core import migration
from portal.core.config import Settings, SettingsError
from portal.core.connections import prepared_role_urls
from tenants.database_roles import DatabaseSetupError


def main() -> int:
    """Give 0 when the database fits this version of the program."""
    try:
        urls = prepared_role_urls(Settings.from_environ(os.environ))
        if not migration.is_current(urls.owner):
            migration.upgrade(urls.owner)
    except (SettingsError, DatabaseSetupError, migration.MigrationError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
