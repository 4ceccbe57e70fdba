"""Baskets, orders and everything that happens to them until delivery."""
