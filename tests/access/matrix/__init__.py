"""The access matrix: one table a feature."""
