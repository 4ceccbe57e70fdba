"""The shell of every page, the JSON API layer, errors and headers."""
