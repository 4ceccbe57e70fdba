"""Writing framework agreements."""
