"""Writes of ordering, one leaf module a part."""
