"""Signing in, people, and the organisations that a seller administers."""
