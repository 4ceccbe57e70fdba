"""Sell-out: what retailers report to have sold on, by GTIN and day; never guessed from orders."""
