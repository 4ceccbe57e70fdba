"""The rules of ordering: pure calculation, one leaf module a part."""
