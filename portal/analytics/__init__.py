"""Sharing agreements, roll-ups and figures."""
