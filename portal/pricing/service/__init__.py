"""Changing prices: lists, whom they are for, their entries, and how several lists decide."""
