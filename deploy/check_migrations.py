"""Migrate a fresh database and compare it with the models: `python -m deploy.check_migrations`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from portal.core import embedded, migration
from tenants.database_roles import prepare_roles


def main() -> int:
    """Give 0 when the migrations build exactly what the models describe."""
    with tempfile.TemporaryDirectory(prefix="kontor-drift-") as folder:
        instance = Path(folder)
        with embedded.hold(instance, durable=False) as admin_url:
            urls = prepare_roles(admin_url, instance / "database_passwords.json", database=embedded.DATABASE)
            migration.upgrade(urls.owner)
            differences = migration.drift(urls.owner)
    for difference in differences:
        print(difference, file=sys.stderr)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
