"""Base backups, the archive of the database's log, and restoring both to any instant."""
