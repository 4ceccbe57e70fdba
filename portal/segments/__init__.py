"""Segments: named rules over a seller's own accounts, for campaigns and figures."""
