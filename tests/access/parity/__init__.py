"""Which operation does what a screen does: one table a feature, read by tests/access/pairs.py."""
