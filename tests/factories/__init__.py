"""Makers of rows, one file a feature."""
