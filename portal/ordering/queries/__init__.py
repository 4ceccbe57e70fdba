"""Reads of ordering, one leaf module a subject."""
