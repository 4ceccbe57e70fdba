"""The price rule: pure calculation, one leaf module a part."""
