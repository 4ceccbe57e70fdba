"""Writing co-funding."""
