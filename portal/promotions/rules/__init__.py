"""The promotion rule: pure calculation, one leaf module a part."""
