"""Promotions: what a seller gives on top of its prices, to whom, on what and for how long."""
